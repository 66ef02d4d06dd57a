"""DavMail against a demo: what IMAP and SMTP clients see of a mailbox."""

from __future__ import annotations

import smtplib
import uuid
from email.message import EmailMessage

import pytest

from tests.clients.davmail import Gateway, missing_packages
from tests.clients.running_demo import Demo
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages())


def send(gateway: Gateway, demo: Demo, who: str, to: str, subject: str) -> None:
    person = demo.person(who)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = person["email"], to, subject
    message.set_content("Räksmörgås\n")
    message.add_attachment(bytes(range(256)), maintype="application", subtype="octet-stream", filename="a.bin")
    with smtplib.SMTP("127.0.0.1", gateway.smtp, timeout=30) as session:
        session.login(person["email"], person["password"])
        session.send_message(message)


def uids(session: object, *criteria: str) -> list[bytes]:
    status, found = session.uid("SEARCH", *criteria)  # type: ignore[attr-defined]
    assert status == "OK"
    return list(found[0].split())


def test_mail_is_sent_listed_read_flagged_and_moved(gateway: Gateway, demo: Demo) -> None:
    subjects = [f"Plans {uuid.uuid4()}" for _ in range(2)]
    for subject in subjects:
        send(gateway, demo, "alice", "bob@contoso.test", subject)
    session = gateway.mailbox(demo, "bob")
    session.select("INBOX")
    first, second = (until(lambda s=s: uids(session, "HEADER", "SUBJECT", f'"{s}"'), s)[0] for s in subjects)
    assert int(first) < int(second)

    status, fetched = session.uid("FETCH", first, "(FLAGS RFC822.SIZE BODY.PEEK[])")
    assert status == "OK" and b"\\Seen" not in fetched[0][0]
    content = fetched[0][1]
    assert subjects[0].encode() in content and b"a.bin" in content and b"alice@contoso.test" in content

    assert session.uid("STORE", first, "+FLAGS", r"(\Seen \Flagged)")[0] == "OK"
    session.select("INBOX")
    flags = session.uid("FETCH", first, "(FLAGS)")[1][0]
    assert b"\\Seen" in flags and b"\\Flagged" in flags
    assert b"\\Seen" not in session.uid("FETCH", second, "(FLAGS)")[1][0]

    folder = f"Kept {uuid.uuid4()}"
    assert session.create(f'"{folder}"')[0] == "OK"
    assert any(folder.encode() in line for line in session.list()[1])
    assert session.uid("COPY", first, f'"{folder}"')[0] == "OK"
    assert session.uid("STORE", first, "+FLAGS", r"(\Deleted)")[0] == "OK"
    assert session.expunge()[0] == "OK"
    session.select("INBOX")
    assert first not in uids(session, "ALL") and second in uids(session, "ALL")
    session.select(f'"{folder}"')
    assert len(uids(session, "ALL")) == 1
    session.logout()

    sender = gateway.mailbox(demo, "alice")
    sender.select("Sent")
    assert all(uids(sender, "HEADER", "SUBJECT", f'"{subject}"') for subject in subjects)
    sender.logout()


def test_a_message_is_put_into_a_folder(gateway: Gateway, demo: Demo) -> None:
    session = gateway.mailbox(demo, "carol")
    subject = f"Draft {uuid.uuid4()}"
    message = EmailMessage()
    message["From"], message["Subject"] = "carol@contoso.test", subject
    message.set_content("Later")
    assert session.append("Drafts", r"(\Draft)", "", message.as_bytes())[0] == "OK"
    session.select("Drafts")
    (found,) = uids(session, "HEADER", "SUBJECT", f'"{subject}"')
    assert b"Later" in session.uid("FETCH", found, "(BODY.PEEK[])")[1][0][1]
    session.logout()


def test_mail_is_searched_and_moved(gateway: Gateway, demo: Demo) -> None:
    subject = f"Search {uuid.uuid4()}"
    send(gateway, demo, "alice", "dave@contoso.test", subject)
    session = gateway.mailbox(demo, "dave")
    session.select("INBOX")
    (found,) = until(lambda: uids(session, "HEADER", "SUBJECT", f'"{subject}"'), subject)
    last = f"{found.decode()}:*"
    for criteria in (("UNSEEN",), ("FROM", "alice@contoso.test"), ("UNFLAGGED",), ("UID", last)):
        assert found in uids(session, *criteria), criteria
    assert found not in uids(session, "SEEN") and found not in uids(session, "FROM", "nobody@contoso.test")
    assert session.uid("MOVE", found.decode(), "Junk")[0] == "OK"
    session.select("INBOX")
    assert not uids(session, "HEADER", "SUBJECT", f'"{subject}"')
    session.select("Junk")
    assert len(uids(session, "HEADER", "SUBJECT", f'"{subject}"')) == 1
    session.logout()
