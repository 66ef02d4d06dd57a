"""Photos kept in memory, so that a client that shows a hundred faces does not ask the store a hundred times."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from samband.feed.api import Feed
from samband.model.changes import Change, PhotoChanged
from samband.model.photos import Photo

MAX_BYTES = 64 * 1024 * 1024
_EACH = 200
"""What an entry costs besides its picture; also the absence of a photo is known."""


class PhotoCache:
    """The photos last asked for, by mailbox and size, as many as ``limit`` bytes hold; hears of changes by the feed."""

    def __init__(self, feed: Feed, limit: int = MAX_BYTES) -> None:
        self._limit = limit
        self._known: OrderedDict[tuple[str, int], Photo | None] = OrderedDict()
        self._bytes = 0
        self.changes = 0
        """Counts what was heard: a photo read before a change is not kept after it."""
        self.close = feed.listen(("directory",), self._hear)

    def get(self, mailbox: str, size: int) -> Photo | None:
        """A kept photo, None where there is none. Raises ``KeyError`` where it is not known."""
        found = self._known[mailbox, size]
        self._known.move_to_end((mailbox, size))
        return found

    def put(self, mailbox: str, size: int, photo: Photo | None, changes: int) -> None:
        """Keep what was read when ``self.changes`` was ``changes``."""
        if changes != self.changes or (mailbox, size) in self._known:
            return
        self._known[mailbox, size] = photo
        self._bytes += _weight(photo)
        while self._bytes > self._limit:
            self._bytes -= _weight(self._known.popitem(last=False)[1])

    def _hear(self, changes: Sequence[Change]) -> None:
        gone = {change.mailbox for change in changes if isinstance(change, PhotoChanged)}
        if not gone and changes:
            return
        self.changes += 1
        for key in [key for key in self._known if not changes or key[0] in gone]:
            self._bytes -= _weight(self._known.pop(key))


def _weight(photo: Photo | None) -> int:
    return _EACH + (len(photo.content) if photo is not None else 0)
