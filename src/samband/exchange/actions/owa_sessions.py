"""Who is signed in to the web client: kept, so that it outlives the process and ends in all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from samband.feed.api import Feed
from samband.model.changes import Change, OwaSessionEnded
from samband.model.owa_sessions import OwaSession
from samband.store import owa_sessions as rows
from samband.store.api import Store, WriteTx


class OwaSessions:
    """Verbs on sessions. All raise ``Unavailable``."""

    def __init__(self, store: Store, feed: Feed) -> None:
        self._store = store
        self._feed = feed

    async def begin(self, session: OwaSession, old: tuple[int, int], each: int, most: int) -> None:
        """Keep a new one; the least used of its person, or of all, goes where there are ``each`` or ``most``.

        ``old``: those used last, or begun, at these seconds or before are over.
        """

        def work(tx: WriteTx) -> None:
            rows.remove_old(tx, *old)
            rows.make_room(tx, session.guid, each, most)
            rows.put(tx, session)

        await self._store.write(work)

    async def find(self, key: str) -> OwaSession | None:
        """One by its key."""
        return await self._store.read(lambda tx: rows.get(tx, key))

    async def touch(self, key: str, used: int) -> None:
        """It was used at these seconds."""
        await self._store.write(lambda tx: rows.touch(tx, key, used))

    async def end(self, key: str) -> None:
        """End it, wherever it is known."""
        await self._store.write(lambda tx: rows.remove(tx, key))

    async def end_all(self, guid: str) -> None:
        """End every one of a person, wherever it is known."""
        await self._store.write(lambda tx: rows.remove_all(tx, guid))

    def listen(self, hear: Callable[[str], None]) -> Callable[[], None]:
        """Call ``hear`` with the key of each that ends, empty where any may have ended. Returns what stops it."""

        def take(changes: Sequence[Change]) -> None:
            if not changes:
                hear("")
            for change in changes:
                if isinstance(change, OwaSessionEnded):
                    hear(change.key)

        return self._feed.listen((rows.SESSIONS,), take)
