from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from samband.model.item_values import Body, BodyKind, EmailAddress, Importance, Sensitivity
from samband.model.items import MessageProperties
from samband.model.rule_matching import TESTS, Arrival, applies
from samband.model.rules import DateRange, Predicates, Rule, SizeRange

ME = frozenset({"alice@contoso.test", "al@contoso.test"})
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALICE = EmailAddress("Alice", "Alice@contoso.test")
BOB = EmailAddress("Bob Berg", "bob@fabrikam.test")
CAROL = EmailAddress("Carol", "carol@contoso.test")
FLAG = "{00062008-0000-0000-c000-000000000046}:0x8530:String"


def arrival(item_class: str = "IPM.Note", size: int = 2048, attached: bool = False, **more: Any) -> Arrival:
    given: dict[str, Any] = {
        "subject": "Quarterly Report",
        "body": Body(BodyKind.HTML, "<p>Numbers <b>attached</b></p>"),
        "from_": BOB,
        "sender": BOB,
        "to_recipients": (ALICE,),
        "date_time_received": NOON,
    }
    return Arrival(MessageProperties(**(given | more)), item_class, ME, size, attached)


TABLE: list[tuple[str, Any, Arrival, Arrival]] = [
    ("categories", ("red", "blue"), arrival(categories=("Blue",)), arrival(categories=("Green",))),
    ("contains_body_strings", ("NUMBERS attached",), arrival(), arrival(body=Body(BodyKind.TEXT, "none"))),
    ("contains_header_strings", ("x-spam: yes",), arrival(internet_headers=(("X-Spam", "Yes"),)), arrival()),
    ("contains_header_strings", ("from: bob berg",), arrival(), arrival(from_=CAROL, sender=CAROL)),
    ("contains_recipient_strings", ("alice",), arrival(), arrival(to_recipients=(CAROL,))),
    ("contains_sender_strings", ("@fabrikam",), arrival(), arrival(from_=CAROL, sender=CAROL)),
    ("contains_subject_or_body_strings", ("zzz", "attached"), arrival(), arrival(body=None)),
    ("contains_subject_or_body_strings", ("report",), arrival(body=None), arrival(subject="x", body=None)),
    ("contains_subject_strings", ("report",), arrival(), arrival(subject="Minutes")),
    ("flagged_for_action", "Any", arrival(internet_headers=(("X-Message-Flag", "Look"),)), arrival()),
    ("flagged_for_action", "FYI", arrival(extended={FLAG: "For Your Information"}), arrival(extended={FLAG: "Call"})),
    ("from_addresses", (CAROL, BOB), arrival(), arrival(from_=ALICE, sender=ALICE)),
    ("has_attachments", True, arrival(attached=True), arrival()),
    ("importance", Importance.HIGH, arrival(importance=Importance.HIGH), arrival()),
    ("importance", Importance.NORMAL, arrival(), arrival(importance=Importance.LOW)),
    ("is_approval_request", True, arrival("IPM.Note.Microsoft.Approval.Request"), arrival()),
    (
        "is_automatic_forward",
        True,
        arrival(internet_headers=(("X-MS-Exchange-Inbox-Rules-Loop", "bob@fabrikam.test"),)),
        arrival(),
    ),
    ("is_automatic_reply", True, arrival("IPM.Note.Rules.OofTemplate.Microsoft"), arrival("IPM.Note.Rulesx")),
    ("is_automatic_reply", True, arrival(internet_headers=(("Auto-Submitted", "auto-replied; x"),)), arrival()),
    ("is_encrypted", True, arrival("IPM.Note.SMIME"), arrival("IPM.Note.SMIME.MultipartSigned")),
    ("is_meeting_request", True, arrival("IPM.Schedule.Meeting.Request"), arrival("IPM.Schedule.Meeting.Resp.Pos")),
    ("is_meeting_response", True, arrival("IPM.Schedule.Meeting.Resp.Neg"), arrival("IPM.Schedule.Meeting.Request")),
    ("is_ndr", True, arrival("REPORT.IPM.Note.NDR"), arrival("REPORT.IPM.Note.DR")),
    ("is_permission_controlled", True, arrival("IPM.Note.rpmsg"), arrival()),
    ("is_read_receipt", True, arrival("REPORT.IPM.Note.IPNRN"), arrival("REPORT.IPM.Note.NDR")),
    ("is_signed", True, arrival("IPM.Note.SMIME.MultipartSigned"), arrival("IPM.Note.SMIME")),
    ("is_voicemail", True, arrival("IPM.Note.Microsoft.Voicemail.UM.CA"), arrival()),
    ("item_classes", ("ipm.note.custom",), arrival("IPM.Note.Custom.Form"), arrival("IPM.Note.Customs")),
    ("not_sent_to_me", True, arrival(to_recipients=(CAROL,), cc_recipients=(ALICE,)), arrival()),
    ("sent_cc_me", True, arrival(to_recipients=(CAROL,), cc_recipients=(ALICE,)), arrival()),
    ("sent_only_to_me", True, arrival(), arrival(cc_recipients=(CAROL,))),
    ("sent_to_addresses", (CAROL,), arrival(cc_recipients=(CAROL,)), arrival()),
    ("sent_to_me", True, arrival(), arrival(to_recipients=(), cc_recipients=(ALICE,))),
    ("sent_to_or_cc_me", True, arrival(to_recipients=(), cc_recipients=(ALICE,)), arrival(to_recipients=(CAROL,))),
    ("sensitivity", Sensitivity.PRIVATE, arrival(sensitivity=Sensitivity.PRIVATE), arrival()),
    ("within_date_range", DateRange(NOON, NOON), arrival(), arrival(date_time_received=NOON.replace(hour=13))),
    ("within_date_range", DateRange(None, NOON), arrival(), arrival(date_time_received=None)),
    ("within_size_range", SizeRange(2, 4), arrival(), arrival(size=2047)),
    ("within_size_range", SizeRange(None, 1), arrival(size=1024), arrival(size=1025)),
]


@pytest.mark.parametrize(("attribute", "value", "fits", "other"), TABLE)
def test_a_condition_tells_messages_apart_and_an_exception_the_other_way_round(
    attribute: str, value: Any, fits: Arrival, other: Arrival
) -> None:
    asked = Predicates(**{attribute: value})
    assert applies(Rule(conditions=asked), fits) and not applies(Rule(conditions=asked), other)
    assert applies(Rule(exceptions=asked), other) and not applies(Rule(exceptions=asked), fits)


def test_every_condition_has_its_test() -> None:
    assert set(TESTS) == set(Predicates.__struct_fields__)
    never = {"from_connected_accounts", "message_classifications"}
    assert {row[0] for row in TABLE} == set(TESTS) - never
    for attribute in never:
        assert not applies(Rule(conditions=Predicates(**{attribute: ("x",)})), arrival())


def test_all_conditions_must_hold_and_one_exception_is_enough() -> None:
    two = Predicates(contains_subject_strings=("report",), has_attachments=True)
    assert not applies(Rule(conditions=two), arrival())
    assert applies(Rule(conditions=two), arrival(attached=True))
    assert not applies(Rule(exceptions=two), arrival())
    assert applies(Rule(exceptions=two), arrival(subject="Minutes"))
    assert applies(Rule(), arrival())
