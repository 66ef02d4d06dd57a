"""Samband as it is served, with people to measure: ``python -m bench.samband_server http|sip 30`` prints its port.

Everything is real: the store on SQLite with full synchronisation, the directory, passwords, listeners, doors. Only the
people (``u0`` to ``uN-1`` at ``bench.test``, password ``pw``) and the temporary folder are the benchmark's own.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import argon2
import uvloop

from samband.deployment.settings import UNTHROTTLED, Listen, Organisation, Registrar, Site, Trust
from samband.directory.new_people import new_person
from samband.ground import Ground, open_ground
from samband.serve import serve_site
from samband.trust.forms import Wanted
from samband.trust.passwords import Passwords

DOMAIN = "bench.test"
PASSWORD = "pw"


def site() -> Site:
    """A whole site with what plain clients prove themselves by."""
    return Site(
        organisation=Organisation(name="Bench", domain=DOMAIN),
        listen=Listen(https=0, http=0, smtp=0, submission=0, submissions=0, sip_tls=0, sip_tcp=0, sip_udp=0),
        throttling=UNTHROTTLED,
        registrar=Registrar(sign_ins_per_second=0),
        trust=Trust(http=("basic",), sip=("tls-dsk", "digest")),
    )


async def add_people(ground: Ground, count: int) -> None:
    """``u0`` to ``u<count - 1>``. Their passwords are hashed as usual where they are few, else cheaply."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if count > 100 else None
    wanted = Wanted(ntlm=False, digest_realm=DOMAIN)
    passwords = Passwords(
        ground.store, ground.feed, ground.directory, wanted, clock=time.monotonic, random=os.urandom, hasher=hasher
    )
    for number in range(count):
        person = await ground.people.add(new_person(DOMAIN, f"u{number}", os.urandom))
        await passwords.set(person.objectGUID, PASSWORD)
    passwords.close()


async def main(kind: str, count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="samband-bench-") as name:
        async with open_ground(Path(name), site()) as ground:
            await add_people(ground, count)
            async with serve_site(ground) as served:
                ports = served.places.ports
                print(ports.http if kind == "http" else ports.sip_tcp, flush=True)
                await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
