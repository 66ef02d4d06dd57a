"""The address book's services: a web query for whoever brings a web ticket, the photos it names, and the whole book."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from samband.lync.actions.address_book import AddressBook
from samband.lync.web.address_book_file import NAME as FILE
from samband.lync.web.address_book_file import AddressBookFile
from samband.lync.web.answers import answer, refuse
from samband.lync.web.places import WebPlaces
from samband.model.address_book import ATTRIBUTES, Query
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.http import HttpAuthenticator
from samband.trust.web_tickets import HEADER, WebTickets
from samband.wire.address_book import SEARCH, read_search, write_found
from samband.wire.http import HttpRequest, HttpResponse, is_known
from samband.wire.soap.envelope import CONTENT_TYPE, Envelope, read_envelope, write_envelope
from samband.wire.web_auth.faults import BAD_REQUEST, NO_TOKEN, NOT_ENABLED, WebFault
from samband.wire.web_auth.security import SECURITY, read_bearer
from samband.wire.xml.reading import Malformed, SchemaViolation, parse

log = logging.getLogger(__name__)
_LARGEST = 64 * 1024
_NO_OPERATION = WebFault(500, 28020, "InvalidRequest", "The address book is asked by SearchAbEntry.", trust=True)
_PHOTO = re.compile(r"/photos/([0-9A-Za-z-]{1,64})\.jpg", re.ASCII | re.IGNORECASE)
_FRESH = "private, max-age=3600"


class AddressBookService:
    """Answers SearchAbEntry."""

    def __init__(self, places: WebPlaces, tickets: WebTickets, book: AddressBook) -> None:
        self._host = places.host
        self._tickets = tickets
        self._book = book

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        if request.method != "POST":
            return answer(self._host, 405, Allow="POST")
        try:
            envelope = read_envelope(parse(request.body, _LARGEST))
            refused = self._refused(envelope)
            if refused is not None:
                return refuse(self._host, refused)
            asked = read_search(envelope.operation)
        except (Malformed, SchemaViolation) as error:
            log.info("malformed query of the address book from %s: %s", request.connection.peer_host, error)
            return refuse(self._host, BAD_REQUEST)
        found = await self._book.find([Query(*query) for query in asked.queries], asked.limit)
        wanted = {name.lower() for name in asked.wanted}
        told = [_chosen(self._told(person), wanted) for person in found.people]
        return answer(self._host, 200, CONTENT_TYPE, write_envelope(write_found(told)), Cache_Control="no-store")

    def _refused(self, envelope: Envelope) -> WebFault | None:
        header = envelope.headers.get(SECURITY)
        if header is None:
            return NO_TOKEN
        try:
            ticket = self._tickets.check(read_bearer(header))
        except Denied as denied:
            log.info("refused a web ticket: %s", denied.reason)
            return NO_TOKEN
        if not ticket.person.sip:
            return NOT_ENABLED
        return None if envelope.operation.tag == SEARCH else _NO_OPERATION

    def _told(self, person: Person) -> dict[str, tuple[tuple[str, ...], bool]]:
        told = {row.name: (row.values(person), row.several) for row in ATTRIBUTES}
        photo = self._book.photo(person)
        if photo:
            told["photoRelPath"] = ((f"photos/{person.objectGUID}.jpg",), False)
            told["photoHash"] = ((person.photo_hash,), False)
            told["photoSize"] = ((str(len(photo)),), False)
        return told


def _chosen(
    told: Mapping[str, tuple[tuple[str, ...], bool]], wanted: set[str]
) -> dict[str, tuple[tuple[str, ...], bool]]:
    return {name: values for name, values in told.items() if not wanted or name.lower() in wanted}


class AddressBookFiles:
    """What is below the address that clients are told for downloads: the photos that the web query names, and the
    whole book as vCards.

    The files in the product's own form are not made here, so they are not there for anybody.
    """

    def __init__(
        self, places: WebPlaces, tickets: WebTickets, authenticator: HttpAuthenticator, book: AddressBook
    ) -> None:
        """Who brings no web ticket is asked for another proof."""
        self._tickets = tickets
        self._authenticator = authenticator
        self._book = book
        self._host = places.host
        self._file = AddressBookFile(book, places.address_book_files, places.host)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        if request.method not in ("GET", "HEAD"):
            return answer(self._host, 405, Allow="GET, HEAD")
        refused = await self._refused(request)
        if refused is not None:
            return refused
        if request.path.lower().endswith(f"/{FILE}"):
            return await self._file.answer(request)
        named = _PHOTO.search(request.path)
        found = self._book.photo_of(named[1].lower()) if named is not None else None
        if found is None:
            return answer(self._host, 404)
        person, photo = found
        known = is_known(request.headers.get("If-None-Match"), person.photo_hash)
        response = answer(self._host, 304) if known else answer(self._host, 200, "image/jpeg", photo)
        response.headers += [("ETag", f'"{person.photo_hash}"'), ("Cache-Control", _FRESH)]
        return response

    async def _refused(self, request: HttpRequest) -> HttpResponse | None:
        if HEADER in request.headers:
            try:
                caller = self._tickets.caller(request)
            except Denied as denied:
                log.info("refused a web ticket: %s", denied.reason)
                return self._authenticator.refusal(request)
        else:
            proved = await self._authenticator.authenticate(request)
            if isinstance(proved, HttpResponse):
                return proved
            caller = proved
        return None if caller.person is not None and caller.person.sip else answer(self._host, 403)
