"""Who gets into a conference, as what, and what others hear of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from samband.model.conferences import (
    MOST_MEMBERS,
    AccessLevel,
    Conference,
    LeaderAssignment,
    Role,
    Roster,
    RosterChange,
    Terms,
)
from samband.model.failures import Failure

ALICE, BOB, CAROL = "alice@contoso.test", "bob@contoso.test", "carol@contoso.test"
P, A = Role.PRESENTER, Role.ATTENDEE
ADMISSION: list[tuple[dict[str, Any], str, Role | None]] = [
    ({}, ALICE, P),
    ({}, BOB, A),
    ({"leaders": (BOB,)}, BOB, P),
    ({"leader_assignment": LeaderAssignment.SAME_ENTERPRISE}, BOB, P),
    ({"leader_assignment": LeaderAssignment.EVERYONE}, BOB, P),
    ({"access": AccessLevel.LOCKED}, ALICE, P),
    ({"access": AccessLevel.LOCKED, "leaders": (BOB,)}, BOB, None),
    ({"access": AccessLevel.INVITED}, BOB, None),
    ({"access": AccessLevel.INVITED, "attendees": (BOB,)}, BOB, A),
    ({"access": AccessLevel.INVITED, "leaders": (BOB,)}, BOB, P),
    ({"access": AccessLevel.EVERYONE}, BOB, A),
]


@pytest.mark.parametrize(("terms", "who", "role"), ADMISSION)
def test_admission(terms: dict[str, Any], who: str, role: Role | None) -> None:
    conference = Conference(
        organizer="g", id="X", expires=datetime(2030, 1, 1, tzinfo=UTC), version=1, terms=Terms(**terms)
    )
    if role is None:
        with pytest.raises(Failure, match="Forbidden"):
            conference.admits(who, ALICE)
    else:
        assert conference.admits(who, ALICE) is role


VISIT: list[tuple[dict[str, Any], bool, Role | None]] = [
    ({}, False, None),
    ({}, True, A),
    ({"attendees": ("bob@fabrikam.test",)}, False, A),
    ({"leaders": ("bob@fabrikam.test",)}, False, P),
    ({"access": AccessLevel.INVITED}, False, None),
    ({"access": AccessLevel.INVITED}, True, A),
    ({"access": AccessLevel.EVERYONE}, False, A),
    ({"access": AccessLevel.LOCKED}, True, None),
    ({"leader_assignment": LeaderAssignment.SAME_ENTERPRISE}, True, A),
    ({"leader_assignment": LeaderAssignment.EVERYONE}, True, P),
]


@pytest.mark.parametrize(("terms", "asked", "role"), VISIT)
def test_admission_of_people_of_other_organisations(terms: dict[str, Any], asked: bool, role: Role | None) -> None:
    conference = Conference(
        organizer="g", id="X", expires=datetime(2030, 1, 1, tzinfo=UTC), version=1, terms=Terms(**terms)
    )
    if role is None:
        with pytest.raises(Failure, match="Forbidden"):
            conference.admits("bob@fabrikam.test", ALICE, visitor=True, asked=asked)
    else:
        assert conference.admits("bob@fabrikam.test", ALICE, visitor=True, asked=asked) is role


def test_every_step_counts_one_up() -> None:
    roster = Roster()
    assert roster.enter(ALICE, "Alice", P, "{1}") == RosterChange(2, changed=(ALICE,))
    assert roster.open(ALICE, "{1}", "chat") == RosterChange(3, changed=(ALICE,))
    assert roster.enter(ALICE, "Alice", A, "{2}") == RosterChange(4, changed=(ALICE,))
    assert roster.members[ALICE].role is P
    assert list(roster.members[ALICE].sessions()) == [("{1}", "chat"), ("{1}", "focus"), ("{2}", "focus")]
    assert roster.close(ALICE, "{1}", "chat") == RosterChange(5, changed=(ALICE,))
    assert roster.close(ALICE, "{1}", "chat") is None
    assert roster.close(ALICE, "{1}", "focus") == RosterChange(6, changed=(ALICE,))
    assert roster.close(ALICE, "{2}", "focus") == RosterChange(7, left=(ALICE,))
    assert roster.close(ALICE, "{2}", "focus") is None


def test_a_locked_roster_lets_presenters_in() -> None:
    roster = Roster()
    roster.enter(BOB, "Bob", A, "{1}")
    assert roster.lock(True) == RosterChange(3, lock=True)
    assert roster.lock(True) is None
    with pytest.raises(Failure, match="locked"):
        roster.enter(CAROL, "Carol", A, "{2}")
    roster.enter(BOB, "Bob", A, "{3}")
    roster.enter(ALICE, "Alice", P, "{4}")


def test_roles() -> None:
    roster = Roster()
    roster.enter(ALICE, "Alice", P, "{1}")
    roster.enter(BOB, "Bob", A, "{2}")
    roster.lead(ALICE)
    for who in (BOB, CAROL):
        with pytest.raises(Failure, match="Forbidden"):
            roster.lead(who)
    assert roster.assign(BOB, P) == RosterChange(4, changed=(BOB,))
    assert roster.assign(BOB, P) is None
    roster.lead(BOB)
    with pytest.raises(Failure, match="NotFound"):
        roster.assign(CAROL, P)
    with pytest.raises(Failure, match="Join"):
        roster.open(BOB, "{9}", "chat")


def test_a_roster_is_bounded() -> None:
    roster = Roster()
    for number in range(MOST_MEMBERS):
        roster.enter(f"p{number}@contoso.test", "", A, "{1}")
    with pytest.raises(Failure, match="LimitExceeded"):
        roster.enter(BOB, "", A, "{1}")
