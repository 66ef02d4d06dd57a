"""What a mailbox's word becomes in presence, by the moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from samband.lync.actions.mailbox_presence import drafts_of
from samband.model.mailbox_sight import Appointment, MailboxSight, OutOfOffice, SightPolicy, next_turn
from samband.model.presence import CardPhoto, Draft, FreeBusy, Note, State, WorkingHours

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)


def _sight(*appointments: Appointment, oof: OutOfOffice | None = None, hours: str = "<WorkingHours/>") -> MailboxSight:
    return MailboxSight("alice@contoso.test", NINE.replace(hour=0), "0" * 96, 15, appointments, hours, oof)


def _published(sight: MailboxSight, now: datetime) -> list[Draft]:
    return list(drafts_of(sight, now))


def _of(drafts: list[Draft], kind: type) -> list[object]:
    return [draft.value for draft in drafts if isinstance(draft.value, kind)]


def _told(sight: MailboxSight, now: datetime) -> set[tuple[int | None, str]]:
    states = [value for value in _of(_published(sight, now), State) if isinstance(value, State)]
    return {(state.availability, state.activity.token if state.activity else "") for state in states}


MEETING = Appointment(NINE, TEN, "Busy", "Budget", "Room 1", is_meeting=True)

MOMENTS = [
    ((MEETING,), NINE - timedelta(seconds=1), set()),
    ((MEETING,), NINE, {(6500, "in-a-meeting")}),
    ((MEETING,), TEN - timedelta(seconds=1), {(6500, "in-a-meeting")}),
    ((MEETING,), TEN, set()),
    ((Appointment(NINE, TEN, "Busy"),), NINE, {(6500, "")}),
    ((Appointment(NINE, TEN, "Tentative"),), NINE, set()),
    ((Appointment(NINE, TEN, "Free"),), NINE, set()),
    ((Appointment(NINE, TEN, "OOF"),), NINE, {(None, "out-of-office")}),
    ((Appointment(NINE, TEN, "OOF"), MEETING), NINE, {(None, "out-of-office"), (6500, "in-a-meeting")}),
]


@pytest.mark.parametrize(("appointments", "now", "told"), MOMENTS)
def test_states_by_the_moment(
    appointments: tuple[Appointment, ...], now: datetime, told: set[tuple[int | None, str]]
) -> None:
    assert _told(_sight(*appointments), now) == told


def test_the_meeting_is_told_with_subject_and_place() -> None:
    state = _of(_published(_sight(MEETING), NINE), State)[0]
    assert isinstance(state, State)
    assert (state.meeting_subject, state.meeting_location, state.uri) == ("Budget", "Room 1", "alice@contoso.test")


NOTES = [
    (OutOfOffice("Disabled", "Away"), NINE, ""),
    (OutOfOffice("Enabled", "Away"), NINE, "Away"),
    (OutOfOffice("Enabled", ""), NINE, ""),
    (OutOfOffice("Scheduled", "Away", NINE, TEN), NINE - timedelta(seconds=1), ""),
    (OutOfOffice("Scheduled", "Away", NINE, TEN), NINE, "Away"),
    (OutOfOffice("Scheduled", "Away", NINE, TEN), TEN, ""),
]


@pytest.mark.parametrize(("settings", "now", "text"), NOTES)
def test_the_out_of_office_note_by_the_moment(settings: OutOfOffice, now: datetime, text: str) -> None:
    notes = [value.text for value in _of(_published(_sight(oof=settings), now), Note) if isinstance(value, Note)]
    assert set(notes) == ({text} if text else set())


def test_free_busy_and_working_hours_go_to_colleagues_only() -> None:
    drafts = _published(_sight(), NINE)
    assert {draft.container for draft in drafts if isinstance(draft.value, FreeBusy)} == {200, 300, 400}
    assert {draft.container for draft in drafts if isinstance(draft.value, WorkingHours)} == {1, 200, 300, 400}
    assert not _of(_published(_sight(hours=""), NINE), WorkingHours)


def test_the_next_turn_is_the_nearest_beginning_or_end() -> None:
    sight = _sight(MEETING, oof=OutOfOffice("Scheduled", "Away", NINE + timedelta(minutes=5), TEN))
    assert next_turn(sight, NINE - timedelta(hours=1)) == NINE
    assert next_turn(sight, NINE) == NINE + timedelta(minutes=5)
    assert next_turn(sight, NINE + timedelta(minutes=5)) == TEN
    assert next_turn(sight, TEN) is None


def test_the_reply_for_others_goes_to_the_external_container() -> None:
    drafts = _published(_sight(oof=OutOfOffice("Enabled", "Ask Bob", external_note="Gone fishing")), NINE)
    notes = {(draft.container, draft.value.text) for draft in drafts if isinstance(draft.value, Note)}
    assert notes == {(200, "Ask Bob"), (300, "Ask Bob"), (400, "Ask Bob"), (100, "Gone fishing")}


POLICIES = [
    (SightPolicy(calendar=False), set(), "", {"note"}),
    (SightPolicy(free_busy=False), {(6500, "in-a-meeting")}, "Budget", {"note", "state", "calendarData"}),
    (SightPolicy(meeting_details=False), {(6500, "in-a-meeting")}, "", {"note", "state", "calendarData"}),
]


@pytest.mark.parametrize(("policy", "states", "subject", "categories"), POLICIES)
def test_what_the_organisation_does_not_want_seen_is_not_published(
    policy: SightPolicy, states: set[tuple[int, str]], subject: str, categories: set[str]
) -> None:
    sight = _sight(MEETING, oof=OutOfOffice("Scheduled", "Away", NINE, TEN))
    drafts = list(drafts_of(sight, NINE, policy))
    found = [draft.value for draft in drafts if isinstance(draft.value, State) and draft.value.availability]
    assert {(one.availability, one.activity.token) for one in found if one.activity} == states
    assert {one.meeting_subject for one in found} <= {subject}
    assert {draft.category for draft in drafts} - {"state"} == categories - {"state"}
    assert bool(_of(drafts, FreeBusy)) == (policy.calendar and policy.free_busy)
    assert bool(_of(drafts, WorkingHours)) == policy.calendar


def test_colleagues_learn_where_the_photo_is_and_nobody_else_does() -> None:
    sight = replace(_sight(), url="https://mail.contoso.test/EWS/Exchange.asmx", photo="5eed")
    photo = CardPhoto(url=sight.url, smtp="alice@contoso.test", tag="5eed")
    told = {draft.container for draft in _published(sight, NINE) if draft.value == photo}
    assert told == {200, 300, 400}
    for other in (list(drafts_of(sight, NINE, SightPolicy(photos=False))), _published(_sight(), NINE)):
        assert not _of(other, CardPhoto)
