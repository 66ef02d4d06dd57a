"""UCWA's JSON: each row is written and read back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.ucwa import resources
from samband.wire.ucwa.errors import STATUS, UcwaError
from samband.wire.ucwa.meetings import MeetingDocument, MeetingInput, read_meeting, write_meeting

WHEN = datetime(2013, 2, 7, 1, 17, 18, tzinfo=UTC)
FULL = MeetingInput(
    subject="holiday party",
    description="äöü \\/Date(1)\\/",
    access_level="Invited",
    automatic_leader_assignment="Everyone",
    entry_exit_announcement="Enabled",
    phone_user_admission="Enabled",
    lobby_bypass_for_phone_users="Enabled",
    leaders=("dana@contoso.test",),
    attendees=("chris@contoso.test", "bob@contoso.test"),
    expiration_time=WHEN,
)


@pytest.mark.parametrize("meeting", [FULL, MeetingInput()])
def test_a_meeting_comes_back(meeting: MeetingInput) -> None:
    document = MeetingDocument(
        id="PYC58WSY", organizer="sip:Dana@contoso.test", uri="sip:x", join_url="https://m/dana/P", meeting=meeting
    )
    body = resources.write(resources.resource("myOnlineMeeting", {"self": "/x"}, write_meeting(document)))
    assert read_meeting(resources.read(body)) == meeting
    if meeting is FULL:
        assert rb'"\/Date(1360199838000)\/"' in body


def test_names_and_words_have_any_case() -> None:
    asked = b'{"SUBJECT":"x","AccessLevel":"invited","Attendees":["SIP:Chris@Contoso.test","sip:chris@contoso.test"]}'
    found = MeetingInput(subject="x", access_level="Invited", attendees=("chris@contoso.test",))
    assert read_meeting(resources.read(asked)) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject", 7),
        ("accessLevel", "Sometimes"),
        ("attendees", "sip:chris@contoso.test"),
        ("leaders", ["nobody"]),
        ("leaders", ["sip:a b@contoso.test"]),
        ("expirationTime", "tomorrow"),
        ("expirationTime", "/Date(99999999999999999)/"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: Any) -> None:
    with pytest.raises(UcwaError) as caught:
        read_meeting({name.lower(): value})
    assert caught.value.subcode == "ParameterValidationFailure"
    assert list(caught.value.parameters) == [name]


@pytest.mark.parametrize(
    "text", ["/Date(1360199838000)/", "2013-02-07T01:17:18.000Z", "2013-02-07T01:17:18", "2013-02-07T03:17:18+02:00"]
)
def test_dates(text: str) -> None:
    assert resources.read_date(text) == WHEN


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2200, 1, 1)))
def test_a_date_comes_back(moment: datetime) -> None:
    whole = moment.replace(microsecond=0, tzinfo=UTC)
    assert resources.read_date(resources.write_date(whole)) == whole


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"a":1,"a":2}', b"\xff", b"[" * 100_000])
def test_what_is_no_object(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        resources.read(body)


@pytest.mark.parametrize("code", STATUS)
def test_errors(code: str) -> None:
    error = UcwaError(code, "why", "Sub", {"x": "bad"})
    assert error.shown() == {
        "code": code,
        "message": "why",
        "subcode": "Sub",
        "parameters": [{"name": "x", "reason": "bad"}],
    }
    assert error.status == STATUS[code]


@pytest.mark.parametrize("text", [r'{"a":"\ud800"}', r'{"a":["\udc00\ud800"]}', r'{"a":"\u0000"}', r'{"a":"\\\u0000"}'])
def test_texts_that_cannot_be_kept(text: str) -> None:
    with pytest.raises(ValueError, match="half a character"):
        resources.read(text.encode())


def test_texts_that_only_look_like_it() -> None:
    assert resources.read(rb'{"A":"\ud83d\ude00 \\u0000"}') == {"a": "\U0001f600 \\u0000"}
