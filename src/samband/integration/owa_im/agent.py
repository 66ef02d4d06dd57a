"""One user of the web client as an endpoint of Lync: signed in, seen, and seeing others [MS-SIPREGE; MS-PRES]."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import uuid
import zlib
from collections.abc import Callable, Coroutine, Iterable

from samband.integration.owa_im.line import TIMEOUT, Line, LineDown
from samband.integration.owa_im.roster import Roster, StaleList
from samband.integration.owa_im.talks import Talks
from samband.integration.owa_im.watches import LIFE, Refused, Watch
from samband.model.im_client import CHOICES, ImNews
from samband.model.people import Person
from samband.model.presence import AVAILABLE, USER_STATE_INSTANCE
from samband.wire.presence.batch import BatchAction, ResourceDocument, write_batch
from samband.wire.presence.contact_operations import DeleteContact, SetContact, write_operation
from samband.wire.presence.fault import read_fault
from samband.wire.presence.multipart import read_multipart
from samband.wire.presence.names import (
    BATCH_TYPE,
    CATEGORIES_TYPE,
    PUBLISH_TYPE,
    RLMI_TYPE,
    ROAMING_CONTACTS_TYPE,
    ROAMING_SELF_TYPE,
    SOAP_TYPE,
)
from samband.wire.presence.publish import PublicationDocument, write_publish
from samband.wire.presence.roaming_self import CATEGORIES, read_roaming_data, write_roaming_list
from samband.wire.presence.state import StateDocument, write_state
from samband.wire.sip.address import parse_address, quote_string
from samband.wire.sip.message import Headers, SipMessage, SipRequest, SipResponse
from samband.wire.xml.reading import Malformed, SchemaViolation

log = logging.getLogger(__name__)

AGENT = "Samband-OWA"
FAREWELL = 3.0
"""Seconds that signing out waits for its answer: a server that stops waits for it too."""
AT_ONCE = 100
"""How many people one request asks to watch."""
_SEEN = ("calendarData", "contactCard", "note", "state")
_CONTAINERS = (2, 3)
"""From which states are aggregated."""
_METHODS = "INVITE, MESSAGE, INFO, SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, ACK, BENOTIFY"


class Agent:
    """Signed in by ``sign_in``, renewed by ``refresh``; ``fell`` hears that Lync signed it out.

    ``talks`` are the user's, and outlive it; ``words``: fresh random words; ``tell`` hears what is new.
    """

    def __init__(
        self,
        person: Person,
        line: Line,
        talks: Talks,
        words: Callable[[], str],
        tell: Callable[[ImNews], None],
        fell: Callable[[], None],
    ) -> None:
        self.person = person
        self.line = line
        self.address = person.proxy_sip.lower()
        self._words = words
        self._fell = fell
        self._instance = str(uuid.uuid5(uuid.NAMESPACE_URL, f"owa:{person.objectGUID}:{words()}"))
        self._epid = self._instance[-12:]
        self._tag = words()
        self._gruu = ""
        self._registering = (words(), 0)
        self._versions: dict[tuple[str, int, int], int] = {}
        self._publishing = asyncio.Lock()
        self.roster = Roster(self.address, tell)
        self.talks = talks
        self.connection = 0
        """The number of the connection it is registered over."""
        watch = self._watch
        self._contacts = watch("vnd-microsoft-roaming-contacts", ROAMING_CONTACTS_TYPE)
        self._self = watch("vnd-microsoft-roaming-self", ROAMING_SELF_TYPE)
        self._presence = watch("presence", f"{CATEGORIES_TYPE}, {RLMI_TYPE}, multipart/related")
        self._watches = {one.call_id: one for one in (self._contacts, self._self, self._presence)}
        self._tasks: set[asyncio.Task[None]] = set()

    def _watch(self, event: str, accept: str) -> Watch:
        return Watch(self, event, accept, self._document, self._words())

    # --- what its parts ask

    @property
    def contact(self) -> str:
        """The Contact of requests: this endpoint alone."""
        return f"<{self._gruu}>" if self._gruu else self._bound()

    def _bound(self) -> str:
        host, port = self.line.local
        host = f"[{host}]" if ":" in host else host
        return f"<sip:{host}:{port};transport=tls;ms-opaque={self._epid}>"

    def name_of(self, address: str) -> str:
        """What somebody is called."""
        return self.roster.name_of(address)

    def request(self, method: str, uri: str, call_id: str, number: int = 1) -> SipRequest:
        """A request of this user outside of any dialog."""
        own = f"<sip:{self.address}>"
        name = f"{quote_string(self.person.displayName)} " if self.person.displayName else ""
        headers: Headers = {
            "From": [f"{name}{own};tag={self._tag};epid={self._epid}"],
            "To": [f"<{uri}>"],
            "Call-ID": [call_id],
            "CSeq": [f"{number} {method}"],
            "Max-Forwards": ["70"],
            "User-Agent": [AGENT],
        }
        return SipRequest(method, uri, headers)

    # --- signing in and out

    async def sign_in(self) -> None:
        """Register, read the lists, be seen, and see. Raises ``Refused``, ``LineDown``."""
        self.connection = self.line.number
        self.line.hearers[self.address] = self._hear
        self.talks.speaker = self
        await self._register(LIFE)
        await self._self.ask(write_roaming_list([CATEGORIES]), "application/vnd-microsoft-roaming-self+xml")
        await self._contacts.ask()
        await self._see(self.roster.watched())
        await self._publish([self._machine(container) for container in _CONTAINERS])

    async def refresh(self) -> None:
        """Begin another life of all of it. Raises ``Refused``, ``LineDown``."""
        await self._register(LIFE)
        for watch in self._watches.values():
            await watch.renew()

    async def sign_out(self) -> None:
        """Leave, as well as the connection allows."""
        self.talks.end()
        await self.talks.ended()
        try:
            await self._register(0, FAREWELL)
        except (Refused, LineDown) as problem:
            log.info("%s could not sign out of Lync: %s", self.address, problem)
        self.forget()

    def forget(self) -> None:
        """Take no part any more."""
        for task in self._tasks:
            task.cancel()
        if self.line.hearers.get(self.address) == self._hear:
            del self.line.hearers[self.address]
        if self.talks.speaker is self:
            self.talks.speaker = None

    async def _register(self, seconds: int, timeout: float = TIMEOUT) -> None:
        call_id, number = self._registering
        self._registering = (call_id, number + 1)
        domain = self.address.rpartition("@")[2]
        request = self.request("REGISTER", f"sip:{domain}", call_id, number + 1)
        request.headers["To"] = [f"<sip:{self.address}>"]
        instance = f'+sip.instance="<urn:uuid:{self._instance}>"'
        request.put("Contact", f'{self._bound()};methods="{_METHODS}";proxy=replace;{instance}')
        request.put("Supported", "gruu-10, adhoclist, msrtc-event-categories").put("Event", "registration")
        request.put("Expires", str(seconds))
        response = await self.line.ask(request, timeout)
        if response.status >= 300:
            raise Refused(response)
        if seconds:
            self._gruu = parse_address(response.get("Contact") or "<sip:nobody>").params.get("gruu", "")

    # --- what comes in

    def _hear(self, request: SipRequest) -> None:
        if request.method in ("BENOTIFY", "NOTIFY"):
            if request.method == "NOTIFY":
                self.line.answer(request, 200)
            self._notified(request)
        elif request.method == "OPTIONS":
            self.line.answer(request, 200, fields={"Allow": [_METHODS]})
        elif not self.talks.hear(request):
            self.line.answer(request, 405, fields={"Allow": [_METHODS]})

    def _notified(self, request: SipRequest) -> None:
        watch = self._watches.get(request.call_id)
        if watch is not None:
            watch.heard(request)
            ended = (request.get("Subscription-State") or "").startswith("terminated")
        else:
            ended = (request.get("Event") or "") == "registration-notify"
        if ended:
            self._fell()

    def _document(self, message: SipMessage) -> None:
        kind = message.get("Content-Type") or ""
        try:
            if kind.lower().startswith("multipart/"):
                for part in read_multipart(kind, message.body):
                    self._take(part.content_type, part.body)
            else:
                self._take(kind, message.body)
        except (Malformed, SchemaViolation) as problem:
            log.warning("a document of the Lync side cannot be read: %s", problem)

    def _take(self, content_type: str, body: bytes) -> None:
        kind = content_type.partition(";")[0].strip().lower()
        if kind == CATEGORIES_TYPE:
            self.roster.take_categories(body)
        elif kind == ROAMING_SELF_TYPE:
            self._learn(body)
        elif kind == ROAMING_CONTACTS_TYPE:
            try:
                new = self.roster.take_contacts(body)
            except StaleList:
                self._start(self._contacts.renew())
            else:
                if self._gruu and new:
                    self._start(self._see(new))

    # --- presence

    async def _see(self, people: Iterable[str]) -> None:
        wanted = list(people)
        for first in range(0, len(wanted), AT_ONCE):
            some = tuple(ResourceDocument(f"sip:{one}") for one in wanted[first : first + AT_ONCE])
            action = BatchAction("subscribe", str(zlib.crc32(self._words().encode())), some, _SEEN)
            body = write_batch(f"sip:{self.address}", [action])
            await self._presence.ask(body, BATCH_TYPE, "adhoclist, categorylist")

    def _machine(self, container: int) -> PublicationDocument:
        state = StateDocument(kind="machineState", availability=AVAILABLE, device="web", endpoint=self._instance)
        instance = 0x30000000 | zlib.crc32(self._epid.encode()) & 0x0FFFFFFF
        return PublicationDocument(
            category="state", instance=instance, container=container, content=write_state(state), expire_type="endpoint"
        )

    async def choose(self, choice: str) -> None:
        """Be what the user wants to be, one of ``CHOICES``. Raises ``Refused``, ``LineDown``."""
        availability = CHOICES[choice]
        publications = []
        for container in _CONTAINERS:
            there = ("state", USER_STATE_INSTANCE, container) in self._versions
            if availability is None and not there:
                continue
            state = StateDocument(kind="userState", availability=availability, manual=True)
            publications.append(
                PublicationDocument(
                    category="state",
                    instance=USER_STATE_INSTANCE,
                    container=container,
                    expire_type="static",
                    expires=0 if availability is None else None,
                    content="" if availability is None else write_state(state),
                )
            )
        if publications:
            await self._publish(publications)

    async def _publish(self, publications: list[PublicationDocument]) -> None:
        async with self._publishing:
            for _ in range(3):
                versioned = [_at(one, self._versions.get(_key(one), 0)) for one in publications]
                response = await self._serve(PUBLISH_TYPE, write_publish(f"sip:{self.address}", versioned))
                if response.status != 409:
                    break
                self._catch_up(publications, response)
            if response.status >= 300:
                raise Refused(response)
            self._document(response)

    def _catch_up(self, publications: list[PublicationDocument], response: SipResponse) -> None:
        """Another endpoint published since: take the versions that Lync has."""
        try:
            _, stale = read_fault(response.body)
        except (Malformed, SchemaViolation):
            raise Refused(response) from None
        for one in stale:
            if 0 < one.index <= len(publications):
                self._versions[_key(publications[one.index - 1])] = one.current

    def _learn(self, body: bytes) -> None:
        """Note the versions of what is published: in a category that is told, what is not there is gone."""
        told = read_roaming_data(body).categories
        if told is None:
            return
        names = {one.name for one in told}
        self._versions = {key: version for key, version in self._versions.items() if key[0] not in names}
        for one in told:
            if one.instance is not None:
                self._versions[one.name, one.instance, one.container] = one.version

    # --- the contact list

    async def add_contact(self, address: str, name: str) -> None:
        """Put somebody on the list. Raises ``Refused``, ``LineDown``."""
        group = next((number for number, title in self.roster.groups.items() if title == "~"), None)
        groups = () if group is None else (group,)
        await self._change(SetContact(delta=self.roster.delta, address=address, name=name, groups=groups))

    async def remove_contact(self, address: str) -> None:
        """Take somebody off the list. Raises ``Refused``, ``LineDown``."""
        await self._change(DeleteContact(delta=self.roster.delta, address=address))

    async def _change(self, operation: SetContact | DeleteContact) -> None:
        response = await self._serve(SOAP_TYPE, write_operation(operation))
        if response.status >= 300:
            raise Refused(response)

    async def _serve(self, content_type: str, body: str) -> SipResponse:
        request = self.request("SERVICE", f"sip:{self.address}", self._words())
        request.body = body.encode()
        return await self.line.ask(request.put("Content-Type", content_type).put("Contact", self.contact))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="instant messaging")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(task.exception(), Refused | LineDown):
            log.info("%s could not be told of everybody: %s", self.address, task.exception())
        elif not task.cancelled() and task.exception() is not None:
            log.error("instant messaging failed", exc_info=task.exception())


def _key(publication: PublicationDocument) -> tuple[str, int, int]:
    return (publication.category, publication.instance, publication.container)


def _at(publication: PublicationDocument, version: int) -> PublicationDocument:
    return dataclasses.replace(publication, version=version)
