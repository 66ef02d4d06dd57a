"""Which handler answers which path of the Lync side's web services."""

from __future__ import annotations

from dataclasses import dataclass

from samband.lync.web.address_book import AddressBookFiles, AddressBookService
from samband.lync.web.certificates import CertProvisioningService
from samband.lync.web.discovery import Discovery
from samband.lync.web.metadata import MetadataDocument
from samband.lync.web.places import ADDRESS_BOOK_FILES, WebPlaces
from samband.lync.web.tickets import WebTicketService
from samband.lync.web.token_service import TokenService
from samband.wire.http import HttpHandler
from samband.wire.web_auth import metadata


@dataclass(frozen=True, slots=True)
class WebServices:
    """The doors, as ``serve`` builds them."""

    places: WebPlaces
    tickets: WebTicketService
    certificates: CertProvisioningService
    discovery: Discovery
    tokens: TokenService


def paths(web: WebServices) -> dict[str, HttpHandler]:
    """Path in lower case to handler, on every host name of the web services."""
    places = web.places
    ticket_metadata = MetadataDocument(places.host, metadata.ticket_service(places.ticket_service))
    certificate_metadata = MetadataDocument(
        places.host, metadata.certificate_service(places.certificate_port, places.ticket_service)
    )
    return {
        "/webticket/webticketservice.svc": web.tickets,
        "/webticket/webticketservice.svc/mex": ticket_metadata,
        "/webticket/oauthtoken": web.tokens,
        "/certprov/certprovisioningservice.svc": web.certificates,
        "/certprov/certprovisioningservice.svc/webticket_proof_sha1": web.certificates,
        "/certprov/certprovisioningservice.svc/mex": certificate_metadata,
        "/autodiscover/autodiscoverservice.svc/root": web.discovery.root,
        "/autodiscover/autodiscoverservice.svc/root/domain": web.discovery.domain,
        "/autodiscover/autodiscoverservice.svc/root/user": web.discovery.user,
        "/autodiscover/autodiscoverservice.svc/root/oauth/user": web.discovery.oauth_user,
    }


def address_book_paths(
    places: WebPlaces, service: AddressBookService, files: AddressBookFiles
) -> dict[str, HttpHandler]:
    """The same for the address book, where it is published; ``/*`` at the end stands for everything below."""
    document = metadata.address_book_service(places.address_book_port, places.ticket_service)
    return {
        "/groupexpansion/service.svc": service,
        "/groupexpansion/service.svc/webticket_bearer": service,
        "/groupexpansion/service.svc/mex": MetadataDocument(places.host, document),
        ADDRESS_BOOK_FILES: files,
        f"{ADDRESS_BOOK_FILES}/*": files,
    }


def discovery_paths(web: WebServices) -> dict[str, HttpHandler]:
    """The same for ``places.discover``, host names that clients ask without knowing a path."""
    return {"/": web.discovery.root}
