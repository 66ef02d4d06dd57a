"""``directorySearch``: the address book by SIP, for clients that have no web query, or are told of none [MS-PRES]."""

from __future__ import annotations

from samband.lync.actions.address_book import AddressBook
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.services import Services
from samband.model.address_book import Query
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.presence.directory_search import FoundRow, read_directory_search, write_directory_found
from samband.wire.presence.names import SOAP_TYPE


class DirectorySearchDoor:
    """Adds the search to ``services``: it is asked of the domain, not of a person."""

    def __init__(self, services: Services, book: AddressBook) -> None:
        self._services = services
        self._book = book
        services.of_site[SOAP_TYPE.lower()] = self.search

    async def search(self, inbound: Inbound, person: Person) -> None:
        """Answer one search."""
        asked = read_directory_search(inbound.request.body)
        if asked is None:
            raise Failure("NotImplemented", "The domain answers no other operation")
        found = await self._book.find([Query((name,), value) for name, value in asked.rows], asked.limit)
        answer = write_directory_found(map(_row, found.people), found.more)
        self._services.answer(inbound, 200, SOAP_TYPE, answer)


def _row(person: Person) -> FoundRow:
    return FoundRow(
        uri=f"sip:{person.sip}",
        displayName=person.displayName,
        title=person.title,
        office=person.physicalDeliveryOfficeName,
        phone=person.telephoneNumber,
        company=person.company,
        email=person.mail,
    )
