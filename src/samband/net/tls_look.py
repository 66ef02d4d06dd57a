"""What certificate a server shows, whether it is good or not, and why not."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from samband.net import tls


@dataclass(frozen=True, slots=True)
class Shown:
    """A server's certificate in DER, and what keeps its chain from being trusted (empty: nothing does)."""

    certificate: bytes
    distrust: str = ""


async def look(address: str, port: int, host: str, context: ssl.SSLContext, timeout: float) -> Shown:
    """Ask the server at ``address`` for its certificate for ``host``; ``context`` (``tls.chain_context``) judges it.

    Raises ``OSError`` (``TimeoutError`` included) where there is no TLS to be had.
    """
    certificate = await certificate_of(address, port, host, timeout)
    try:
        await _certificate(address, port, host, context, timeout)
    except ssl.SSLCertVerificationError as error:
        return Shown(certificate, error.verify_message or "its chain is not trusted")
    return Shown(certificate)


async def certificate_of(address: str, port: int, host: str, timeout: float = 5.0) -> bytes:
    """The certificate (DER) that a server shows for ``host``, whatever it is worth. Raises ``OSError``."""
    return await _certificate(address, port, host, tls.unchecked_client_context(), timeout)


async def is_open(address: str, port: int, timeout: float) -> bool:
    """Whether anybody listens there."""
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(address, port)
    except OSError:
        return False
    writer.close()
    return True


async def _certificate(address: str, port: int, host: str, context: ssl.SSLContext, timeout: float) -> bytes:
    async with asyncio.timeout(timeout):
        _, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host)
    connection: ssl.SSLObject = writer.get_extra_info("ssl_object")
    certificate = connection.getpeercert(binary_form=True)
    writer.close()
    if certificate is None:
        raise OSError("the server shows no certificate")
    return certificate
