"""One application of a client: everything that hangs below it, and what lives and dies with it."""

from __future__ import annotations

from samband.lync.ucwa.channel import EventChannel
from samband.lync.ucwa.communication import Communication
from samband.lync.ucwa.guest import GuestApplication
from samband.lync.ucwa.me import Me
from samband.lync.ucwa.part import Place, Serve
from samband.lync.ucwa.people import People
from samband.lync.ucwa.sessions import Session
from samband.lync.ucwa.verbs import Verbs
from samband.model.people import Person
from samband.wire.ucwa.resources import Resource, embedding, resource

_POLICIES = {
    "callLogArchiving": "Disabled",
    "customerExperienceImprovementProgram": "Disabled",
    "emergencyDialMask": "",
    "emergencyNumber": "",
    "exchangeUnifiedMessaging": "Disabled",
    "htmlMessaging": "Enabled",
    "messagingUrls": "Enabled",
    "photos": "Enabled",
}


class Application:
    """See ``sessions.Parts``."""

    def __init__(self, session: Session, person: Person, verbs: Verbs) -> None:
        self.session = session
        self.channel = EventChannel(f"{session.path}/events")
        place = Place(session, self.channel, verbs, person.sip.lower())
        self.people = People(place)
        self.communication = Communication(place, lambda hear: Me(place, hear))
        self.me = self.communication.me
        self.serves: dict[str, Serve] = {
            "me": self.me.serve,
            "people": self.people.serve,
            "communication": self.communication.serve,
        }

    @property
    def online(self) -> bool:
        """See ``Parts``."""
        return self.me.endpoint is not None

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

    def sweep(self) -> None:
        """See ``Parts``."""
        self.me.sweep()
        self.people.sweep()

    def close(self) -> None:
        """See ``Parts``."""
        self.communication.close()
        self.people.close()
        self.channel.close()

    def shown(self, online_meetings: Resource) -> Resource:
        """The resource itself."""
        session = self.session
        links = {
            "self": session.path,
            "policies": f"{session.path}/policies",
            "batch": f"{session.path}/batch",
            "events": self.channel.here,
        }
        own = resource("application", links, {"culture": session.culture, "userAgent": session.agent})
        parts = {
            "me": self.me.overview,
            "people": self.people.overview,
            "onlineMeetings": online_meetings,
            "communication": self.communication.overview,
        }
        return embedding(own, parts)

    def policies(self) -> Resource:
        """What is allowed to everybody here."""
        return resource("policies", {"self": f"{self.session.path}/policies"}, _POLICIES)


AnyApplication = Application | GuestApplication


def build(session: Session, person: Person, verbs: Verbs) -> AnyApplication:
    """The application of a session."""
    if session.guest is not None:
        return GuestApplication(session, person, verbs, session.guest)
    return Application(session, person, verbs)
