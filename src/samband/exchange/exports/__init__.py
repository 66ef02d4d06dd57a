"""Mailboxes taken elsewhere: into files, and to other Exchange servers over EWS."""
