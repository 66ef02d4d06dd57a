"""evolution-ews' mail against a demo: folders, reading, marks, moving, deleting, sending."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from exchangelib import FileAttachment, HTMLBody, Mailbox, Message

from tests.clients.evolution import Evolution, evolution, missing_packages
from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import account_of, arrived, named
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages())

BYTES = bytes(range(256))


@pytest.fixture(scope="module")
def client(standard_demo: Demo) -> Iterator[Evolution]:
    with evolution(standard_demo, "carol") as found:
        yield found


def mail(client: Evolution, action: str, **words: Any) -> Any:
    return client.do("mail", action=action, password=client.person["password"], **words)


def shown(client: Evolution, name: str, subject: str) -> tuple[str, dict[str, Any]] | None:
    """A message in Evolution's list: what it knows it by, and what it shows."""
    found = mail(client, "messages", name=name).items()
    return next(((uid, one) for uid, one in found if one["subject"] == subject), None)


def is_flagged(client: Evolution, subject: str) -> bool:
    found = shown(client, "Inbox", subject)
    return found is not None and bool(found[1]["flagged"])


def delivered(demo: Demo, client: Evolution, **more: Any) -> tuple[str, str]:
    """Bob writes to Carol in another client; the subject, and what Evolution knows it by."""
    subject = f"Räksmörgås {uuid.uuid4()}"
    to = [Mailbox(email_address="carol@contoso.test")]
    Message(account=account_of(demo, "bob"), subject=subject, to_recipients=to, **more).send()
    return subject, until(lambda: shown(client, "Inbox", subject), subject)[0]


def test_folders_have_their_roles(client: Evolution) -> None:
    roles = {"Inbox": "INBOX", "Sent Items": "SENT", "Deleted Items": "TRASH", "Junk Email": "JUNK"}
    assert {name: mail(client, "role", name=name) for name in roles} == roles


def test_a_message_is_read(client: Evolution, named_demo: Demo) -> None:
    file = FileAttachment(name="bytes.bin", content=BYTES)
    subject, uid = delivered(named_demo, client, body=HTMLBody("<p>Hej <b>hopp</b></p>"), attachments=[file])
    listed = shown(client, "Inbox", subject)
    assert listed is not None
    assert "bob@contoso.test" in listed[1]["from"] and "carol@contoso.test" in listed[1]["to"]
    assert listed[1]["attached"] and not listed[1]["read"] and not listed[1]["flagged"]
    source = mail(client, "read", name="Inbox", uid=uid)
    assert base64.b64encode(BYTES)[:60].decode() in source and "bytes.bin" in source
    assert base64.b64encode(b"<p>Hej <b>hopp</b></p>").decode() in source or "<b>hopp</b>" in source


def test_marks_go_both_ways(client: Evolution, named_demo: Demo) -> None:
    subject, uid = delivered(named_demo, client)
    inbox = account_of(named_demo, "carol").inbox
    for said in (True, False):
        mail(client, "mark", name="Inbox", uid=uid, read=said, flagged=said)
        assert named(inbox.all(), subject).is_read is said
        assert until(lambda: shown(client, "Inbox", subject), subject)[1]["flagged"] is said
    item = named(inbox.all(), subject)
    item.is_read = True
    item.save(update_fields=["is_read"])
    assert until(lambda: shown(client, "Inbox", subject)[1]["read"], "the mark in Evolution")  # type: ignore[index]
    for importance in ("High", "Normal"):  # which is what Evolution calls important, and flags
        item.importance = importance
        item.save(update_fields=["importance"])
        until(lambda s=importance: is_flagged(client, subject) is (s == "High"), f"{importance} in Evolution")


def test_copied_moved_and_deleted(client: Evolution, named_demo: Demo) -> None:
    subject, uid = delivered(named_demo, client)
    account = account_of(named_demo, "carol")
    kept = account.msg_folder_root / "Conversation History"
    mail(client, "move", name="Inbox", uid=uid, target="Conversation History", keep=True)
    assert named(account.inbox.all(), subject) and named(kept.all(), subject)
    mail(client, "move", name="Inbox", uid=uid, target="Junk Email", keep=False)
    assert named(account.inbox.all(), subject) is None and named(account.junk.all(), subject)
    copy = until(lambda: shown(client, "Conversation History", subject), "the copy")[0]
    mail(client, "remove", name="Conversation History", uid=copy)
    assert named(kept.all(), subject) is None and named(account.trash.all(), subject)


def test_a_message_is_sent(client: Evolution, named_demo: Demo) -> None:
    subject = f"Arende {uuid.uuid4()}"
    head = "From: Carol <carol@contoso.test>\r\nTo: bob@contoso.test\r\nBcc: dave@contoso.test\r\n"
    source = (
        f"{head}Subject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSmörgås\r\n"
    )
    mail(client, "send", source=source, to=["bob@contoso.test", "dave@contoso.test"])
    came = arrived(account_of(named_demo, "bob"), subject)
    assert came.sender.email_address == "carol@contoso.test" and "Smörgås" in came.text_body
    hidden = arrived(account_of(named_demo, "dave"), subject)
    assert [one.email_address for one in hidden.to_recipients] == ["bob@contoso.test"]
