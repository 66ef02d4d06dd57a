"""Verbs of the mailbox side: no bytes, no SQL, no protocol."""
