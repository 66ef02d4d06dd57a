"""The guard towards plain clients: Digest with MD5 and SHA-256, its replays, its guesses, its memory."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import os
from dataclasses import dataclass, field

import pytest

from samband.lync.sip.admission import Admitted, Verdict
from samband.lync.sip.flow import Flow
from samband.lync.sip.security import Guard
from samband.wire.sip.credentials import Credentials, read_credentials, write_credentials
from samband.wire.sip.message import SipRequest, SipResponse
from tests.lync.sip.guarded import REALM, Site
from tests.lync.sip.lync_client import challenges, new_flow
from tests.trust.fakes import person

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
ALGORITHM = pytest.mark.parametrize("algorithm", HASHES)


@dataclass
class PlainClient:
    """Answers Digest challenges; ``change`` overrides parameters of the answer."""

    guard: Guard
    flow: Flow
    username: str = "alice"
    password: str = "pw-alice"
    address: str = "alice@contoso.test"
    algorithm: str = "SHA-256"
    qop: str = "auth"
    count: int = 0
    challenge: Credentials | None = None
    cnonce: str = field(default_factory=lambda: os.urandom(4).hex())

    def request(self, method: str = "REGISTER", uri: str = "sip:contoso.test") -> SipRequest:
        headers = {
            "Via": ["SIP/2.0/tcp 127.0.0.1:50000;branch=z9hG4bK1"],
            "From": [f"<sip:{self.address}>;tag=1"],
            "To": [f"<sip:{self.address}>"],
            "Call-ID": ["c1"],
            "CSeq": [f"1 {method}"],
        }
        return SipRequest(method, uri, headers)

    async def ask(self, request: SipRequest) -> Verdict:
        verdict = self.guard.inspect(request, self.flow)
        verdict = await verdict if inspect.isawaitable(verdict) else verdict
        if isinstance(verdict, SipResponse) and verdict.status in (401, 407):
            offers = [one for one in challenges(verdict) if one.scheme == "Digest"]
            self.challenge = next((one for one in offers if one.get("algorithm") == self.algorithm), None)
            self.count = 0
        return verdict

    def proven(self, request: SipRequest, *, field: str = "Authorization", **change: str) -> SipRequest:
        """Put a proof on a request, for the last challenge."""
        assert self.challenge is not None
        self.count += 1
        given = {
            "username": self.username,
            "realm": self.challenge.get("realm"),
            "nonce": self.challenge.get("nonce"),
            "uri": request.uri,
            "cnonce": self.cnonce,
            "nc": f"{self.count:08x}",
            "qop": self.qop,
            "algorithm": self.algorithm,
        }
        given.update(change)
        hashed = HASHES[self.algorithm]

        def h(text: str) -> str:
            return hashed(text.encode()).hexdigest()

        middle = [given["nonce"], given["nc"], given["cnonce"], given["qop"]] if given["qop"] else [given["nonce"]]
        ha1, ha2 = h(f"{self.username}:{REALM}:{self.password}"), h(f"{request.method}:{given['uri']}")
        given.setdefault("response", h(":".join([ha1, *middle, ha2])))
        kept = [(name, value) for name, value in given.items() if value]
        plain = [(name, value) for name, value in kept if name in ("nc", "qop", "algorithm")]
        quoted = [(name, value) for name, value in kept if name not in ("nc", "qop", "algorithm")]
        return request.put(field, write_credentials("Digest", quoted, plain))

    async def sign_in(self) -> Verdict:
        await self.ask(self.request())
        return await self.ask(self.proven(self.request()))


def client(site: Site, transport: str = "tcp", **fields: object) -> PlainClient:
    every = bool(fields.pop("every_request", False))
    return PlainClient(site.guard(every_request=every), new_flow(transport), **fields)  # type: ignore[arg-type]


def refused(verdict: Verdict, status: int) -> SipResponse:
    assert isinstance(verdict, SipResponse), verdict
    assert verdict.status == status
    return verdict


@ALGORITHM
@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("username", ["alice", "alice@contoso.test"])
def test_sign_in(algorithm: str, transport: str, username: str) -> None:
    async def run() -> None:
        site = Site()
        one = client(site, transport, algorithm=algorithm, username=username)
        verdict = await one.sign_in()
        assert verdict == Admitted(site.people.by_guid("guid-alice"), None)

    asyncio.run(run())


def test_challenges() -> None:
    async def run() -> None:
        one = client(Site())
        answer = refused(await one.ask(one.request()), 401)
        offers = [read_credentials(value) for value in answer.all("WWW-Authenticate")]
        assert [(offer.scheme, offer.get("algorithm")) for offer in offers] == [
            ("Digest", "MD5"),
            ("Digest", "SHA-256"),
        ]
        assert {offer.get("realm") for offer in offers} == {REALM}
        assert {offer.get("qop") for offer in offers} == {"auth"}
        assert offers[0].get("nonce") == offers[1].get("nonce")
        assert offers[0].get("stale") == ""

    asyncio.run(run())


@pytest.mark.parametrize(
    ("method", "status", "field"),
    [
        ("REGISTER", 401, "WWW-Authenticate"),
        ("SUBSCRIBE", 401, "WWW-Authenticate"),
        ("PUBLISH", 401, "WWW-Authenticate"),
        ("MESSAGE", 407, "Proxy-Authenticate"),
        ("INVITE", 407, "Proxy-Authenticate"),
        ("OPTIONS", 407, "Proxy-Authenticate"),
    ],
)
def test_challenge_by_method(method: str, status: int, field: str) -> None:
    async def run() -> None:
        one = client(Site(), "udp")
        answer = refused(await one.ask(one.request(method)), status)
        assert answer.get(field) is not None
        proof = "Authorization" if status == 401 else "Proxy-Authorization"
        assert isinstance(await one.ask(one.proven(one.request(method), field=proof)), Admitted)

    asyncio.run(run())


def test_a_register_is_enough_for_its_connection() -> None:
    async def run() -> None:
        site = Site()
        one = client(site)
        assert isinstance(await one.sign_in(), Admitted)
        assert await one.ask(one.request("MESSAGE")) == Admitted(site.people.by_guid("guid-alice"), None)
        assert isinstance(await one.ask(one.request("ACK")), Admitted)
        one.address = "bob@contoso.test"
        refused(await one.ask(one.request("MESSAGE")), 407)
        one.address = "alice@contoso.test"
        site.people.put(person("alice", enabled=False))
        refused(await one.ask(one.request("MESSAGE")), 403)
        site.people.put(person("alice"))
        flow, one.flow = one.flow, new_flow("tcp")
        refused(await one.ask(one.request("MESSAGE")), 407)
        one.flow = flow
        assert isinstance(await one.ask(one.request("MESSAGE")), Admitted)

    asyncio.run(run())


def test_every_request_if_asked_for_and_always_over_udp() -> None:
    async def run() -> None:
        for one in (client(Site(), every_request=True), client(Site(), "udp")):
            assert isinstance(await one.sign_in(), Admitted)
            refused(await one.ask(one.request("SUBSCRIBE")), 401)
            assert isinstance(await one.ask(one.proven(one.request("SUBSCRIBE"))), Admitted)

    asyncio.run(run())


def test_only_register_is_remembered() -> None:
    async def run() -> None:
        one = client(Site())
        refused(await one.ask(one.request("MESSAGE")), 407)
        assert isinstance(await one.ask(one.proven(one.request("MESSAGE"))), Admitted)
        refused(await one.ask(one.request("MESSAGE")), 407)

    asyncio.run(run())


@ALGORITHM
def test_counts_and_nonces_are_good_once(algorithm: str) -> None:
    async def run() -> None:
        site = Site()
        one = client(site, "udp", algorithm=algorithm)
        await one.ask(one.request())
        proven = one.proven(one.request())
        assert isinstance(await one.ask(proven), Admitted)
        answer = refused(await one.ask(proven), 401)
        assert {offer.get("stale") for offer in challenges(answer)} == {"true"}
        assert isinstance(await one.ask(one.proven(one.request())), Admitted), "the new nonce works at once"
        assert isinstance(await one.ask(one.proven(one.request())), Admitted), "and for a second count"
        site.clock.now += 301
        old = one.proven(one.request())
        answer = refused(await one.ask(old), 401)
        assert challenges(answer).__next__().get("stale") == "true"
        assert isinstance(await one.ask(one.proven(one.request())), Admitted)

    asyncio.run(run())


def test_a_nonce_is_bound_to_its_connection() -> None:
    async def run() -> None:
        site = Site()
        guard = site.guard()
        for transport, other in (("tcp", new_flow("tcp")), ("udp", new_flow("udp", ("127.0.0.9", 1)))):
            one = PlainClient(guard, new_flow(transport))
            await one.ask(one.request())
            stolen = one.proven(one.request())
            one.flow = other
            answer = refused(await one.ask(stolen), 401)
            assert next(challenges(answer)).get("stale") == "true"

    asyncio.run(run())


WRONG: dict[str, dict[str, str]] = {
    "another nonce": {"nonce": "AAAA"},
    "no nonce": {"nonce": ""},
    "no response": {"response": ""},
    "wrong response": {"response": "0" * 64},
    "odd response": {"response": "ä"},
    "another uri": {"uri": "sip:evil.test"},
    "the uri of another listener": {"uri": "sip:127.0.0.1:5070"},
    "the uri of somebody here": {"uri": "sip:bob@contoso.test"},
    "a uri that is none": {"uri": "contoso.test"},
    "no username": {"username": ""},
    "unknown username": {"username": "nobody"},
    "an algorithm not offered": {"algorithm": "SHA-512-256"},
    "a session algorithm": {"algorithm": "MD5-sess"},
    "integrity, not offered": {"qop": "auth-int"},
    "no cnonce": {"cnonce": ""},
    "no count": {"nc": ""},
    "a count that is none": {"nc": "0000000g"},
    "a short count": {"nc": "1"},
    "count zero": {"nc": "00000000"},
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_proofs(name: str) -> None:
    async def run() -> None:
        one = client(Site())
        await one.ask(one.request())
        refused(await one.ask(one.proven(one.request(), **WRONG[name])), 401)
        refused(await one.ask(one.request("SUBSCRIBE")), 401)

    asyncio.run(run())


def test_a_proof_for_another_realm_is_none() -> None:
    async def run() -> None:
        one = client(Site())
        await one.ask(one.request())
        answer = refused(await one.ask(one.proven(one.request(), realm="other.test")), 401)
        assert answer.get("ms-diagnostics") is None

    asyncio.run(run())


def test_a_proof_of_another_method_is_none() -> None:
    async def run() -> None:
        one = client(Site())
        await one.ask(one.request())
        proof = one.proven(one.request("SUBSCRIBE")).get("Authorization") or ""
        refused(await one.ask(one.request().put("Authorization", proof)), 401)

    asyncio.run(run())


@pytest.mark.parametrize("agent", ["baresip v1.0.0 (x86_64/linux)", "Twinkle/1.10.2", ""])
@pytest.mark.parametrize("algorithms", [("MD5",), ("SHA-256",), ("MD5", "SHA-256")])
def test_what_is_offered_is_a_matter_of_the_setting_alone(agent: str, algorithms: tuple[str, ...]) -> None:
    async def run() -> None:
        one = client(Site(algorithms=algorithms), "udp", algorithm=algorithms[-1])
        request = one.request().put("User-Agent", agent) if agent else one.request()
        answer = refused(await one.ask(request), 401)
        assert [offer.get("algorithm") for offer in challenges(answer)] == list(algorithms)
        assert isinstance(await one.ask(one.proven(one.request())), Admitted)

    asyncio.run(run())


@pytest.mark.parametrize("uri", ["sip:127.0.0.1:5060", "sip:contoso.test;transport=tcp", "sips:lync.contoso.test"])
def test_a_proof_may_name_the_server_in_place_of_the_address(uri: str) -> None:
    """sipp and others write whom they are connected to [RFC7616 3.4.6]."""

    async def run() -> None:
        one = client(Site(), "udp")
        await one.ask(one.request())
        assert isinstance(await one.ask(one.proven(one.request(), uri=uri)), Admitted)
        refused(await one.ask(one.request("MESSAGE", "sip:bob@contoso.test")), 407)
        message = one.request("MESSAGE", "sip:bob@contoso.test")
        assert isinstance(await one.ask(one.proven(message, uri=uri, field="Proxy-Authorization")), Admitted)

    asyncio.run(run())


def test_clients_without_qop() -> None:
    """RFC 2069 clients send no count: their proof holds as long as the nonce, on its connection."""

    async def run() -> None:
        site = Site()
        one = client(site, algorithm="MD5", qop="", cnonce="")
        await one.ask(one.request())
        # libpurple's SIMPLE sends a count that nothing protects.
        assert isinstance(await one.ask(one.proven(one.request(), algorithm="")), Admitted)
        assert isinstance(await one.ask(one.proven(one.request(), algorithm="")), Admitted)
        site.clock.now += 301
        answer = refused(await one.ask(one.proven(one.request())), 401)
        assert next(challenges(answer)).get("stale") == "true"

    asyncio.run(run())


def test_disabled_and_not_enabled_for_sip() -> None:
    async def run() -> None:
        site = Site()
        site.add(person("carol", enabled=False), "pw-carol")
        site.add(person("dave", msRTCSIP_UserEnabled=False), "pw-dave")
        for name, status in (("carol", 401), ("dave", 403)):
            one = client(site, username=name, password=f"pw-{name}", address=f"{name}@contoso.test")
            refused(await one.sign_in(), status)
            wrong = client(site, username=name, password="wrong", address=f"{name}@contoso.test")
            refused(await wrong.sign_in(), 401)

    asyncio.run(run())


def test_from_must_be_the_person() -> None:
    async def run() -> None:
        one = client(Site(), address="bob@contoso.test")
        answer = refused(await one.sign_in(), 403)
        assert (answer.get("ms-diagnostics") or "").startswith("4004;")

    asyncio.run(run())


def test_guesses_are_slowed_down_and_then_refused() -> None:
    async def run() -> None:
        site = Site()
        one = client(site, password="wrong")
        for _ in range(10):
            refused(await one.sign_in(), 401)
        assert sum(site.clock.slept) > 3
        many = [one.proven(one.request()) for _ in range(40)]
        verdicts = await asyncio.gather(*[one.ask(request) for request in many])
        assert all(isinstance(verdict, SipResponse) for verdict in verdicts)
        known = client(site, username="bob", password="pw-bob", address="bob@contoso.test")
        assert isinstance(await known.sign_in(), Admitted)

    asyncio.run(run())


def test_guesses_count_also_from_where_the_person_is() -> None:
    async def run() -> None:
        site = Site()
        one = client(site)
        for _ in range(3):
            assert isinstance(await one.sign_in(), Admitted)
        assert site.clock.slept == []
        one.password = "wrong"
        for _ in range(10):
            refused(await one.sign_in(), 401)
        assert sum(site.clock.slept) > 3
        one.password = "pw-alice"
        assert isinstance(await one.sign_in(), Admitted)

    asyncio.run(run())


def test_right_proofs_are_not_counted_as_guesses() -> None:
    async def run() -> None:
        site = Site()
        one = client(site, "udp")
        await one.ask(one.request())
        for _ in range(100):
            assert isinstance(await one.ask(one.proven(one.request())), Admitted)
        stale = one.proven(one.request(), nc="00000001")
        for _ in range(30):
            refused(await one.ask(stale), 401)
        assert site.clock.slept == []

    asyncio.run(run())


@ALGORITHM
def test_only_the_algorithms_of_the_site(algorithm: str) -> None:
    async def run() -> None:
        site = Site(algorithms=(algorithm,))
        one = client(site, "udp", algorithm=algorithm)
        answer = refused(await one.ask(one.request()), 401)
        assert [offer.get("algorithm") for offer in challenges(answer)] == [algorithm]
        assert isinstance(await one.ask(one.proven(one.request())), Admitted)
        other = client(site, "udp", algorithm=next(name for name in HASHES if name != algorithm))
        await other.ask(other.request())
        other.challenge = one.challenge
        refused(await other.ask(other.proven(other.request())), 401)

    asyncio.run(run())


def test_algorithms_that_are_none() -> None:
    with pytest.raises(ValueError, match="SHA-1"):
        Site(algorithms=("SHA-1",)).guard()


def test_who_knows_a_password_that_is_too_old_is_told_so() -> None:
    async def run() -> None:
        site = Site()
        site.old.add("guid-alice")
        verdict = await PlainClient(site.guard(), new_flow()).sign_in()
        assert isinstance(verdict, SipResponse) and verdict.status == 401
        assert "the password has expired" in (verdict.get("ms-diagnostics") or "")

    asyncio.run(run())
