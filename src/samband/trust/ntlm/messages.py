"""The three NTLM messages, read and written [MS-NLMP 2.2.1].

Reading never trusts an offset or a length: whatever does not fit raises ``Malformed``.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass

SIGNATURE = b"NTLMSSP\0"
_HEAD = struct.Struct("<8sI")
_FIELD = struct.Struct("<HHI")
_PAIR = struct.Struct("<HH")
_VERSION = bytes([10, 0, 0, 0, 0, 0, 0, 15])
"""Product version 10.0, NTLM revision 15: for debugging only, nobody decides by it [MS-NLMP 2.2.2.10]."""

NEGOTIATE, CHALLENGE, AUTHENTICATE = 1, 2, 3


class Malformed(ValueError):
    """Bytes that are no NTLM message of the expected type."""


class Flags(enum.IntFlag):
    """NegotiateFlags [MS-NLMP 2.2.2.5]."""

    UNICODE = 0x00000001
    OEM = 0x00000002
    REQUEST_TARGET = 0x00000004
    SIGN = 0x00000010
    SEAL = 0x00000020
    DATAGRAM = 0x00000040
    LM_KEY = 0x00000080
    NTLM = 0x00000200
    ANONYMOUS = 0x00000800
    ALWAYS_SIGN = 0x00008000
    TARGET_TYPE_DOMAIN = 0x00010000
    TARGET_TYPE_SERVER = 0x00020000
    EXTENDED_SESSION_SECURITY = 0x00080000
    IDENTIFY = 0x00100000
    TARGET_INFO = 0x00800000
    VERSION = 0x02000000
    SEAL_128 = 0x20000000
    KEY_EXCHANGE = 0x40000000
    SEAL_56 = 0x80000000


class Av(enum.IntEnum):
    """AvId of an attribute-value pair [MS-NLMP 2.2.2.1]."""

    EOL = 0
    NETBIOS_COMPUTER = 1
    NETBIOS_DOMAIN = 2
    DNS_COMPUTER = 3
    DNS_DOMAIN = 4
    FLAGS = 6
    TIMESTAMP = 7


AV_FLAG_MIC = 0x2
"""In MsvAvFlags: the AUTHENTICATE message carries a MIC."""


def message_type(token: bytes) -> int:
    """1, 2 or 3 for a token that begins like an NTLM message, else 0."""
    if len(token) < _HEAD.size:
        return 0
    signature, kind = _HEAD.unpack_from(token)
    return kind if signature == SIGNATURE and kind in (NEGOTIATE, CHALLENGE, AUTHENTICATE) else 0


def read_pairs(data: bytes) -> dict[int, bytes]:
    """AV_PAIRs by AvId, up to MsvAvEOL or the end of ``data``."""
    pairs: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        if at + _PAIR.size > len(data):
            raise Malformed("an AV_PAIR is cut off")
        kind, length = _PAIR.unpack_from(data, at)
        at += _PAIR.size
        if kind == Av.EOL:
            break
        if at + length > len(data):
            raise Malformed("an AV_PAIR is cut off")
        pairs[kind] = data[at : at + length]
        at += length
    return pairs


def write_pairs(pairs: dict[int, bytes]) -> bytes:
    """AV_PAIRs in the order given, closed by MsvAvEOL."""
    body = b"".join(_PAIR.pack(kind, len(value)) + value for kind, value in pairs.items())
    return body + _PAIR.pack(Av.EOL, 0)


@dataclass(frozen=True, slots=True)
class Negotiate:
    """What the client can do [MS-NLMP 2.2.1.1]. The optional names in it decide nothing and are not read."""

    flags: Flags

    @classmethod
    def read(cls, token: bytes) -> Negotiate:
        """Raises ``Malformed``."""
        _expect(token, NEGOTIATE, 16)
        return cls(Flags(int.from_bytes(token[12:16], "little")))


@dataclass(frozen=True, slots=True)
class Challenge:
    """The server's nonce and names [MS-NLMP 2.2.1.2]. ``target_info`` is the bytes of its AV_PAIRs."""

    flags: Flags
    nonce: bytes
    target_name: str
    target_info: bytes

    def write(self) -> bytes:
        """The message; strings in UTF-16 where UNICODE is set."""
        name = encode_text(self.target_name, self.flags)
        start = 56
        return b"".join(
            (
                _HEAD.pack(SIGNATURE, CHALLENGE),
                _FIELD.pack(len(name), len(name), start),
                struct.pack("<I", self.flags),
                self.nonce,
                bytes(8),
                _FIELD.pack(len(self.target_info), len(self.target_info), start + len(name)),
                _VERSION if self.flags & Flags.VERSION else bytes(8),
                name,
                self.target_info,
            )
        )

    @classmethod
    def read(cls, token: bytes) -> Challenge:
        """Raises ``Malformed``."""
        _expect(token, CHALLENGE, 48)
        flags = Flags(int.from_bytes(token[20:24], "little"))
        return cls(flags, token[24:32], decode_text(_field(token, 12), flags), _field(token, 40))


@dataclass(frozen=True, slots=True)
class Authenticate:
    """The client's answer [MS-NLMP 2.2.1.3]. ``mic`` is the 16 bytes where a MIC stands if the message has one."""

    flags: Flags
    lm_response: bytes
    nt_response: bytes
    domain: str
    user: str
    workstation: str
    encrypted_session_key: bytes
    mic: bytes

    @classmethod
    def read(cls, token: bytes) -> Authenticate:
        """Raises ``Malformed``."""
        _expect(token, AUTHENTICATE, 64)
        flags = Flags(int.from_bytes(token[60:64], "little"))
        return cls(
            flags=flags,
            lm_response=_field(token, 12),
            nt_response=_field(token, 20),
            domain=decode_text(_field(token, 28), flags),
            user=decode_text(_field(token, 36), flags),
            workstation=decode_text(_field(token, 44), flags),
            encrypted_session_key=_field(token, 52),
            mic=token[72:88],
        )


def without_mic(token: bytes) -> bytes:
    """An AUTHENTICATE message with its MIC set to zero: what the MIC is computed over [MS-NLMP 3.1.5.1.2]."""
    return token[:72] + bytes(16) + token[88:]


def encode_text(text: str, flags: Flags) -> bytes:
    """A name as it stands in a message."""
    return text.encode("utf-16-le") if flags & Flags.UNICODE else text.encode("cp1252", "replace")


def decode_text(data: bytes, flags: Flags) -> str:
    """A name of a message. Raises ``Malformed``."""
    try:
        return data.decode("utf-16-le" if flags & Flags.UNICODE else "cp1252")
    except UnicodeDecodeError:
        raise Malformed("a name is not text") from None


def _expect(token: bytes, kind: int, size: int) -> None:
    if message_type(token) != kind or len(token) < size:
        raise Malformed(f"not an NTLM message of type {kind}")


def _field(token: bytes, at: int) -> bytes:
    length, _, offset = _FIELD.unpack_from(token, at)
    if length == 0:
        return b""
    if offset + length > len(token):
        raise Malformed("a field points outside the message")
    return token[offset : offset + length]
