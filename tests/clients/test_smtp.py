"""Mail that arrives by SMTP from outside, read by exchangelib."""

from __future__ import annotations

import smtplib
import ssl
import uuid
from email.message import EmailMessage
from functools import partial

import exchangelib
import pytest

from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import account_of
from tests.clients.waiting import until


def _message(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Otto Outsider <otto@fabrikam.test>"
    message["To"] = "grace@contoso.test"
    message["Subject"] = subject
    message.set_content("Grüße von draußen\n")
    message.add_attachment(b"\x00\xff" * 5000, maintype="application", subtype="octet-stream", filename="grüße.bin")
    return message


@pytest.mark.parametrize("starttls", [False, True])
def test_mail_from_outside_arrives(named_demo: Demo, starttls: bool) -> None:
    host, _, port = named_demo.table["smtp"].rpartition(":")
    subject = f"Outside {uuid.uuid4()}"
    with smtplib.SMTP(host, int(port), timeout=60) as client:
        if starttls:
            client.starttls(context=ssl.create_default_context(cafile=named_demo.table["ca_file"]))
        client.send_message(_message(subject))
    grace = account_of(named_demo, "grace")
    found = until(lambda: next((one for one in grace.inbox.all() if one.subject == subject), None), subject)
    assert found.sender.email_address == "otto@fabrikam.test"
    assert found.text_body.strip() == "Grüße von draußen"
    assert [(one.name, one.content) for one in found.attachments] == [("grüße.bin", b"\x00\xff" * 5000)]
    assert b"Received: from" in found.mime_content


def test_mail_for_nobody_is_refused(named_demo: Demo) -> None:
    host, _, port = named_demo.table["smtp"].rpartition(":")
    message = _message("To nobody")
    del message["To"]
    message["To"] = "nobody@contoso.test"
    with smtplib.SMTP(host, int(port), timeout=60) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.send_message(message)
    assert refused.value.recipients["nobody@contoso.test"][0] == 550


def _found(account: exchangelib.Account, subject: str) -> exchangelib.Message | None:
    return next((one for one in account.inbox.all() if one.subject == subject), None)


@pytest.mark.parametrize("listener", ["submission", "submissions"])
def test_a_client_submits_mail(named_demo: Demo, listener: str) -> None:
    host, _, port = named_demo.table[listener].rpartition(":")
    context = ssl.create_default_context(cafile=named_demo.table["ca_file"])
    bob = next(one for one in named_demo.table["people"] if one["email"].startswith("bob@"))
    message = _message(f"Submitted {uuid.uuid4()}")
    del message["From"]
    message["From"] = bob["email"]
    message["Bcc"] = "carol@contoso.test"
    implicit = listener == "submissions"
    opened = smtplib.SMTP_SSL(host, int(port), context=context) if implicit else smtplib.SMTP(host, int(port))
    with opened as client:
        if not implicit:
            client.starttls(context=context)
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail(bob["email"], ["grace@contoso.test"], "Subject: x\n\n")
        client.login(bob["email"], bob["password"])
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail(bob["email"], ["otto@fabrikam.test"], "Subject: x\n\n")
        client.rset()
        client.send_message(message)
    for who in ("grace", "carol"):
        account = account_of(named_demo, who)
        found = until(partial(_found, account, message["Subject"]), who)
        assert found.sender.email_address == bob["email"] and b"Bcc" not in found.mime_content
    assert [one for one in account_of(named_demo, "bob").sent.all() if one.subject == message["Subject"]] == []
