"""What a client is told to follow the items of a folder."""

from __future__ import annotations

import msgspec

from samband.model.items import Item, ItemKind


class ItemHead(msgspec.Struct, frozen=True):
    """Enough of an item to name it."""

    id: int
    mailbox: str
    folder: int
    kind: ItemKind
    change_key: int
    occurrence: int = 0


class ItemsState(msgspec.Struct, frozen=True):
    """How far a client follows the items of ``folder``.

    It knows the items up to row ``known``, and their changes up to and with that of row ``row`` in the write ``seq``.
    """

    folder: int
    known: int = 0
    seq: int = 0
    row: int = 0


class ReadFlag(msgspec.Struct, frozen=True):
    """Nothing but the read flag of an item changed."""

    id: int
    change_key: int
    is_read: bool


class ItemGone(msgspec.Struct, frozen=True):
    """An item left the folder."""

    id: int
    change_key: int


class ItemUpdated(msgspec.Struct, frozen=True):
    """An item the client knows has other content."""

    item: Item | ItemHead


class ItemArrived(msgspec.Struct, frozen=True):
    """An item the client does not know is in the folder."""

    item: Item | ItemHead


SyncChange = ItemArrived | ItemUpdated | ReadFlag | ItemGone


class ItemsSync(msgspec.Struct, frozen=True):
    """One step of following a folder: what to tell, the state after it, and whether that is all there is now."""

    mailbox: str
    changes: list[SyncChange]
    state: ItemsState
    complete: bool
