"""How a probe tells what it met, and what all probes share: names, ports, certificates, time."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from samband.deployment.measured import Measured, Outcome
from samband.deployment.troubles import Trouble
from samband.net.http_client import SocketClient
from samband.wire.dns import Resolver
from samband.wire.http import HttpResponse

PATIENCE = 10.0
"""Seconds for one probe."""

NO_MAIL = "mail is empty (step 3)"
NO_SIP_PROXY = "no sip: address in proxyAddresses (step 2)"


class Met(Exception):
    """A probe met a trouble; the text says what happened."""

    def __init__(self, trouble: Trouble, why: str) -> None:
        super().__init__(why)
        self.trouble = trouble


class NotTried(Exception):
    """A probe could not be tried; the text says what it lacked."""


@dataclass(frozen=True, slots=True)
class Fine:
    """A probe went well. ``note`` tells more; ``trouble`` is one that keeps nothing from working."""

    note: str = ""
    trouble: Trouble | None = None


Probe = Callable[[], Awaitable[Fine | None]]


@dataclass(frozen=True, slots=True)
class Ways:
    """How probes reach servers: the resolver that is asked, where own names listen instead of the usual ports, TLS."""

    names: Resolver
    ports: Mapping[int, int]
    """Usual port -> the port where own names listen."""
    is_own: Callable[[str], bool]
    context: ssl.SSLContext

    def http(self, connections: int = 8) -> PlacedClient:
        """A client of its own: what is proven on its connections is nobody else's."""
        return PlacedClient(SocketClient(self.context, {}, connections, self.names), self)

    def port(self, host: str, usual: int) -> int:
        """Where ``host`` listens for what usually is at port ``usual``."""
        return self.ports.get(usual, usual) if self.is_own(host.lower()) else usual


class PlacedClient:
    """See ``wire.http.HttpClient``: addresses without a port go to where own names listen."""

    def __init__(self, sockets: SocketClient, ways: Ways) -> None:
        self._sockets = sockets
        self._ways = ways

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        timeout: float = PATIENCE,
        stream: bool = False,
    ) -> HttpResponse:
        """See ``wire.http.HttpClient``."""
        return await self._sockets.send(
            method, self._placed(url), headers=headers, body=body, timeout=timeout, stream=stream
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._sockets.close()

    def _placed(self, url: str) -> str:
        parts = urlsplit(url)
        host, usual = parts.hostname or "", 443 if parts.scheme == "https" else 80
        port = self._ways.port(host, usual)
        if parts.port not in (None, usual) or port == usual:
            return url
        return urlunsplit(parts._replace(netloc=f"{host}:{port}"))


async def measured(feature: str, person: str, probe: Probe) -> Measured:
    """Try one feature as one person."""
    began = time.monotonic()

    def told(outcome: Outcome, trouble: Trouble | None = None, why: str = "", note: str = "") -> Measured:
        return Measured(feature, person, outcome, trouble, why, note, round((time.monotonic() - began) * 1000))

    try:
        async with asyncio.timeout(PATIENCE):
            fine = await probe() or Fine()
    except Met as met:
        return told(Outcome.FAILS, met.trouble, str(met))
    except NotTried as lacking:
        return told(Outcome.NOT_TRIED, why=str(lacking))
    except TimeoutError:
        return told(Outcome.FAILS, Trouble.TIMEOUT, f"{feature}: no answer within {PATIENCE:.0f} seconds")
    return told(Outcome.WORKS, fine.trouble, fine.note if fine.trouble else "", fine.note)


def words(error: BaseException) -> str:
    """An error in words: a time-out has none of its own."""
    return " ".join(str(error).split()) or "no answer in good time"
