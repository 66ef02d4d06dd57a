"""Verbs of the communications side: registration, presence, contacts, IM."""
