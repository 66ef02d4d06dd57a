"""A conversation as a message: whom it is from and to, what it is called, and a body in which nothing runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from samband.integration.transcripts import history_item
from samband.model.conversation_history import Copy, Kind, Party, Text

ALICE, BOB, CAROL = (Party(f"{name.lower()}@contoso.test", name) for name in ("Alice", "Bob", "Carol <C>"))
LATE = datetime(2026, 11, 30, 22, 59, tzinfo=UTC)
TWO = Copy(
    conversation=1,
    member=0,
    kind=Kind.TWO,
    subject="",
    started=LATE,
    owner=ALICE,
    parties=(ALICE, BOB),
    texts=(Text(LATE, ALICE, False, "hi <there>\r\nyou"), Text(LATE.replace(hour=23), BOB, False, "hello & bye")),
    last=2,
    mark="m",
    item="",
    tried=False,
    refusals=0,
)


def item(copy: Copy) -> tuple[str, str]:
    """Subject and body."""
    made = history_item(copy, lambda party: party.address, ZoneInfo("Europe/Stockholm"))
    return made.subject, made.body


def test_a_conversation_of_two() -> None:
    made = history_item(TWO, lambda party: f"mail-{party.address}", ZoneInfo("Europe/Stockholm"))
    assert (made.sender, made.receivers) == (
        ("Alice", "mail-alice@contoso.test"),
        (("Bob", "mail-bob@contoso.test"),),
    )
    assert (made.item_class, made.is_read, made.mark) == ("IPM.Note.Microsoft.Conversation", True, "m")
    assert (made.subject, made.began, made.ended) == ("Conversation with Bob", LATE, LATE.replace(hour=23))
    words = " ".join(etree.HTML(made.body).itertext())
    assert "hi <there>" in words and "hello & bye" in words and "hi &lt;there&gt;<br>you" in made.body
    assert "[23:59]" in words and "[00:59]" in words
    assert "Monday, 30 November 2026" in words and "Tuesday, 01 December 2026" in words


def test_subjects() -> None:
    everybody = (ALICE, BOB, CAROL, *(Party(f"p{number}", f"P{number}") for number in range(4)))
    assert item(replace(TWO, subject="Plans"))[0] == "Plans"
    assert item(replace(TWO, owner=BOB))[0] == "Conversation with Alice"
    assert item(replace(TWO, parties=(ALICE,)))[0] == "Conversation with Alice"
    assert item(replace(TWO, parties=everybody))[0] == "Conversation with Bob, Carol <C>, P0, P1, P2 and 1 more"
    missed = replace(TWO, kind=Kind.MISSED, owner=BOB, subject="Plans")
    assert item(missed)[0] == "Missed conversation with Alice"
    assert "You missed an instant message from Alice." in item(missed)[1]


CASES = [
    ("<b>bold</b> and <i onclick='x()' style='position:fixed'>not</i>", '<b>bold</b> and <i style="">not</i>'),
    ("<p>x<script>alert(1)</script>y</p>", "<p>xy</p>"),
    ("<img src=x onerror=alert(1)>text", "text"),
    ("<a href='https://example.com/?a=1'>l</a>", '<a href="https://example.com/?a=1">l</a>'),
    ("<a href=' javascript:alert(1)'>l</a>", "<a>l</a>"),
    ("</div></body><b>open", "<b>open</b>"),
]


@pytest.mark.parametrize(("markup", "expected"), CASES)
def test_html_of_others(markup: str, expected: str) -> None:
    body = item(replace(TWO, texts=(Text(LATE, ALICE, True, markup),)))[1]
    assert f'<div style="margin-left: 12px">{expected}</div></body>' in body
