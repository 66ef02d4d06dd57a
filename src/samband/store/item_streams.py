"""One item as bytes, with all of its properties, what hangs on it and the exceptions of a series.

Only this server reads what it wrote: a stream is sealed, because a forged one could hold what no request could make.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import NamedTuple, cast

import msgspec

from samband.model.items import CalendarProperties, Item
from samband.store import attachments as hanging
from samband.store import calendar
from samband.store.api import Blobs, Tx, WriteTx
from samband.store.attachments import Unpacked
from samband.store.items import mime

_MAGIC = b"Samband item 1\n"
_SEAL = hashlib.sha256().digest_size
_encode = msgspec.msgpack.Encoder().encode
_decode_exception = msgspec.msgpack.Decoder(CalendarProperties).decode


class Corrupt(ValueError):
    """Bytes that this server did not write."""


class _Stream(msgspec.Struct, frozen=True, array_like=True):
    item: bytes
    exceptions: tuple[tuple[int, bytes], ...] = ()


_decode = msgspec.msgpack.Decoder(_Stream).decode


class Read(NamedTuple):
    """What a stream holds."""

    item: Unpacked
    exceptions: Mapping[int, CalendarProperties]


def key(tx: Tx) -> bytes:
    """What streams are sealed with; empty where there is no key yet."""
    row = tx.one("SELECT secret FROM export_key WHERE id = 1")
    return bytes(cast(bytes, row[0])) if row else b""


def make_key(tx: WriteTx, secret: bytes) -> bytes:
    """Keep ``secret`` as the key, unless there is one; the key."""
    tx.run("INSERT INTO export_key (id, secret) VALUES (1, ?) ON CONFLICT DO NOTHING", secret)
    return key(tx)


def write(tx: Tx, blobs: Blobs, item: Item, secret: bytes) -> bytes:
    """The stream of ``item``, which must be whole."""
    packed = hanging.pack(
        item.kind,
        item.item_class,
        item.properties,
        hanging.contents(tx, blobs, item.id),
        mime(tx, blobs, item.id),
    )
    exceptions = calendar.exceptions_of(tx, item.id) if isinstance(item.properties, CalendarProperties) else {}
    body = _encode(_Stream(packed, tuple((ordinal, _encode(one)) for ordinal, one in exceptions.items())))
    return _MAGIC + _seal(body, secret) + body


def read(data: bytes, secret: bytes) -> Read:
    """What ``write`` was given. Raises ``Corrupt``."""
    if not secret or not data.startswith(_MAGIC):
        raise Corrupt("not an exported item")
    start = len(_MAGIC) + _SEAL
    seal, body = data[len(_MAGIC) : start], data[start:]
    if not hmac.compare_digest(seal, _seal(body, secret)):
        raise Corrupt("not an item exported here")
    stream = _decode(body)
    return Read(hanging.unpack(stream.item), {ordinal: _decode_exception(one) for ordinal, one in stream.exceptions})


def _seal(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, body, "sha256")


def put_exceptions(tx: WriteTx, item: Item, exceptions: Mapping[int, CalendarProperties]) -> None:
    """Give a calendar item exactly these exceptions, and index it."""
    if not isinstance(item.properties, CalendarProperties):
        return
    calendar.drop_exceptions(tx, item.id)
    for ordinal, one in exceptions.items():
        calendar.put_exception(tx, item.id, ordinal, one)
    calendar.index(tx, item.mailbox, item.folder, item.id, item.properties, exceptions)
