"""What every application has, whoever owns it: its session, its event channel, and its conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from samband.lync.actions.im import ImListener
from samband.lync.ucwa.channel import EventChannel
from samband.lync.ucwa.communication import Communication
from samband.lync.ucwa.owner import Owner
from samband.lync.ucwa.part import Place
from samband.lync.ucwa.sessions import Session
from samband.lync.ucwa.verbs import Verbs
from samband.wire.ucwa.resources import Resource, resource

W = TypeVar("W", bound=Owner)


class Root(Generic[W]):
    """One application; ``owner`` makes its owner. See ``sessions.Parts``."""

    def __init__(self, session: Session, address: str, verbs: Verbs, owner: Callable[[Place, ImListener], W]) -> None:
        self.session = session
        self.channel = EventChannel(f"{session.path}/events")
        self.place = Place(session, self.channel, verbs, address)
        self.communication: Communication[W] = Communication(self.place, lambda hear: owner(self.place, hear))
        self.me = self.communication.me

    @property
    def waiting(self) -> bool:
        """See ``Parts``."""
        return self.channel.waiting

    @property
    def gone(self) -> bool:
        """See ``Parts``."""
        return self.communication.gone

    def restart(self) -> None:
        """See ``Parts``."""
        self.channel.restart()

    def close(self) -> None:
        """See ``Parts``."""
        self.communication.close()
        self.channel.close()

    def own(self, *more: str) -> Resource:
        """The resource itself, without what is embedded in it; ``more`` are links to what is below it."""
        session = self.session
        links = {"self": session.path, **{word: f"{session.path}/{word}" for word in more}}
        links |= {"batch": f"{session.path}/batch", "events": self.channel.here}
        values = {
            "id": session.number,
            "culture": session.culture,
            "endpointId": session.endpoint,
            "userAgent": session.agent,
        }
        return resource("application", links, {name: value for name, value in values.items() if value})
