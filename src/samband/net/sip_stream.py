"""Outgoing SIP over TLS: one connection, bytes both ways."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from samband.net import tls

UNSENT = 1024 * 1024
"""Bytes that the server may leave unread before the connection is dropped."""


class SipStream(asyncio.Protocol):
    """One connection. ``feed`` hears of bytes, ``lost`` once of the end."""

    def __init__(self, feed: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._feed = feed
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self.local = ("", 0)
        """Our address and port."""
        self.names: frozenset[str] = frozenset()
        """Host names in the server's checked certificate."""

    @classmethod
    async def connect(
        cls,
        address: str,
        port: int,
        host: str,
        context: ssl.SSLContext,
        feed: Callable[[bytes], None],
        lost: Callable[[], None],
        timeout: float = 10.0,
    ) -> SipStream:
        """Connect to ``address``, whose certificate must be for ``host``. Raises ``OSError``."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(timeout):
            _, stream = await loop.create_connection(
                lambda: cls(feed, lost), address, port, ssl=context, server_hostname=host
            )
        return stream

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=UNSENT)
        found = transport.get_extra_info("sockname") or ("", 0)
        self.local = (str(found[0]), int(found[1]))
        self.names = tls.host_names(transport.get_extra_info("peercert"))

    def data_received(self, data: bytes) -> None:
        self._feed(data)

    def pause_writing(self) -> None:
        self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._lost()

    def send(self, data: bytes) -> None:
        """Send; never waits."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Close at once; ``lost`` follows."""
        if self._transport is not None:
            self._transport.abort()
