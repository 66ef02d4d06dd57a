"""Reports to senders on what became of their mail to other organisations [RFC3464]."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from samband.exchange.actions.exchange import Exchange
from samband.exchange.messages import draft_of_mime
from samband.model.bounces import ITEM_CLASS
from samband.model.item_requests import Draft
from samband.model.items import ItemProperties, MessageProperties
from samband.model.outbound import Fate, Queued, Result
from samband.wire.mime.building import date, people, token
from samband.wire.mime.report import About, Reported, build_report, subject_of
from samband.wire.smtp import status_of

_WORDS = {
    Fate.FAILED: ("Undeliverable", "Your message was not delivered to these recipients:"),
    Fate.DELAYED: ("Delayed", "Your message has not been delivered to these recipients yet; it is tried again:"),
    Fate.DELIVERED: ("Delivered", "Your message was delivered to these recipients:"),
    Fate.RELAYED: ("Relayed", "Your message was handed on to a server that does not report on delivery:"),
}
_CLASSES = {
    Fate.FAILED: ITEM_CLASS,
    Fate.DELAYED: "REPORT.IPM.Note.Delayed",
    Fate.DELIVERED: "REPORT.IPM.Note.DR",
    Fate.RELAYED: "REPORT.IPM.Note.Relayed",
}


def report(
    queued: Queued, original: ItemProperties, content: bytes, told: Sequence[Result], host: str, exchange: Exchange
) -> Draft:
    """What the sender of ``queued`` is told; ``content`` is the message, ``original`` its properties.

    Failures come before delays, delays before what went well.
    """
    worst = next(fate for fate in _CLASSES if any(one.fate is fate for one in told))
    written = _written(queued, original, content, told, worst, host, exchange)
    draft = draft_of_mime(written)
    properties = draft.properties
    if isinstance(properties, MessageProperties) and isinstance(original, MessageProperties):
        properties = msgspec.structs.replace(
            properties, conversation=original.conversation, conversation_topic=original.conversation_topic
        )
    return msgspec.structs.replace(draft, item_class=_CLASSES[worst], properties=properties)


def _written(
    queued: Queued,
    original: ItemProperties,
    content: bytes,
    told: Sequence[Result],
    worst: Fate,
    host: str,
    exchange: Exchange,
) -> bytes:
    domain, now = exchange.settings.domains[0] if exchange.settings.domains else host, exchange.maker.now()
    message_id = original.internet_message_id if isinstance(original, MessageProperties) else ""
    fields = [
        ("From", people([("Postmaster", f"postmaster@{domain}")])),
        ("To", people([("", queued.sender)])),
        ("Subject", subject_of(_WORDS[worst][0], queued.subject)),
        ("Date", date(now)),
        ("Message-ID", f"<{exchange.base.entropy(16).hex()}@{domain}>"),
        ("Auto-Submitted", "auto-replied"),
        ("In-Reply-To", token(message_id)),
        ("References", token(message_id)),
    ]
    until = datetime.fromtimestamp(queued.created, UTC) + timedelta(seconds=exchange.settings.outbound.expiry)
    whole = queued.ret.upper() == "FULL" and worst is Fate.FAILED
    arrived = datetime.fromtimestamp(queued.created, UTC)
    about = About(content, whole, arrived, queued.envelope_id)
    return build_report(fields, _text(queued, told), host, [_reported(one, now, until) for one in told], about)


def _text(queued: Queued, told: Sequence[Result]) -> str:
    lines: list[str] = []
    for fate, (_, sentence) in _WORDS.items():
        found = [one for one in told if one.fate is fate]
        if found:
            lines += [sentence, ""]
            lines += [f"    {one.waiting.address}\r\n        {one.reply}" for one in found]
            lines.append("")
    return "\r\n".join([*lines, f"Subject: {queued.subject}", ""])


def _reported(one: Result, now: datetime, until: datetime) -> Reported:
    return Reported(
        address=one.waiting.address,
        action=one.fate.value,
        status=status_of(one.reply, one.fate.value),
        reply=one.reply,
        host=one.host,
        original=one.waiting.original,
        attempted=now,
        retry_until=until if one.fate is Fate.DELAYED else None,
    )
