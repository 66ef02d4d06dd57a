"""Our own web client and pidgin-sipe in one site: each sees the other, and they write to each other, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests_ntlm import HttpNtlmAuth

from samband.wire.conference.addresses import read_address
from tests.clients import baresip, linphonec
from tests.clients.baresip import Baresip
from tests.clients.linphonec import Linphonec
from tests.clients.outlook import REALM
from tests.clients.purple_process import missing_packages
from tests.clients.running_demo import Demo, names_of, running_demo
from tests.clients.waiting import until
from tests.clients.web_client import WebClient, text_of
from tests.scenarios.people import lync

ALICE, BOB = f"alice@{REALM}", f"bob@{REALM}"
KINDS: dict[str, type[Baresip] | type[Linphonec]] = {"baresip": Baresip, "linphonec": Linphonec}
MISSING = {"baresip": baresip.missing(), "linphonec": linphonec.missing()}
purple = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running, names_of(running):
        yield running


def discover(demo: Demo) -> str:
    port = demo.table["https"].rpartition(":")[2]
    return f"https://lyncdiscover.{REALM}:{port}/"


def web(demo: Demo, name: str) -> WebClient:
    person = demo.person(name)
    return WebClient(discover(demo), person["upn"], person["password"])


@pytest.fixture
def alice(demo: Demo) -> Iterator[WebClient]:
    client = web(demo, "alice")
    client.make_available()
    yield client
    client.close()


def watch(client: WebClient, address: str) -> Any:
    """Subscribe to somebody; their contact."""
    people = client.part("people")
    wanted = {"duration": 11, "Uris": [f"sip:{address}"]}
    made = client.ask("POST", client.link(people, "presenceSubscriptions"), wanted, 201)
    assert set(made["_links"]) == {"self", "memberships", "addToPresenceSubscription"}
    (found,) = client.ask("GET", client.link(people, "subscribedContacts"))["_embedded"]["contact"]
    return found


def availability(client: WebClient, contact: Any) -> str:
    return str(client.ask("GET", client.link(contact, "contactPresence"))["availability"])


@purple
def test_each_sees_the_other(demo: Demo, alice: WebClient) -> None:
    contact = watch(alice, BOB)
    assert contact["uri"] == f"sip:{BOB}"
    assert availability(alice, contact) == "Offline"
    with lync(demo, "bob", authentication="ntlm") as bob:
        until(lambda: (bob.buddy(ALICE) or {}).get("status") == "available", "alice is there")
        alice.wait("contactPresence", "updated")
        until(lambda: availability(alice, contact) == "Online", "bob is there")
        bob.do("status", status="busy", note="in the lab")
        alice.wait("contactPresence", "updated")
        until(lambda: availability(alice, contact) == "Busy", "bob is busy")
        note = alice.ask("GET", alice.link(contact, "contactNote"))
        assert (note["message"], note["type"]) == ("in the lab", "Personal")
        me = alice.part("me")
        alice.ask("POST", alice.link(me, "presence"), {"availability": "DoNotDisturb"}, 204)
        alice.ask("POST", alice.link(me, "note"), {"message": "writing"}, 204)
        until(lambda: (bob.buddy(ALICE) or {}).get("status") == "do-not-disturb", "alice is not to be disturbed")
        until(lambda: bob.buddy(ALICE).get("tooltip", {}).get("Note") == "writing", "her note")
        alice.ask("POST", alice.link(me, "presence"), {}, 204)
        until(lambda: (bob.buddy(ALICE) or {}).get("status") == "available", "alice is there again")
    until(lambda: availability(alice, contact) == "Offline", "bob is gone")


@purple
def test_a_conversation_begun_in_the_browser(demo: Demo, alice: WebClient) -> None:
    with lync(demo, "bob", authentication="ntlm") as bob:
        start = alice.link(alice.part("communication"), "startMessaging")
        body = {
            "to": f"sip:{BOB}",
            "subject": "tea",
            "operationId": "op1",
            "_links": {"message": {"href": "data:text/plain;base64,SGVsbG8gYm9iIMOk"}},
        }
        alice.ask("POST", start, body, 201)
        bob.wait("im", who=ALICE, text="Hello bob ä")
        done = alice.wait("messagingInvitation", "completed")
        assert done["status"] == "Success"
        messaging = alice.wait("messaging", "updated", state="Connected")["_embedded"]["messaging"]
        say = alice.link(messaging, "sendMessage")
        for number in range(3):
            alice.ask("POST", say, f"line {number}".encode(), 201, Content_Type="text/plain; charset=utf-8")
            bob.wait("im", who=ALICE, text=f"line {number}")
            assert alice.wait("message", "completed", direction="Outgoing")["status"] == "Success"
        alice.ask("POST", alice.link(messaging, "setIsTyping"), status=204)
        bob.wait("typing", who=ALICE, typing=True)
        bob.do("typing", to=ALICE)
        alice.wait("participant", "added", sender="conversation")
        bob.do("im", to=ALICE, text="hello <b>alice</b> ö & more")
        assert text_of(alice.wait("message", "completed", direction="Incoming")) == "hello alice ö & more"
        bob.do("close-im", to=ALICE)
        alice.wait("messaging", "updated", state="Disconnected")
        notices = [event["text"] for event in bob.events if event["event"] in ("im-notice", "connection-error")]
        assert notices == ["Conversation subject: tea"]


@purple
def test_a_conversation_begun_in_pidgin(demo: Demo, alice: WebClient) -> None:
    with lync(demo, "bob", authentication="ntlm") as bob:
        bob.do("im", to=ALICE, text="are you there?")
        invitation = alice.wait("messagingInvitation", "started", direction="Incoming")["_embedded"][
            "messagingInvitation"
        ]
        assert invitation["_embedded"]["from"]["uri"] == f"sip:{BOB}"
        assert "are+you+there%3F" in alice.link(invitation, "message")
        alice.ask("POST", alice.link(invitation, "accept"), status=204)
        messaging = alice.wait("messaging", "updated", state="Connected")["_embedded"]["messaging"]
        bob.do("im", to=ALICE, text="second")
        heard = text_of(alice.wait("message", "completed", direction="Incoming"))
        assert heard == "second", "the first text came with the invitation, and only with it"
        say = alice.link(messaging, "sendMessage")
        alice.ask("POST", say, b"yes", 201, Content_Type="text/plain")
        bob.wait("im", who=ALICE, text="yes")
        alice.ask("POST", alice.link(messaging, "stopMessaging"), status=204)
        until(lambda: "BYE sip:" in bob.log, "the end of the dialog")
        bob.do("im", to=ALICE, text="once more")
        invitation = alice.wait("messagingInvitation", "started")["_embedded"]["messagingInvitation"]
        alice.ask("POST", alice.link(invitation, "decline"), status=204)
        bob.wait("im-notice", who=ALICE)


@purple
def test_a_meeting_of_a_browser_and_pidgin(demo: Demo, alice: WebClient) -> None:
    mine = alice.link(alice.part("onlineMeetings"), "myOnlineMeetings")
    meeting = alice.ask("POST", mine, {"subject": "plans", "attendees": [f"sip:{BOB}"]})
    join = alice.link(alice.part("communication"), "joinOnlineMeeting")
    alice.ask("POST", join, {"onlineMeetingUri": meeting["onlineMeetingUri"], "operationId": "j"}, 201)
    done = alice.wait("onlineMeetingInvitation", "completed")
    assert done["status"] == "Success"
    conversation = alice.ask("GET", alice.link(done["_embedded"]["onlineMeetingInvitation"], "conversation"))
    messaging = alice.ask("GET", alice.link(conversation, "messaging"))
    alice.ask("POST", alice.link(messaging, "addMessaging"), {"operationId": "m"}, 201)
    messaging = alice.wait("messaging", "updated", state="Connected")["_embedded"]["messaging"]
    with lync(demo, "bob", authentication="ntlm") as bob:
        bob.do("conf-join", uri=meeting["joinUrl"])
        chat = bob.wait("chat-joined")["chat"]
        added = alice.wait("participant", "added")
        assert added["_embedded"]["participant"]["uri"] == f"sip:{BOB}"
        until(lambda: "m=message" in bob.log, "the chat of the meeting")
        bob.wait("chat-member", who=BOB)
        alice.ask("POST", alice.link(messaging, "sendMessage"), b"welcome", 201, Content_Type="text/plain")
        bob.wait("chat", who=ALICE, text="welcome")
        bob.do("chat", chat=chat, text="thanks")
        got = alice.wait("message", "completed", direction="Incoming")
        assert text_of(got) == "thanks"
    alice.wait("participant", "deleted")
    alice.ask("DELETE", alice.link(conversation, "self"), status=204)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_client_waits_in_the_lobby(demo: Demo, alice: WebClient, kind: str) -> None:
    """And hears that it does, that it was let in, and that the meeting is over."""
    if MISSING[kind]:
        pytest.skip(MISSING[kind])
    mine = alice.link(alice.part("onlineMeetings"), "myOnlineMeetings")
    meeting = alice.ask("POST", mine, {"subject": "plans", "accessLevel": "Invited"})
    join = alice.link(alice.part("communication"), "joinOnlineMeeting")
    alice.ask("POST", join, {"onlineMeetingUri": meeting["onlineMeetingUri"], "operationId": "j"}, 201)
    done = alice.wait("onlineMeetingInvitation", "completed")["_embedded"]["onlineMeetingInvitation"]
    messaging = alice.ask("GET", alice.link(alice.ask("GET", alice.link(done, "conversation")), "messaging"))
    alice.ask("POST", alice.link(messaging, "addMessaging"), {"operationId": "m"}, 201)
    messaging = alice.wait("messaging", "updated", state="Connected")["_embedded"]["messaging"]
    address = read_address(meeting["onlineMeetingUri"])
    assert address is not None
    plain = address.plain.removeprefix("sip:")
    password, server = demo.person("dave")["password"], demo.table["sip"]["tcp"]
    with KINDS[kind]("dave", password, REALM, server, transport="tcp", contacts=[plain]) as dave:
        dave.registered()
        dave.say(plain, "may I come in")
        dave.hears("You wait in the lobby")
        waiting = alice.wait("participant", "added", inLobby=True)["_embedded"]["participant"]
        assert waiting["uri"] == f"sip:dave@{REALM}"
        alice.ask("POST", alice.link(waiting, "admit"), status=204)
        dave.hears("You are in the meeting now")
        dave.say(plain, "thank you")
        assert text_of(alice.wait("message", "completed", direction="Incoming")) == "thank you"
        alice.ask("POST", alice.link(messaging, "sendMessage"), b"welcome", 201, Content_Type="text/plain")
        dave.hears("welcome")
        alice.ask("DELETE", alice.link(meeting, "self"), status=204)
        dave.hears("The meeting has ended")


@purple
def test_pidgin_asks_the_browser_into_a_conference(demo: Demo, alice: WebClient) -> None:
    with lync(demo, "bob", authentication="ntlm") as bob:
        bob.do("conf-new", who=ALICE)
        started = alice.wait("onlineMeetingInvitation", "started", direction="Incoming")
        invitation = started["_embedded"]["onlineMeetingInvitation"]
        assert invitation["_embedded"]["from"]["uri"] == f"sip:{BOB}"
        alice.ask("POST", alice.link(invitation, "accept"), status=204)
        done = alice.wait("onlineMeetingInvitation", "completed")
        assert done["status"] == "Success"
        conversation = alice.ask("GET", alice.link(invitation, "conversation"))
        messaging = alice.ask("GET", alice.link(conversation, "messaging"))
        alice.ask("POST", alice.link(messaging, "addMessaging"), {}, 201)
        messaging = alice.wait("messaging", "updated", state="Connected")["_embedded"]["messaging"]
        bob.wait("chat-member", who=ALICE)
        chat = bob.wait("chat-joined")["chat"]
        alice.ask("POST", alice.link(messaging, "sendMessage"), b"here I am", 201, Content_Type="text/plain")
        bob.wait("chat", who=ALICE, text="here I am")
        bob.do("chat", chat=chat, text="good")
        assert text_of(alice.wait("message", "completed", direction="Incoming")) == "good"
        bob.do("chat-eject", chat=chat, who=ALICE)
        alice.wait("conversation", "deleted")


@purple
def test_a_third_is_asked_into_a_conversation_with_pidgin(demo: Demo, alice: WebClient) -> None:
    """The two become a meeting, which pidgin follows by itself."""
    with lync(demo, "bob", authentication="ntlm") as bob, lync(demo, "carol", authentication="ntlm") as carol:
        start = alice.link(alice.part("communication"), "startMessaging")
        alice.ask("POST", start, {"to": f"sip:{BOB}", "subject": "tea", "operationId": "op"}, 201)
        messaging = alice.wait("messaging", "updated", state="Connected")["_embedded"]["messaging"]
        conversation = alice.ask("GET", alice.link(messaging, "conversation"))
        alice.ask("POST", alice.link(conversation, "addParticipant"), {"to": f"sip:carol@{REALM}"}, 201)
        assert alice.wait("participantInvitation", "completed")["status"] == "Success"
        chat = {one: one.wait("chat-joined")["chat"] for one in (bob, carol)}

        def writers() -> int:
            found = alice.ask("GET", alice.link(conversation, "participants"))["_embedded"]["participant"]
            return sum("participantMessaging" in one["_links"] for one in found)

        until(lambda: writers() == 3, "all are in the chat", 60)
        alice.ask("POST", alice.link(messaging, "sendMessage"), b"all here", 201, Content_Type="text/plain")
        for one in (bob, carol):
            one.wait("chat", who=ALICE, text="all here")
        carol.do("chat", chat=chat[carol], text="indeed")
        assert text_of(alice.wait("message", "completed", direction="Incoming")) == "indeed"
        bob.wait("chat", text="indeed")
    alice.ask("DELETE", alice.link(conversation, "self"), status=204)


@purple
def test_a_contact_list_changed_in_the_browser_shows_in_pidgin(demo: Demo) -> None:
    grace, judy = web(demo, "grace"), f"judy@{REALM}"
    people = grace.part("people")
    with lync(demo, "grace", authentication="ntlm") as pidgin:
        grace.ask("POST", grace.link(people, "myGroups"), {"displayName": "Lawyers"}, 204)
        (group,) = grace.ask("GET", grace.link(people, "myGroups"))["_embedded"]["group"]
        member = {"contactUri": f"sip:{judy}", "groupId": group["id"]}
        made = grace.ask("POST", grace.link(people, "myGroupMemberships"), member, 201)
        assert pidgin.wait("buddy-added", who=judy, timeout=60)["group"] == "Lawyers"
        # The client that made the list by SIP changes it, and the browser sees that.
        pidgin.do("add", who=f"heidi@{REALM}", group="Lawyers")
        until(
            lambda: len(grace.ask("GET", grace.link(group, "groupContacts"))["_embedded"]["contact"]) == 2, "heidi", 60
        )
        grace.ask("DELETE", grace.link(made, "self"), status=204)
        pidgin.wait("buddy-removed", who=judy, timeout=60)
    grace.close()


def test_a_distribution_group_is_expanded(demo: Demo) -> None:
    demo.samband("group", "add", demo.folder, "crew", "--name", "The Crew")
    demo.samband("group", "member", demo.folder, "crew", "--add", "bob", "carol")
    alice = web(demo, "alice")
    search = f"{alice.link(alice.part('people'), 'search')}?query=crew"

    def found() -> list[Any]:
        return list(alice.ask("GET", search)["_embedded"]["distributionGroup"])

    until(lambda: len(found()) == 1, "the new group")
    (crew,) = found()

    def members() -> list[str]:
        expanded = alice.ask("GET", alice.link(crew, "expandDistributionGroup"))
        return [one["name"] for one in expanded["_embedded"]["contact"]]

    until(lambda: members() == ["Bob Brown", "Carol Clark"], "its members")
    alice.close()


@purple
@pytest.mark.skipif(bool(MISSING["baresip"]), reason=MISSING["baresip"] or "never")
def test_a_plain_client_writes_to_a_distribution_group(demo: Demo, alice: WebClient) -> None:
    """It reaches those who are there, by whatever client; what one of them answers is for its sender alone."""
    crew, text = "crowd", "to everybody"
    demo.samband("group", "add", demo.folder, crew, "--name", "The Crowd")
    demo.samband("group", "member", demo.folder, crew, "--add", "alice", "bob", "dave")
    where = f"{alice.link(alice.part('people'), 'self')}/groups/{crew}@{REALM}/expandDistributionGroup"

    def members() -> int:
        answer = alice.send("GET", where)
        return len(answer.json()["_embedded"]["contact"]) if answer.status_code == 200 else 0

    until(lambda: members() == 3, "the new group", 60)
    password, server = demo.person("dave")["password"], demo.table["sip"]["tcp"]
    with (
        lync(demo, "bob", authentication="ntlm") as bob,
        Baresip("dave", password, REALM, server, transport="tcp", contacts=[f"{crew}@{REALM}"]) as dave,
    ):
        dave.registered()
        dave.say(f"{crew}@{REALM}", text)
        bob.wait("im", who=f"dave@{REALM}", text=text)
        invitation = alice.wait("messagingInvitation", "started", direction="Incoming")["_embedded"][
            "messagingInvitation"
        ]
        alice.ask("POST", alice.link(invitation, "accept"), status=204)
        assert text_of(alice.wait("message", "completed", direction="Incoming")) == text
        bob.do("im", to=f"dave@{REALM}", text="for you")
        dave.hears("for you")


def test_a_token_for_a_connection_that_ntlm_has_proved(demo: Demo) -> None:
    person = demo.person("bob")
    root = requests.get(discover(demo), headers={"Accept": "application/json"}, timeout=60).json()
    challenged = requests.get(root["_links"]["user"]["href"], timeout=60)
    where = challenged.headers["WWW-Authenticate"].partition('MsRtcOAuth href="')[2].partition('"')[0]
    form = {"grant_type": "urn:microsoft.rtc:windows"}
    login = f"CONTOSO\\{person['login'].rpartition(chr(92))[2]}"
    answer = requests.post(where, form, auth=HttpNtlmAuth(login, person["password"]), timeout=60)
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    user = requests.get(root["_links"]["user"]["href"], headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert "applications" in user.json()["_links"]
