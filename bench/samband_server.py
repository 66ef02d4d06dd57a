"""Samband as it is served, with people to measure: ``python -m bench.samband_server http|sip 30`` prints its ports.

Everything is real: the store on SQLite with full synchronisation, the directory, passwords, listeners, doors. Only the
people (``u0`` to ``uN-1`` at ``bench.test``, password ``pw``) and the temporary folder are the benchmark's own. With
``--certificates 200`` the first 200 have one to sign in with by TLS-DSK: they and their key are in the folder printed.
With ``--history`` what people write to each other is kept for their mailboxes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from samband.deployment.network_settings import Listen
from samband.deployment.policies import UNTHROTTLED, Registrar, UserServices
from samband.deployment.settings import Organisation, Site, Trust
from samband.directory.new_people import new_person
from samband.ground import Ground, open_ground, utc_now
from samband.model.people import Person
from samband.serve import serve_site
from samband.store import secrets
from samband.store.api import WriteTx
from samband.trust import forms
from samband.trust.sip.tls_dsk.issued import IssuedCertificates

DOMAIN = "bench.test"
PASSWORD = "pw"
TOGETHER = 250
"""People added at a time: their writes share commits."""


def site(*, history: bool = False) -> Site:
    """A whole site with what plain clients and Lync clients prove themselves by."""
    return Site(
        organisation=Organisation(name="Bench", domain=DOMAIN),
        listen=Listen(https=0, http=0, smtp=0, submission=0, submissions=0, sip_tls=0, sip_tcp=0, sip_udp=0),
        throttling=UNTHROTTLED,
        registrar=Registrar(sign_ins_per_second=0),
        trust=Trust(http=("basic",), sip=("tls-dsk", "ntlm", "digest")),
        user_services=UserServices(server_conversation_history=history),
    )


async def add_people(ground: Ground, count: int) -> list[Person]:
    """``u0`` to ``u<count - 1>`` with their passwords, which are hashed once for all: everyone has the same."""
    people: list[Person] = []
    for start in range(0, count, TOGETHER):
        numbers = range(start, min(start + TOGETHER, count))
        new = [new_person(DOMAIN, f"u{number}", os.urandom) for number in numbers]
        people += await asyncio.gather(*map(ground.people.add, new))
    wanted = forms.Wanted(ntlm=True, digest_realm=DOMAIN)
    hasher = forms.standard_hasher()
    encoded = hasher.hash(PASSWORD)

    def keep(tx: WriteTx) -> None:
        for person in people:
            secrets.put(tx, person.objectGUID, forms.make(hasher, person, PASSWORD, wanted, encoded))

    await ground.store.write(keep)
    return people


async def issue(ground: Ground, folder: Path, people: Sequence[Person]) -> None:
    """A certificate a person over one key: ``u0.der`` and on, and ``key.pem``."""
    issued = IssuedCertificates(ground.certificates, ground.store, ground.directory, utc_now)
    key = rsa.generate_private_key(65537, 2048)
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    asked = request.public_bytes(serialization.Encoding.DER)
    for person in people:
        name = person.sip.partition("@")[0]
        (folder / f"{name}.der").write_bytes(await issued.issue(asked, person, name))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(pem)


async def told_to_end() -> None:
    """Wait for SIGTERM: whoever started the server ends it so, and its folder is to go with it."""
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    await end.wait()


async def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="samband-bench-") as name:
        folder = Path(name)
        async with open_ground(folder, site()) as ground:
            people = await add_people(ground, options.people)
            await issue(ground, folder, people[: options.certificates])
        # Opened anew, as after any start: the passwords are read from the store.
        served_site = site(history=options.history)
        async with open_ground(folder, served_site) as ground, serve_site(ground) as served:
            ports = served.places.ports
            port = ports.http if options.kind == "http" else ports.sip_tcp
            print(json.dumps({"port": port, "tls_port": ports.sip_tls, "folder": name}), flush=True)
            await told_to_end()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("http", "sip"))
    parser.add_argument("people", type=int)
    parser.add_argument("--certificates", type=int, default=0)
    parser.add_argument("--history", action="store_true")
    uvloop.run(main(parser.parse_args()))
