"""What an online meeting leaves in a calendar item, and how it goes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.model.item_properties import CalendarProperties
from samband.model.item_values import Attendee, Body, BodyKind, EmailAddress
from samband.model.online_meetings import GRACE, LONGEST, OnlineMeeting, again, linked, terms_of, unlinked

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
MEETING = OnlineMeeting("IB88RLLY", "https://meet.contoso.test/alice/IB88RLLY?a=1&b=2", "conf:sip:alice;id:IB88RLLY")
BODIES = [
    None,
    Body(BodyKind.TEXT, ""),
    Body(BodyKind.TEXT, "See you\r\n"),
    Body(BodyKind.HTML, "<html><body><p>See you</p></body></html>"),
    Body(BodyKind.HTML, "See you"),
]


@pytest.mark.parametrize("body", BODIES)
def test_the_way_in_stands_in_the_body_once_and_goes(body: Body | None) -> None:
    item = CalendarProperties(subject="Plan", body=body)
    found = linked(linked(item, MEETING), MEETING)
    assert found.body is not None
    assert found.body.content.count("Join online meeting") == 1
    assert "https://meet.contoso.test/alice/IB88RLLY?a=1" in found.body.content
    assert (found.online_meeting_id, found.join_online_meeting_url) == (MEETING.id, MEETING.join_url)
    left = unlinked(found)
    assert (left.body.content if left.body else "") == (body.content if body else "")
    assert (left.is_online_meeting, left.join_online_meeting_url, left.online_meeting_id) == (False, "", "")


@given(st.sampled_from(BodyKind), st.text(max_size=200))
def test_any_text_survives(kind: BodyKind, content: str) -> None:
    item = CalendarProperties(body=Body(kind, content))
    left = unlinked(linked(item, MEETING)).body
    assert left is not None
    assert left.content == content.removesuffix("\r\n") or left.content == content


def test_a_body_written_anew_gets_its_block_back() -> None:
    before = linked(CalendarProperties(body=Body(BodyKind.TEXT, "old")), MEETING)
    after = again(CalendarProperties(body=Body(BodyKind.HTML, "<p>new</p>"), is_online_meeting=True), before)
    assert after.body is not None
    assert after.body.content.startswith("<p>new</p>")
    assert "IB88RLLY" in after.body.content
    assert again(after, before) == after


def test_what_lync_is_told() -> None:
    people = tuple(Attendee(EmailAddress(name, f"{name}@contoso.test")) for name in ("bob", "outsider"))
    item = CalendarProperties(subject="Plan", end=NOW, required_attendees=people, optional_attendees=people[:1])
    terms = terms_of(item, lambda one: "Bob@contoso.test" if one.name == "bob" else "", NOW)
    assert (terms.subject, terms.attendees, terms.expires) == ("Plan", ("bob@contoso.test",), NOW + GRACE)
    assert timedelta(days=3650) > LONGEST + GRACE
