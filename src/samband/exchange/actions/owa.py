"""The OWA virtual directory: whether and how the web client has instant messaging."""

from __future__ import annotations

from samband.feed.api import Feed
from samband.feed.mirror import Mirror
from samband.model.instant_messaging import OwaVirtualDirectory, checked_pool
from samband.store import owa as rows
from samband.store.api import Store, WriteTx


class OwaSettings:
    """The settings in memory, also when another process changes them; ``start`` before use."""

    def __init__(self, store: Store, feed: Feed) -> None:
        self._store = store
        self.mirror = Mirror(store, feed, (rows.OWA,), rows.virtual_directory, OwaVirtualDirectory())

    async def start(self) -> None:
        """Read them."""
        await self.mirror.load()

    def close(self) -> None:
        """Follow the feed no more."""
        self.mirror.close()

    @property
    def now(self) -> OwaVirtualDirectory:
        """How the virtual directory is set."""
        return self.mirror.value

    async def set(self, settings: OwaVirtualDirectory) -> None:
        """Set it. Raises ``Failure`` for a server name that is none."""
        if settings.instant_messaging_server_name:
            checked_pool(settings.instant_messaging_server_name)

        def work(tx: WriteTx) -> None:
            if rows.virtual_directory(tx) != settings:
                rows.put_virtual_directory(tx, settings)

        await self._store.write(work)
        await self.mirror.load()
