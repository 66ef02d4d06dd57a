"""Small stand-ins for the rooms that trust asks: people in a list, a feed of one process, a clock that is set."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import argon2

from samband.directory.group_index import GroupIndex
from samband.feed.api import Hear, Subscription
from samband.model.changes import Change
from samband.model.groups import Group
from samband.model.people import Person
from samband.store.engine import Engine, open_store

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def person(name: str, **changed: object) -> Person:
    fields = {
        "objectGUID": f"guid-{name}",
        "sAMAccountName": name,
        "userPrincipalName": f"{name}@contoso.test",
        "displayName": name.title(),
        "mail": f"{name}@contoso.test",
        "proxyAddresses": (f"SMTP:{name}@contoso.test", f"sip:{name}@contoso.test"),
        "msExchMailboxGuid": f"mailbox-{name}",
        "msRTCSIP_PrimaryUserAddress": f"sip:{name}@contoso.test",
        "msRTCSIP_UserEnabled": True,
    }
    return Person(**{**fields, **changed})  # type: ignore[arg-type]


@dataclass
class People:
    """A directory."""

    found: dict[str, Person] = field(default_factory=dict)
    groups: GroupIndex = field(default_factory=GroupIndex)
    hearers: list[Callable[[frozenset[str]], None]] = field(default_factory=list)
    group_hearers: list[Callable[[], None]] = field(default_factory=list)

    def put_groups(self, *groups: Group) -> None:
        new = {one.objectGUID for one in groups}
        self.groups = GroupIndex([*groups, *(one for one in self.groups.everything() if one.objectGUID not in new)])
        for hear in self.group_hearers:
            hear()

    def listen_to_groups(self, hear: Callable[[], None]) -> Callable[[], None]:
        self.group_hearers.append(hear)
        return lambda: self.group_hearers.remove(hear)

    def all_groups(self) -> list[Group]:
        return self.groups.everything()

    def room_lists(self) -> list[Group]:
        return self.groups.room_lists()

    def group_by_smtp(self, address: str) -> Group | None:
        return self.groups.by_mail(address)

    def search_groups(self, text: str) -> list[Group]:
        return self.groups.search(text)

    def group_members(self, group: Group) -> list[Person | Group]:
        return self.groups.direct(group, self.by_guid)

    def people_of(self, group: Group) -> list[Person]:
        return self.groups.people(group, self.by_guid)

    def groups_of(self, guid: str) -> list[Group]:
        return self.groups.around(guid)

    def put(self, *people: Person) -> None:
        self.found.update({one.objectGUID: one for one in people})
        for hear in self.hearers:
            hear(frozenset(one.objectGUID for one in people))

    def listen(self, hear: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        self.hearers.append(hear)
        return lambda: self.hearers.remove(hear)

    def _first(self, matches: Callable[[Person], bool]) -> Person | None:
        return next((one for one in self.found.values() if matches(one)), None)

    def by_guid(self, guid: str) -> Person | None:
        return self.found.get(guid)

    def by_login(self, login: str) -> Person | None:
        wanted = login.lower()
        return self._first(
            lambda one: (
                wanted
                in (one.sAMAccountName.lower(), one.userPrincipalName.lower(), f"contoso\\{one.sAMAccountName.lower()}")
            )
        )

    def by_smtp(self, address: str) -> Person | None:
        return self._first(lambda one: address.lower() in [smtp.lower() for smtp in one.smtp_addresses])

    def by_proxy_sip(self, address: str) -> Person | None:
        return self._first(lambda one: bool(address) and one.proxy_sip.lower() == address.lower())

    def by_mailbox(self, guid: str) -> Person | None:
        return self._first(lambda one: bool(guid) and one.msExchMailboxGuid.lower() == guid.lower())

    def by_legacy_dn(self, dn: str) -> Person | None:
        return self._first(lambda one: bool(dn) and one.legacyExchangeDN.lower() == dn.lower())

    def by_sip(self, address: str) -> Person | None:
        return self._first(lambda one: bool(address) and one.sip.lower() == address.lower())

    def search(self, text: str, limit: int = 100, *, hidden: bool = False) -> list[Person]:
        return [one for one in self.found.values() if text.lower() in one.displayName.lower()][:limit]

    def people(self) -> Iterable[Person]:
        return self.found.values()


class News:
    """A feed: hands committed changes to those who listen."""

    def __init__(self) -> None:
        self._listeners: list[tuple[Collection[str] | None, Hear]] = []

    def committed(self, upto: int, changes: Sequence[Change]) -> None:
        for scopes, hear in list(self._listeners):
            wanted = [change for change in changes if scopes is None or change.scope in scopes]
            if wanted:
                hear(wanted)

    def lost(self) -> None:
        for _, hear in list(self._listeners):
            hear(())

    def subscribe(self, scopes: Collection[str] | None, limit: int = 4096) -> Subscription:
        raise NotImplementedError

    def listen(self, scopes: Collection[str] | None, hear: Hear) -> Callable[[], None]:
        entry = (scopes, hear)
        self._listeners.append(entry)
        return lambda: self._listeners.remove(entry)


@dataclass
class Clock:
    """Seconds, and the time of day, as a test sets them."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def time(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@asynccontextmanager
async def store(folder: Path, news: News) -> AsyncIterator[Engine]:
    opened = await open_store(str(folder / "test.db"), folder / "blobs", news.committed)
    try:
        yield opened
    finally:
        await opened.close()
