"""Online meetings as Outlook Web App makes them: its server finds UCWA by discovery and shows Exchange's own token."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from samband.deployment.site_file import read_site
from samband.ground import open_ground, utc_now
from samband.serve import administer
from samband.trust.oauth.issue import TokenIssuer
from samband.trust.oauth.names import EXCHANGE, LYNC, Audience, Principal
from samband.trust.oauth.people import exchange_view
from tests.scenarios.ews_session import Connection

REALM = "contoso.test"
HOST = f"lync.{REALM}"


def exchange_token(folder: Path, login: str) -> str:
    """What the Exchange side of the site in ``folder`` would show the Lync side in the name of a person."""

    async def make() -> str:
        async with open_ground(folder, read_site(folder)) as ground, administer(ground) as trusts:
            issuer = TokenIssuer(trusts["exchange"].keys, Principal(EXCHANGE, REALM), utc_now)
            person = ground.directory.by_login(login)
            assert person is not None
            return issuer.for_user(Audience(LYNC, HOST, REALM), exchange_view(ground.directory).claims(person))

    return asyncio.run(make())


def place_of(text: str) -> tuple[str, int]:
    """``host:port`` as an address."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def fetch(
    place: tuple[str, int], ca_file: Path, url: str, method: str = "GET", body: Any = None, **fields: str
) -> tuple[int, bytes]:
    """Ask the server at ``place`` for ``url`` over TLS; status and body of the answer."""
    parts = urlsplit(url)
    data = None if body is None else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    if data is not None:
        headers["Content-Type"] = "application/json"
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    with contextlib.closing(Connection(place, parts.hostname or HOST, ca_file)) as connection:
        connection.request(method, path, data, headers)
        response = connection.getresponse()
        return response.status, response.read()


class Outlook:
    """One person's meetings, for a caller that knows the Lync side's discovery and nothing else."""

    def __init__(self, place: tuple[str, int], ca_file: Path, folder: Path, login: str) -> None:
        self._place = place
        self._ca_file = ca_file
        self._token = exchange_token(folder, login)
        root = self.ask("GET", f"https://{HOST}/Autodiscover/AutodiscoverService.svc/root")
        user = self.ask("GET", root["_links"]["user"]["href"])
        named = {"UserAgent": "OWA", "EndpointId": "one", "Culture": "en-US"}
        application = self.ask("POST", user["_links"]["applications"]["href"], named)
        self.meetings = application["_embedded"]["onlineMeetings"]["_links"]["myOnlineMeetings"]["href"]

    def ask(self, method: str, url: str, body: Any = None, **fields: str) -> Any:
        """Ask; what the answer holds, None where it is empty."""
        fields |= {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        status, content = fetch(self._place, self._ca_file, url, method, body, **fields)
        assert status in (200, 201, 204), (status, content)
        return json.loads(content) if content else None
