"""The mailbox side as it is served, with people to measure: ``python -m bench.samband_server 30`` prints its HTTP port.

Everything is real: the store on SQLite with full synchronisation, the directory, passwords in argon2id, the HTTP
server, the authenticator and the endpoint. Only the people (``u0`` to ``uN-1`` at ``bench.test``, password ``pw``) and
the temporary folder are the benchmark's own.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import uvloop

from samband.deployment.settings import Listen, Organisation, Site, Trust
from samband.directory.new_people import new_person
from samband.exchange.actions.exchange import Exchange
from samband.exchange.actions.settings import ExchangeSettings
from samband.exchange.ews.endpoint import EwsEndpoint
from samband.ground import Ground, open_ground, utc_now
from samband.net.http_routes import HttpRoutes
from samband.net.http_server import HttpServer
from samband.trust.http import BASIC, HttpAuthenticator

DOMAIN = "bench.test"
PASSWORD = "pw"


def site() -> Site:
    """A site that keeps only what Basic needs."""
    return Site(
        organisation=Organisation(name="Bench", domain=DOMAIN),
        listen=Listen(https=0),
        trust=Trust(http=("basic",), sip=()),
    )


async def add_people(ground: Ground, count: int) -> None:
    """``u0`` to ``u<count - 1>``, each with a mailbox and the password ``pw``."""
    for number in range(count):
        person = await ground.people.add(new_person(DOMAIN, f"u{number}", os.urandom))
        await ground.passwords.set(person.objectGUID, PASSWORD)


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="samband-bench-") as folder:
        async with open_ground(Path(folder), site()) as ground:
            await add_people(ground, count)
            exchange = Exchange(ground.store, ground.feed, ground.directory, utc_now, ExchangeSettings(), os.urandom)
            authenticator = HttpAuthenticator(
                ground.passwords, ground.directory, schemes=(BASIC,), realm=DOMAIN, sleep=asyncio.sleep
            )
            routes = HttpRoutes()
            routes.add("/EWS/Exchange.asmx", EwsEndpoint(exchange, authenticator))
            server = HttpServer(routes)
            port = await server.listen("127.0.0.1", 0, None)
            print(port, flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
