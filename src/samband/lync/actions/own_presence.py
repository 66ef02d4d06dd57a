"""An owner's presence for clients that know no categories: at a device, by choice, in words [MS-PRES]."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

from samband.lync.actions.presence import Presence, Published
from samband.model.containers import AGGREGATION, AGGREGATION_TEAM, COLLEAGUES, FRIENDS, WORKGROUP
from samband.model.failures import Failure
from samband.model.people import Person
from samband.model.presence import (
    AGGREGATE_INSTANCE,
    USER_STATE_INSTANCE,
    Activity,
    Draft,
    ExpireType,
    Instance,
    Note,
    NoteKind,
    State,
    StateKind,
    Value,
)

LONGEST_NOTE = 1024
LONGEST_LOCATION = 256
_STATES = (AGGREGATION, AGGREGATION_TEAM)
_NOTES = (COLLEAGUES, WORKGROUP, FRIENDS)
_DEVICE = 0x30000000
"""First digit of the instances of devices; the others are a hash of the endpoint."""
_PERSONAL_NOTE = 0


class OwnPresence:
    """Verbs of one endpoint for its owner; ``endpoint`` is its key, and it must be signed in."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    def at_device(
        self, person: Person, endpoint: str, availability: int, device: str = "web", location: str | None = None
    ) -> Published:
        """How active somebody is at this endpoint, and where; ``location`` None: where they were."""
        if location is not None and len(location) > LONGEST_LOCATION:
            raise Failure("BadRequest", f"A location has at most {LONGEST_LOCATION} characters")
        number = _DEVICE | zlib.crc32(endpoint.encode()) & 0x0FFFFFFF
        where = self.location(person, endpoint) if location is None else location
        state = State(kind=StateKind.MACHINE, availability=availability, device=device, location=where)
        return self._publish(person, endpoint, "state", number, _STATES, ExpireType.ENDPOINT, state)

    def location(self, person: Person, endpoint: str) -> str:
        """Where somebody said they are, at this endpoint."""
        number = _DEVICE | zlib.crc32(endpoint.encode()) & 0x0FFFFFFF
        found = self._one(person, "state", number, AGGREGATION)
        return found.state.location if found is not None and found.state is not None else ""

    def choose(self, person: Person, endpoint: str, availability: int | None, token: str = "") -> Published:
        """Show others this, whatever the devices say; None: what they say."""
        activity = Activity(token=token) if token else None
        value = State(kind=StateKind.USER, availability=availability, activity=activity, manual=True)
        wanted = None if availability is None else value
        return self._publish(person, endpoint, "state", USER_STATE_INSTANCE, _STATES, ExpireType.STATIC, wanted)

    def say(self, person: Person, endpoint: str, text: str) -> Published:
        """Put a note beside it; without text there is none."""
        if len(text) > LONGEST_NOTE:
            raise Failure("BadRequest", f"A note has at most {LONGEST_NOTE} characters")
        note = Note(text=text) if text.strip() else None
        return self._publish(person, endpoint, "note", _PERSONAL_NOTE, _NOTES, ExpireType.STATIC, note)

    def state(self, person: Person) -> State:
        """What the closest of the others see."""
        found = self._one(person, "state", AGGREGATE_INSTANCE, FRIENDS)
        return found.state if found is not None and found.state is not None else State(kind=StateKind.AGGREGATE)

    def note(self, person: Person) -> Note:
        """What they read beside it."""
        return best_note(instance.value for instance in self._in(person, "note") if instance.container == FRIENDS)

    # --- within

    def _in(self, person: Person, category: str) -> Sequence[Instance]:
        return self._presence.own(person, [category]).get(category, ())

    def _one(self, person: Person, category: str, number: int, container: int) -> Instance | None:
        wanted = (category, number, container)
        return next((one for one in self._in(person, category) if one.key == wanted), None)

    def _publish(
        self,
        person: Person,
        endpoint: str,
        category: str,
        number: int,
        containers: Iterable[int],
        life: ExpireType,
        value: Value | None,
    ) -> Published:
        """Publish ``value`` in all of ``containers``, or take back what is there."""
        drafts = []
        for container in containers:
            known = self._one(person, category, number, container)
            if value is None and known is None:
                continue
            drafts.append(
                Draft(
                    category=category,
                    instance=number,
                    container=container,
                    version=known.version if known is not None else 0,
                    expire_type=life,
                    lifetime=0 if value is None else None,
                    value=value,
                )
            )
        return self._presence.publish(person, endpoint, drafts)


def best_note(values: Iterable[Value | None]) -> Note:
    """The note that is shown of several: out of office before a personal one, an empty one where there is none."""
    notes = [value for value in values if isinstance(value, Note) and value.text]
    notes.sort(key=lambda note: note.kind is not NoteKind.OUT_OF_OFFICE)
    return notes[0] if notes else Note()
