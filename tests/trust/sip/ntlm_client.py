"""The client's side of connectionless NTLM, as a Lync client speaks it: always version 2, no MIC."""

from __future__ import annotations

import hmac
import os
import struct

from samband.trust.ntlm import keys
from samband.trust.ntlm.messages import Challenge, Flags
from samband.trust.ntlm.signing import DatagramSigner


class NtlmClient:
    """Answers one challenge; then ``signer`` signs and ``checker`` recomputes the server's signatures."""

    def __init__(self, domain: str, user: str, password: str) -> None:
        self.domain = domain
        self.user = user
        self.password = password

    def answer(self, challenge: bytes) -> bytes:
        offered = Challenge.read(challenge)
        needed = Flags.DATAGRAM | Flags.IDENTIFY | Flags.SIGN | Flags.KEY_EXCHANGE | Flags.EXTENDED_SESSION_SECURITY
        assert offered.flags & needed == needed
        key = keys.response_key(keys.nt_hash(self.password), self.user, self.domain)
        blob = b"\x01\x01" + bytes(6) + bytes(8) + os.urandom(8) + bytes(4) + offered.target_info + bytes(4)
        proof = keys.nt_proof(key, offered.nonce, blob)
        base = keys.session_base_key(key, proof)
        exported = os.urandom(16)
        self.signer = DatagramSigner(exported, keys.TO_SERVER, offered.flags)
        self.checker = DatagramSigner(exported, keys.TO_CLIENT, offered.flags)
        lm = hmac.digest(key, offered.nonce + bytes(8), "md5") + bytes(8)
        fields = [
            lm,
            proof + blob,
            self.domain.encode("utf-16-le"),
            self.user.encode("utf-16-le"),
            "PC".encode("utf-16-le"),
            keys.rc4_once(base, exported),
        ]
        at, heads, body = 72, b"", b""
        for data in fields:
            heads += struct.pack("<HHI", len(data), len(data), at + len(body))
            body += data
        return b"NTLMSSP\0" + struct.pack("<I", 3) + heads + struct.pack("<I", offered.flags) + bytes(8) + body
