"""Message signatures with extended session security [MS-NLMP 3.4.4.2]."""

from __future__ import annotations

import hashlib
import hmac
import sys

from samband.trust.keyed_hash import KeyedHash
from samband.trust.ntlm.keys import rc4, rc4_once, seal_key, sign_key
from samband.trust.ntlm.messages import Flags

_VERSION_1 = (1).to_bytes(4, "little")
_HEX_VERSION_1 = _VERSION_1.hex()
SIP_SEQUENCE = 100
"""Every SIP message is signed under this number (seen on the wire from a Lync client)."""


class StreamSigner:
    """One direction of a connection: messages numbered from 0, one RC4 stream over all of them."""

    def __init__(self, exported: bytes, direction: str, flags: Flags) -> None:
        self._key = sign_key(exported, direction)
        self._stream = rc4(seal_key(exported, direction, flags))
        self._encrypts = bool(flags & Flags.KEY_EXCHANGE)
        self._number = 0

    def mac(self, text: bytes) -> bytes:
        """The 16-byte NTLMSSP_MESSAGE_SIGNATURE of the next message."""
        number = self._number.to_bytes(4, "little")
        checksum = hmac.digest(self._key, number + text, "md5")[:8]
        if self._encrypts:
            checksum = self._stream.update(checksum)
        self._number += 1
        return _VERSION_1 + checksum + number


class DatagramSigner:
    """One direction of a connectionless session: every message stands alone.

    The RC4 key is the MD5 of the sealing key and the sequence number [MS-NLMP 3.4]. As that number never changes in
    SIP, neither do the eight stream bytes that veil the checksum: they are made once.
    """

    __slots__ = ("_end", "_keyed", "_veil")

    def __init__(self, exported: bytes, direction: str, flags: Flags, sequence: int = SIP_SEQUENCE) -> None:
        number = sequence.to_bytes(4, "little")
        self._keyed = KeyedHash(sign_key(exported, direction), "md5", number)
        self._end = sys.intern(number.hex())
        seal = seal_key(exported, direction, flags)
        per_message = hashlib.md5(seal + number, usedforsecurity=False).digest()
        self._veil = int.from_bytes(rc4_once(per_message, bytes(8)), "big")

    def mac(self, text: bytes) -> bytes:
        """The 16-byte NTLMSSP_MESSAGE_SIGNATURE of ``text``."""
        return bytes.fromhex(self.hex_mac(text))

    def hex_mac(self, text: bytes) -> str:
        """The same in hex, as SIP writes it."""
        return f"{_HEX_VERSION_1}{int.from_bytes(self._keyed.digest(text)[:8], 'big') ^ self._veil:016x}{self._end}"


Signer = StreamSigner | DatagramSigner
