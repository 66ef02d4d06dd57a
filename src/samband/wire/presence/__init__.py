"""Presence documents: one module a document."""
