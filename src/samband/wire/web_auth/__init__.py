"""What Lync clients say to get web tickets and certificates [MS-OCAUTHWS]: WS-Trust, SAML, WS-Security, metadata."""
