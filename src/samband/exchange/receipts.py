"""Receipts between MIME and items [RFC3464], [RFC8098]."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from samband.model.bounces import ITEM_CLASS
from samband.model.item_values import Receipt
from samband.model.items import MessageProperties
from samband.model.receipts import ITEM_CLASSES
from samband.model.receipts import Reported as What
from samband.wire.mime.building import Field
from samband.wire.mime.report import About, Disposed, Reported, build_notification, build_report

_CLASSES = {
    **{what.value: name for what, name in ITEM_CLASSES.items()},
    "failed": ITEM_CLASS,
    "delayed": "REPORT.IPM.Note.Delayed",
    "relayed": "REPORT.IPM.Note.Relayed",
    "expanded": "REPORT.IPM.Note.Expanded",
}


def report_class(said: str) -> str:
    """The item class of a report that says ``said`` of a message; empty where that is none we know."""
    return _CLASSES.get(said, "")


def receipt_mime(own: MessageProperties, receipt: Receipt, fields: Sequence[Field]) -> bytes:
    """A receipt written here, as a message with header ``fields``."""
    author = own.from_ or own.sender
    host = (author.address.rpartition("@")[2] if author is not None else "") or "localhost"
    body = own.text_body
    text = "" if body is None else body.content
    if receipt.what != What.DELIVERED:
        disposed = Disposed(receipt.recipients[0], receipt.message_id, receipt.what)
        return build_notification(fields, text, host, disposed)
    sent = receipt.sent or own.date_time_sent or datetime.fromtimestamp(0, UTC)
    people = [Reported(one, receipt.what, "2.0.0", "") for one in receipt.recipients]
    return build_report(fields, text, host, people, About(b"", False, sent))
