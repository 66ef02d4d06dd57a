"""Presence documents, one module each: categories, containers, lists, provisioning, PIDF."""
