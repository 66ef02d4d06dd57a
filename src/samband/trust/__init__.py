"""Who is speaking: passwords, NTLM, TLS-DSK, tickets, tokens, certificates."""
