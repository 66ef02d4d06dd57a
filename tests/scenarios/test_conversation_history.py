"""What people write to each other by IM, read back from their mailboxes: Lync's clients on one side, Exchange's on the
other, and between them a mailbox side that may be away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from exchangelib import Account

from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.running_demo import Demo, names_of, running_demo
from tests.clients.test_exchangelib import account_of
from tests.clients.waiting import until
from tests.scenarios.people import address, lync, plain

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

CONVERSATION, MISSED = "IPM.Note.Microsoft.Conversation", "IPM.Note.Microsoft.Missed"
IN_TIME = 60.0


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running, names_of(running):
        yield running


@pytest.fixture(scope="module")
def bob(demo: Demo) -> Iterator[PurpleProcess]:
    with lync(demo, "bob") as client:
        yield client


def history(account: Account) -> list[Any]:
    """Every item of the history folder."""
    folder = account.msg_folder_root / "Conversation History"
    folder.refresh()
    return list(folder.all().order_by("datetime_received"))


def holding(account: Account, *words: str, where: str = "history") -> list[Any]:
    """The items that have all of these words."""
    items = history(account) if where == "history" else [one for one in account.inbox.all() if one.item_class == MISSED]
    return [one for one in items if all(word in (one.body or "") for word in words)]


def arrived(account: Account, *words: str, where: str = "history") -> Any:
    """The one item that has all of these words."""
    found = until(lambda: holding(account, *words, where=where), f"{words} in {where}", IN_TIME)
    assert len(found) == 1, [one.subject for one in found]
    return found[0]


def say(sender: PurpleProcess, to: PurpleProcess, text: str) -> None:
    """An instant message that arrived."""
    sender.do("im", to=to.account.user, text=text)
    to.wait("im", text=text)


def test_a_conversation_of_two_is_in_both_mailboxes_and_grows(demo: Demo, bob: PurpleProcess) -> None:
    with lync(demo, "alice") as alice:
        say(alice, bob, "first words äö")
        say(bob, alice, "answer & more")
        mailboxes = {name: account_of(demo, name) for name in ("alice", "bob")}
        for name, other in (("alice", "Bob"), ("bob", "Alice")):
            item = arrived(mailboxes[name], "first words äö", "answer &amp; more")
            assert (item.item_class, item.is_read, item.is_draft) == (CONVERSATION, True, False)
            assert item.subject.startswith(f"Conversation with {other}")
            assert item.author.email_address == address("alice")
            assert [one.email_address for one in item.to_recipients] == [address("bob")]
        say(alice, bob, "third words")
        for mailbox in mailboxes.values():
            item = arrived(mailbox, "first words äö", "answer", "third words")
            assert item.body.count("first words") == 1
        assert [len(holding(one, "words")) for one in mailboxes.values()] == [1, 1]


def test_what_is_missed_is_mail_to_the_absent(demo: Demo, bob: PurpleProcess) -> None:
    bob.do("im", to=address("frank"), text="are you there?")
    bob.wait("im-notice", who=address("frank"), error=True)
    frank = account_of(demo, "frank")
    item = arrived(frank, "are you there?", where="inbox")
    assert (item.is_read, item.is_draft) == (False, False)
    assert item.subject.startswith("Missed conversation with Bob")
    assert item.author.email_address == address("bob")
    assert [one.email_address for one in item.to_recipients] == [address("frank")]
    assert not holding(frank, "are you there?")
    bob.do("conf-new", who=address("frank"))
    arrived(frank, "Invitation to a conference", where="inbox")
    assert not holding(account_of(demo, "bob"), "are you there?")


def test_a_plain_client_and_a_lync_client(demo: Demo, bob: PurpleProcess) -> None:
    """Single messages of the one and sessions of the other are one conversation."""
    with plain(demo, "erin") as erin:
        say(erin, bob, "by message")
        say(bob, erin, "by session")
        say(erin, bob, "by message again")
        for name in ("erin", "bob"):
            item = arrived(account_of(demo, name), "by message", "by session", "by message again")
            assert item.item_class == CONVERSATION


def test_a_conference_is_one_item_for_each_who_was_there(demo: Demo, bob: PurpleProcess) -> None:
    with lync(demo, "alice") as alice, lync(demo, "carol") as carol:
        alice.do("conf-new", who=address("bob"))
        chat = alice.wait("chat-joined")["chat"]
        bob.wait("chat-joined")
        bob.wait("chat-member", who=address("alice"))
        until(lambda: len(members(alice)) == 2, "two in the conference")
        alice.do("chat", chat=chat, text="only bob hears this")
        bob.wait("chat", text="only bob hears this")
        first = {name: arrived(account_of(demo, name), "only bob hears this") for name in ("alice", "bob")}
        alice.do("chat-invite", chat=chat, who=address("carol"))
        late = carol.wait("chat-joined")["chat"]
        until(lambda: len(members(alice)) == 3, "three in the conference")
        carol.do("chat", chat=late, text="here I am")
        for client in (alice, bob):
            client.wait("chat", text="here I am")
        for name, before in first.items():
            account = account_of(demo, name)
            item = arrived(account, "only bob hears this", "here I am")
            assert "Carol" in item.subject
            assert "Carol" not in before.subject
            assert {one.email_address for one in item.to_recipients} == {address("bob"), address("carol")}
            assert len(holding(account, "only bob hears this")) == 1
        item = arrived(account_of(demo, "carol"), "here I am")
        assert "only bob hears this" not in item.body


def members(client: PurpleProcess) -> list[str]:
    since = client.mark()
    client.do("chats")
    chats = client.wait("chats", since=since)["chats"]
    return list(chats[0]["members"]) if chats else []


PARTNER = (("partner", "remove", "lync"), ("partner", "add", "lync"), "no partner")
MAIL = (("user", "set", "grace", "mail="), ("user", "set", "grace", f"mail={address('grace')}"), "mail is empty")


@pytest.mark.parametrize(("undo", "redo", "why"), [PARTNER, MAIL], ids=["partner", "mail"])
def test_what_a_step_undone_keeps_waiting_is_written_when_it_is_done_again(
    demo: Demo, bob: PurpleProcess, undo: tuple[str, ...], redo: tuple[str, ...], why: str
) -> None:
    def waits() -> list[str]:
        lines = demo.log.read_text()[said:].splitlines()
        return [line for line in lines if "conversations wait" in line and "grace" in line]

    grace, said = account_of(demo, "grace"), len(demo.log.read_text())
    with lync(demo, "grace") as client:
        demo.samband(*undo[:2], demo.folder, *undo[2:])
        for number in range(3):
            say(client, bob, f"{why} {number}")
        assert why in until(waits, "word of it", IN_TIME)[0]
        assert not holding(grace, why)
        demo.samband(*redo[:2], demo.folder, *redo[2:])
        item = arrived(grace, *(f"{why} {number}" for number in range(3)))
        assert item.body.count(f"{why} 1") == 1
        assert len(waits()) == 1
