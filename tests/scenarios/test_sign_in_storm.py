"""A thousand clients lose their server and come back at once: they are let in at the set pace, and all get in."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import time
from collections import Counter
from pathlib import Path

from samband.deployment.site_file import read_site
from samband.directory.new_people import new_person
from samband.ground import open_ground
from samband.trust.forms import Wanted
from samband.trust.passwords import Passwords
from tests.scenarios.digest import digest_proof
from tests.scenarios.kept_site import ADDRESS, DOMAIN, KeptSite
from tests.trust.fakes import CHEAP

CLIENTS, EACH = 1000, 16
RATE = 250
PEOPLE = [f"u{number}" for number in range(-(-CLIENTS // EACH))]


class Endpoint:
    """One plain client of one person: registers, waits where it is told to, and stays until the server is gone."""

    def __init__(self, number: int, port: int) -> None:
        self.name = PEOPLE[number // EACH]
        self.number = number
        self.port = port
        self.told: list[int] = []
        """What Retry-After said, each time."""
        self.asked = 0
        self._numbers = itertools.count(1)

    async def sign_in(self) -> asyncio.StreamReader:
        """Until 200; who cuts the connection meanwhile is asked again."""
        while True:
            try:
                reader, writer = await asyncio.open_connection(ADDRESS, self.port)
                self._place = writer.get_extra_info("sockname")
                await self._register(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.3)
            else:
                self._writer = writer
                return reader

    async def _register(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        proof = ""
        while True:
            self.asked += 1
            writer.write(self._request(proof))
            answer = (await reader.readuntil(b"\r\n\r\n")).decode()
            status = int(answer.split(" ", 2)[1])
            if status == 200:
                return
            if status == 503:
                found = re.search(r"Retry-After: (\d+)\r", answer)
                assert found is not None, answer
                self.told.append(int(found[1]))
                await asyncio.sleep(self.told[-1])
            else:
                assert status == 401, answer
                proof = digest_proof(answer, self.name, "pw", "REGISTER", f"sip:{DOMAIN}")

    def _request(self, proof: str) -> bytes:
        host, port = self._place
        number = next(self._numbers)
        lines = [
            f"REGISTER sip:{DOMAIN} SIP/2.0",
            f"Via: SIP/2.0/TCP {host}:{port};branch=z9hG4bK{self.number}-{number}",
            f"From: <sip:{self.name}@{DOMAIN}>;tag=1",
            f"To: <sip:{self.name}@{DOMAIN}>",
            f"Call-ID: storm-{self.number}",
            f"CSeq: {number} REGISTER",
            f"Contact: <sip:{self.name}@{host}:{port};transport=tcp>",
            *([f"Authorization: {proof}"] if proof else []),
            "Content-Length: 0",
        ]
        return "\r\n".join([*lines, "", ""]).encode()


async def add_people(folder: Path) -> None:
    async with open_ground(folder, read_site(folder)) as ground:
        wanted = Wanted(ntlm=False, digest_realm=DOMAIN)
        passwords = Passwords(
            ground.store, ground.feed, ground.directory, wanted, clock=time.monotonic, random=os.urandom, hasher=CHEAP
        )
        for name in PEOPLE:
            person = await ground.people.add(new_person(DOMAIN, name, os.urandom))
            await passwords.set(person.objectGUID, "pw")
        passwords.close()


async def storm(site: KeptSite) -> list[Endpoint]:
    """Everyone signs in, the server is killed and started, everyone signs in again; what they met the second time."""
    clients = [Endpoint(number, site.ports["sip_tcp"]) for number in range(CLIENTS)]
    readers = await asyncio.gather(*(client.sign_in() for client in clients))
    for client in clients:
        client.told.clear()
        client.asked = 0
    site.kill()
    assert await asyncio.gather(*(reader.read() for reader in readers)) == [b""] * CLIENTS
    returning = asyncio.gather(*(client.sign_in() for client in clients))
    await asyncio.to_thread(site.start)
    await returning
    return clients


def test_a_storm_after_a_restart(tmp_path: Path) -> None:
    with KeptSite(tmp_path / "site") as site:
        settings = site.folder / "samband.toml"
        text = settings.read_text()
        assert "sign_ins_per_second = 200" in text
        settings.write_text(text.replace("sign_ins_per_second = 200", f"sign_ins_per_second = {RATE}"))
        asyncio.run(add_people(site.folder))
        site.start()
        clients = asyncio.run(storm(site))
        told = Counter(client.told[0] for client in clients if client.told)
        print(f"told to wait: {sorted(told.items())}; REGISTERs: {sum(client.asked for client in clients)}")
        assert told, "not everyone is let in at once"
        assert len(told) >= sum(told.values()) // RATE, "they are spread over as many seconds as it takes"
        assert max(told.values()) <= 2 * RATE, "and not many over each of them"
        assert sum(client.asked for client in clients) <= 4 * CLIENTS, "few are sent away twice"
        assert "Traceback" not in site.log
