"""One mailbox of a site opened to be brought from elsewhere or taken elsewhere; the site may be serving or not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from samband.deployment.places import Places
from samband.exchange.actions.exchange import Exchange
from samband.exchange.imports.ews_client import EwsClient, NoAnswer
from samband.exchange.imports.sign_in import Basic, Bearer, Ntlm, SignIn
from samband.ground import Ground
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.net import tls
from samband.net.http_client import SocketClient
from samband.serve.exchange_side import exchange_of
from samband.serve.paths import taken_ports
from samband.wire.autodiscover.client import read_user_settings, user_settings_request
from samband.wire.xml.reading import Malformed

METHOD = "administration"
"""How the caller was proven: whoever may write the site's folder may write its mailboxes."""


@asynccontextmanager
async def open_mailbox(ground: Ground, login: str) -> AsyncIterator[tuple[Exchange, Caller]]:
    """The verbs, and the owner of the mailbox as caller. Raises ``Failure`` for somebody without a mailbox."""
    person = await ground.people.find(login)
    if not person.msExchMailboxGuid:
        raise Failure("NoMailbox", f"{person.displayName} has no mailbox")
    exchange = exchange_of(ground)
    try:
        yield exchange, Caller(person, METHOD)
    finally:
        exchange.close()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A mailbox on another server and how to get in. ``url`` empty: Autodiscover is asked for ``address``."""

    url: str
    address: str
    login: str
    secret: str = field(repr=False)
    method: Literal["basic", "ntlm", "bearer"] = "ntlm"
    impersonate: str = ""
    ca_file: Path | None = None


@asynccontextmanager
async def open_elsewhere(ground: Ground, place: Elsewhere) -> AsyncIterator[EwsClient]:
    """A client of that mailbox. Raises ``Failure``, ``NoAnswer`` or ``SignInRefused``."""
    context = await asyncio.to_thread(tls.client_context, ground.certificates.authority_file)
    if place.ca_file is not None:
        await asyncio.to_thread(context.load_verify_locations, place.ca_file)
    places = Places(ground.site, taken_ports(ground.site.listen, probe=False))
    # NTLM proves a connection, so there is one; requests go one after another anyway.
    http = SocketClient(context, places.hosts, connections=1)
    try:
        url = place.url or await _discovered(http, place)
        if not url.startswith("https://"):
            raise Failure("NotSecure", f"{url}: a password is sent over https only")
        yield EwsClient(http, url, _sign_in(place), place.impersonate)
    finally:
        await http.close()


def _sign_in(place: Elsewhere) -> SignIn:
    if place.method == "bearer":
        return Bearer(place.secret)
    if place.method == "basic":
        return Basic(place.login, place.secret)
    return Ntlm(place.login, place.secret, os.urandom)


async def _discovered(http: SocketClient, place: Elsewhere) -> str:
    """The EWS address of ``place`` as its Autodiscover service has it."""
    domain = place.address.rpartition("@")[2]
    url = f"https://autodiscover.{domain}/autodiscover/autodiscover.svc"
    client = EwsClient(http, url, _sign_in(place))
    answer = await client.post(user_settings_request(url, place.address, "ExternalEwsUrl", "InternalEwsUrl"))
    try:
        found = read_user_settings(answer)
    except Malformed as error:
        raise NoAnswer(f"{url} gave no Autodiscover answer: {error}") from None
    ews = found.settings.get("ExternalEwsUrl") or found.settings.get("InternalEwsUrl") or ""
    if not ews:
        said = found.error_message or found.error_code
        raise NoAnswer(f"Autodiscover knows no EWS address of {place.address} ({said}); give one with --url")
    return ews
