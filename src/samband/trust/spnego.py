"""The little of SPNEGO [RFC4178] that carries NTLM: what browsers and .NET wrap it in under ``Negotiate``."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from samband.trust.denied import Denied
from samband.trust.ntlm import keys
from samband.trust.ntlm.acceptor import NtlmSession
from samband.trust.ntlm.messages import Flags
from samband.trust.ntlm.signing import StreamSigner

NTLMSSP = bytes.fromhex("060a2b06010401823702020a")
"""1.3.6.1.4.1.311.2.2.10 in DER."""
_SPNEGO = bytes.fromhex("06062b0601050502")
_INITIAL, _RESPONSE, _SEQUENCE, _OCTETS, _ENUMERATED = 0x60, 0xA1, 0x30, 0x04, 0x0A
_ACCEPT_INCOMPLETE, _REQUEST_MIC = 1, 3


@dataclass(frozen=True, slots=True)
class Offer:
    """A client's token: the NTLM message in it (empty where there is none yet), and what it says about mechanisms.

    ``mechanisms`` is the DER of the list in a first token, empty in later ones; ``mic`` its signature by the client.
    """

    token: bytes
    mechanisms: bytes = b""
    mic: bytes = b""


def is_spnego(token: bytes) -> bool:
    """Whether ``token`` begins like a NegTokenInit or a NegTokenResp."""
    return token[:1] in (b"\x60", b"\xa1")


def read(token: bytes) -> Offer:
    """Read a client's token. Raises ``Denied`` for one that is malformed or does not offer NTLM."""
    try:
        return _read_initial(token) if token[:1] == b"\x60" else _read_response(token)
    except (ValueError, IndexError):
        raise Denied("malformed SPNEGO token") from None


def first_mechanism(token: bytes) -> bytes:
    """The mechanism a first token likes best, as DER. Raises ``Denied`` for one that is malformed."""
    try:
        mechanisms = _initial_fields(token).get(0xA0, b"")
        tag, value = next(_parts(_only(mechanisms, _SEQUENCE)))
    except (ValueError, IndexError, StopIteration):
        raise Denied("malformed SPNEGO token") from None
    return _tlv(tag, value)


def reply(ntlm: bytes) -> bytes:
    """A NegTokenResp that chooses NTLM and carries ``ntlm``; empty where the client shall send its first message."""
    state = _ACCEPT_INCOMPLETE if ntlm else _REQUEST_MIC
    fields = _tlv(0xA0, _tlv(_ENUMERATED, bytes([state]))) + _tlv(0xA1, NTLMSSP)
    if ntlm:
        fields += _tlv(0xA2, _tlv(_OCTETS, ntlm))
    return _tlv(_RESPONSE, _tlv(_SEQUENCE, fields))


def check_mechanisms(session: NtlmSession, mechanisms: bytes, mic: bytes) -> None:
    """Check the client's signature of its list of mechanisms, where it gave one. Raises ``Denied``.

    It is made with a stream of its own, so that the first message after it finds number 0 again [MS-SPNG 3.3.5.1].
    """
    if not mic:
        return
    if not session.flags & Flags.EXTENDED_SESSION_SECURITY:
        raise Denied("the SPNEGO token is signed without extended session security")
    expected = StreamSigner(session.exported_session_key, keys.TO_SERVER, session.flags).mac(mechanisms)
    if not hmac.compare_digest(expected, mic):
        raise Denied("the list of mechanisms was changed on its way")


def _read_initial(token: bytes) -> Offer:
    fields = _initial_fields(token)
    mechanisms = fields.get(0xA0, b"")
    offered = [_tlv(tag, value) for tag, value in _parts(_only(mechanisms, _SEQUENCE))]
    if NTLMSSP not in offered:
        raise Denied("the client offers no mechanism that is accepted here")
    first = _only(fields[0xA2], _OCTETS) if 0xA2 in fields and offered[0] == NTLMSSP else b""
    return Offer(first, mechanisms)


def _initial_fields(token: bytes) -> dict[int, bytes]:
    content = _only(token, _INITIAL)
    if not content.startswith(_SPNEGO):
        raise ValueError("not SPNEGO")
    return dict(_parts(_only(_only(content[len(_SPNEGO) :], 0xA0), _SEQUENCE)))


def _read_response(token: bytes) -> Offer:
    fields = dict(_parts(_only(_only(token, _RESPONSE), _SEQUENCE)))
    inner = _only(fields[0xA2], _OCTETS) if 0xA2 in fields else b""
    return Offer(inner, mic=_only(fields[0xA3], _OCTETS) if 0xA3 in fields else b"")


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The DER elements of ``data``, one after another."""
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 4 or at + size > len(data):
                raise ValueError("bad length")
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if at + length > len(data):
            raise ValueError("cut off")
        yield tag, data[at : at + length]
        at += length


def _only(data: bytes, tag: int) -> bytes:
    """The content of the one element that ``data`` is."""
    parts = list(_parts(data))
    if len(parts) != 1 or parts[0][0] != tag:
        raise ValueError("unexpected element")
    return parts[0][1]


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
