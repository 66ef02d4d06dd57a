"""Media types of a request."""

from __future__ import annotations

from functools import lru_cache

from samband.model.failures import Failure
from samband.wire.sip.message import SipRequest


def media_type(request: SipRequest) -> str:
    """The Content-Type without parameters, in lower case."""
    return (request.get("Content-Type") or "").partition(";")[0].strip().lower()


def accepted(request: SipRequest) -> frozenset[str]:
    """The media types of Accept, in lower case and without parameters; empty where there is no such field."""
    values = request.headers.get("Accept")
    return _types(",".join(values)) if values else _ANY


@lru_cache(maxsize=256)
def _types(text: str) -> frozenset[str]:
    """There are as many of these fields as there are kinds of clients."""
    return frozenset(part.partition(";")[0].strip() for part in text.lower().split(",")) - {""}


_ANY: frozenset[str] = frozenset()


def check_accepted(request: SipRequest, kind: str, why: str) -> None:
    """Raise ``Failure`` where Accept says that the client could not read ``kind``, an application type."""
    types = accepted(request)
    if types and not types & {kind, "application/*", "*/*"}:
        raise Failure("NotAcceptable", why, details={"Accept": kind})
