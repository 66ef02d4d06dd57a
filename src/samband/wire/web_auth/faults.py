"""How these services say no: a SOAP fault with a diagnosis in it, and an HTTP field [MS-OCAUTHWS 2.2.4.1, 3.2.4.1]."""

from __future__ import annotations

from dataclasses import dataclass

from samband.wire.soap.envelope import write_envelope
from samband.wire.web_auth import names
from samband.wire.xml.text import escape


@dataclass(frozen=True, slots=True)
class WebFault:
    """A refusal. ``code`` is the local name of a fault of WS-Security or WS-Trust, ``number`` an ErrorId [MS-OCER 7].

    ``trust`` says which of the two the code is of.
    """

    status: int
    number: int
    code: str
    reason: str
    trust: bool = False


NOT_ENABLED = WebFault(403, 28000, "FailedAuthentication", "User is not SIP enabled.")
NO_TOKEN = WebFault(500, 28020, "FailedAuthentication", "No valid security token.")
"""The numbers 28000 and 28020 were seen in the specification and from servers; the next is of the same family."""
BAD_REQUEST = WebFault(500, 28020, "InvalidRequest", "The request cannot be understood.", trust=True)


def write_fault(fault: WebFault) -> bytes:
    """The envelope around a fault."""
    space = names.WST if fault.trust else names.WSSE
    return write_envelope(
        f'<s:Fault xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><faultcode xmlns:a="{space}">a:{fault.code}'
        f'</faultcode><faultstring xml:lang="en-US">{escape(fault.reason)}</faultstring><detail>'
        f'<OCSDiagnosticsFault xmlns="{names.DIAGNOSTICS}"><Ms-Diagnostics-Fault><ErrorId>{fault.number}</ErrorId>'
        f"<Reason>{escape(fault.reason)}</Reason></Ms-Diagnostics-Fault></OCSDiagnosticsFault></detail></s:Fault>"
    )


def diagnostics_field(fault: WebFault, host: str) -> str:
    """The value of X-Ms-diagnostics."""
    prefix = "wst" if fault.trust else "wsse"
    reason = fault.reason.replace('"', "'")
    return f'{fault.number};source="{host}";reason="{reason}";faultcode="{prefix}:{fault.code}"'
