"""Mailboxes brought here: from other Exchange servers over EWS, and from files."""
