"""``me``: the owner of an application, available or not, their presence and note."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from samband.lync.actions.audience import OwnUpdate
from samband.lync.actions.im import HTML, PLAIN, ImEndpoint, ImListener, ImMeeting
from samband.lync.actions.own_presence import LONGEST_LOCATION, LONGEST_NOTE
from samband.lync.actions.presence import Published
from samband.lync.actions.watches import OwnWatch
from samband.lync.ucwa.availability import CHOICES, shown, shown_note
from samband.lync.ucwa.call import Call, not_allowed, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.part import Place
from samband.model.people import Person
from samband.model.phone_numbers import tel_uri
from samband.model.presence import AVAILABLE, AWAY, IDLE
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Kind
from samband.wire.ucwa.messages import FORMATS
from samband.wire.ucwa.resources import Resource, resource

STILL = timedelta(minutes=5)
"""Without a report of activity for so long somebody is shown as inactive, unless they say how long it is to be, and
after so long again as away.
"""
_SHORTEST, _LONGEST = 1, 360
"""Minutes that they may say."""
_LONGEST_NUMBER = 100
_MODALITIES = (
    "Messaging",
    "PhoneAudio",
    "Audio",
    "Video",
    "Panoramic Video",
    "PanoramicVideo",
    "DataCollaboration",
    "ApplicationSharing",
)
_OWN = ("presence", "note", "location")


class Me:
    """Serves what is below ``me``; see also ``owner.Owner``."""

    calls = True

    def __init__(self, place: Place, hear: ImListener) -> None:
        self._place = place
        self._verbs = place.verbs
        self._hear = hear
        self._watch: OwnWatch | None = None
        self._active: datetime = place.verbs.clock()
        self._shown = AVAILABLE
        self._still = STILL
        self.endpoint: ImEndpoint | None = None
        """Once the owner was made available."""
        self.modalities: list[str] = []
        self.formats: list[str] = ["Plain"]
        self.changed: Callable[[], None] = lambda: None

    @property
    def overview(self) -> Resource:
        """The resource itself."""
        person = self._place.person
        values: dict[str, object] = {
            "name": person.displayName,
            "uri": f"sip:{person.sip}",
            "emailAddresses": [person.mail] if person.mail else [],
            "title": person.title,
            "company": person.company,
            "department": person.department,
            "officeLocation": person.physicalDeliveryOfficeName,
            "workPhoneNumber": tel_uri(person.telephoneNumber),
            "mobilePhoneNumber": tel_uri(person.mobile),
        }
        words = ("makeMeAvailable",) if self.endpoint is None else (*_OWN, "reportMyActivity")
        links = {"self": self._place.link("me")} | {word: self._place.link("me", word) for word in words}
        if self._place.verbs.book.photo(person):
            links["photo"] = self._place.link("photos", person.sip)
        found = resource("me", links, {name: value for name, value in values.items() if value != ""})
        if self.endpoint is None:
            found["_links"]["makeMeAvailable"]["revision"] = "2"
        return found

    async def serve(self, call: Call) -> HttpResponse:
        """Answer one request. Raises ``UcwaError`` and ``Failure``."""
        words = [word.lower() for word in call.rest[1:]]
        match words:
            case []:
                call.only("GET")
                return show(self.overview)
            case ["makemeavailable"]:
                call.only("POST")
                return self._make_available(call)
            case ["presence" | "note" | "location" | "reportmyactivity"]:
                endpoint = self._needed()
                if words[0] == "reportmyactivity":
                    call.only("POST")
                    return self._report(endpoint)
                return await self._own(call, words[0], endpoint)
        raise UcwaError("NotFound", "There is nothing at this address")

    def _needed(self) -> ImEndpoint:
        if self.endpoint is None:
            raise UcwaError("Conflict", "Nobody is available here yet", "MakeMeAvailableRequired")
        return self.endpoint

    # --- available

    def _make_available(self, call: Call) -> HttpResponse:
        if self.endpoint is not None:
            raise UcwaError("Conflict", "That was done before", "AlreadyExists")
        body = properties(call.request)
        choice = inputs.one_of(body, "signInAs", CHOICES)
        still = inputs.span(body, "inactiveTimeout", _SHORTEST, _LONGEST)
        inputs.one_of(body, "audioPreference", ("PhoneAudio", "VoipAudio"))
        inputs.text(body, "phoneNumber", _LONGEST_NUMBER)
        modalities = inputs.words(body, "supportedModalities", 16)
        formats = inputs.words(body, "supportedMessageFormats", 8) or ["Plain"]
        for name, found, known in (
            ("supportedModalities", modalities, _MODALITIES),
            ("supportedMessageFormats", formats, FORMATS),
        ):
            if unknown := {word.lower() for word in found} - {word.lower() for word in known}:
                raise inputs.wrong(name, f"there is no {', '.join(sorted(unknown))}")
        self.formats = [word for word in FORMATS if word.lower() in {one.lower() for one in formats}]
        self.modalities = ["Messaging"] if "messaging" in {one.lower() for one in modalities} else []
        self._still = still or STILL
        self._sign_in(call.person, choice)
        return HttpResponse(204)

    def _sign_in(self, person: Person, choice: str) -> None:
        session = self._place.session
        kinds = tuple(kind for kind in (PLAIN, HTML) if kind in {FORMATS[word] for word in self.formats})
        self.endpoint = self._verbs.im.sign_in(
            person, session.name, session.agent, kinds if self.modalities else (), self._hear
        )
        self._active, self._shown = self._verbs.clock(), AVAILABLE
        self._verbs.own.at_device(person, self.endpoint.key, AVAILABLE)
        if choice:
            self._verbs.own.choose(person, self.endpoint.key, *CHOICES[choice])
        self._watch = self._verbs.presence.follow(person, "", self._changed)
        self._told("added")

    def _changed(self, update: OwnUpdate) -> None:
        me = self._place.reference("me", "me")
        for category, word in (("state", "presence"), ("note", "note")):
            if update.categories is not None and category in update.categories:
                self._place.tell(me, "updated", self._place.reference(word, "me", word), Urgency.MEDIUM)

    def rest(self) -> None:
        """Be available no longer, and tell."""
        if self.endpoint is None:
            return
        self.close()
        self.modalities = []
        self._told("deleted")

    def _told(self, kind: Kind) -> None:
        """Tell what has come with being available, or gone with it."""
        self.changed()
        place = self._place
        me = place.reference("me", "me")
        place.tell(me, "updated", me, Urgency.MEDIUM)
        for word in _OWN:
            place.tell(me, kind, place.reference(word, "me", word), Urgency.MEDIUM)

    def close(self) -> None:
        """Nobody is available here any more."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        endpoint, self.endpoint = self.endpoint, None
        if endpoint is not None:
            endpoint.sign_out()

    async def join(self, endpoint: ImEndpoint, focus: str, body: dict[str, Any]) -> ImMeeting:
        """See ``owner.Owner``."""
        return await endpoint.join(focus)

    # --- activity

    def _report(self, endpoint: ImEndpoint) -> HttpResponse:
        self._stir(endpoint)
        return HttpResponse(204)

    def _stir(self, endpoint: ImEndpoint) -> None:
        self._active = self._verbs.clock()
        self._show(self._place.person, endpoint, AVAILABLE)

    def sweep(self) -> None:
        """Whoever reports no activity is inactive, then away."""
        person = self._verbs.directory.by_guid(self._place.session.owner)
        if self.endpoint is not None and person is not None:
            still = self._verbs.clock() - self._active
            availability = AVAILABLE if still < self._still else IDLE if still < self._still + STILL else AWAY
            self._show(person, self.endpoint, availability)

    def _show(self, person: Person, endpoint: ImEndpoint, availability: int) -> None:
        if availability != self._shown:
            self._shown = availability
            self._verbs.own.at_device(person, endpoint.key, availability)

    # --- presence, note, location

    async def _own(self, call: Call, word: str, endpoint: ImEndpoint) -> HttpResponse:
        if call.method == "POST":
            published = self._publish(call, word, endpoint)
            if published.saved is not None:
                await published.saved
            return HttpResponse(204)
        if call.method not in ("GET", "HEAD"):
            raise not_allowed("GET, POST")
        own, person = self._verbs.own, call.person
        values: dict[str, str]
        if word == "presence":
            values = shown(own.state(person))
        elif word == "note":
            values = shown_note(own.note(person))
        else:
            values = {"location": own.location(person, endpoint.key)}
        return show(resource(word, {"self": call.link("me", word)}, values))

    def _publish(self, call: Call, word: str, endpoint: ImEndpoint) -> Published:
        body, own = properties(call.request), self._verbs.own
        if word == "note":
            return own.say(call.person, endpoint.key, inputs.text(body, "message", LONGEST_NOTE))
        if word == "location":
            where = inputs.text(body, "location", LONGEST_LOCATION)
            published = own.at_device(call.person, endpoint.key, self._shown, location=where)
            me = self._place.reference("me", "me")
            self._place.tell(me, "updated", self._place.reference("location", "me", "location"), Urgency.MEDIUM)
            return published
        choice = inputs.one_of(body, "availability", CHOICES)
        self._stir(endpoint)
        return own.choose(call.person, endpoint.key, *(CHOICES[choice] if choice else (None,)))
