"""Where the web services of the Lync side are."""

from __future__ import annotations

from dataclasses import dataclass

from samband.wire.lyncdiscover import SipAccess

ADDRESS_BOOK_FILES = "/abs/handler"


@dataclass(frozen=True, slots=True)
class WebPlaces:
    """Names and addresses: ``base`` is ``https://host[:port]`` of the web services, ``host`` its name alone.

    ``discover`` are the host names on which ``/`` is discovery, ``internal`` those of them that clients use from
    within; ``domains`` are the SIP domains served; ``ucwa`` is where UCWA is, empty where it is not served; ``grants``
    are what the token service takes.
    """

    base: str
    host: str
    sip: SipAccess
    domains: tuple[str, ...]
    discover: frozenset[str]
    internal: frozenset[str]
    ucwa: str = ""
    grants: tuple[str, ...] = ()

    @property
    def ticket_service(self) -> str:
        return f"{self.base}/WebTicket/WebTicketService.svc"

    @property
    def token_service(self) -> str:
        return f"{self.base}/WebTicket/oauthtoken"

    @property
    def certificate_service(self) -> str:
        return f"{self.base}/CertProv/CertProvisioningService.svc"

    @property
    def certificate_port(self) -> str:
        """Where certificate requests signed with a ticket's key go."""
        return f"{self.certificate_service}/WebTicket_Proof_SHA1"

    @property
    def discovery(self) -> str:
        return f"{self.base}/Autodiscover/AutodiscoverService.svc/root"

    @property
    def address_book(self) -> str:
        """Where the address book is asked: group expansion's service, as its clients call it."""
        return f"{self.base}/GroupExpansion/service.svc"

    @property
    def address_book_port(self) -> str:
        """Where requests go that bring a ticket and no signature."""
        return f"{self.address_book}/WebTicket_Bearer"

    @property
    def address_book_files(self) -> str:
        """Below which photos are, and the whole book."""
        return self.base + ADDRESS_BOOK_FILES
