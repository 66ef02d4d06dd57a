"""Trusted applications: servers that the Lync side takes at their word about who is speaking."""

from __future__ import annotations

from collections.abc import Collection

from samband.feed.api import Feed
from samband.feed.mirror import Mirror
from samband.model.failures import Failure
from samband.model.instant_messaging import TrustedApplication, checked_application
from samband.store import owa as rows
from samband.store.api import Store


class TrustedApplications:
    """Those trusted, in memory, also when another process changes them; ``start`` before use."""

    def __init__(self, store: Store, feed: Feed) -> None:
        self._store = store
        self.mirror: Mirror[tuple[TrustedApplication, ...]] = Mirror(
            store, feed, (rows.APPLICATIONS,), rows.applications, ()
        )

    async def start(self) -> None:
        """Read them."""
        await self.mirror.load()

    def close(self) -> None:
        """Follow the feed no more."""
        self.mirror.close()

    def all(self) -> tuple[TrustedApplication, ...]:
        """Every one, by name."""
        return self.mirror.value

    def named(self, names: Collection[str]) -> TrustedApplication | None:
        """The application of a server whose certificate bears ``names``; None where none is trusted."""
        lowered = {name.lower() for name in names}
        return next((one for one in self.all() if one.pool_fqdn in lowered), None)

    async def add(self, pool_fqdn: str, application_id: str, port: int) -> TrustedApplication:
        """Trust an application. Raises ``Failure``."""
        one = checked_application(pool_fqdn, application_id, port)
        await self._store.write(lambda tx: rows.put_application(tx, one))
        await self.mirror.load()
        return one

    async def remove(self, pool_fqdn: str, application_id: str) -> None:
        """Trust it no more. Raises ``Failure`` where it was not trusted."""
        removed = await self._store.write(lambda tx: rows.remove_application(tx, pool_fqdn.lower(), application_id))
        if not removed:
            raise Failure("NotFound", f"there is no trusted application {application_id} at {pool_fqdn}")
        await self.mirror.load()
