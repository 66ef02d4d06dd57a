"""Thunderbird against a demo: set up by its own discovery, then everything a person does with mail."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from exchangelib import Account, FileAttachment, HTMLBody, Mailbox, Message

from tests.clients.ews_over_https import ask, set_flag
from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import account_of, arrived, named
from tests.clients.thunderbird import Thunderbird, missing_packages, thunderbird
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages())

ALICE, BOB = "alice@contoso.test", "bob@contoso.test"
BYTES = bytes(range(256))


def with_account(client: Thunderbird, demo: Demo, name: str, authentication: str) -> None:
    """Add an account of one of the people, found and verified as the Account Hub does it."""
    person = demo.person(name)
    words = {"name": person["name"], "email": person["email"], "password": person["password"]}
    account = client.do("setUp", authentication=authentication, **words)
    assert account["source"].startswith("exchange-from-url1")
    assert account["url"] == demo.table["ews_url"]


@pytest.fixture(scope="module")
def client(standard_demo: Demo) -> Iterator[Thunderbird]:
    """Thunderbird with Alice's account."""
    with thunderbird(standard_demo) as found:
        with_account(found, standard_demo, "alice", "passwordCleartext")
        until(lambda: "Inbox" in found.do("folders", email=ALICE), "the folders")
        yield found


def seen(client: Thunderbird, path: str, subject: str, email: str = ALICE) -> dict[str, Any]:
    """A message in Thunderbird's list, once it is there."""
    return until(lambda: shown(client, path, subject, email), f"{subject} in {path}")


def shown(client: Thunderbird, path: str, subject: str, email: str = ALICE) -> dict[str, Any] | None:
    listed = client.do("messages", email=email, path=path)
    return next((one for one in listed or () if one["subject"] == subject), None)


def delivered(demo: Demo, subject: str, **more: Any) -> None:
    """Bob writes to Alice in another client."""
    account = account_of(demo, "bob")
    Message(account=account, subject=subject, to_recipients=[Mailbox(email_address=ALICE)], **more).send()


def test_folders_have_their_roles(client: Thunderbird) -> None:
    folders = client.do("folders", email=ALICE)
    roles = {"Inbox": "Inbox", "Drafts": "Drafts", "Sent Items": "SentMail", "Deleted Items": "Trash"}
    roles |= {"Junk Email": "Junk", "Outbox": "Queue"}
    assert {name: folders[name] for name in roles} == {name: [role] for name, role in roles.items()}
    assert "Calendar" not in folders and "Contacts" not in folders
    assert "Sync Issues/Conflicts" in folders


def test_a_message_that_arrives_is_listed_and_read(client: Thunderbird, named_demo: Demo) -> None:
    subject = f"Räksmörgås {uuid.uuid4()}"
    file = FileAttachment(name="bytes å.bin", content=BYTES)
    delivered(named_demo, subject, body=HTMLBody("<p>Hej <b>då</b></p>"), attachments=[file], importance="High")
    listed = seen(client, "Inbox", subject)
    assert BOB in listed["author"] and ALICE in listed["to"]
    assert not listed["read"] and not listed["flagged"]

    message = client.do("read", email=ALICE, path="Inbox", subject=subject)
    assert "Hej <b>då</b>" in message["text"]
    assert [(one["name"], one["size"]) for one in message["attachments"]] == [("bytes å.bin", 256)]
    assert base64.b64encode(BYTES)[:60].decode() in message["source"]
    assert BOB in message["headers"]["from"][0] and message["headers"]["message-id"] == [f"<{listed['id']}>"]


def send(client: Thunderbird, demo: Demo, sender: str, to: str) -> str:
    """Write, send and file a message with copies to Carol and, hidden, to Dave; its subject."""
    subject, person = f"Ärende {uuid.uuid4()}", demo.person(sender)
    file = {"name": "a.bin", "type": "application/octet-stream", "base64": base64.b64encode(BYTES).decode()}
    words = {"email": person["email"], "to": to, "subject": subject}
    client.do("send", cc="carol@contoso.test", bcc="dave@contoso.test", text="Smörgås\n", attachment=file, **words)
    return subject


def test_a_message_is_sent_and_filed(client: Thunderbird, named_demo: Demo) -> None:
    subject = send(client, named_demo, "alice", BOB)
    came = arrived(account_of(named_demo, "bob"), subject)
    assert came.sender.email_address == ALICE and "Smörgås" in came.text_body
    assert [one.email_address for one in came.cc_recipients] == ["carol@contoso.test"]
    assert came.bcc_recipients is None
    assert [(one.name, one.content) for one in came.attachments] == [("a.bin", BYTES)]
    for name in ("carol", "dave"):
        arrived(account_of(named_demo, name), subject)
    assert seen(client, "Sent Items", subject)["read"]
    filed = [one for one in account_of(named_demo, "alice").sent.all() if one.subject == subject]
    assert [one.is_draft for one in filed] == [False]


def test_an_account_that_signs_in_with_ntlm(named_demo: Demo) -> None:
    # Thunderbird's first request on a new connection may carry an empty password; it says so and offers to try again.
    with thunderbird(named_demo, dialogues="accept") as client:
        with_account(client, named_demo, "bob", "NTLM")
        found = until(lambda: client.do("folders", email=BOB), "the folders")
        assert found["Inbox"] == ["Inbox"]
        assert seen(client, "Inbox", "Welcome to Samband", BOB)


def on_server(demo: Demo, folder: str, subject: str) -> tuple[str, str] | None:
    """IsRead and FlagStatus of Alice's message in a default folder, None where there is none."""
    fields = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in ("item:Subject", "message:IsRead", "item:Flag"))
    answer = ask(
        demo,
        "alice",
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
        f"<t:AdditionalProperties>{fields}</t:AdditionalProperties></m:ItemShape><m:ParentFolderIds>"
        f'<t:DistinguishedFolderId Id="{folder}"/></m:ParentFolderIds></m:FindItem>',
    )
    for item in answer.iterfind(".//{*}Message"):
        if item.findtext("{*}Subject") == subject:
            return item.findtext("{*}IsRead") or "", item.findtext("{*}Flag/{*}FlagStatus") or ""
    return None


def test_marks_go_both_ways(client: Thunderbird, named_demo: Demo) -> None:
    subject = f"Marks {uuid.uuid4()}"
    delivered(named_demo, subject)
    seen(client, "Inbox", subject)
    for said, there in ((True, ("true", "Flagged")), (False, ("false", "NotFlagged"))):
        client.do("mark", email=ALICE, path="Inbox", subject=subject, read=said, flagged=said)
        until(lambda s=there: on_server(named_demo, "inbox", subject) == s, f"{there} on the server")

    item = named(account_of(named_demo, "alice").inbox.all(), subject)
    item.is_read = True
    item.save(update_fields=["is_read"])
    until(lambda: seen(client, "Inbox", subject)["read"], "the mark in Thunderbird")
    for status in ("Flagged", "NotFlagged"):
        set_flag(named_demo, "alice", item.id, status)
        flagged = status == "Flagged"
        until(lambda f=flagged: seen(client, "Inbox", subject)["flagged"] is f, f"{status} in Thunderbird")


def on_top(account: Account, name: str) -> Any:
    """The folder of this name that the mailbox has now."""
    account.root.clear_cache()
    return next(iter(account.msg_folder_root.glob(name)), None)


def test_copied_moved_and_deleted(client: Thunderbird, named_demo: Demo) -> None:
    subject, name = f"Kept {uuid.uuid4()}", f"Mål {uuid.uuid4()}"
    delivered(named_demo, subject)
    seen(client, "Inbox", subject)
    client.do("makeFolder", email=ALICE, path="", name=name)
    until(lambda: name in client.do("folders", email=ALICE), "the new folder")
    account = account_of(named_demo, "alice")
    folder = until(lambda: on_top(account, name), "it on the server")
    words = {"email": ALICE, "subject": subject}

    client.do("copy", path="Inbox", target=name, move=False, **words)
    seen(client, name, subject)
    assert named(account.inbox.all(), subject) and [one.subject for one in folder.all()] == [subject]
    client.do("remove", path=name, **words)
    assert until(lambda: not folder.all().count(), "its end")
    assert seen(client, "Deleted Items", subject) and named(account.trash.all(), subject)

    client.do("copy", path="Inbox", target=name, move=True, **words)
    seen(client, name, subject)
    assert named(account.inbox.all(), subject) is None and named(folder.all(), subject)
    client.do("remove", path="Deleted Items", good=True, **words)
    assert until(lambda: named(account.trash.all(), subject) is None, "its end for good")

    client.do("renameFolder", email=ALICE, path=name, name=f"{name} 2")
    until(lambda: f"{name} 2" in client.do("folders", email=ALICE), "the new name")
    assert until(lambda: on_top(account, f"{name} 2"), "the new name on the server")
    client.do("removeFolder", email=ALICE, path=f"{name} 2")
    assert until(lambda: not on_top(account, f"{name} 2"), "the folder's end")
    client.do("emptyTrash", email=ALICE)
    assert until(lambda: not account.trash.all().count(), "an empty trash")


def test_junk_and_not_junk(client: Thunderbird, named_demo: Demo) -> None:
    subject = f"Win {uuid.uuid4()}"
    delivered(named_demo, subject)
    seen(client, "Inbox", subject)
    client.do("junk", email=ALICE, path="Inbox", subject=subject, junk=True)
    seen(client, "Junk Email", subject)
    until(lambda: shown(client, "Inbox", subject) is None, "its end in the inbox")
    assert on_server(named_demo, "junkemail", subject)
    client.do("junk", email=ALICE, path="Junk Email", subject=subject, junk=False)
    seen(client, "Inbox", subject)
    until(lambda: shown(client, "Junk Email", subject) is None, "its end among junk")
    assert on_server(named_demo, "inbox", subject)
