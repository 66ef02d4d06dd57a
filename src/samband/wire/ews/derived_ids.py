"""Identifiers of Exchange's own making, which clients keep from the server a mailbox came from [MS-OXCEXT 2.2.6.1].

Nothing here has such an identifier; ConvertId tells the entry identifier in one, as every Exchange server does.
"""

from __future__ import annotations

import base64
import binascii
import uuid

_COMPRESSED = 1
_OF_A_MAILBOX = 3
_GUID_LENGTH = 36
_MAX_BYTES = 1024


def entry_id_of(text: str) -> bytes | None:
    """The entry identifier in an identifier of a folder or an item; None where ``text`` is no such."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    if not 2 <= len(raw) <= _MAX_BYTES or raw[0] > _COMPRESSED:
        return None
    data = _expanded(raw[1:]) if raw[0] == _COMPRESSED else raw[1:]
    if data is None or data[:1] != bytes((_OF_A_MAILBOX,)) or _size(data, 1) != _GUID_LENGTH:
        return None
    guid_end = 3 + _GUID_LENGTH
    try:
        uuid.UUID(data[3:guid_end].decode("ascii"))
    except ValueError:
        return None
    entry = data[guid_end + 3 :]
    whole = data[guid_end : guid_end + 1] == b"\x00" and len(entry) == _size(data, guid_end + 1)
    return entry if whole and entry else None


def _size(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _expanded(data: bytes) -> bytes | None:
    """Undo the compression: two equal bytes are followed by how many more of them there are [MS-OXCEXT 3.1.4.5]."""
    found = bytearray()
    place = 0
    while place < len(data):
        if data[place : place + 1] != data[place + 1 : place + 2]:
            found.append(data[place])
            place += 1
            continue
        if place + 2 >= len(data) or len(found) > _MAX_BYTES:
            return None
        found += data[place : place + 1] * (data[place + 2] + 2)
        place += 3
    return bytes(found) if len(found) <= _MAX_BYTES else None
