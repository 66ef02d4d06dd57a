"""The federation policy: which other organisations the Lync side speaks with, changed while it runs."""

from __future__ import annotations

from collections.abc import Collection

from samband.feed.api import Feed
from samband.feed.mirror import Mirror
from samband.model.failures import Failure
from samband.model.federation import FederatedDomain, FederationPolicy, checked_domain, checked_partner
from samband.store import federation as rows
from samband.store.api import Store


class Federation:
    """The policy in memory, also when another process changes it; ``start`` before use."""

    def __init__(self, store: Store, feed: Feed, own: Collection[str]) -> None:
        """``own``: the domains served here."""
        self._store = store
        self._own = frozenset(own)
        self.mirror: Mirror[FederationPolicy] = Mirror(store, feed, (rows.SCOPE,), rows.policy, FederationPolicy())

    async def start(self) -> None:
        """Read it."""
        await self.mirror.load()

    def close(self) -> None:
        """Follow the feed no more."""
        self.mirror.close()

    @property
    def policy(self) -> FederationPolicy:
        """As it is now."""
        return self.mirror.value

    async def allow(self, domain: str, proxy: str = "", authorities: str = "") -> FederatedDomain:
        """Speak with a domain. Raises ``Failure``."""
        one = checked_partner(domain, proxy, authorities)
        return await self._put(one)

    async def block(self, domain: str) -> FederatedDomain:
        """Speak with a domain and those below it no more. Raises ``Failure``."""
        return await self._put(FederatedDomain(checked_domain(domain), blocked=True))

    async def _put(self, one: FederatedDomain) -> FederatedDomain:
        if one.domain in self._own:
            raise Failure("InvalidName", f"{one.domain} is a domain of this organisation")
        await self._store.write(lambda tx: rows.put_domain(tx, one))
        await self.mirror.load()
        return one

    async def remove(self, domain: str) -> None:
        """Take a domain off the lists. Raises ``Failure`` where it is on none."""
        removed = await self._store.write(lambda tx: rows.remove_domain(tx, domain.lower().rstrip(".")))
        if not removed:
            raise Failure("NotFound", f"{domain} is neither allowed nor blocked")
        await self.mirror.load()

    async def set_discovery(self, discovery: bool) -> None:
        """Speak with domains on no list, or do not."""
        await self._store.write(lambda tx: rows.put_discovery(tx, discovery))
        await self.mirror.load()
