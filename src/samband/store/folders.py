"""Folders: rows, counts, and what left its place. Every write appends its typed change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec

from samband.model.changes import FolderCreated, FolderDeleted, FolderModified, FolderMoved
from samband.model.folders import Folder, FolderProperties
from samband.store.api import Row, Tx, WriteTx
from samband.store.counters import next_id

_COLUMNS = (
    "id, mailbox, parent, name, folder_class, distinguished, default_key, created_seq, seq, total, unread, children, "
    "created, properties"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(FolderProperties).decode
_NO_PROPERTIES = FolderProperties()
_NO_PROPERTIES_ENCODED = _encode(_NO_PROPERTIES)


def _folder(row: Row) -> Folder:
    values: Any = row
    return Folder(
        id=values[0],
        mailbox=values[1],
        parent=values[2],
        name=values[3],
        folder_class=values[4],
        distinguished=values[5],
        default=bool(values[6]),
        created_seq=values[7],
        change_key=values[8],
        total=values[9],
        unread=values[10],
        children=values[11],
        created=_EPOCH + timedelta(seconds=values[12]),
        properties=_NO_PROPERTIES if values[13] == _NO_PROPERTIES_ENCODED else _decode(values[13]),
    )


def get(tx: Tx, folder: int) -> Folder | None:
    """One folder, None where there is none."""
    row = tx.one(f"SELECT {_COLUMNS} FROM folders WHERE id = ?", folder)
    return _folder(row) if row else None


def of_mailbox(tx: Tx, mailbox: str) -> list[Folder]:
    """Every folder of a mailbox, oldest first."""
    return [_folder(row) for row in tx.all(f"SELECT {_COLUMNS} FROM folders WHERE mailbox = ? ORDER BY id", mailbox)]


def children(tx: Tx, mailbox: str, parent: int) -> list[Folder]:
    """The folders directly below one, by name."""
    sql = f"SELECT {_COLUMNS} FROM folders WHERE mailbox = ? AND parent = ? ORDER BY name_key"
    return [_folder(row) for row in tx.all(sql, mailbox, parent)]


def child_by_name(tx: Tx, mailbox: str, parent: int, name: str) -> Folder | None:
    """The folder called ``name``, in any case, directly below ``parent``."""
    sql = f"SELECT {_COLUMNS} FROM folders WHERE mailbox = ? AND parent = ? AND name_key = ?"
    row = tx.one(sql, mailbox, parent, name_key(name))
    return _folder(row) if row else None


def defaults(tx: Tx, mailbox: str) -> dict[str, int]:
    """Rows of the default folders of a mailbox by their keys (EWS's names for them, where it has one)."""
    rows = tx.all("SELECT default_key, id FROM folders WHERE mailbox = ? AND default_key <> ''", mailbox)
    return dict(cast(list[tuple[str, int]], rows))


def name_key(name: str) -> str:
    """Names of sibling folders differ in this."""
    return name.casefold()


def insert(
    tx: WriteTx,
    mailbox: str,
    parent: int,
    name: str,
    folder_class: str,
    created: datetime,
    *,
    distinguished: str = "",
    default_key: str = "",
    properties: FolderProperties = _NO_PROPERTIES,
) -> int:
    """Make a folder below ``parent`` (0: the root of a mailbox); its row."""
    folder = next_id(tx, "folders")
    seconds = (created - _EPOCH) // _SECOND
    tx.run(
        f"INSERT INTO folders ({_COLUMNS}, name_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?, ?)",
        folder,
        mailbox,
        parent,
        name,
        folder_class,
        distinguished,
        default_key,
        tx.seq,
        tx.seq,
        seconds,
        _encode(properties),
        name_key(name),
    )
    _count_child(tx, parent, 1)
    tx.append(FolderCreated(scope=mailbox, folder=folder, parent=parent, change_key=tx.seq))
    return folder


def update(tx: WriteTx, folder: Folder) -> None:
    """Write name, class and properties of ``folder``."""
    tx.run(
        "UPDATE folders SET name = ?, name_key = ?, folder_class = ?, properties = ?, seq = ? WHERE id = ?",
        folder.name,
        name_key(folder.name),
        folder.folder_class,
        _encode(folder.properties),
        tx.seq,
        folder.id,
    )
    tx.append(FolderModified(scope=folder.mailbox, folder=folder.id, parent=folder.parent, change_key=tx.seq))


def move(tx: WriteTx, folder: Folder, parent: int, name: str) -> None:
    """Put ``folder`` below ``parent`` as ``name``. Its identifier and what is in it stay."""
    tx.run(
        "UPDATE folders SET parent = ?, name = ?, name_key = ?, seq = ? WHERE id = ?",
        parent,
        name,
        name_key(name),
        tx.seq,
        folder.id,
    )
    _leave(tx, folder)
    _count_child(tx, parent, 1)
    tx.append(
        FolderMoved(scope=folder.mailbox, folder=folder.id, parent=parent, change_key=tx.seq, old_parent=folder.parent)
    )


def remove(tx: WriteTx, folder: Folder) -> None:
    """Delete a folder that is empty by now."""
    tx.run("DELETE FROM folders WHERE id = ?", folder.id)
    _leave(tx, folder)
    tx.append(FolderDeleted(scope=folder.mailbox, folder=folder.id, parent=folder.parent, change_key=tx.seq))


def _leave(tx: WriteTx, folder: Folder) -> None:
    _count_child(tx, folder.parent, -1)
    tx.run(
        "INSERT INTO folders_gone (mailbox, seq, folder, parent) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        folder.mailbox,
        tx.seq,
        folder.id,
        folder.parent,
    )


def _count_child(tx: WriteTx, parent: int, by: int) -> None:
    tx.run("UPDATE folders SET children = children + ? WHERE id = ?", by, parent)


def changed_after(tx: Tx, mailbox: str, seq: int) -> bool:
    """Whether a folder of the mailbox was made, changed, moved or deleted after the write ``seq``."""
    return (
        tx.one("SELECT 1 FROM folders WHERE mailbox = ? AND seq > ? LIMIT 1", mailbox, seq) is not None
        or tx.one("SELECT 1 FROM folders_gone WHERE mailbox = ? AND seq > ? LIMIT 1", mailbox, seq) is not None
    )


def gone_after(tx: Tx, mailbox: str, seq: int) -> list[tuple[int, int]]:
    """(folder, the parent it left) for each time a folder left its place after the write ``seq``, oldest first."""
    rows = tx.all("SELECT folder, parent FROM folders_gone WHERE mailbox = ? AND seq > ? ORDER BY seq", mailbox, seq)
    return cast(list[tuple[int, int]], rows)


def take_in(tx: WriteTx, folder: int, total: int, unread: int) -> tuple[int, FolderModified | None]:
    """Count an item that comes into ``folder``: ``total`` 1, ``unread`` 1 or 0, or both 0 where it is not counted.

    The number it gets there, greater than every one given before, and what subscribers of the folder are to be told
    at the end of the write.
    """
    row = tx.one(
        "UPDATE folders SET articles = articles + 1, total = total + ?, unread = unread + ? WHERE id = ? "
        "RETURNING articles, mailbox, parent, seq, unread",
        total,
        unread,
        folder,
    )
    if row is None:
        return 0, None
    article, mailbox, parent, change_key, now_unread = cast(tuple[int, str, int, int, int], row)
    return article, _counted(folder, mailbox, parent, change_key, now_unread) if total else None


def _counted(folder: int, mailbox: str, parent: int, change_key: int, unread: int) -> FolderModified:
    return FolderModified(scope=mailbox, folder=folder, parent=parent, change_key=change_key, unread=unread)


def last_article(tx: Tx, folder: int) -> int:
    """The last number given in ``folder``, 0 where none was."""
    row = tx.one("SELECT articles FROM folders WHERE id = ?", folder)
    return cast(int, row[0]) if row is not None else 0


def adjust_counts(tx: WriteTx, folder: int, total: int, unread: int) -> None:
    """Add ``total`` and ``unread`` (either may be negative) to a folder's counts, for items that came, left or changed.

    Call it once a folder and write, in the transaction that writes the items; it tells subscribers of the folder.
    """
    if not total and not unread:
        return
    row = tx.one(
        "UPDATE folders SET total = total + ?, unread = unread + ? WHERE id = ? RETURNING mailbox, parent, seq, unread",
        total,
        unread,
        folder,
    )
    if row is not None:
        tx.append(_counted(folder, *cast(tuple[str, int, int, int], row)))
