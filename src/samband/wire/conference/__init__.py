"""Conferencing on the wire: C3P, conference-info documents, invitations [MS-CONFBAS; RFC4575]."""
