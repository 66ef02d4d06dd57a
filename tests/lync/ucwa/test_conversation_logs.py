"""Past conversations: what the mailbox has, shown, gone on with, marked and removed; and when it has none to show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from samband.lync.actions import conversation_logs as action
from samband.wire.ucwa.messages import read_data
from tests.lync.ucwa.past_conversations import ALICE, BOB, CAROL, STRANGER, PastConversations
from tests.lync.ucwa.test_messaging import text_of
from tests.lync.ucwa.world import WebClient, World, link, play
from tests.trust.fakes import person

LOGS, MISSED = "conversationLogs", "missedItems"
Story = Callable[[World, PastConversations, WebClient], Awaitable[None]]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailbox that does not answer is asked again soon."""
    monkeypatch.setattr(action, "SHORTEST_WAIT", 0.001)
    monkeypatch.setattr(action, "LONGEST_WAIT", 0.01)


def tell(folder: Path, story: Story) -> None:
    """A story of alice, who is available."""
    past = PastConversations()

    async def run(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        await story(world, past, alice)

    play(folder, run, mailboxes=past)


async def logs(client: WebClient, query: str = "") -> list[Any]:
    """All conversations, as they are shown."""
    found = await client.ask("GET", link(await client.read("communication"), LOGS) + query)
    return [await client.ask("GET", one["href"]) for one in found["_links"].get("conversationLog", ())]


def words(transcript: Any) -> tuple[str, str]:
    """Type and text."""
    links = transcript["_embedded"]["messageTranscript"]["_links"]
    return read_data((links.get("plainMessage") or links["htmlMessage"])["href"])


def test_a_conversation_is_shown(tmp_path: Path) -> None:
    async def story(world: World, past: PastConversations, alice: WebClient) -> None:
        past.put("alice", (ALICE, "hello\nbob & all"), (BOB, "<b>hi</b> &amp; <script>x</script>bye"), to=(BOB,))
        (log,) = await logs(alice)
        shown = ("direction", "status", "type", "subject", "threadId", "totalRecipientsCount", "previewMessage")
        assert [log[name] for name in shown] == [
            *("Outgoing", "Archived", "MessageLog", "About 0", "thread", 1),
            "hello bob & all hi & bye",
        ]
        assert log["modalities"] == ["Messaging"] and log["creationTime"] == "/Date(1795953600000)/"
        assert log["_links"].keys() == {"self", "conversationLogTranscripts", "continueMessaging"}
        (recipient,) = log["_embedded"]["conversationLogRecipient"]
        assert (recipient["displayName"], recipient["sipUri"]) == ("Bob", f"sip:{BOB.address}")
        assert await alice.ask("GET", link(recipient, "self")) == recipient
        assert (await alice.ask("GET", link(recipient, "contact")))["name"] == "Bob"
        page = await alice.ask("GET", link(log, "conversationLogTranscripts"))
        first, second = page["_embedded"]["conversationLogTranscript"]
        assert words(first) == ("text/plain", "hello\nbob & all") and "me" in first["_links"]
        assert words(second) == ("text/html", "<b>hi</b> &amp; bye") and link(second, "contact") == link(
            recipient, "contact"
        )
        assert await alice.ask("GET", link(second, "self")) == second
        message = second["_embedded"]["messageTranscript"]
        assert await alice.ask("GET", link(message, "self")) == message
        for wrong in ("/2", "/x", "/0/audioTranscript", "/0/messageTranscript/x"):
            await alice.ask("GET", link(log, "conversationLogTranscripts") + wrong, status=404)

    tell(tmp_path, story)


def test_long_conversations_come_in_pages(tmp_path: Path) -> None:
    async def story(world: World, past: PastConversations, alice: WebClient) -> None:
        past.put("alice", *((BOB, f"text {number}") for number in range(250)))
        (log,) = await logs(alice)
        assert log["direction"] == "Incoming" and len(log["previewMessage"]) == 256
        where, said = link(log, "conversationLogTranscripts"), []
        while where:
            page = await alice.ask("GET", where)
            said += [words(one)[1] for one in page["_embedded"]["conversationLogTranscript"]]
            where = page["_links"].get("nextConversationLogTranscripts", {}).get("href", "")
        assert said == [f"text {number}" for number in range(250)]

    tell(tmp_path, story)


def test_a_missed_one_is_shown_read_and_removed(tmp_path: Path) -> None:
    async def story(world: World, past: PastConversations, alice: WebClient) -> None:
        other = WebClient(world, "alice", "e2")
        await other.begin()
        past.put("alice", (ALICE, "one"), to=(BOB,))
        identifier = past.put("alice", (BOB, "are you there?"), missed=True)
        assert world.logs is not None
        world.logs.written("guid-alice", identifier, True)
        event = await other.until("conversationLog", "added")
        assert event["in"]["rel"] == LOGS
        await other.until(MISSED, "updated", sender="communication")
        counts = await alice.ask("GET", link(await alice.read("communication"), MISSED))
        names = (LOGS, "missedConversations", "unreadMissedConversations", "voiceMails", "unreadVoicemails")
        assert [counts[f"{name}Count"] for name in names] == [2, 1, 1, 0, 0]
        log, _ = await logs(alice)
        assert link(log, "self") == event["link"]["href"].replace(other.root, alice.root)
        assert (log["status"], log["direction"]) == ("Missed", "Incoming")
        assert len(await logs(alice, "?limit=1")) == 1
        await alice.ask("POST", link(log, "markAsRead"), status=204)
        await other.until("conversationLog", "updated")
        await other.until(MISSED, "updated")
        assert "markAsRead" not in (await alice.ask("GET", link(log, "self")))["_links"]
        await alice.ask("DELETE", link(log, "self"), status=204)
        gone = await other.until("conversationLog", "deleted")
        assert gone["in"]["rel"] == LOGS
        await alice.ask("DELETE", link(log, "self"), status=404)
        await alice.ask("GET", link(log, "self"), status=404)
        (left,) = await logs(alice)
        assert left["status"] == "Archived"

    tell(tmp_path, story)


def test_one_goes_on(tmp_path: Path) -> None:
    async def story(world: World, past: PastConversations, alice: WebClient) -> None:
        bob = WebClient(world, "bob")
        await bob.available()
        past.put("alice", (ALICE, "one"), to=(BOB,))
        past.put("alice", (BOB, "to all"), to=(ALICE, CAROL))
        meeting, log = await logs(alice)
        assert (meeting["type"], meeting["totalRecipientsCount"]) == ("ConferenceLog", 2)
        assert "continueMessaging" not in meeting["_links"]
        await alice.ask("POST", f"{link(meeting, 'self')}/continueMessaging", {}, 409)
        body = {"operationId": "op", "_links": {"message": {"href": "data:text/plain;base64,YW5kIGFub3RoZXI="}}}
        answer = await alice.send("POST", link(log, "continueMessaging"), body)
        assert answer.status == 201
        invitation = await bob.until("messagingInvitation", "started", direction="Incoming")
        shown = invitation["_embedded"]["messagingInvitation"]
        assert shown["subject"] == "About 0" and text_of({"_embedded": {"message": said(shown)}}) == "and another"
        own = await alice.ask("GET", dict(answer.headers)["Location"])
        assert (own["operationId"], own["threadId"]) == ("op", "thread")

    tell(tmp_path, story)


def said(invitation: Any) -> Any:
    """What came with an invitation, as a message has it."""
    return {"_links": {"plainMessage": invitation["_links"]["message"]}}


def test_somebody_of_another_organisation(tmp_path: Path) -> None:
    async def story(world: World, past: PastConversations, alice: WebClient) -> None:
        past.put("alice", (STRANGER, "hello"))
        (log,) = await logs(alice)
        (recipient,) = log["_embedded"]["conversationLogRecipient"]
        assert recipient["_links"].keys() == {"self"} and recipient["sipUri"] == f"sip:{STRANGER.address}"
        assert "continueMessaging" in log["_links"]

    tell(tmp_path, story)


def test_the_link_is_there_while_the_mailbox_answers(tmp_path: Path) -> None:
    async def story(world: World, past: PastConversations, alice: WebClient) -> None:
        assert world.logs is not None
        await alice.until("communication", "updated", conversationHistory="Enabled")
        communication = await alice.read("communication")
        where = link(communication, LOGS)
        assert communication["conversationHistory"] == "Enabled"
        past.away = True
        refused = await alice.ask("GET", where, status=503)
        assert (refused["code"], refused["subcode"]) == ("ServiceUnavailable", "ExchangeServiceFailure")
        event = await alice.until("communication", "updated", conversationHistory="Disabled")
        assert not {LOGS, MISSED} & event["_embedded"]["communication"]["_links"].keys()
        asked = past.asked
        await alice.ask("GET", where, status=404)
        past.away = False
        await alice.until("communication", "updated", conversationHistory="Enabled")
        assert past.asked > asked
        world.site.people.put(person("alice", mail=""))
        world.logs.changed({"guid-alice"})
        await alice.until("communication", "updated", conversationHistory="Disabled")
        await alice.ask("GET", where, status=404)
        world.site.people.put(person("alice"))
        world.logs.changed()
        await alice.until("communication", "updated", conversationHistory="Enabled")
        await alice.ask("GET", where)
        await alice.ask("DELETE", alice.root, status=204)
        assert not world.logs._followed

    tell(tmp_path, story)


def test_what_is_asked_wrongly_is_refused(tmp_path: Path) -> None:
    async def story(world: World, past: PastConversations, alice: WebClient) -> None:
        identifier = past.put("alice", (BOB, "mine"), to=(ALICE,))
        past.put("bob", (BOB, "not hers"), to=(CAROL,))
        where = link(await alice.read("communication"), LOGS)
        assert len(identifier) and len(await logs(alice)) == 1
        for key in ("x", "QQ", "AAAA" * 2000, "w7w", "AAA", "a b", "%"):
            await alice.ask("GET", f"{where}/{key}", status=404)
            await alice.ask("DELETE", f"{where}/{key}", status=404)
            await alice.ask("POST", f"{where}/{key}/markAsRead", status=404)
        for limit in ("0", "101", "x", "-1"):
            await alice.ask("GET", f"{where}?limit={limit}", status=400)
        await alice.ask("POST", where, {}, 405)
        await alice.ask("GET", f"{where}/x/markAsRead", status=405)
        assert (await alice.read("communication"))["conversationHistory"] == "Enabled"

    tell(tmp_path, story)
