"""TLS-DSK: a TLS 1.0 handshake inside SIP headers whose keys sign SIP messages [MS-SIPAE 3.1].

Nothing but the handshake is TLS: no application data ever passes. TLS 1.0 with RSA key exchange is what clients of
this protocol speak [RFC2246]; TLS libraries no longer offer it, hence the hand-written server side here.
"""
