"""Web tickets: issued, checked, forged, expired."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.model.caller import Caller
from samband.trust.denied import Denied
from samband.trust.sip.tls_dsk.keys import p_hash
from samband.trust.web_tickets import LIFETIME, WebTickets
from samband.wire.http import Headers, HttpRequest
from samband.wire.web_auth.saml import read_assertion, write_signed
from samband.wire.xml.reading import parse
from tests.trust.fakes import Clock, People, person

SECRET = bytes(range(32))
HOST = "lync.contoso.test"
SERVICE = f"https://{HOST}:8443/CertProv/CertProvisioningService.svc"
ENTROPY = b"client entropy, of 32 bytes long"


class World:
    def __init__(self) -> None:
        self.clock, self.people = Clock(), People()
        self.people.put(person("alice"), person("bob"))
        self.marks = {"guid-alice": b"1"}
        self.tickets = self.server()

    def server(self, secret: bytes = SECRET, host: str = HOST) -> WebTickets:
        services = ["lyncdiscover.contoso.test"]
        return WebTickets(secret, host, services, self.people, self.clock.time, os.urandom, self.mark)

    def mark(self, guid: str) -> bytes:
        return self.marks.get(guid, b"")

    def issue(self, name: str = "alice", service: str = SERVICE) -> str:
        return self.tickets.issue(self.people.found[f"guid-{name}"], service, ENTROPY).assertion

    def check(self, text: str) -> str:
        return self.tickets.check(parse(text.encode())).person.sAMAccountName


def request(value: str) -> HttpRequest:
    return HttpRequest("GET", HOST, "/", headers=Headers([("x-ms-webticket", value)]))


def test_a_ticket_says_who_and_gives_both_sides_one_key() -> None:
    world = World()
    alice = world.people.found["guid-alice"]
    issued = world.tickets.issue(alice, SERVICE, ENTROPY)
    found = world.tickets.check(parse(issued.assertion.encode()))
    assert found.person == alice
    assert found.key == p_hash("sha1", ENTROPY, issued.server_entropy, 32)
    assert found.expires == issued.expires == issued.created + LIFETIME
    assert f'AssertionID="{found.id}"' in issued.assertion
    assert found.id.startswith("SamlSecurityToken-")
    assert base64.b64encode(found.key).decode() not in issued.assertion
    assert "key=" not in repr(found)
    assert "entropy" not in repr(issued)


def test_another_server_of_the_site_takes_it_and_another_site_does_not() -> None:
    world = World()
    element = parse(world.issue().encode())
    assert world.server().check(element).person.sAMAccountName == "alice"
    for other in (world.server(secret=bytes(32)), world.server(host="lync.other.test")):
        with pytest.raises(Denied):
            other.check(element)


def test_a_ticket_is_good_no_longer_than_the_password() -> None:
    world = World()
    alices, bobs = world.issue(), world.issue("bob")
    world.marks["guid-alice"] = b"2"
    with pytest.raises(Denied, match="another password"):
        world.check(alices)
    assert world.check(bobs) == "bob"
    assert world.check(world.issue()) == "alice"


def test_in_the_header_of_a_request() -> None:
    world = World()
    encoded = base64.b64encode(world.issue().encode()).decode()
    for value in (f"opaque={encoded}", f' Opaque = "{encoded}" '):
        assert world.tickets.caller(request(value)) == Caller(world.people.found["guid-alice"], "web-ticket")
    for value in ("", encoded, f"clear={encoded}", "opaque=", "opaque=%", "opaque=PGEvPg==", "opaque=" + "A" * 20_000):
        with pytest.raises(Denied):
            world.tickets.caller(request(value))


def test_life_of_a_ticket() -> None:
    world = World()
    text = world.issue()
    world.clock.now += LIFETIME.total_seconds() - 1
    assert world.check(text) == "alice"
    world.clock.now += 1
    with pytest.raises(Denied, match="expired"):
        world.check(text)
    world.clock.now -= LIFETIME.total_seconds() + 301
    with pytest.raises(Denied, match="expired"):
        world.check(text)


def test_disabled_and_gone() -> None:
    world = World()
    text = world.issue()
    world.people.put(person("alice", enabled=False))
    with pytest.raises(Denied, match="disabled"):
        world.check(text)
    del world.people.found["guid-alice"]
    with pytest.raises(Denied, match="disabled"):
        world.check(text)


@pytest.mark.parametrize(
    "service",
    [
        "https://evil.test/",
        f"http://{HOST}/",
        f"https://{HOST}.evil.test/",
        f"https://{HOST}@evil.test/",
        "",
        "urn:x",
        "https://[/",
        "//" + HOST,
    ],
)
def test_services_of_others(service: str) -> None:
    with pytest.raises(Denied, match="not of this site"):
        World().issue(service=service)


def test_services_of_the_site() -> None:
    world = World()
    for service in (SERVICE, "https://LyncDiscover.contoso.test/?sipuri=x"):
        assert world.check(world.issue(service=service)) == "alice"


FORGED = {
    "another person": ("guid-alice", "guid-bob"),
    "a later end": ('NotOnOrAfter="2026-01-01T0', 'NotOnOrAfter="2027-01-01T0'),
    "an earlier begin": ('NotBefore="2026', 'NotBefore="2025'),
    "another service": ("CertProvisioningService", "OtherService"),
    "another name": ("SamlSecurityToken-", "SamlSecurityToken-0"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_tickets(name: str) -> None:
    world = World()
    text = world.issue()
    old, new = FORGED[name]
    assert old in text
    with pytest.raises(Denied, match="not issued here"):
        world.check(text.replace(old, new))


def test_a_signature_of_other_algorithms_counts_for_nothing() -> None:
    """The algorithms in the text are not read: the ticket is judged by the one way it was made."""
    world = World()
    text = world.issue()
    weakened = text.replace("xmldsig-more#hmac-sha256", "xmldsig-more#none")
    assert weakened != text
    assert world.check(weakened) == "alice"
    element = parse(re.sub("<ds:SignatureValue>[^<]*<", "<ds:SignatureValue><", weakened).encode())
    with pytest.raises(Denied, match="not issued here"):
        world.tickets.check(element)


def test_the_key_of_one_ticket_does_not_fit_another() -> None:
    world = World()
    one, signature = read_assertion(parse(world.issue().encode()))
    other, _ = read_assertion(parse(world.issue().encode()))
    mixed = write_signed(replace(one, wrapped_key=other.wrapped_key), signature)
    with pytest.raises(Denied, match="not issued here"):
        world.check(mixed)


def test_what_a_client_adds_counts_for_nothing() -> None:
    world = World()
    text = world.issue().replace(
        "<saml:AuthenticationStatement", '<saml:AttributeStatement x="admin"/><saml:AuthenticationStatement', 1
    )
    assert world.check(text) == "alice"
    twice = world.issue().replace("<saml:Subject>", "<saml:Subject/><saml:Subject>")
    with pytest.raises(Denied, match="malformed"):
        world.check(twice)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        World().server(secret=b"short")


def test_lifetime_is_what_clients_expect() -> None:
    assert timedelta(hours=1) < LIFETIME <= timedelta(hours=8)


@given(at=st.integers(0, 2500), character=st.characters(min_codepoint=32, max_codepoint=126))
def test_no_changed_character_makes_another_person(at: int, character: str) -> None:
    world = World()
    text = world.issue()
    changed = text[:at] + character + text[at + 1 :]
    try:
        assert world.check(changed) == "alice"
    except (Denied, ValueError):
        assert changed != text
