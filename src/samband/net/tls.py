"""TLS contexts for listeners and for outgoing calls."""

from __future__ import annotations

import asyncio
import hashlib
import select
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def server_context(chain: Path, key: Path, peers: Path | None = None) -> ssl.SSLContext:
    """A listener's context: TLS 1.2 and newer, the chain and key in PEM files. Raises ``OSError``.

    With ``peers`` (authorities in PEM) who shows no certificate that these issued gets no connection.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(chain, key)
    if peers is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(peers)
    return context


def client_context(authorities: Path | None, own: Path | None = None) -> ssl.SSLContext:
    """A caller's context: the machine's authorities, and the site's own in a PEM file. Raises ``OSError``.

    ``own``: the caller's chain and key in one PEM file, which it shows to servers that ask for it.
    """
    context = ssl.create_default_context()
    if authorities is not None:
        context.load_verify_locations(authorities)
    if own is not None:
        context.load_cert_chain(own)
    return context


def partner_listener_context(own: Path, authorities: str) -> ssl.SSLContext:
    """A listener's context for other organisations' servers: who shows no good certificate gets no connection.

    ``own``: the chain and key in one PEM file. ``authorities`` (PEM, or empty) count beside the machine's. Raises
    ``OSError``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(own)
    context.verify_mode = ssl.CERT_REQUIRED
    # A resumed session would tell nothing of the chain that was checked when it began.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    trust(context, authorities)
    return context


class PartnerListener:
    """A listener's context for other organisations' servers, in which what counts can be changed."""

    def __init__(self, own: Path, authorities: str) -> None:
        """See ``partner_listener_context``."""
        self._own = own
        self._now = partner_listener_context(own, authorities)
        self.context: Final = partner_listener_context(own, authorities)
        """What to listen with: it hands each handshake over to the one that counts now."""
        self.context.sni_callback = self._hand_over

    def trust(self, authorities: str) -> None:
        """Take certificates of these authorities and no others from the next handshake on. Raises ``OSError``.

        What a context has taken in it never lets go: another one takes its place.
        """
        self._now = partner_listener_context(self._own, authorities)

    def _hand_over(self, connection: ssl.SSLObject, _name: str, _context: ssl.SSLContext) -> None:
        connection.context = self._now


def partner_caller_context(own: Path, authorities: str) -> ssl.SSLContext:
    """A caller's context for one partner: with ``authorities`` (PEM) only these count, else the machine's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(own)
    if authorities:
        trust(context, authorities)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def trust(context: ssl.SSLContext, authorities: str) -> None:
    """Take certificates of these authorities (PEM; none: nothing changes) from the next handshake on."""
    if authorities:
        context.load_verify_locations(cadata=authorities)


def fingerprints(authorities: str) -> frozenset[str]:
    """SHA-256, in hex, of every certificate in a PEM text."""
    blocks = authorities.split(_END)[:-1]
    return frozenset(
        _fingerprint(ssl.PEM_cert_to_DER_cert(f"{_BEGIN}{one.partition(_BEGIN)[2]}{_END}")) for one in blocks
    )


def chain_fingerprints(connection: object) -> frozenset[str]:
    """SHA-256, in hex, of every certificate of the checked chain of a TLS connection; none where nothing was checked.

    ``connection``: an ``ssl.SSLObject``.
    """
    # Python has a public name for it from 3.13 on.
    inner = getattr(connection, "_sslobj", None)
    chain = inner.get_verified_chain() if inner is not None else None
    return frozenset(_fingerprint(ssl.PEM_cert_to_DER_cert(one.public_bytes())) for one in chain or ())


def _fingerprint(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()


def host_names(certificate: Mapping[str, Any] | None) -> frozenset[str]:
    """The DNS names, in lower case, of a checked certificate in the form of ``SSLSocket.getpeercert``."""
    found = (certificate or {}).get("subjectAltName", ())
    return frozenset(value.lower() for kind, value in found if kind == "DNS")


def chain_context(authorities: Path | None) -> ssl.SSLContext:
    """A caller's context that judges who issued a certificate, not for which name. Raises ``OSError``."""
    context = client_context(authorities)
    context.check_hostname = False
    return context


def unchecked_client_context() -> ssl.SSLContext:
    """A caller's context that takes any certificate: for mail that would else go in the clear."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_ENDS = getattr(select, "POLLRDHUP", 0)
"""Where the system has no such event it tells of connections that are broken, and not of those that were ended."""


def peer_has_left(transport: asyncio.BaseTransport) -> bool:
    """Whether the other end of a connection is closed, which its transport may not have told yet.

    uvloop tells of a TLS connection's end when what it was given has left, if ever, and complains in the log of what it
    is given after that end.
    """
    opened = transport.get_extra_info("socket")
    if opened is None:
        return False
    look = select.poll()
    look.register(opened.fileno(), _ENDS)
    return bool(look.poll(0))
