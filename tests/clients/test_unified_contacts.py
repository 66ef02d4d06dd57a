"""Contact lists that live in mailboxes: pidgin-sipe reads and changes them over EWS, and hears of others' changes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.ews_over_https import ask, identifiers
from tests.clients.names import Names
from tests.clients.purple_process import Account, PurpleProcess, missing_packages
from tests.clients.running_demo import Demo
from tests.clients.waiting import until
from tests.exchange.im_list import NOBODY, Seen, seen
from tests.exchange.photographs import drawn, edges
from tests.exchange.world import Answer

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

BOB, CAROL, DAVE, ERIN = (f"{name}@contoso.test" for name in ("bob", "carol", "dave", "erin"))


@contextmanager
def signed_in(demo: Demo, name: str, wait_for: str) -> Iterator[PurpleProcess]:
    """pidgin-sipe of one person, once ``wait_for`` came over the wire."""
    person = demo.person(name)
    account = Account(
        user=person["upn"],
        login=person["login"],
        password=person["password"],
        server=demo.table["sip"]["tls"],
        transport="tls",
        authentication="tls-dsk",
        ca_file=Path(demo.table["ca_file"]),
        settings={"email": person["upn"], "email_login": person["login"], "email_password": person["password"]},
    )
    with PurpleProcess(account, Names(demo.table["hosts"])) as client:
        client.wait("signed-on")
        until(lambda: wait_for in client.log, wait_for)
        yield client


def shown(client: PurpleProcess) -> dict[str, str]:
    """Who stands in which group on the screen."""
    since = client.mark()
    client.do("buddies")
    return {one["who"]: one["group"] for one in client.wait("buddies", since=since)["buddies"]}


def kept(demo: Demo, name: str) -> Seen:
    """The list in the mailbox."""
    root = ask(demo, name, "<m:GetImItemList/>")
    return seen(Answer(200, root, b""))


def told(client: PurpleProcess, text: str, count: int = 1) -> None:
    """Wait for something to have come over the wire so many times."""
    until(lambda: client.log.count(text) >= count, f"{count} times {text}")


def test_a_list_moves_into_the_mailbox_is_used_there_and_comes_back(named_demo: Demo) -> None:
    demo = named_demo
    with signed_in(demo, "frank", "contactList") as frank:
        frank.do("add", who=BOB, group="Friends")
        told(frank, "<addedContact")
        frank.do("add", who=CAROL, group="Work")
        told(frank, "<addedContact", 2)
        before = shown(frank)
    assert before == {BOB: "Friends", CAROL: "Work"}
    demo.samband("ucs", "migrate", demo.folder, "frank")
    assert "UcsMigrated" in demo.samband("ucs", "status", demo.folder, "frank")
    with signed_in(demo, "frank", "ucsMode") as frank:
        until(lambda: shown(frank) == before, "the same list")
        assert "addedContact" not in frank.log
        frank.do("add", who=DAVE, group="Work")
        told(frank, "AddNewImContactToGroupResponse")
        frank.do("move", who=BOB, group="Laboratory")
        told(frank, "RemoveImContactFromGroupResponse")
        frank.do("rename-group", old="Work", new="Office")
        told(frank, "SetImGroupResponse")
        expected = {BOB: "Laboratory", CAROL: "Office", DAVE: "Office"}
        assert shown(frank) == expected
    assert kept(demo, "frank").used == {"Laboratory": [BOB], "Office": [CAROL, DAVE]}
    with signed_in(demo, "frank", "ucsMode") as frank:
        until(lambda: shown(frank) == expected, "the changed list")
        frank.do("remove", who=CAROL)
        told(frank, "RemoveImContactFromGroupResponse")
    assert kept(demo, "frank").used == {"Laboratory": [BOB], "Office": [DAVE]}
    demo.samband("ucs", "rollback", demo.folder, "frank")
    with signed_in(demo, "frank", "contactList") as frank:
        until(lambda: shown(frank) == {BOB: "Laboratory", DAVE: "Office"}, "the list on this side again")
        frank.do("add", who=CAROL, group="Office")
        told(frank, "<addedContact")


def test_a_change_made_elsewhere_appears_in_the_running_client(named_demo: Demo) -> None:
    demo = named_demo
    demo.samband("ucs", "migrate", demo.folder, "grace")
    with signed_in(demo, "grace", "GetImItemListResponse") as grace:
        assert kept(demo, "grace").groups == NOBODY
        made = ask(demo, "grace", "<m:AddImGroup><m:DisplayName>Team</m:DisplayName></m:AddImGroup>")
        (group,) = identifiers(made, "//t:ExchangeStoreId")
        erin = f'<m:ImAddress>{ERIN}</m:ImAddress><m:GroupId Id="{group}"/>'
        added = ask(demo, "grace", f"<m:AddNewImContactToGroup>{erin}</m:AddNewImContactToGroup>")
        (contact,) = identifiers(added, "//t:SourceId")
        until(lambda: shown(grace) == {ERIN: "Team"}, "a contact that another client added")
        ids = f'<m:ContactId Id="{contact}"/><m:GroupId Id="{group}"/>'
        ask(demo, "grace", f"<m:RemoveImContactFromGroup>{ids}</m:RemoveImContactFromGroup>")
        until(lambda: shown(grace) == {}, "a contact that another client removed")


def test_photos_are_shown(named_demo: Demo) -> None:
    demo = named_demo
    picture = base64.b64encode(drawn(700, 700)).decode()
    body = f"<m:SetUserPhoto><m:Email>judy@contoso.test</m:Email><m:Content>{picture}</m:Content></m:SetUserPhoto>"
    answer = ask(demo, "judy", body)
    assert answer.findtext(".//{*}ResponseCode") == "NoError"
    demo.samband("ucs", "migrate", demo.folder, "heidi")
    with signed_in(demo, "heidi", "GetImItemListResponse") as heidi:
        heidi.do("add", who="judy@contoso.test", group="Friends")
        event = heidi.wait("buddy-icon", who="judy@contoso.test", where=lambda event: bool(event["picture"]))
        assert edges(base64.b64decode(event["picture"])) == (48, 48)


def test_a_list_whose_mailbox_is_gone_is_read_only(named_demo: Demo) -> None:
    """As it was last known, to who signs in then; when the mailbox is back, so is the client."""
    demo = named_demo
    demo.samband("ucs", "migrate", demo.folder, "judy")
    with signed_in(demo, "judy", "GetImItemListResponse") as judy:
        judy.do("add", who=BOB, group="Friends")
        told(judy, "AddNewImContactToGroupResponse")
        until(lambda: "deltaNum" in judy.log.partition("AddNewImContactToGroupResponse")[2], "the copy")
        demo.samband("user", "set", demo.folder, "judy", "mail=")
        until(lambda: "Exchange connection Down" in demo.samband("ucs", "status", demo.folder, "judy"), "the end")
        assert shown(judy) == {BOB: "Friends"}, "who was there keeps what is shown"
    with signed_in(demo, "judy", "contactList") as judy:
        until(lambda: shown(judy) == {BOB: "Friends"}, "the list last known")
        judy.do("add", who=CAROL, group="Friends")
        told(judy, "Cannot add, remove, or move contacts or groups at this time. Please try again later.")
        demo.samband("user", "set", demo.folder, "judy", "mail=judy@contoso.test")
        judy.wait("connection-error")
    status = demo.samband("ucs", "status", demo.folder, "judy")
    assert "UCS Connectivity State: Exchange connection Active" in status
    with signed_in(demo, "judy", "GetImItemListResponse") as judy:
        until(lambda: shown(judy) == {BOB: "Friends"}, "the list in the mailbox")
    assert kept(demo, "judy").used == {"Friends": [BOB]}


def test_a_running_client_comes_back_when_its_list_goes_to_live_somewhere_else(named_demo: Demo) -> None:
    demo = named_demo
    with signed_in(demo, "erin", "contactList") as erin:
        erin.do("add", who=BOB, group="Friends")
        told(erin, "<addedContact")
        demo.samband("ucs", "migrate", demo.folder, "erin")
        erin.wait("connection-error")
    with signed_in(demo, "erin", "GetImItemListResponse") as erin:
        until(lambda: shown(erin) == {BOB: "Friends"}, "the list as it was")
        erin.do("add", who=CAROL, group="Friends")
        told(erin, "AddNewImContactToGroupResponse")
        demo.samband("ucs", "rollback", demo.folder, "erin")
        erin.wait("connection-error")
    with signed_in(demo, "erin", "contactList") as erin:
        until(lambda: shown(erin) == {BOB: "Friends", CAROL: "Friends"}, "the list as it became")
