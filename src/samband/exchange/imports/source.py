"""What anything that mailboxes are brought from looks like to whoever brings them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from samband.exchange.actions.imports import Arrival

BATCH_ITEMS = 40
BATCH_BYTES = 8 * 1024 * 1024
"""What of a source is in memory at a time, but for a single item that is larger."""


class SourceFolder(NamedTuple):
    """A folder there: ``path`` are names below the default folder ``default`` (``msgfolderroot`` for any other)."""

    default: str
    path: tuple[str, ...]
    folder_class: str = ""
    total: int = 0
    id: str = ""

    @property
    def label(self) -> str:
        """The folder for people."""
        start = [] if self.default == "msgfolderroot" else [self.default]
        return "/".join([*start, *self.path]) or "/"


class Left(NamedTuple):
    """An item, or a part of one, that cannot be taken. ``whole``: nothing of it comes."""

    what: str
    why: str
    whole: bool = True


Batch = Sequence[Arrival | Left]
Known = Callable[[Sequence[str]], Awaitable[set[str]]]
"""Says which of some keys came before."""


class Source(Protocol):
    """A mailbox elsewhere. ``name`` is the same every time it is brought from."""

    @property
    def name(self) -> str: ...

    def folders(self) -> AsyncIterator[SourceFolder]:
        """Its folders, parents before their children."""
        ...

    def items(self, folder: SourceFolder, known: Known) -> AsyncIterator[Batch]:
        """What is in a folder and did not come before, piece by piece."""
        ...
