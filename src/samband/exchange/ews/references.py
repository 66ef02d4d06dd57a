"""Folders that requests name, from wire to model."""

from __future__ import annotations

from samband.model.failures import Failure
from samband.model.folders import FolderById, FolderRef, NamedFolder
from samband.wire.ews.folder_ids import (
    GivenDistinguishedId,
    GivenFolder,
    read_folders,
    read_target,
)
from samband.wire.ews.ids import MalformedId, read_change_key
from samband.wire.xml.reading import Element


def folder_ref(given: GivenFolder) -> FolderRef | Failure:
    """A reference the verbs understand; a text that is no identifier is a failure in its place of the batch."""
    if isinstance(given, GivenDistinguishedId):
        return NamedFolder(given.name, given.address)
    if given.id is None:
        return malformed()
    return FolderById(given.id.mailbox, given.id.row, _change_key(given.change_key))


def _change_key(text: str) -> int | None:
    try:
        return read_change_key(text) if text else None
    except MalformedId:
        return None


def malformed() -> Failure:
    """What an identifier gets that is none of ours, or of another kind."""
    return Failure("ErrorInvalidIdMalformed", "Id is malformed.")


def folder_refs(parent: Element, tag: str) -> list[FolderRef | Failure]:
    """The references in the required child ``tag`` (``FolderIds``, ``ParentFolderIds``) of ``parent``, in order."""
    return [folder_ref(given) for given in read_folders(parent, tag)]


def target_ref(parent: Element, tag: str) -> FolderRef | Failure:
    """The reference in the required child ``tag`` (``ToFolderId``, ``ParentFolderId``) of ``parent``."""
    return folder_ref(read_target(parent, tag))
