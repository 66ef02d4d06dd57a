"""What every answer of the Lync side's web services has in common."""

from __future__ import annotations

from samband.wire.http import HttpResponse
from samband.wire.soap.envelope import CONTENT_TYPE
from samband.wire.web_auth.faults import WebFault, diagnostics_field, write_fault


def answer(host: str, status: int, content_type: str = "", body: bytes = b"", **fields: str) -> HttpResponse:
    """A response that names the server; ``fields`` are header fields with ``_`` for ``-``."""
    headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
    if content_type:
        headers.append(("Content-Type", content_type))
    return HttpResponse(status, [*headers, ("X-MS-Server-Fqdn", host)], body)


def refuse(host: str, fault: WebFault) -> HttpResponse:
    """A SOAP fault, with its diagnosis in a header field too."""
    diagnosis = diagnostics_field(fault, host)
    return answer(host, fault.status, CONTENT_TYPE, write_fault(fault), X_Ms_diagnostics=diagnosis)
