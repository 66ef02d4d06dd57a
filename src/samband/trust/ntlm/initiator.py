"""The client's end of NTLM over HTTP: version 2, without signing [MS-NLMP 3.1.5.1]."""

from __future__ import annotations

import hmac
import struct
from collections.abc import Callable

from samband.trust.ntlm import keys
from samband.trust.ntlm.messages import (
    AUTHENTICATE,
    NEGOTIATE,
    SIGNATURE,
    Av,
    Challenge,
    Flags,
    encode_text,
    read_pairs,
)

_OFFERED = (
    Flags.UNICODE
    | Flags.REQUEST_TARGET
    | Flags.NTLM
    | Flags.ALWAYS_SIGN
    | Flags.EXTENDED_SESSION_SECURITY
    | Flags.TARGET_INFO
    | Flags.SEAL_128
)
_HEAD = 64


class NtlmInitiator:
    """Proves one person once. ``login`` is ``DOMAIN\\user`` or ``user@domain``; bytes are the NT hash itself."""

    def __init__(self, login: str, password: str | bytes, random: Callable[[int], bytes]) -> None:
        domain, separator, user = login.partition("\\")
        self._domain, self._user = (domain, user) if separator else ("", login)
        self._nt_hash = keys.nt_hash(password) if isinstance(password, str) else password
        self._random = random

    def negotiate(self) -> bytes:
        """The first message."""
        return SIGNATURE + struct.pack("<II", NEGOTIATE, _OFFERED) + bytes(16)

    def authenticate(self, token: bytes) -> bytes:
        """The answer to a challenge. Raises ``Malformed``."""
        challenge = Challenge.read(token)
        flags = challenge.flags & _OFFERED
        stamp = read_pairs(challenge.target_info).get(Av.TIMESTAMP)
        key = keys.response_key(self._nt_hash, self._user, self._domain)
        nonce = self._random(8)
        blob = b"\x01\x01" + bytes(6) + (stamp or bytes(8)) + nonce + bytes(4) + challenge.target_info + bytes(4)
        proof = keys.nt_proof(key, challenge.nonce, blob)
        # A server that sends the time checks that LMv2 is not sent beside it [MS-NLMP 3.1.5.1.2].
        lm = bytes(24) if stamp else hmac.digest(key, challenge.nonce + nonce, "md5") + nonce
        fields = (
            lm,
            proof + blob,
            encode_text(self._domain, flags),
            encode_text(self._user, flags),
            b"",
            b"",
        )
        heads, body = b"", b""
        for data in fields:
            heads += struct.pack("<HHI", len(data), len(data), _HEAD + len(body))
            body += data
        return SIGNATURE + struct.pack("<I", AUTHENTICATE) + heads + struct.pack("<I", flags) + body
