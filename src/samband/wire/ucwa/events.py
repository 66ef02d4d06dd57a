"""What the event channel says: events by sender, and where the next ones are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from samband.wire.ucwa.resources import Resource

Kind = Literal["added", "updated", "deleted", "started", "completed"]
Status = Literal["", "Success", "Failure"]
Next = Literal["next", "resume", "resync"]
"""What leads on. ``resume``: the client was away for so long that conversations and subscriptions are over.
``resync``: client and server went out of step, or events were lost; everything must be read anew.
"""


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource by relation and address."""

    rel: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened to ``link``. ``within`` is the collection it was added to or deleted from.

    ``embedded`` is the resource itself, for a reader that would have to fetch it; ``reason`` says why it failed.
    """

    sender: Reference
    link: Reference
    kind: Kind
    within: Reference | None = None
    embedded: Resource | None = None
    status: Status = ""
    reason: Resource | None = None

    @property
    def repeats(self) -> bool:
        """Whether another one like it, later, says all that this one does."""
        return self.kind == "updated" and self.embedded is None


def write_resync(onwards: str) -> Resource:
    """The answer that has nothing but the way to what was not acknowledged yet."""
    return {"_links": {"resync": {"href": onwards}}, "rel": "events"}


def write_events(events: Iterable[Event], here: str, leads: Literal["next", "resume"], onwards: str) -> Resource:
    """One answer of the channel. A sender comes again where others spoke in between: the order is kept."""
    senders: list[Resource] = []
    for event in events:
        if not senders or senders[-1]["href"] != event.sender.href:
            senders.append({"rel": event.sender.rel, "href": event.sender.href, "events": []})
        senders[-1]["events"].append(_written(event))
    return {"_links": {"self": {"href": here}, leads: {"href": onwards}}, "rel": "events", "sender": senders}


def _written(event: Event) -> Resource:
    found: Resource = {"link": {"rel": event.link.rel, "href": event.link.href}, "type": event.kind}
    if event.within is not None:
        found["in"] = {"rel": event.within.rel, "href": event.within.href}
    if event.embedded is not None:
        found["_embedded"] = {event.link.rel: event.embedded}
    if event.status:
        found["status"] = event.status
    if event.reason is not None:
        found["reason"] = event.reason
    return found
