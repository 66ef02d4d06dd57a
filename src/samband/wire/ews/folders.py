"""Requests about folders, read; folders, written [MS-OXWSFOLD]."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from samband.wire.ews.folder_shapes import FolderShape, write_folder

NO_FOLDERS = "<m:Folders/>"
"""The container that a failed message still has."""


def write_folders(shape: FolderShape, folders: Iterable[Any]) -> str:
    """``<m:Folders>`` with each of ``folders``."""
    return f"<m:Folders>{''.join([write_folder(shape, folder) for folder in folders])}</m:Folders>"
