"""The Lync side tried as one of its users: found by its records, signed in to by Digest, asked for presence.

The REGISTER has no Contact, so that nothing is bound and nobody appears online; the SUBSCRIBE fetches once.
"""

from __future__ import annotations

import os

from samband.deployment.troubles import Trouble
from samband.net.sip_client import SipConnection
from samband.serve.check.identity import Identity
from samband.serve.check.probing import Fine, Met, NotTried, Ways, words
from samband.serve.check.sip_asker import Asker
from samband.trust.sip.digest import ALGORITHMS, Proof
from samband.wire.dns import Service
from samband.wire.sip.credentials import Malformed, read_credentials, write_credentials
from samband.wire.sip.message import SipResponse

_SERVICES = ("_sipinternaltls._tcp", "_sip._tls")
_HOSTS = ("sipinternal", "sip")
_PORT = 5061


class LyncUser:
    """One person signing in to Lync."""

    def __init__(self, identity: Identity, ways: Ways) -> None:
        self._identity = identity
        self._address = identity.person.sip
        self._ways = ways
        self._asker = Asker(identity.person.sip)

    async def sign_in(self) -> Fine:
        """Prove who it is, and have one's own presence."""
        host, port = await self._server()
        addresses = await self._ways.names.addresses(host)
        if not addresses:
            raise Met(Trouble.SIP_DOWN, f"{host} does not resolve")
        try:
            async with await SipConnection.open(addresses[0], port, host, self._ways.context) as connection:
                await self._registered(connection, host)
                await self._asker.presence(connection)
        except OSError as error:
            raise Met(Trouble.SIP_DOWN, f"{host}:{port} cannot be reached: {words(error)}") from None
        return Fine()

    async def _server(self) -> tuple[str, int]:
        """As clients walk: SRV records within, without, then names alone."""
        domain, names = self._address.rpartition("@")[2].lower(), self._ways.names
        for service in _SERVICES:
            offers = [Service.read(one) for one in (await names.lookup(f"{service}.{domain}", "SRV")).values]
            if offers:
                best = min(offers, key=lambda one: one.priority)
                return best.target, best.port
        for name in _HOSTS:
            if await names.addresses(f"{name}.{domain}"):
                return f"{name}.{domain}", self._ways.port(f"{name}.{domain}", _PORT)
        raise Met(Trouble.LYNC_NOT_FOUND, f"no record of {domain} leads to a SIP server")

    async def _registered(self, connection: SipConnection, host: str) -> None:
        domain = self._address.rpartition("@")[2]
        first = await connection.ask(self._asker.request(connection, "REGISTER", f"sip:{domain}"))
        if first.status != 401:
            raise Met(Trouble.SIP_REFUSES, f"{host} answers REGISTER with {first.status} {first.reason}")
        proof = self._proof(first, "REGISTER", f"sip:{domain}")
        request = self._asker.request(connection, "REGISTER", f"sip:{domain}").put("Authorization", proof)
        second = await connection.ask(request)
        if second.status != 200:
            raise Met(Trouble.SIP_REFUSES, f"{host} refuses the sign-in: {second.status} {second.reason}")

    def _proof(self, refused: SipResponse, method: str, uri: str) -> str:
        for value in refused.all("WWW-Authenticate"):
            try:
                asked = read_credentials(value)
            except Malformed:
                continue
            algorithm = asked.get("algorithm").upper() or "MD5"
            if asked.scheme.lower() == "digest" and algorithm in ALGORITHMS:
                ha1 = self._identity.over_sip(asked.get("realm"), algorithm)
                name, nonce = self._identity.person.sAMAccountName, asked.get("nonce")
                proof = Proof(name, nonce, uri, "", algorithm, "auth", os.urandom(8).hex(), "00000001")
                quoted = [
                    ("username", name),
                    ("realm", asked.get("realm")),
                    ("nonce", nonce),
                    ("uri", uri),
                    ("response", proof.response_for(ha1, method)),
                    ("cnonce", proof.cnonce),
                ]
                plain = [("algorithm", algorithm), ("qop", "auth"), ("nc", proof.nc)]
                return write_credentials("Digest", quoted, plain)
        raise NotTried("the Lync side does not offer Digest (trust.sip), and other proofs are not tried")
