"""SIP requests of one person that bind nothing: nobody appears online by them."""

from __future__ import annotations

import secrets

from samband.deployment.troubles import Trouble
from samband.net.sip_client import SipConnection
from samband.serve.check.probing import Met
from samband.wire.sip.message import SipRequest

_PIDF = "application/pidf+xml"


class Asker:
    """``address`` is ``user@domain``."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._tag, self._call = secrets.token_hex(4), secrets.token_hex(8)
        self._sent = 0

    async def presence(self, connection: SipConnection) -> None:
        """Fetch one's own presence once [RFC3856]. Raises ``Met``, ``OSError``."""
        request = self.request(connection, "SUBSCRIBE", f"sip:{self._address}")
        address, port = connection.local
        for name, value in {
            "Event": "presence",
            "Accept": _PIDF,
            "Expires": "0",
            "Contact": f"<sip:{address}:{port};transport=tls>",
        }.items():
            request.put(name, value)
        answer = await connection.ask(request)
        if answer.status not in (200, 202):
            refused = Trouble.OWA_NOT_TRUSTED if answer.status == 403 else Trouble.SIP_REFUSES
            raise Met(refused, f"presence is refused: {answer.status} {answer.reason}")
        notified = await connection.next("NOTIFY")
        if not (notified.get("Content-Type") or "").startswith(_PIDF):
            raise Met(Trouble.SIP_REFUSES, "the Lync side answers without presence")

    def request(self, connection: SipConnection, method: str, uri: str) -> SipRequest:
        """A request about oneself, of the dialog of its method."""
        self._sent += 1
        address, port = connection.local
        fields = {
            "Via": f"SIP/2.0/TLS {address}:{port};branch=z9hG4bK{secrets.token_hex(8)}",
            "From": f"<sip:{self._address}>;tag={self._tag}",
            "To": f"<sip:{self._address}>",
            "Call-ID": f"{self._call}{method}",
            "CSeq": f"{self._sent} {method}",
            "Max-Forwards": "70",
            "User-Agent": "samband check",
        }
        return SipRequest(method, uri, {name: [value] for name, value in fields.items()})
