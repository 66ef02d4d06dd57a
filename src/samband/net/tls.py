"""TLS contexts for listeners and for outgoing calls."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def server_context(chain: Path, key: Path, peers: Path | None = None) -> ssl.SSLContext:
    """A listener's context: TLS 1.2 and newer, the chain and key in PEM files. Raises ``OSError``.

    With ``peers`` (authorities in PEM) clients are asked for a certificate too. They may have none; one that these
    authorities did not issue ends the handshake.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(chain, key)
    if peers is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
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
