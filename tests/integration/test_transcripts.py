"""A conversation as a message: whom it is from and to, what it is called, and a body in which nothing runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from samband.integration.transcripts import history_item, read_texts
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


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).map(str.strip).filter(bool)
SOMEBODY = st.sampled_from([ALICE, BOB, Party("c@contoso.test", "Carol <C>")])
MOMENTS = st.datetimes(min_value=datetime(2001, 1, 1), timezones=st.just(UTC))


@given(st.lists(st.tuples(MOMENTS, SOMEBODY, WORDS), min_size=1, max_size=5), st.sampled_from(Kind))
def test_what_is_written_is_read(said: list[tuple[datetime, Party, str]], kind: Kind) -> None:
    texts = tuple(Text(moment, who, False, words) for moment, who, words in said)
    assert read_texts(item(replace(TWO, kind=kind, texts=texts))[1]) == texts


def test_html_and_lines_are_read() -> None:
    html, plain = Text(LATE, ALICE, True, "a <b>bold</b> &amp; word"), Text(LATE, BOB, False, "one\ntwo\n\nthree")
    assert read_texts(item(replace(TWO, texts=(html, plain)))[1]) == (html, plain)


def test_nobody_speaks_for_others() -> None:
    """What looks like a line of the transcript within a text stays a part of it."""
    line = f'<div><b title="{BOB.address}">Bob</b> <span title="{LATE.isoformat()}">[1]</span></div><div>I agree</div>'
    for markup in (line, f"</div>{line}<div>", f"</div></body>{line}"):
        (found,) = read_texts(item(replace(TWO, texts=(Text(LATE, ALICE, True, markup),)))[1])
        assert found.sender == ALICE and "I agree" in found.content


@pytest.mark.parametrize(
    "body", ["", " ", "text", "<html></html>", "<div><b title='x@y'>X</b></div><div>x</div>", "<!--"]
)
def test_bodies_of_others(body: str) -> None:
    assert read_texts(body) == ()
