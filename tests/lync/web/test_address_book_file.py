"""The whole address book as one file: what stands in it, and when it is sent, to whom and how."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.lync.actions.address_book import MOST_MEMBERS, AddressBook, Everything
from samband.lync.web.address_book_file import AddressBookFile, written
from samband.model.groups import Group
from samband.model.people import Person
from samband.wire.http import Headers, HttpRequest, HttpResponse
from tests.lync.web.strict_vcards import Card, read
from tests.lync.web.test_address_book_door import publish, ticket
from tests.lync.web.website import BASE, HOST, WebSite, at, field_of
from tests.trust.fakes import People, person

PLACE = "/abs/handler/address-book.vcf"
ALICE = ("alice", "pw-alice")


def group(name: str, *member: str) -> Group:
    return Group(
        objectGUID=f"guid-{name}",
        sAMAccountName=name,
        displayName=name.title(),
        mail=f"{name}@contoso.test",
        member=tuple(f"guid-{one}" for one in member),
    )


async def whole(response: HttpResponse) -> bytes:
    return b"".join([piece async for piece in response.chunks()])


async def fetched(site: WebSite, **fields: str) -> dict[str, Card]:
    response = await site.ask(PLACE, login=ALICE, **fields)
    assert response.status == 200
    return {card.text("FN"): card for card in read(await whole(response))}


def test_what_stands_in_it(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        more = {"title": "Head, of Sales", "department": "Sales; North", "company": "Contoso", "mobile": "070-1 x 9"}
        site.people.put(
            person("frank", physicalDeliveryOfficeName="7 B", **more), person("gina", msExchHideFromAddressLists=True)
        )
        site.people.put_groups(group("staff", "bob", "gina", "board", "carol", "gone"), group("board", "bob", "staff"))
        found = await fetched(site)
        assert set(found) == {"Alice", "Bob", "Erin", "Frank", "Staff", "Board"}, "nobody hidden, disabled, without SIP"
        bob, frank = found["Bob"], found["Frank"]
        assert (bob.one("UID"), bob.one("IMPP")) == ("urn:uuid:guid-bob", "sip:bob@contoso.test")
        assert (bob.text("EMAIL"), bob.parts("N")[:2]) == ("bob@contoso.test", ["Brown", "Bob"])
        assert (bob.one("TEL"), bob.parameters["TEL"]) == ("tel:+4685550102", ["VALUE=uri;TYPE=work,voice"])
        assert bob.one("PHOTO") == f"{BASE}/abs/handler/photos/guid-bob.jpg"
        assert "PHOTO" not in frank.values
        assert (frank.text("TITLE"), frank.parts("ORG")) == ("Head, of Sales", ["Contoso", "Sales; North"])
        assert frank.parts("ADR")[1] == "7 B"
        assert (frank.text("TEL"), frank.parameters["TEL"]) == ("070-1 x 9", ["TYPE=work,cell"])
        staff = found["Staff"]
        assert (staff.one("KIND"), staff.text("EMAIL")) == ("group", "staff@contoso.test")
        assert staff.values["MEMBER"] == ["urn:uuid:guid-bob", "urn:uuid:guid-board"]
        assert found["Board"].values["MEMBER"] == ["urn:uuid:guid-bob", "urn:uuid:guid-staff"]

    at(tmp_path, story)


def test_a_large_group_stands_alone() -> None:
    people = tuple(person(f"p{number}") for number in range(MOST_MEMBERS + 1))
    names = [one.sAMAccountName for one in people]
    book = Everything(people, (group("everybody", *names), group("most", *names[1:])), 1)
    *_, everybody, most = read(b"".join(written(book, lambda _: "")))
    assert "MEMBER" not in everybody.values
    assert len(most.values["MEMBER"]) == MOST_MEMBERS


def test_the_product_s_photo_policy_holds(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site, 0)
        assert "PHOTO" not in (await fetched(site))["Bob"].values

    at(tmp_path, story)


_NAMES = st.text(max_size=60)


@given(_NAMES, _NAMES, _NAMES)
def test_any_text_stays_itself(name: str, office: str, department: str) -> None:
    somebody = person("x", displayName=name, physicalDeliveryOfficeName=office, department=department, sn=office)
    (card,) = read(b"".join(written(Everything((somebody,), (), 1), lambda _: "")))

    def kept(text: str) -> str:
        ends = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
        return "".join(letter for letter in ends if letter in "\t\n" or (letter >= " " and letter != "\x7f"))

    assert card.text("FN") == kept(name or somebody.sip)
    assert not department or card.parts("ORG")[1] == kept(department)
    assert not office or card.parts("ADR")[1] == kept(office)


def test_who_may_read_it(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        assert (await site.ask(PLACE)).status == 401
        assert (await site.ask(PLACE, login=("alice", "wrong"))).status == 401
        assert (await site.ask(PLACE, login=("carol", "pw-carol"))).status == 403
        assert (await site.ask(PLACE, b"x", login=ALICE)).status == 405
        by_ticket = await site.ask(PLACE.upper(), X_MS_WebTicket=ticket(site).header())
        assert by_ticket.status == 200
        assert field_of(by_ticket, "Content-Type") == "text/vcard; charset=utf-8"
        assert field_of(by_ticket, "Content-Disposition") == 'attachment; filename="address-book.vcf"'

    at(tmp_path, story)


def test_it_is_sent_once_until_it_changes(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        publish(site)
        plain = await site.ask(PLACE, login=ALICE)
        packed = await site.ask(PLACE, login=ALICE, Accept_Encoding="gzip, deflate")
        assert field_of(packed, "Content-Encoding") == "gzip"
        assert gzip.decompress(packed.content) == await whole(plain)
        assert {field_of(one, "Vary") for one in (plain, packed)} == {"Accept-Encoding"}
        tags = [field_of(one, "ETag") for one in (plain, packed)]
        assert len(set(tags)) == 2, "they are not the same bytes"

        async def known(tag: str, coding: str) -> int:
            answer = await site.ask(PLACE, login=ALICE, If_None_Match=tag, Accept_Encoding=coding)
            assert answer.status == 200 or answer.content == b""
            return answer.status

        assert [await known(tags[0], ""), await known(tags[1], "gzip")] == [304, 304]
        assert [await known(tags[1], ""), await known(tags[0], "gzip")] == [200, 200]
        site.people.put(person("zoe"))
        assert await known(tags[1], "gzip") == 200
        assert "Zoe" in await fetched(site)
        site.people.put_groups(group("staff", "zoe"))
        assert (await fetched(site))["Staff"].values["MEMBER"] == ["urn:uuid:guid-zoe"]

    at(tmp_path, story)


class Counted(People):
    """Counts how often everybody is asked for."""

    asked = 0

    def people(self) -> Iterable[Person]:
        self.asked += 1
        return super().people()


def request(**fields: str) -> HttpRequest:
    headers = Headers((name.replace("_", "-"), value) for name, value in fields.items())
    return HttpRequest("GET", HOST, PLACE, headers=headers)


def test_it_is_made_once_for_all_who_ask() -> None:
    async def run() -> None:
        directory: Any = Counted()
        directory.put(*(person(f"p{number}") for number in range(50)))
        file = AddressBookFile(AddressBook(directory), BASE, HOST)
        first, *others = await asyncio.gather(*(file.answer(request(Accept_Encoding="gzip")) for _ in range(5)))
        assert directory.asked == 1
        assert {one.content for one in others} == {first.content}
        again = AddressBookFile(AddressBook(directory), BASE, HOST)
        assert field_of(await again.answer(request()), "ETag") == field_of(await file.answer(request()), "ETag")
        directory.put(person("p0", title="Lawyer"))
        await asyncio.gather(*(file.answer(request()) for _ in range(5)))
        assert directory.asked == 3

    asyncio.run(run())


@pytest.mark.parametrize("count", [0, 3000])
def test_it_is_sent_in_pieces(count: int) -> None:
    async def run() -> None:
        directory: Any = People()
        directory.put(*(person(f"p{number}", title="x" * 60) for number in range(count)))
        response = await AddressBookFile(AddressBook(directory), BASE, HOST).answer(request())
        pieces = [piece async for piece in response.chunks()]
        assert max(map(len, pieces), default=0) <= 64 * 1024
        assert (len(pieces) > 3) is (count > 0)
        assert len(read(b"".join(pieces))) == count

    asyncio.run(run())
