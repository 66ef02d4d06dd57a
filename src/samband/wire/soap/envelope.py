"""SOAP 1.1 envelopes [SOAP1.1 4]: read from elements, written as text."""

from __future__ import annotations

from dataclasses import dataclass, field

from samband.wire.xml.reading import Element, Malformed, first, local_name, namespace

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_S = "{" + SOAP + "}"
_HEADER, _BODY = _S + "Header", _S + "Body"

CONTENT_TYPE = "text/xml; charset=utf-8"

_HEAD = f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}"><s:Header>'
_UNPREFIXED_HEAD = f'<Envelope xmlns="{SOAP}"><soap11:Header xmlns:soap11="{SOAP}">'
_UNPREFIXED_BODY = f'</soap11:Header><soap11:Body xmlns:soap11="{SOAP}">'


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request: its header blocks by qualified name, and the first element of its body."""

    operation: Element
    headers: dict[str, Element] = field(default_factory=dict)


def read_envelope(root: Element) -> Envelope:
    """Take ``root`` apart. Raises ``Malformed`` where it is no SOAP 1.1 envelope with something in its body."""
    if root.tag != _S + "Envelope":
        other = local_name(root) == "Envelope" and bool(namespace(root))
        raise Malformed("not SOAP 1.1" if other else "not a SOAP envelope")
    header, body = first(root, _HEADER), first(root, _BODY)
    if body is None or len(body) == 0:
        raise Malformed("an envelope without a body")
    headers = {str(block.tag): block for block in header} if header is not None else {}
    return Envelope(operation=body[0], headers=headers)


def write_envelope(body: str, header: str = "") -> bytes:
    """One whole answer in UTF-8; ``body`` and ``header`` are XML with their own namespace declarations."""
    return f"{_HEAD}{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>".encode("utf-8", "replace")


def write_streamed_envelope(body: str, header: str = "") -> bytes:
    """One envelope of an endless answer.

    Streaming clients search the text for ``</Envelope>``: no prefix on it, and no XML declaration before it.
    """
    return f"{_UNPREFIXED_HEAD}{header}{_UNPREFIXED_BODY}{body}</soap11:Body></Envelope>".encode("utf-8", "replace")
