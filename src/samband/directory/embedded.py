"""The directory kept in Samband's own store, with everyone in memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable

from samband.directory import names
from samband.directory.group_index import GroupIndex
from samband.directory.index import PeopleIndex
from samband.feed.api import Feed, Overflow, Subscription
from samband.model.changes import GroupChanged, PersonChanged
from samband.model.groups import Group
from samband.model.people import Person
from samband.store import groups, people
from samband.store.api import Store, StoreUnavailable

log = logging.getLogger(__name__)

SCOPE = "directory"
_PATIENCE = 1.0
"""Seconds before the store is asked again after it was not available."""


class EmbeddedDirectory:
    """A ``Directory`` that follows the feed: it knows of a change soon after it was committed, by whatever process."""

    def __init__(self, store: Store, subscription: Subscription, logon_domains: frozenset[str]) -> None:
        self._store = store
        self._subscription = subscription
        self._logon_domains = logon_domains
        self._index = PeopleIndex()
        self._groups = GroupIndex()
        # Reloads run one after another, so that what was read earlier never replaces what was read later.
        self._reloading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._hearers: dict[Callable[[frozenset[str]], None], None] = {}
        self._group_hearers: dict[Callable[[], None], None] = {}

    @classmethod
    async def open(cls, store: Store, feed: Feed, logon_domains: Collection[str] = ()) -> EmbeddedDirectory:
        """Load everyone and follow the feed until ``close``.

        ``logon_domains``: the domains that may stand before the backslash of a login (``CONTOSO``); none means any.
        """
        subscription = feed.subscribe([SCOPE])
        directory = cls(store, subscription, frozenset(map(names.folded, logon_domains)))
        await directory.reload()
        await directory.reload_groups()
        directory._task = asyncio.create_task(directory._follow(), name="directory follows the feed")
        return directory

    async def close(self) -> None:
        """Follow the feed no more."""
        self._subscription.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def reload(self, guids: Collection[str] | None = None) -> None:
        """Read people anew, all or those of ``guids``: for one who has just changed them and goes on at once."""
        async with self._reloading:
            if guids is None:
                # Also the sorting of a large organisation is done on the store's thread.
                self._index = await self._store.read(lambda tx: PeopleIndex(people.everyone(tx)))
                self._tell(frozenset())
                return
            found = await self._store.read(lambda tx: people.several(tx, guids))
            for guid in guids:
                self._index.remove(guid)
            for person in found.values():
                self._index.put(person)
            self._tell(frozenset(guids))

    async def reload_groups(self) -> None:
        """Read all groups anew."""
        async with self._reloading:
            self._groups = await self._store.read(lambda tx: GroupIndex(groups.everyone(tx)))
            for hear in list(self._group_hearers):
                _tell_one(hear)

    def listen(self, hear: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        self._hearers[hear] = None
        return lambda: self._hearers.pop(hear, None)

    def listen_to_groups(self, hear: Callable[[], None]) -> Callable[[], None]:
        self._group_hearers[hear] = None
        return lambda: self._group_hearers.pop(hear, None)

    def _tell(self, guids: frozenset[str]) -> None:
        for hear in list(self._hearers):
            _tell_one(hear, guids)

    async def _follow(self) -> None:
        while True:
            try:
                changes = await self._subscription.get()
                guids = {change.guid for change in changes if isinstance(change, PersonChanged)}
                await self._refresh(guids, with_groups=any(isinstance(change, GroupChanged) for change in changes))
            except Overflow:
                await self._refresh(None, with_groups=True)

    async def _refresh(self, guids: set[str] | None, *, with_groups: bool) -> None:
        while True:
            try:
                if guids is None or guids:
                    await self.reload(guids)
                if with_groups:
                    await self.reload_groups()
                return
            except StoreUnavailable as error:
                log.warning("the directory cannot read its people: %s", error)
                await asyncio.sleep(_PATIENCE)

    def by_guid(self, guid: str) -> Person | None:
        return self._index.get(guid) or self._index.get(names.folded(guid))

    def by_login(self, login: str) -> Person | None:
        if "\\" not in login and "@" not in login:
            return self._index.find((names.LOGIN, names.folded(login)))
        for name in names.login_names(login, self._logon_domains):
            if person := self._index.find(name):
                return person
        return None

    def by_smtp(self, address: str) -> Person | None:
        return self._index.find((names.SMTP, names.folded(address)))

    def by_proxy_sip(self, address: str) -> Person | None:
        return self._index.find((names.PROXY_SIP, names.folded(address)))

    def by_mailbox(self, guid: str) -> Person | None:
        return self._index.find((names.MAILBOX, names.folded(guid)))

    def by_legacy_dn(self, dn: str) -> Person | None:
        return self._index.find((names.LEGACY_DN, names.folded(dn)))

    def by_sip(self, address: str) -> Person | None:
        return self._index.find((names.SIP, names.folded(address)))

    def search(self, text: str, limit: int = 100, *, hidden: bool = False) -> list[Person]:
        return self._index.search(text, limit, hidden=hidden)

    def people(self) -> Iterable[Person]:
        return self._index

    def group_by_smtp(self, address: str) -> Group | None:
        return self._groups.by_mail(address)

    def search_groups(self, text: str) -> list[Group]:
        return self._groups.search(text)

    def all_groups(self) -> list[Group]:
        return self._groups.everything()

    def room_lists(self) -> list[Group]:
        return self._groups.room_lists()

    def group_members(self, group: Group) -> list[Person | Group]:
        return self._groups.direct(group, self._index.get)

    def people_of(self, group: Group) -> list[Person]:
        return self._groups.people(group, self._index.get)

    def groups_of(self, guid: str) -> list[Group]:
        return self._groups.around(names.folded(guid))


def _tell_one(hear: Callable[..., None], *told: object) -> None:
    try:
        hear(*told)
    except Exception:
        log.exception("somebody could not take a change of the directory")
