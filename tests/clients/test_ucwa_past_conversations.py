"""Past conversations of web clients: what they said is in both mailboxes, and read there by both kinds of clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import pytest

from tests.clients.outlook import REALM
from tests.clients.running_demo import Demo, names_of, running_demo
from tests.clients.test_exchangelib import account_of
from tests.clients.waiting import until
from tests.clients.web_client import WebClient

IN_TIME = 40.0
MISSED = "IPM.Note.Microsoft.Missed"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running, names_of(running):
        yield running


def web(demo: Demo, name: str) -> WebClient:
    person, port = demo.person(name), demo.table["https"].rpartition(":")[2]
    client = WebClient(f"https://lyncdiscover.{REALM}:{port}/", person["upn"], person["password"])
    client.make_available()
    return client


def invite(caller: WebClient, to: str, text: str) -> None:
    data = {"message": {"href": f"data:text/plain;charset=utf-8,{text}"}}
    start = caller.link(caller.part("communication"), "startMessaging")
    caller.ask("POST", start, {"to": f"sip:{to}@{REALM}", "subject": "", "operationId": "op", "_links": data}, 201)


def offered(client: WebClient) -> bool:
    return {"conversationLogs", "missedItems"} <= client.part("communication")["_links"].keys()


def logs(client: WebClient) -> list[Any]:
    """Every past conversation."""
    until(lambda: offered(client), "the mailbox answers", IN_TIME)
    found = client.ask("GET", client.link(client.part("communication"), "conversationLogs"))
    return [client.ask("GET", one["href"]) for one in found["_links"].get("conversationLog", ())]


def texts(client: WebClient, log: Any) -> list[str]:
    page = client.ask("GET", client.link(log, "conversationLogTranscripts"))
    messages = [one["_embedded"]["messageTranscript"] for one in page["_embedded"]["conversationLogTranscript"]]
    return [unquote_plus(client.link(one, "plainMessage").partition(",")[2]) for one in messages]


def test_what_was_said_is_read_by_both(demo: Demo) -> None:
    alice, carol = web(demo, "alice"), web(demo, "carol")
    until(lambda: offered(carol), "the mailbox answers", IN_TIME)
    invite(alice, "carol", "hello+there")
    invitation = carol.wait("messagingInvitation", "started")["_embedded"]["messagingInvitation"]
    carol.ask("POST", carol.link(invitation, "accept"), status=204)
    messaging = carol.wait("messaging", "updated", state="Connected")["_embedded"]["messaging"]
    carol.ask("POST", carol.link(messaging, "sendMessage"), "ja & ä".encode(), 201, Content_Type="text/plain")
    assert carol.wait("message", "completed", direction="Outgoing")["status"] == "Success"
    assert carol.wait("conversationLog", "added", sender="communication")["in"]["rel"] == "conversationLogs"
    for client, direction, other in ((alice, "Outgoing", "Carol"), (carol, "Incoming", "Alice")):
        until(
            lambda client=client: [texts(client, one) for one in logs(client)] == [["hello there", "ja & ä"]],
            "both texts",
            IN_TIME,
        )
        (log,) = logs(client)
        assert (log["direction"], log["status"]) == (direction, "Archived")
        (recipient,) = log["_embedded"]["conversationLogRecipient"]
        assert recipient["displayName"].startswith(other)
        assert client.ask("GET", client.link(recipient, "contact"))["name"] == recipient["displayName"]
    (item,) = (account_of(demo, "alice").msg_folder_root / "Conversation History").all()
    assert "hello there" in item.body
    item.delete()
    assert logs(alice) == [] and len(logs(carol)) == 1, "each mailbox is its owner's"
    for client in (alice, carol):
        client.close()


def test_what_was_missed_waits(demo: Demo) -> None:
    """For somebody who was not there; read in one client is read in the other."""
    grace = web(demo, "grace")
    invite(grace, "frank", "are+you+there")
    grace.wait("messagingInvitation", "completed", status="Failure")
    inbox = account_of(demo, "frank").inbox

    def missed() -> list[Any]:
        return [one for one in inbox.all() if one.item_class == MISSED]

    until(missed, "word of it in the inbox", IN_TIME)
    frank = web(demo, "frank")
    (log,) = logs(frank)
    assert (log["status"], log["previewMessage"]) == ("Missed", "are you there")
    where = frank.link(frank.part("communication"), "missedItems")
    names = ("conversationLogsCount", "missedConversationsCount", "unreadMissedConversationsCount")
    assert [frank.ask("GET", where)[name] for name in names] == [1, 1, 1]
    frank.ask("POST", frank.link(log, "markAsRead"), status=204)
    assert [one.is_read for one in missed()] == [True]
    assert frank.ask("GET", where)["unreadMissedConversationsCount"] == 0
    answer = frank.send("POST", frank.link(log, "continueMessaging"), {"operationId": "again"})
    assert answer.status_code == 201
    invitation = grace.wait("messagingInvitation", "started", direction="Incoming")["_embedded"]["messagingInvitation"]
    assert invitation["subject"] == log["subject"]
    frank.ask("DELETE", frank.link(log, "self"), status=204)
    assert missed() == []
    frank.ask("GET", frank.link(log, "self"), status=404)
    for client in (frank, grace):
        client.close()


def test_a_step_undone_takes_the_link_away(demo: Demo) -> None:
    """Step 4; what becomes of step 3 (``mail``) is in ``tests/lync/ucwa``."""
    heidi = web(demo, "heidi")
    assert logs(heidi) == []
    where = heidi.link(heidi.part("communication"), "conversationLogs")
    demo.samband("partner", "remove", demo.folder, "lync")
    until(lambda: not offered(heidi), "no link", IN_TIME)
    heidi.wait("communication", "updated", conversationHistory="Disabled")
    assert heidi.ask("GET", where, status=404)["code"] == "NotFound"
    demo.samband("partner", "add", demo.folder, "lync")
    until(lambda: offered(heidi), "the link", IN_TIME)
    heidi.wait("communication", "updated", conversationHistory="Enabled")
    assert logs(heidi) == []
    heidi.close()
