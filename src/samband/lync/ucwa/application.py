"""One application of a client: everything that hangs below it, and what lives and dies with it."""

from __future__ import annotations

from samband.lync.ucwa.guest import GuestApplication
from samband.lync.ucwa.me import Me
from samband.lync.ucwa.part import Serve
from samband.lync.ucwa.people import People
from samband.lync.ucwa.root import Root
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


class Application(Root[Me]):
    """Somebody's of the site."""

    def __init__(self, session: Session, person: Person, verbs: Verbs) -> None:
        super().__init__(session, person.sip.lower(), verbs, Me)
        self.people = People(self.place)
        self.serves: dict[str, Serve] = {
            "me": self.me.serve,
            "people": self.people.serve,
            "communication": self.communication.serve,
        }

    def rest(self) -> None:
        """See ``Parts``."""
        if self.me.endpoint is None and not self.people.watches:
            return
        self.communication.rest()
        self.people.rest()
        self.channel.resume()
        self.me.rest()

    def sweep(self) -> None:
        """See ``Parts``."""
        self.me.sweep()
        self.people.sweep()

    def close(self) -> None:
        """See ``Parts``."""
        self.people.close()
        super().close()

    def shown(self, online_meetings: Resource) -> Resource:
        """The resource itself."""
        parts = {
            "me": self.me.overview,
            "people": self.people.overview,
            "onlineMeetings": online_meetings,
            "communication": self.communication.overview,
        }
        return embedding(self.own("policies"), parts)

    def policies(self) -> Resource:
        """What is allowed to everybody here."""
        return resource("policies", {"self": f"{self.session.path}/policies"}, _POLICIES)


AnyApplication = Application | GuestApplication


def build(session: Session, person: Person, verbs: Verbs) -> AnyApplication:
    """The application of a session."""
    if session.guest is not None:
        return GuestApplication(session, person, verbs, session.guest)
    return Application(session, person, verbs)
