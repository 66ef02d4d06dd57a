"""The address book by the web: whoever brings a web ticket may ask, and sees whom and what the site shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from samband.lync.actions.address_book import AddressBook
from samband.lync.web.address_book import AddressBookFiles, AddressBookService
from samband.lync.web.address_book_file import NAME
from samband.lync.web.paths import address_book_paths
from samband.trust.web_tickets import WebTickets
from samband.wire.web_auth import names
from tests.lync.web.website import BASE, HOST, PLACES, WebSite, at, field_of
from tests.trust.fakes import person
from tests.wire.web_auth.ticket_client import ENTROPY, Ticket, ticket_request

SERVICE = "/GroupExpansion/service.svc"
PORT = f"{SERVICE}/WebTicket_Bearer"
JPEG = b"\xff\xd8\xff" + bytes(3000)
WITHOUT = f'<wsse:Security xmlns:wsse="{names.WSSE}"/>'


def publish(site: WebSite, largest_photo: int = 30 * 1024) -> None:
    """Add the book's doors, and people with photos and numbers."""
    bob = person("bob", givenName="Bob", sn="Brown", thumbnailPhoto=JPEG, telephoneNumber="+46 8 555 01 02")
    site.people.put(bob, person("dave", sn="Brown", enabled=False), person("erin", sn="Brown", title="Lawyer"))
    book = AddressBook(site.people, largest_photo)  # type: ignore[arg-type]
    service = AddressBookService(PLACES, site.tickets, book)
    files = AddressBookFiles(PLACES, site.tickets, site.authenticator("basic"), book)
    paths = address_book_paths(PLACES, service, files)
    below = paths.pop("/abs/handler/*")
    site.handlers |= paths | {f"/abs/handler/{name}": below for name in (*FILES, NAME)}


FILES = ("photos/guid-bob.jpg", "photos/guid-erin.jpg", "photos/guid-dave.jpg", "f-24ff.lsabs", "../etc/passwd")


def ticket(site: WebSite, name: str = "alice") -> Ticket:
    """What the ticket service gives."""
    issued = site.tickets.issue(site.people.found[f"guid-{name}"], f"{BASE}{PORT}", ENTROPY)
    text = f"<Lifetime></Lifetime>{issued.assertion}<BinarySecret></BinarySecret>"
    return Ticket(text.encode())


def bearer(one: Ticket) -> str:
    return f'<wsse:Security xmlns:wsse="{names.WSSE}">{one.assertion}</wsse:Security>'


def query(security: str, value: str = "bro", wanted: str = "", limit: int = 100) -> bytes:
    returned = f"<ReturnList>{wanted}</ReturnList>" if wanted else ""
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>{security}</s:Header><s:Body>'
        '<SearchAbEntry xmlns="DistributionListExpander"><AbEntryRequest><BasicSearch><SearchList>givenName,sn'
        f"</SearchList><Value>{value}</Value><Verb>BeginsWith</Verb></BasicSearch><Metadata><FromDialPad>false"
        f"</FromDialPad><MaxResultNum>{limit}</MaxResultNum>{returned}</Metadata></AbEntryRequest></SearchAbEntry>"
        "</s:Body></s:Envelope>"
    ).encode()


def people(answer: bytes) -> list[dict[str, str | list[str]]]:
    """Attribute -> value, or values, of each."""
    return [
        {
            one.findtext("{*}Name"): one.findtext("{*}Value") or [each.text for each in one.findall("{*}Values/*")]
            for one in entry.iter("{*}Attribute")
        }
        for entry in etree.fromstring(answer).iter("{*}AbEntry")
    ]


def test_clients_read_how_to_ask(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        root = etree.fromstring((await site.ask(f"{SERVICE}/mex")).content)
        (port,) = root.findall(".//{*}port")
        assert port.get("name") == "AddressBookWebTicketBearer"
        assert port.find("{*}address").get("location") == f"{BASE}{PORT}"
        way = "{*}ExactlyOne/{*}All/{*}SignedSupportingTokens/{*}Policy/{*}IssuedToken/{*}Issuer/{*}Address"
        (policy,) = root.findall("{*}Policy")
        assert policy.get(f"{{{names.WSU}}}Id") == "AddressBookWebTicketBearer_policy"
        assert policy.findtext(way) == PLACES.ticket_service

    at(tmp_path, story)


def test_a_ticket_from_the_ticket_service_is_enough(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        given = await site.ask(
            "/WebTicket/WebTicketService.svc", ticket_request(f"{BASE}{PORT}"), login=("alice", "pw-alice")
        )
        one = Ticket(given.content)
        for security in (bearer(one), one.security()):
            answer = await site.ask(PORT, query(security))
            assert answer.status == 200
            assert [found["displayName"] for found in people(answer.content)] == ["Bob", "Erin"]

    at(tmp_path, story)


def test_what_is_told_of_people(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        (bob,) = people((await site.ask(PORT, query(bearer(ticket(site)), "bob"))).content)
        assert bob["msRTCSIP-PrimaryUserAddress"] == "sip:bob@contoso.test"
        assert bob["telephoneNumber"] == ["+46 8 555 01 02", "tel:+4685550102"]
        assert (bob["photoRelPath"], bob["photoSize"]) == ("photos/guid-bob.jpg", str(len(JPEG)))
        chosen = await site.ask(PORT, query(bearer(ticket(site)), "bob", "DISPLAYNAME, sn,country"))
        assert people(chosen.content) == [{"displayName": "Bob", "sn": "Brown"}]
        one = await site.ask(PORT, query(bearer(ticket(site)), limit=1))
        assert len(people(one.content)) == 1
        assert people((await site.ask(PORT, query(bearer(ticket(site)), "x"))).content) == []

    at(tmp_path, story)


def test_who_is_refused(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        tampered = ticket(site)
        tampered.assertion = tampered.assertion.replace("guid-alice", "guid-bob")
        for security in ("", WITHOUT, bearer(tampered)):
            answer = await site.ask(PORT, query(security))
            assert answer.status == 500
            assert b"displayName" not in answer.content
            assert "28020" in field_of(answer, "X-Ms-diagnostics")
        assert (await site.ask(PORT, query(bearer(ticket(site, "carol"))))).status == 403
        held = query(bearer(ticket(site)))
        site.people.put(replace(site.people.found["guid-alice"], enabled=False))
        assert (await site.ask(PORT, held)).status == 500

    at(tmp_path, story)


@pytest.mark.parametrize("body", [b"", b"<a/>", query("")[:-9], query("").replace(b"SearchList", b"List")])
def test_what_is_no_query(tmp_path: Path, body: bytes) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        answer = await site.ask(PORT, body)
        assert answer.status == 500
        assert b"Fault" in answer.content

    at(tmp_path, story)


def test_other_operations_and_methods(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        other = query(bearer(ticket(site))).replace(b"SearchAbEntry", b"QueryDLMembers")
        answer = await site.ask(PORT, other)
        assert answer.status == 500
        assert b"SearchAbEntry" in answer.content, "it says what is answered"
        assert (await site.ask(PORT)).status == 405

    at(tmp_path, story)


def test_photos(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        place = "/abs/handler/photos/guid-bob.jpg"
        first = await site.ask(place)
        assert first.status == 401
        assert field_of(first, "WWW-Authenticate") == f'Basic realm="{HOST}"'
        for proof in ({"X_MS_WebTicket": ticket(site).header()}, {}):
            login = None if proof else ("alice", "pw-alice")
            answer = await site.ask(place, login=login, **proof)
            assert (answer.status, answer.content) == (200, JPEG)
            assert field_of(answer, "Content-Type") == "image/jpeg"
        again = await site.ask(place, login=("alice", "pw-alice"), If_None_Match=field_of(answer, "ETag"))
        assert (again.status, again.content) == (304, b"")
        assert (await site.ask(place, X_MS_WebTicket="opaque=bm9uZQ==")).status == 401
        assert (await site.ask(place, login=("carol", "pw-carol"))).status == 403
        assert (await site.ask(place, b"x", login=("alice", "pw-alice"))).status == 405

    at(tmp_path, story)


def test_what_is_not_there(tmp_path: Path) -> None:
    """Nobody's photo, that of somebody outside the book, and files of the product's own form, which are not made."""

    async def story(site: WebSite) -> None:
        publish(site)
        site.people.put(replace(site.people.found["guid-dave"], thumbnailPhoto=JPEG))
        for name in FILES[1:]:
            assert (await site.ask(f"/abs/handler/{name}", login=("alice", "pw-alice"))).status == 404
        assert (await site.ask("/abs/handler")).status == 401
        assert (await site.ask("/abs/handler", login=("alice", "pw-alice"))).status == 404

    at(tmp_path, story)


@pytest.mark.parametrize("largest", [0, 1024])
def test_photos_that_the_policy_does_not_show(tmp_path: Path, largest: int) -> None:
    async def story(site: WebSite) -> None:
        publish(site, largest)
        (bob,) = people((await site.ask(PORT, query(bearer(ticket(site)), "bob"))).content)
        assert "photoRelPath" not in bob
        assert (await site.ask("/abs/handler/photos/guid-bob.jpg", login=("alice", "pw-alice"))).status == 404

    at(tmp_path, story)


def test_the_ticket_is_checked_by_whom_it_is_of(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        others = WebTickets(bytes(31) + b"x", HOST, (), site.people, site.clock.time, bytes, lambda guid: b"")
        foreign = others.issue(site.people.found["guid-alice"], f"{BASE}{PORT}", ENTROPY).assertion
        security = f'<wsse:Security xmlns:wsse="{names.WSSE}">{foreign}</wsse:Security>'
        assert (await site.ask(PORT, query(security))).status == 500

    at(tmp_path, story)
