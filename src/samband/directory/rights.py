"""Management rights in memory: who may do what with whose mailbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from samband.directory.api import Directory
from samband.feed.api import Feed, Overflow, Subscription
from samband.model.caller import Caller
from samband.model.people import Person
from samband.model.rights import Right
from samband.store import rights as rows
from samband.store.api import Store, StoreUnavailable

log = logging.getLogger(__name__)

SCOPE = "rights"
_PATIENCE = 1.0
"""Seconds before the store is asked again after it was not available."""


class Rights:
    """What was given to whom. Follows the feed: it knows of a change soon after it was committed, by any process."""

    def __init__(self, store: Store, subscription: Subscription, directory: Directory) -> None:
        self._store = store
        self._subscription = subscription
        self._directory = directory
        self._given: dict[tuple[Right, str], set[str]] = {}
        # Loads run one after another, so that what was read earlier never replaces what was read later.
        self._loading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, store: Store, feed: Feed, directory: Directory) -> Rights:
        """Load everything and follow the feed until ``close``."""
        rights = cls(store, feed.subscribe([SCOPE]), directory)
        await rights.load()
        rights._task = asyncio.create_task(rights._follow(), name="rights follow the feed")
        return rights

    async def close(self) -> None:
        """Follow the feed no more."""
        self._subscription.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def load(self) -> None:
        """Read everything anew: for one who has just changed it and goes on at once."""
        async with self._loading:
            found: dict[tuple[Right, str], set[str]] = {}
            for granted in await self._store.read(rows.everything):
                found.setdefault((granted.right, granted.holder), set()).add(granted.over)
            self._given = found

    def has(self, caller: Caller, right: Right, mailbox: str = "") -> bool:
        """Whether ``caller`` has ``right`` over ``mailbox`` (a guid); without one, over any mailbox at all.

        An application that acts for a person has what the person has.
        """
        if caller.person is not None:
            return self.holds(caller.person, right, mailbox)
        return self._covers([caller.application], right, mailbox)

    def holds(self, person: Person, right: Right, mailbox: str = "") -> bool:
        """``has`` of a person, or of a group that the person is in."""
        if not self._given:
            return False
        groups = self._directory.groups_of(person.objectGUID)
        return self._covers([person.objectGUID, *(group.objectGUID for group in groups)], right, mailbox)

    def _covers(self, holders: Sequence[str], right: Right, mailbox: str) -> bool:
        scopes = [over for holder in holders for over in self._given.get((right, holder), ())]
        if not scopes or not mailbox or "" in scopes:
            return bool(scopes)
        owner = self._directory.by_mailbox(mailbox)
        if owner is None:
            return False
        groups = {group.objectGUID for group in self._directory.groups_of(owner.objectGUID)}
        return not {owner.objectGUID, *groups}.isdisjoint(scopes)

    async def _follow(self) -> None:
        while True:
            try:
                await self._subscription.get()
            except Overflow:
                log.debug("changes of rights were missed")
            while True:
                try:
                    await self.load()
                    break
                except StoreUnavailable as error:
                    # What cannot be read may have been taken: nobody has any right until it can.
                    self._given = {}
                    log.warning("the rights cannot be read: %s", error)
                    await asyncio.sleep(_PATIENCE)
