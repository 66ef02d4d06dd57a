"""A message that leaves, written for the wire."""

from __future__ import annotations

import logging

from samband.exchange.actions.attachments import unpacked
from samband.exchange.actions.outbound import Content
from samband.exchange.messages import mime_of
from samband.model.items import Item, MessageProperties
from samband.wire.mime.building import Field, date, field_names, people, token, with_fields

log = logging.getLogger(__name__)


def composed(content: Content | None) -> bytes:
    """The message, as it came where it came as one, with the fields that every message must have [RFC5322 3.6].

    The same each time it is asked for, so that a message that is sent again is the same message. Empty for one that
    is lost, or that cannot be written: it must not stand in the way of others.
    """
    if content is None:
        return b""
    item, files, kept = content
    try:
        written = mime_of(item, files, kept, unpacked)
        return with_fields(written, _missing(item, written))
    except Exception:
        log.exception("a message in the queue cannot be written")
        return b""


def _missing(item: Item, written: bytes) -> list[Field]:
    own = item.properties
    if not isinstance(own, MessageProperties):
        return []
    there = field_names(written)
    author = own.from_ or own.sender
    wanted = [
        ("From", "" if author is None else people([(author.name, author.address)])),
        ("Date", date(own.date_time_sent) if own.date_time_sent is not None else ""),
        ("Message-ID", token(own.internet_message_id)),
    ]
    return [(name, value) for name, value in wanted if value and name.lower() not in there]
