"""One part of an application: whose it is, where it is, and where it tells what happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from samband.lync.ucwa.call import Call
from samband.lync.ucwa.channel import EventChannel, Urgency
from samband.lync.ucwa.sessions import Session
from samband.lync.ucwa.verbs import Verbs
from samband.model.people import Person
from samband.wire.http import HttpResponse
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Event, Kind, Reference, Status
from samband.wire.ucwa.resources import Resource

Serve = Callable[[Call], Awaitable[HttpResponse]]
"""Answers a request for one part of an application."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the parts of one application share."""

    session: Session
    channel: EventChannel
    verbs: Verbs
    address: str
    """``user@domain`` of the owner in lower case, as it was when the application was made."""

    def link(self, *words: str) -> str:
        """An address below the application."""
        return "/".join((self.session.path, *words))

    def reference(self, rel: str, *words: str) -> Reference:
        """A resource below it."""
        return Reference(rel, self.link(*words))

    @property
    def of_guest(self) -> bool:
        """Whether the owner is a guest of one meeting."""
        return self.session.guest is not None

    @property
    def person(self) -> Person:
        """The owner as the directory has them now. Raises ``UcwaError`` for somebody who is gone."""
        found = self.verbs.directory.by_guid(self.session.owner)
        if found is None or not found.sip:
            raise UcwaError("Forbidden", "The account is not enabled for Lync")
        return found

    def tell(
        self,
        sender: Reference,
        kind: Kind,
        link: Reference,
        urgency: Urgency,
        *,
        within: Reference | None = None,
        embedded: Resource | None = None,
        status: Status = "",
        reason: Resource | None = None,
    ) -> None:
        """Something happened."""
        event = Event(
            sender=sender, link=link, kind=kind, within=within, embedded=embedded, status=status, reason=reason
        )
        self.channel.tell(event, urgency)
