"""Kerberos under Negotiate: which tokens it is for, raw or wrapped in SPNEGO [RFC4559; RFC4178]."""

from __future__ import annotations

from samband.trust import spnego
from samband.trust.denied import Denied

_RAW = bytes.fromhex("06092a864886f712010202")
"""1.2.840.113554.1.2.2 in DER."""
_MICROSOFT = bytes.fromhex("06092a864882f712010202")
"""1.2.840.48018.1.2.2, as Windows spells it."""


def is_kerberos(token: bytes) -> bool:
    """Whether a first token wants Kerberos: a ticket as it is, or SPNEGO that names it before all others."""
    if token[:1] != b"\x60":
        return False
    if _RAW in token[:20]:
        return True
    try:
        return spnego.first_mechanism(token) in (_RAW, _MICROSOFT)
    except Denied:
        return False
