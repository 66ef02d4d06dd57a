"""Through a working day of three people at pidgin-sipe, once for each way to sign in: TLS-DSK, NTLM, Kerberos.

They were told an address and a password, nothing else. The tests of one company share its clients and leave them as
they found them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.clients.kdc import missing_kerberos
from tests.clients.lync_company import PEOPLE, Company, enter, founded, ready, serving_company, shown
from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.running_demo import standard_address
from tests.clients.waiting import until
from tests.scenarios.kept_site import DOMAIN, KeptSite

pytestmark = [
    pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never"),
    pytest.mark.timeout(300),  # whichever test comes first founds the company
]

ALICE, BOB, CAROL = (f"{name}@{DOMAIN}" for name in PEOPLE)
ADDRESSES = [f"127.0.0.{last}" for last in range(41, 50)]
SCHEMES = [
    pytest.param("tls-dsk", id="tls-dsk"),
    pytest.param("ntlm", id="ntlm"),
    pytest.param(
        "kerberos",
        id="kerberos",
        marks=pytest.mark.skipif(bool(missing_kerberos()), reason=missing_kerberos() or "never"),
    ),
]
MANY, DELAYED = "multiple clients detected", "scheduling action <delayed-invite"
"""What sipe says of its user's other endpoints, and when it leaves an invitation to them for a while."""
WORD = {"tls-dsk": "TLS-DSK", "ntlm": "NTLM", "kerberos": "Kerberos"}


@pytest.fixture(scope="module", params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> KeptSite:
    address = standard_address(ADDRESSES)
    if not address:
        pytest.skip("no port 443 of a loopback address can be taken: discovery needs it, and it needs root")
    return founded(tmp_path_factory.mktemp("company") / "site", address)


@pytest.fixture(scope="module")
def company(site: KeptSite, scheme: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with serving_company(site, tmp_path_factory.mktemp(scheme), scheme) as made:
        yield made


@pytest.fixture
def alice(company: Company) -> PurpleProcess:
    return company.at("alice")


@pytest.fixture
def bob(company: Company) -> PurpleProcess:
    return company.at("bob")


@pytest.fixture
def carol(company: Company) -> PurpleProcess:
    return company.at("carol")


def know(one: PurpleProcess, other: PurpleProcess) -> None:
    """Have two people on each other's list."""
    for client, peer in ((one, other), (other, one)):
        if not client.buddy(peer.account.user):
            client.do("add", who=peer.account.user)
    for client, peer in ((one, other), (other, one)):
        shown(client, peer.account.user, online=True)


def level(client: PurpleProcess, who: str, name: str) -> None:
    """Choose what somebody may see, from the menu of their entry."""
    client.do("menu", who=who, path=["Access level", name])
    shown(client, who, {"Access level": name if name == "Company" else f"* {name}"})


def test_an_address_and_a_password_are_enough(
    scheme: str, alice: PurpleProcess, bob: PurpleProcess, carol: PurpleProcess
) -> None:
    for client in (alice, bob, carol):
        assert f'Authorization: {WORD[scheme]} qop="auth"' in client.log
        assert f'Authentication-Info: {WORD[scheme]} rspauth="' in client.log
        assert "signature of incoming message validated" in client.log
    assert "<SipClientInternalAccess" in alice.log
    assert "X-MS-WebTicket: opaque=" in alice.log
    assert "<SipClientInternalAccess" not in bob.log


def test_presence_and_notes(alice: PurpleProcess, bob: PurpleProcess) -> None:
    know(alice, bob)
    shown(bob, ALICE, status="available")
    since = bob.mark()
    bob.do("status", status="busy", note="in the lab")
    shown(alice, BOB, {"Note": "in the lab", "Access level": "Company"}, status="busy")
    bob.do("status", status="do-not-disturb", note="")
    shown(alice, BOB, {"Note": None}, status="do-not-disturb")
    bob.do("status", status="invisible")
    shown(alice, BOB, online=False)
    bob.do("status", status="available", note="")
    shown(alice, BOB, {"Note": None}, status="available")
    assert not [one for one in bob.events[since:] if one["event"] in ("notice", "connection-error", "failed")]


def test_whoever_is_added_is_told(alice: PurpleProcess, carol: PurpleProcess) -> None:
    """Once: the client acknowledges its subscribers, and is not asked again when it signs in anew."""
    assert carol.buddy(ALICE) == {}
    alice.do("add", who=CAROL)
    assert carol.wait("added-by", who=ALICE)["alias"] == "Alice"
    until(lambda: "setSubscribers" in carol.log, "the acknowledgement", 60)
    alice.do("remove", who=CAROL)
    until(lambda: alice.buddy(CAROL) == {}, "carol is gone", 60)


def test_access_levels(company: Company, alice: PurpleProcess, bob: PurpleProcess) -> None:
    know(alice, bob)
    company.meet("alice", "carol", "Budget", "Room 1")
    alice.do("status", status="available", note="at my desk")
    alice.do("calendar")
    meeting, unsaid = {"Meeting about": "Budget", "Meeting in": "Room 1"}, {"Meeting about": None, "Meeting in": None}
    shown(bob, ALICE, {"Status": "In a meeting", "Note": "at my desk", **unsaid})
    level(alice, BOB, "Team")
    shown(bob, ALICE, {"Status": "In a meeting", "Note": "at my desk", **meeting})
    level(alice, BOB, "Personal")
    shown(bob, ALICE, {"Status": "In a meeting", "Note": "at my desk", **unsaid})
    level(alice, BOB, "Public")
    shown(bob, ALICE, {"Status": "Busy", "Note": None, **unsaid})
    level(alice, BOB, "Blocked")
    shown(bob, ALICE, {"Status": None, "Note": None, "Calendar": None}, online=False)
    level(alice, BOB, "Company")
    shown(bob, ALICE, {"Status": "In a meeting", "Note": "at my desk", **unsaid})


def test_whoever_is_blocked_sees_and_says_nothing(alice: PurpleProcess, bob: PurpleProcess) -> None:
    know(alice, bob)
    alice.do("block", who=BOB)
    shown(alice, BOB, {"Access level": "* Blocked"})
    shown(bob, ALICE, {"Status": None, "Note": None}, online=False)
    since, heard = bob.mark(), alice.mark()
    bob.do("im", to=ALICE, text="let me in")
    bob.wait("im-notice", since=since, who=ALICE, error=True)
    alice.do("unblock", who=BOB)
    shown(bob, ALICE, online=True)
    bob.do("im", to=ALICE, text="thank you")
    alice.wait("im", since=heard, who=BOB, text="thank you")
    assert not [one for one in alice.events[heard:] if one.get("text") == "let me in"]


def test_messages_and_typing(alice: PurpleProcess, bob: PurpleProcess) -> None:
    since = alice.mark(), bob.mark()
    alice.do("im", to=BOB, text="hello <b>bob</b> äö")
    heard = bob.wait("im", since=since[1], who=ALICE)
    assert heard["text"] == "hello bob äö"
    assert "<B>" in heard["html"]
    bob.do("typing", to=ALICE)
    alice.wait("typing", since=since[0], who=BOB, typing=True)
    bob.do("im", to=ALICE, text="hello alice")
    alice.wait("im", since=since[0], who=BOB, text="hello alice")
    for client in (alice, bob):
        client.do("close-im", to=BOB if client is alice else ALICE)


def test_contacts_change_at_both_endpoints_of_a_person(company: Company, bob: PurpleProcess) -> None:
    with company.client("bob", machine="laptop") as second:
        ready(second)
        bob.do("add", who=CAROL, group="Work")
        until(lambda: second.buddy(CAROL).get("group") == "Work", "carol is on the list", 60)
        second.do("move", who=CAROL, group="Laboratory")
        until(lambda: bob.buddy(CAROL).get("group") == "Laboratory", "carol is in another group", 60)
        bob.do("rename-group", old="Laboratory", new="Cellar")
        until(lambda: second.buddy(CAROL).get("group") == "Cellar", "the group has another name", 60)
        second.do("menu", who=CAROL, path=["Access level", "Team"])
        for client in (bob, second):
            shown(client, CAROL, {"Access level": "* Team"})
        second.do("menu", who=CAROL, path=["Access level", "Company"])
        shown(bob, CAROL, {"Access level": "Company"})
        bob.do("remove", who=CAROL)
        until(lambda: second.buddy(CAROL) == {}, "carol is gone", 60)


def test_the_most_active_machine_counts(company: Company, alice: PurpleProcess, bob: PurpleProcess) -> None:
    know(alice, bob)

    def idle(client: PurpleProcess, *, now: bool = True) -> None:
        known = client.log.count("msrtc-category-publish")
        client.do("idle", idle=now)
        client.do("later", seconds=1)  # sipe waits for more to change
        until(lambda: client.log.count("msrtc-category-publish") > known, "the machine's state", 60)

    with company.client("bob", machine="laptop") as second:
        ready(second)
        shown(alice, BOB, status="available")
        since = second.mark()
        idle(bob)
        # What she sees he hears of too, here: it would undo what this machine is about to notice.
        shown(alice, BOB, {"Note": "I'm not here right now"}, status="available")
        second.wait("own-status", since=since, note="I'm not here right now")
        idle(second)
        shown(alice, BOB, status="away")
        idle(second, now=False)
        shown(alice, BOB, status="available")
    shown(alice, BOB, status="away")
    bob.do("status", status="available", note="")
    shown(alice, BOB, {"Note": None}, status="available")


def test_the_endpoint_that_answers_first_has_the_conversation(
    company: Company, alice: PurpleProcess, bob: PurpleProcess
) -> None:
    """sipe with a second endpoint beside it gives that one ten seconds to answer."""
    known = bob.log.count(MANY)
    with company.client("bob", machine="laptop") as second:
        ready(second)
        until(lambda: bob.log.count(MANY) > known and MANY in second.log, "both know of each other", 60)
        since, waiting = alice.mark(), bob.log.count(DELAYED)
        alice.do("im", to=BOB, text="which one?")
        until(lambda: bob.log.count(DELAYED) > waiting, "the invitation at the first", 60)
        until(lambda: DELAYED in second.log, "the invitation at the second", 60)
        second.do("later", seconds=10)
        second.wait("im", who=ALICE, text="which one?")
        heard = bob.mark()
        bob.do("later", seconds=10)
        until(lambda: 'cause=200;text="Call completed elsewhere"' in bob.log, "the first is told", 60)
        second.do("im", to=ALICE, text="this one")
        alice.wait("im", since=since, who=BOB, text="this one")
        alice.do("im", to=BOB, text="fine")
        second.wait("im", who=ALICE, text="fine")
        assert not [one for one in bob.events[heard:] if one["event"] == "im"]
        alice.do("close-im", to=BOB)
    assert not [one for one in alice.events[since:] if one["event"] == "im-notice"]


def test_people_are_found(alice: PurpleProcess) -> None:
    until(lambda: "dlx_uri=https" in alice.log, "where the address book is", 60)
    since = alice.mark()
    alice.do("search", given="car")
    rows = alice.wait("found", since=since, timeout=60)["rows"]
    assert [row[:2] for row in rows] == [[CAROL, "Carol"]]


def members(client: PurpleProcess) -> list[str]:
    """Who is in the one conference the client shows."""
    since = client.mark()
    client.do("chats")
    chats = [one for one in client.wait("chats", since=since)["chats"] if not one["left"]]
    return list(max(chats, key=lambda one: one["chat"])["members"]) if chats else []


def sees(client: PurpleProcess, *names: str) -> None:
    until(lambda: members(client) == sorted(names), f"{client.account.user} sees {names}", 60)


def test_a_conference(alice: PurpleProcess, bob: PurpleProcess, carol: PurpleProcess) -> None:
    since = {one: one.mark() for one in (alice, bob, carol)}

    def joined(client: PurpleProcess) -> int:
        found = client.wait("chat-joined", since=since[client], timeout=60)["chat"]
        since[client] = client.mark()
        return int(found)

    def all_hear(text: str, who: str, *clients: PurpleProcess) -> None:
        for client in clients:
            client.wait("chat", since=since[client], who=who, text=text)

    alice.do("conf-new", who=BOB)
    first, second = joined(alice), joined(bob)
    sees(alice, ALICE, BOB)
    link = until(lambda: re.findall(rf"https://meet\.{DOMAIN}[^<\"&\s]*", alice.log), "the link", 60)[-1]
    carol.do("conf-join", uri=link)
    third = joined(carol)
    for client in (alice, bob, carol):
        sees(client, ALICE, BOB, CAROL)
    carol.do("chat", chat=third, text="hello <b>all</b> äö")
    all_hear("hello all äö", CAROL, alice, bob)
    bob.do("chat-close", chat=second)
    for client in (alice, carol):
        client.wait("chat-member-left", since=since[client], who=BOB)
        sees(client, ALICE, CAROL)
    bob.do("conf-join", organizer=ALICE, meeting=link.rpartition("/")[2])
    second = joined(bob)
    sees(carol, ALICE, BOB, CAROL)
    alice.do("chat-eject", chat=first, who=CAROL)
    sees(carol)
    carol.do("chat-close", chat=third)
    for client in (alice, bob):
        sees(client, ALICE, BOB)
    alice.do("chat-lock", chat=first)
    until(lambda: "<msci:locked>true</msci:locked>" in bob.log, "the lock", 60)
    carol.do("conf-join", uri=link)
    assert "The conference is locked" in str(carol.wait("notice", since=since[carol], kind="error"))
    unlocked = "<msci:locked>false</msci:locked>"
    before = bob.log.count(unlocked)
    alice.do("chat-lock", chat=first, locked=False)
    until(lambda: bob.log.count(unlocked) > before, "the door is open", 60)
    alice.do("chat-invite", chat=first, who=CAROL)
    third = joined(carol)
    sees(alice, ALICE, BOB, CAROL)
    alice.do("chat", chat=first, text="goodbye")
    all_hear("goodbye", ALICE, bob, carol)
    for client, chat in ((carol, third), (bob, second), (alice, first)):
        client.do("chat-close", chat=chat)


def test_the_server_signs_somebody_out(company: Company, alice: PurpleProcess, bob: PurpleProcess) -> None:
    """They have to come back by hand, as the client has it."""
    know(alice, bob)
    since, heard = bob.mark(), bob.log.count("text/registration-event")
    company.site.samband("user sign-out", "bob")
    assert "sign in again" in bob.wait("connection-error", since=since)["text"]
    assert bob.log.count("text/registration-event") == heard + 1
    shown(alice, BOB, online=False)
    bob.do("sign-on")
    ready(bob, since)
    shown(alice, BOB, online=True)


def test_the_server_is_killed_and_started_again(company: Company, alice: PurpleProcess, carol: PurpleProcess) -> None:
    know(alice, carol)
    since = {one: one.mark() for one in (alice, carol)}
    company.site.kill()
    for client, mark in since.items():
        client.wait("connection-error", since=mark)
    company.site.start()
    for client, mark in since.items():
        ready(client, mark)
    carol.do("status", status="busy", note="back again")
    shown(alice, CAROL, {"Note": "back again"}, status="busy")
    alice.do("im", to=CAROL, text="are you there?")
    carol.wait("im", since=since[carol], who=ALICE, text="are you there?")
    carol.do("im", to=ALICE, text="here I am")
    alice.wait("im", since=since[alice], who=CAROL, text="here I am")


def test_whoever_is_disabled_is_out(company: Company, alice: PurpleProcess, carol: PurpleProcess) -> None:
    know(alice, carol)
    since = carol.mark()
    try:
        company.site.samband("user set", "carol", "msRTCSIP-UserEnabled=FALSE")
        assert "disabled" in carol.wait("connection-error", since=since)["text"]
        shown(alice, CAROL, online=False)
        since = carol.mark()
        carol.do("sign-on")
        carol.wait("connection-error", since=since, timeout=60)
        assert not [one for one in carol.events[since:] if one["event"] == "signed-on"]
    finally:
        company.site.samband("user set", "carol", "msRTCSIP-UserEnabled=TRUE")
    enter(carol)
    shown(alice, CAROL, online=True)
