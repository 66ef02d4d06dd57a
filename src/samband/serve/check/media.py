"""Whether the servers that carry sound and pictures are there, and take our secrets."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

from samband.deployment.findings import Finding
from samband.deployment.measured_findings import trouble_finding
from samband.deployment.network_settings import Media
from samband.deployment.troubles import Trouble
from samband.net.tls_look import is_open
from samband.serve.check.probing import PATIENCE, words
from samband.wire.dns import Resolver
from samband.wire.http import HttpClient
from samband.wire.janus import BadAnswer, read_answer, write_request
from samband.wire.media_relay import read_relays


async def media_findings(media: Media, secret: str, http: HttpClient, names: Resolver) -> list[Finding]:
    """What is wrong with them; nothing where there are none. ``secret`` is the one of Janus's interface.

    ``http`` finds Janus as this machine does, ``names`` the relays as clients do.
    """
    found, relays = await asyncio.gather(_janus(media.janus, secret, http), _relays(media.turn, names))
    return [*found, *relays]


async def _janus(url: str, secret: str, http: HttpClient) -> list[Finding]:
    """Begin a session, attach to VideoRoom, and end it."""
    if not url:
        return []

    async def ask(path: str, kind: str) -> int:
        body = write_request(kind, "check", secret)
        headers = [("Content-Type", "application/json")]
        answer = await http.send("POST", url.rstrip("/") + path, headers=headers, body=body, timeout=PATIENCE)
        if answer.status != 200:
            raise BadAnswer(f"HTTP {answer.status}")
        said = read_answer(answer.content)
        if said.kind == "error":
            raise PermissionError(said.text)
        return said.id

    try:
        session = await ask("", "create")
        try:
            await ask(f"/{session}", "attach")
        finally:
            await ask(f"/{session}", "destroy")
    except PermissionError as error:
        return [trouble_finding(Trouble.MEDIA_REFUSES, f"Janus at {url} refuses: {words(error)}.")]
    except (OSError, BadAnswer) as error:
        return [trouble_finding(Trouble.MEDIA_DOWN, f"Janus at {url}: {words(error)}.")]
    return []


async def _relays(urls: Sequence[str], names: Resolver) -> list[Finding]:
    """Whether they are listening by TCP, where they do; datagrams nobody answers are not sent."""
    found = []
    for relay in read_relays(urls):
        if relay.tcp is None:
            continue
        addresses = (relay.host,) if _is_address(relay.host) else await names.addresses(relay.host)
        place = f"{relay.host}:{relay.tcp}"
        if not addresses:
            found.append(trouble_finding(Trouble.RELAY_DOWN, f"{relay.host} does not resolve."))
        elif not await is_open(addresses[0], relay.tcp, PATIENCE):
            found.append(trouble_finding(Trouble.RELAY_DOWN, f"Nobody answers at {place}."))
    return found


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
