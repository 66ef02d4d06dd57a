"""What begins an association of each signing protocol, for the guard to call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from samband.trust.kerberos import Tickets
from samband.trust.ntlm.acceptor import NtlmAcceptor
from samband.trust.sip.association import Begin, SecurityAssociation
from samband.trust.sip.kerberos import KerberosAssociation
from samband.trust.sip.ntlm import NtlmAssociation
from samband.trust.sip.tls_dsk.acceptor import ServerIdentity
from samband.trust.sip.tls_dsk.association import ClientCertificates, TlsDskAssociation
from samband.trust.sip.turns import Turns


def tls_dsk(
    identity: ServerIdentity,
    certificates: ClientCertificates,
    clock: Callable[[], datetime],
    random: Callable[[int], bytes],
) -> Begin:
    """TLS-DSK: ``identity`` is what the server shows, ``certificates`` the record of those issued to clients."""

    def begin(opaque: str, version: int, _address: str) -> SecurityAssociation:
        return TlsDskAssociation(opaque, version, identity, certificates, clock, random)

    return begin


def kerberos(tickets: Tickets, clock: Callable[[], datetime]) -> Begin:
    """Kerberos: ``tickets`` takes those for the service ``sip``."""

    def begin(opaque: str, version: int, _address: str) -> SecurityAssociation:
        return KerberosAssociation(opaque, version, tickets.begin(), clock)

    return begin


def ntlm(acceptor: Callable[[], NtlmAcceptor], turns: Turns, clock: Callable[[], datetime]) -> Begin:
    """NTLM: ``acceptor`` makes one acceptor an exchange."""

    def begin(opaque: str, version: int, address: str) -> SecurityAssociation:
        return NtlmAssociation(opaque, version, acceptor(), turns, address, clock)

    return begin
