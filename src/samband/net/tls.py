"""TLS contexts for listeners and for outgoing calls."""

from __future__ import annotations

import ssl
from pathlib import Path


def server_context(chain: Path, key: Path) -> ssl.SSLContext:
    """A listener's context: TLS 1.2 and newer, the chain and key in PEM files. Raises ``OSError``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(chain, key)
    return context


def client_context(authorities: Path | None) -> ssl.SSLContext:
    """A caller's context: the machine's authorities, and the site's own in a PEM file. Raises ``OSError``."""
    context = ssl.create_default_context()
    if authorities is not None:
        context.load_verify_locations(authorities)
    return context


def unchecked_client_context() -> ssl.SSLContext:
    """A caller's context that takes any certificate: for mail that would else go in the clear."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
