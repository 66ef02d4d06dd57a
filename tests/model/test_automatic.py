from __future__ import annotations

from typing import Any

import pytest

from samband.model.automatic import LOOP, hops, is_automatic, may_answer, sent_on, suppresses
from samband.model.item_requests import Draft
from samband.model.item_values import EmailAddress
from samband.model.items import ItemKind, MessageProperties

ME = frozenset({"alice@contoso.test"})
ALICE = (EmailAddress("Alice", "Alice@contoso.test"),)


def message(*headers: tuple[str, str], **more: Any) -> MessageProperties:
    return MessageProperties(**({"to_recipients": ALICE, "internet_headers": headers} | more))


def test_an_ordinary_message_is_answered() -> None:
    for one in (message(), message(to_recipients=(), cc_recipients=ALICE), message(("Auto-Submitted", "no"))):
        assert may_answer(one, "IPM.Note", "bob@fabrikam.test", ME)


@pytest.mark.parametrize(
    ("one", "item_class", "sender"),
    [
        (message(), "IPM.Note", ""),
        (message(), "IPM.Note", "ALICE@contoso.test"),
        (message(), "IPM.Note", "mailer-daemon@fabrikam.test"),
        (message(), "IPM.Note", "owner-talk@lists.test"),
        (message(), "IPM.Note", "talk-request@lists.test"),
        (message(), "REPORT.IPM.Note.NDR", "bob@fabrikam.test"),
        (message(), "IPM.Note.Rules.OofTemplate.Microsoft", "bob@fabrikam.test"),
        (message(("auto-submitted", "Auto-Generated")), "IPM.Note", "bob@fabrikam.test"),
        (message(("Precedence", "Bulk")), "IPM.Note", "bob@fabrikam.test"),
        (message(("List-Id", "<talk.lists.test>")), "IPM.Note", "bob@fabrikam.test"),
        (message((LOOP, "carol@contoso.test")), "IPM.Note", "bob@fabrikam.test"),
        (message(to_recipients=(EmailAddress("Team", "team@contoso.test"),)), "IPM.Note", "bob@fabrikam.test"),
    ],
)
def test_what_no_machine_answers(one: MessageProperties, item_class: str, sender: str) -> None:
    assert not may_answer(one, item_class, sender, ME)


@pytest.mark.parametrize(
    ("one", "oof", "receipt"),
    [
        (message(), False, False),
        (message(("X-Auto-Response-Suppress", "All")), True, True),
        (message(("x-auto-response-suppress", "DR, oof, AutoReply")), True, True),
        (message(("X-Auto-Response-Suppress", "RN")), False, False),
        (message(extended={"0x3fdf:Integer": "16"}), True, False),
        (message(extended={"0x3fdf:Integer": "-1"}), True, True),
    ],
)
def test_what_a_sender_does_not_want(one: MessageProperties, oof: bool, receipt: bool) -> None:
    assert suppresses(one, "OOF") is oof
    assert suppresses(one, "DR") is receipt


def test_what_is_sent_on_says_so_in_both_of_its_forms() -> None:
    draft = Draft(kind=ItemKind.MESSAGE, properties=message(("Subject", "x")), mime=b"Subject: x\r\n\r\nHello")
    on = sent_on(draft, (LOOP, "A@x.test"), ("Resent-To", "<b@x.test>,\r\n <c@x.test>"))
    assert on.mime == LOOP.encode() + b": A@x.test\r\nResent-To: <b@x.test>,\r\n <c@x.test>\r\nSubject: x\r\n\r\nHello"
    assert isinstance(on.properties, MessageProperties)
    assert hops(on.properties) == ["a@x.test"]
    assert on.properties.internet_headers[1:] == (("Resent-To", "<b@x.test>, <c@x.test>"), ("Subject", "x"))
    assert is_automatic(message(("Auto-Submitted", "auto-generated")), "IPM.Note")
