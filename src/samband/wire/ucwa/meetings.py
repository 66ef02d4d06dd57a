"""``myOnlineMeeting``: what a client asks for and what it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.resources import Resource, read_date, write_date

ACCESS_LEVELS = ("None", "SameEnterprise", "Locked", "Invited", "Everyone")
LEADER_ASSIGNMENTS = ("Disabled", "SameEnterprise", "Everyone")
LONGEST_PASSCODE = 64
Announcement = Literal["Unsupported", "Disabled", "Enabled"]
Switch = Literal["Disabled", "Enabled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingInput:
    """What an organiser may set. People are ``user@domain`` in lower case."""

    subject: str = ""
    description: str = ""
    access_level: str = "SameEnterprise"
    automatic_leader_assignment: str = "Disabled"
    entry_exit_announcement: Announcement = "Disabled"
    phone_user_admission: Switch = "Disabled"
    lobby_bypass_for_phone_users: Switch = "Disabled"
    leaders: tuple[str, ...] = ()
    attendees: tuple[str, ...] = ()
    expiration_time: datetime | None = None
    passcode: str | None = None
    """What guests must know, an addition of this server's; None where a client says nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDocument:
    """What a client is shown beside that; ``organizer`` and ``uri`` with their scheme."""

    id: str
    organizer: str
    uri: str
    join_url: str
    meeting: MeetingInput


def write_meeting(one: MeetingDocument) -> Resource:
    """The properties of a meeting."""
    meeting = one.meeting
    found: Resource = {
        "accessLevel": meeting.access_level,
        "attendees": [f"sip:{address}" for address in meeting.attendees],
        "automaticLeaderAssignment": meeting.automatic_leader_assignment,
        "description": meeting.description,
        "entryExitAnnouncement": meeting.entry_exit_announcement,
        "joinUrl": one.join_url,
        "leaders": [f"sip:{address}" for address in meeting.leaders],
        "legacyOnlineMeetingUri": f"conf:{one.uri}",
        "lobbyBypassForPhoneUsers": meeting.lobby_bypass_for_phone_users,
        "onlineMeetingId": one.id,
        "onlineMeetingRel": "myOnlineMeetings",
        "onlineMeetingUri": one.uri,
        "organizerUri": one.organizer,
        "phoneUserAdmission": meeting.phone_user_admission,
        "subject": meeting.subject,
    }
    if meeting.passcode is not None:
        found["passcode"] = meeting.passcode
    if meeting.expiration_time is not None:
        found["expirationTime"] = write_date(meeting.expiration_time)
    return found


def read_meeting(properties: dict[str, Any]) -> MeetingInput:
    """What a client asks for; what the server makes itself is ignored. Raises ``UcwaError`` naming what is wrong."""
    wrong: dict[str, str] = {}
    read: dict[str, Any] = {}
    for name, (attribute, take) in _FIELDS.items():
        value = properties.get(name.lower())
        if value is None:
            continue
        try:
            read[attribute] = take(value)
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise UcwaError("BadRequest", "A property has no such value", "ParameterValidationFailure", wrong)
    return MeetingInput(**read)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a string")
    return value


def read_passcode(value: object) -> str:
    """A passcode as it is kept. Raises ``ValueError``."""
    found = _text(value).strip()
    if len(found) > LONGEST_PASSCODE or not found.isprintable():
        raise ValueError(f"longer than {LONGEST_PASSCODE} characters, or not all of them can be shown")
    return found


def _one_of(allowed: tuple[str, ...]) -> Callable[[object], str]:
    known = {word.lower(): word for word in allowed}

    def take(value: object) -> str:
        found = known.get(_text(value).lower())
        if found is None:
            raise ValueError(f"not one of {', '.join(allowed)}")
        return found

    return take


def _people(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("not a list")
    found = [_text(one).strip().lower().removeprefix("sip:") for one in value]
    if not all(_is_address(one) for one in found):
        raise ValueError("not SIP addresses")
    return tuple(dict.fromkeys(found))


def _is_address(text: str) -> bool:
    user, at, domain = text.partition("@")
    return bool(user and at and domain) and not any(character in text for character in ' <>";,\r\n\t')


def _date(value: object) -> datetime:
    try:
        return read_date(_text(value))
    except ValueError:
        raise ValueError("not an instant") from None


_FIELDS: dict[str, tuple[str, Callable[[object], object]]] = {
    "subject": ("subject", _text),
    "description": ("description", _text),
    "accessLevel": ("access_level", _one_of(ACCESS_LEVELS)),
    "automaticLeaderAssignment": ("automatic_leader_assignment", _one_of(LEADER_ASSIGNMENTS)),
    "entryExitAnnouncement": ("entry_exit_announcement", _one_of(get_args(Announcement))),
    "phoneUserAdmission": ("phone_user_admission", _one_of(get_args(Switch))),
    "lobbyBypassForPhoneUsers": ("lobby_bypass_for_phone_users", _one_of(get_args(Switch))),
    "leaders": ("leaders", _people),
    "attendees": ("attendees", _people),
    "expirationTime": ("expiration_time", _date),
    "passcode": ("passcode", read_passcode),
}
