"""Presence as it is published: states, category instances and what a publisher asks for.

A category instance stands under (category, instance, container) of its owner; a container is the audience that may see
it. Availability is a number in ranges; higher means less able or willing to talk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

AVAILABLE = 3500
IDLE = 5000
BUSY = 6500
BUSY_IDLE = 8000
DO_NOT_DISTURB = 9500
BE_RIGHT_BACK = 12500
AWAY = 15500
OFFLINE = 18500

IDLE_FROM = 4500
BUSY_FROM = 6000
BUSY_IDLE_FROM = 7500
DO_NOT_DISTURB_FROM = 9000
BE_RIGHT_BACK_FROM = 12000
AWAY_FROM = 15000
OFFLINE_FROM = 18000

IN_A_MEETING = "in-a-meeting"
OUT_OF_OFFICE = "out-of-office"
ON_THE_PHONE = "on-the-phone"

AGGREGATE_INSTANCE = 1
"""Instance of the aggregated state in every container it is published to."""
MACHINE_INSTANCE = 0x10000000
"""Instance of the aggregated machine state in container 2."""
USER_STATE_INSTANCE = 0x20000000
"""Instance of the state a person chose."""


def is_active(availability: int) -> bool:
    """Whether someone is at a device: Available, Busy or Do Not Disturb, without the idle forms of them."""
    if availability < BUSY_FROM:
        return availability < IDLE_FROM
    return availability < BUSY_IDLE_FROM or DO_NOT_DISTURB_FROM <= availability < BE_RIGHT_BACK_FROM


class StateKind(StrEnum):
    """What a state speaks of (``xsi:type`` of the ``state`` category)."""

    USER = "userState"
    MACHINE = "machineState"
    CALENDAR = "calendarState"
    PHONE = "phoneState"
    CONFERENCE = "conferenceState"
    AGGREGATE = "aggregateState"
    AGGREGATE_MACHINE = "aggregateMachineState"


class ExpireType(StrEnum):
    """How long a publication lives."""

    ENDPOINT = "endpoint"
    """Until the endpoint that published it signs out."""
    USER = "user"
    """Until the last endpoint of its owner signs out."""
    STATIC = "static"
    """Until it is removed."""
    TIME = "time"
    """For a number of seconds."""


class Activity(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What somebody is doing: a token all clients know, or texts by language (LCID), valid in a range."""

    token: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    lowest: int = 0
    """Smallest availability with which this is shown (``minAvailability``)."""
    highest: int = 0xFFFFFFFF
    """Largest availability with which this is shown (``maxAvailability``)."""

    def fits(self, availability: int) -> bool:
        """Whether it says something, and may be shown with ``availability``."""
        return bool(self.token or self.texts) and self.lowest <= availability <= self.highest


class State(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag=True):
    """One instance of the ``state`` category. Instants are aware UTC."""

    kind: StateKind
    availability: int | None = None
    activity: Activity | None = None
    manual: bool = False
    start: datetime | None = None
    last_active: datetime | None = None
    """Aggregated states only: when somebody was last active, where they no longer are."""
    location: str = ""
    meeting_subject: str = ""
    meeting_location: str = ""
    time_zone_bias: int | None = None
    """Minutes to add to local time for UTC."""
    time_zone_name: str = ""
    time_zone_abbreviation: str = ""
    device: str = ""
    """``computer``, ``deskphone``, ``mobile`` or ``web``."""
    endpoint: str = ""
    uri: str = ""
    """Calendar states: the SMTP address of the mailbox."""


class NoteKind(StrEnum):
    """Whose words a note has."""

    PERSONAL = "personal"
    OUT_OF_OFFICE = "OOF"


class Note(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag=True):
    """One instance of the ``note`` category; without text it is a note that was cleared."""

    text: str = ""
    kind: NoteKind = NoteKind.PERSONAL
    start: datetime | None = None
    end: datetime | None = None


class FreeBusy(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag=True):
    """Free/busy of one mailbox in ``calendarData``: a digit a slot from ``start`` on.

    0 free, 1 tentative, 2 busy, 3 out of office, 4 unknown.
    """

    mailbox: str
    start: datetime
    interval: int
    """Minutes of a slot."""
    slots: str


class WorkingHours(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag=True):
    """Working hours of one mailbox in ``calendarData``; ``document`` is the ``WorkingHours`` element EWS gave."""

    mailbox: str
    document: str


class Card(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag=True):
    """The ``contactCard`` a server publishes for its people. ``phone`` is as the directory writes it."""

    display_name: str
    email: str = ""
    company: str = ""
    title: str = ""
    office: str = ""
    phone: str = ""
    mobile: str = ""


class CardPhoto(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag=True):
    """The part of a ``contactCard`` that says where a photo is: in the mailbox ``smtp`` that ``url`` serves by EWS."""

    url: str
    smtp: str
    tag: str
    """Changes with the photo."""


Value = State | Note | FreeBusy | WorkingHours | Card | CardPhoto

Key = tuple[str, int, int]
"""(category, instance, container)."""


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """A published category instance.

    ``content`` is the XML of the category's element as its publisher wrote it; where it is empty the document is
    written from ``value``. With neither, the instance is empty: it stands for "nothing to see" in its container.
    """

    category: str
    instance: int
    container: int
    version: int
    published: datetime
    expire_type: ExpireType
    content: str = ""
    value: Value | None = None
    """What the content means, where that is known: always for ``state`` and ``note``."""
    expires: datetime | None = None
    """Time-bound instances only."""

    @property
    def key(self) -> Key:
        return (self.category, self.instance, self.container)

    @property
    def state(self) -> State | None:
        """The value of a ``state`` instance."""
        return self.value if isinstance(self.value, State) else None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a publisher asks for. ``version`` is the one it knows: 0 for a new instance."""

    category: str
    instance: int
    container: int
    version: int = 0
    expire_type: ExpireType = ExpireType.ENDPOINT
    lifetime: int | None = None
    """Seconds, for time-bound instances; 0 removes the instance whatever its expire type."""
    content: str = ""
    value: Value | None = None

    @property
    def key(self) -> Key:
        return (self.category, self.instance, self.container)

    @property
    def removes(self) -> bool:
        return self.lifetime == 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """A draft written against an old version. ``index`` is its position in the request, from 1."""

    index: int
    version: int
    current: int


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody who added the owner to a contact list; ``acknowledged`` once the owner was told."""

    address: str
    display_name: str
    acknowledged: bool
    source: str
    """``sameEnterprise``, ``federated`` or ``publicCloud``."""
