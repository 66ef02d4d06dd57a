"""The small photo of a person in the directory, as the mailbox side writes it."""

from __future__ import annotations

from dataclasses import replace

from samband.directory.embedded import SCOPE
from samband.directory.rules import check
from samband.model.changes import PersonChanged
from samband.store import people
from samband.store.api import WriteTx


def keep_thumbnail(tx: WriteTx, guid: str, jpeg: bytes) -> bool:
    """Write ``thumbnailPhoto`` of the person ``guid`` inside a write; whether there is such a person here."""
    person = people.get(tx, guid)
    if person is None:
        return False
    changed = replace(person, thumbnailPhoto=jpeg)
    check(changed)
    people.put_attributes(tx, changed)
    tx.append(PersonChanged(scope=SCOPE, guid=guid))
    return True
