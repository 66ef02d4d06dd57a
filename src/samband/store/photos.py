"""Photos of mailboxes' owners, a row a size."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import cast

from samband.model.changes import PhotoChanged
from samband.model.photos import Photo
from samband.store.api import Blobs, Tx, WriteTx
from samband.store.attachments import keep, kept


def get(tx: Tx, blobs: Blobs, mailbox: str, size: int) -> Photo | None:
    """The photo with edges of ``size`` pixels, else the largest that is smaller; None where there is none."""
    sql = "SELECT tag, content, blob FROM photos WHERE mailbox = ? AND size <= ? ORDER BY size DESC LIMIT 1"
    row = tx.one(sql, mailbox, size)
    return Photo(kept(blobs, row[1], row[2]), cast(str, row[0])) if row else None


def put(tx: WriteTx, blobs: Blobs, mailbox: str, pictures: Mapping[int, bytes]) -> None:
    """Keep ``pictures`` by size in place of what there was; none: there is no photo any more."""
    tx.run("DELETE FROM photos WHERE mailbox = ?", mailbox)
    for size, content in pictures.items():
        row, blob = keep(blobs, content)
        tag = sha256(content).hexdigest()[:32]
        sql = "INSERT INTO photos (mailbox, size, tag, content, blob) VALUES (?, ?, ?, ?, ?)"
        tx.run(sql, mailbox, size, tag, row, blob)
    tx.append(PhotoChanged(scope="directory", mailbox=mailbox))
