"""Security associations of SIP clients: NTLM, TLS-DSK and Digest behind one interface."""
