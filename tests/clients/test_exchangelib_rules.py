"""exchangelib sets rules and an absence; mail by EWS and by SMTP is sorted and answered as they say."""

from __future__ import annotations

import smtplib
import ssl
import uuid
from email.message import EmailMessage
from functools import partial

import pytest
from exchangelib import UTC, Account, EWSDateTime, Folder, Mailbox, Message, OofSettings
from exchangelib.errors import ErrorInboxRulesValidationError
from exchangelib.properties import Actions, Address, Conditions, MoveToFolder, Rule

from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import account_of, arrived, named
from tests.clients.waiting import until


def from_outside(demo: Demo, to: str, subject: str) -> None:
    """A message from another mail server, over TLS."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Zed <zed@example.org>", to, subject
    message.set_content("Hello")
    host, _, port = demo.table["smtp"].rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=60) as client:
        context = ssl.create_default_context(cafile=demo.table["ca_file"])
        context.check_hostname = False
        client.starttls(context=context)
        client.send_message(message, "zed@example.org", [to])


def tell(account: Account, to: str, subject: str) -> None:
    Message(account=account, subject=subject, body="Hello", to_recipients=[Mailbox(email_address=to)]).send()


def add(account: Account, priority: int, word: str, actions: Actions) -> Rule:
    rule = Rule(
        account=account,
        display_name=f"{word} {priority}",
        priority=priority,
        is_enabled=True,
        conditions=Conditions(contains_subject_strings=[word]),
        actions=actions,
    )
    return rule.save()


def test_mail_is_sorted_and_sent_on_by_rules(named_demo: Demo) -> None:
    alice, bob, carol = (account_of(named_demo, name) for name in ("alice", "bob", "carol"))
    word = uuid.uuid4().hex
    folder = Folder(parent=carol.inbox, name=word).save()
    rules = [
        add(carol, 901, word, Actions(move_to_folder=MoveToFolder(folder_id=folder.to_id()), mark_as_read=True)),
        add(
            carol,
            902,
            word,
            Actions(
                assign_categories=["Sorted"],
                forward_to_recipients=[Address(email_address=bob.primary_smtp_address)],
                stop_processing_rules=True,
            ),
        ),
    ]
    try:
        assert [rule.display_name for rule in carol.rules if word in rule.display_name] == [
            f"{word} 901",
            f"{word} 902",
        ]
        tell(alice, carol.primary_smtp_address, f"{word} inside")
        from_outside(named_demo, carol.primary_smtp_address, f"{word} outside")
        for subject in (f"{word} inside", f"{word} outside"):
            found = until(partial(named, folder.all(), subject), subject)
            assert found.is_read and found.categories == ["Sorted"]
            assert arrived(bob, f"FW: {subject}").author.email_address == carol.primary_smtp_address
        assert not carol.inbox.filter(subject__contains=word).exists()
        with pytest.raises(ErrorInboxRulesValidationError, match="MissingAction on field Actions"):
            add(carol, 903, word, Actions(delete=False))
    finally:
        for rule in rules:
            rule.delete()
    assert not [rule for rule in carol.rules if word in rule.display_name]


def test_senders_hear_of_an_absence_and_of_reading(named_demo: Demo) -> None:
    alice, carol = account_of(named_demo, "alice"), account_of(named_demo, "carol")
    word = uuid.uuid4().hex
    carol.oof_settings = OofSettings(
        state=OofSettings.ENABLED, external_audience="None", internal_reply=f"Away {word}", external_reply="x"
    )
    try:
        tell(alice, carol.primary_smtp_address, word)
        answer = arrived(alice, f"Automatic reply: {word}")
        assert word in answer.text_body and answer.item_class == "IPM.Note.Rules.OofTemplate.Microsoft"
        from_outside(named_demo, carol.primary_smtp_address, f"{word} outside")
        arrived(carol, f"{word} outside")
    finally:
        carol.oof_settings = OofSettings(
            state=OofSettings.DISABLED,
            external_audience="None",
            start=EWSDateTime(2027, 1, 1, tzinfo=UTC),
            end=EWSDateTime(2027, 1, 2, tzinfo=UTC),
            internal_reply="x",
            external_reply="x",
        )
    people = [Mailbox(email_address=carol.primary_smtp_address)]
    asked = Message(account=alice, subject=f"{word} read?", body="x", to_recipients=people)
    asked.is_read_receipt_requested = asked.is_delivery_receipt_requested = True
    asked.send()
    assert arrived(alice, f"Delivered: {word} read?").item_class == "REPORT.IPM.Note.DR"
    came = arrived(carol, f"{word} read?")
    came.is_read = True
    carol.bulk_update(items=[(came, ("is_read",))], suppress_read_receipts=False)
    receipt = arrived(alice, f"Read: {word} read?")
    assert receipt.item_class == "REPORT.IPM.Note.IPNRN"
    assert b"disposition-notification" in receipt.mime_content
