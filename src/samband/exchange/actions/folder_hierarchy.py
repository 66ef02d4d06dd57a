"""The hierarchy of folders as it was and as it is: what a client must be told to follow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from samband.model.folders import Folder


class HierarchyChanges(NamedTuple):
    """What happened below a folder: new ones (parents first), changed ones (parents first), rows of those gone."""

    created: list[Folder]
    updated: list[Folder]
    deleted: list[int]


def below(parents: Mapping[int, int], top: int) -> set[int]:
    """The rows below ``top``, by the parent of each row."""
    under: dict[int, bool] = {top: True}

    def is_under(folder: int) -> bool:
        path: list[int] = []
        while folder not in under:
            path.append(folder)
            folder = parents.get(folder, 0)
            if folder == 0:
                under[0] = False
        for passed in path:
            under[passed] = under[folder]
        return under[folder]

    return {folder for folder in parents if folder != top and is_under(folder)}


def parents_at(folders: Iterable[Folder], gone: Sequence[tuple[int, int]], seq: int) -> dict[int, int]:
    """The parent of each folder there was right after the write ``seq``.

    ``gone`` are (folder, parent it left) since then, oldest first: the first one of a folder says where it was.
    """
    parents = {folder.id: folder.parent for folder in folders if folder.created_seq <= seq}
    for folder, parent in reversed(gone):
        if folder in parents or _made_by(folder, seq):
            parents[folder] = parent
    return parents


def _made_by(folder: int, seq: int) -> bool:
    """Whether a row, which has the number of the write that made it in its upper bits, is no younger than ``seq``."""
    return folder >> 20 <= seq


def changes_below(
    in_order: Sequence[Folder], gone: Sequence[tuple[int, int]], everyone: Sequence[Folder], top: int, seq: int
) -> HierarchyChanges:
    """What to tell a client that knew the folders below ``top`` as of the write ``seq``.

    ``in_order`` are the folders below ``top`` now, parents first; ``everyone`` all of the mailbox.
    """
    before = below(parents_at(everyone, gone, seq), top)
    now = {folder.id for folder in in_order}
    return HierarchyChanges(
        created=[folder for folder in in_order if folder.id not in before],
        updated=[folder for folder in in_order if folder.id in before and folder.change_key > seq],
        deleted=sorted(before - now),
    )
