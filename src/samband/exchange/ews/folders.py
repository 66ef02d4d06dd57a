"""Operations on folders."""

from __future__ import annotations

from samband.exchange.ews.answers import answers
from samband.exchange.ews.call import Call
from samband.exchange.ews.references import folder_refs
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.folder_shapes import read_folder_shape
from samband.wire.ews.folders import NO_FOLDERS, write_folders
from samband.wire.ews.names import M
from samband.wire.ews.responses import write_batch
from samband.wire.xml.reading import Element


async def get_folder(call: Call, element: Element) -> str:
    """GetFolder: one message for each folder asked for."""
    refs = folder_refs(element, M + "FolderIds")
    try:
        shape = read_folder_shape(element, M + "FolderShape", call.version)
    except PropertyError as error:
        return write_batch("GetFolder", answers([error] * len(refs)), NO_FOLDERS)
    found = await call.exchange.folders.get(call.caller, refs)
    return write_batch("GetFolder", answers(found, lambda folder: write_folders(shape, [folder])), NO_FOLDERS)
