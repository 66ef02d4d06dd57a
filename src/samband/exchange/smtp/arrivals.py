"""What messages that come in by SMTP have in common, whoever brings them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from samband.exchange.actions.exchange import Exchange
from samband.exchange.messages import arrival_of_mime
from samband.exchange.smtp.reports import report
from samband.model.item_requests import Draft
from samband.model.outbound import Fate, Queued, Result, Waiting
from samband.wire.mime.building import date
from samband.wire.mime.words import clean
from samband.wire.smtp import Addressed, Envelope

MAX_RECIPIENTS = 500
MAX_HOPS = 100
"""A message that was received more often than this goes round in circles [RFC5321 6.3]."""
_LARGE = 64 * 1024

ACCEPTED = "250 2.0.0 Message accepted"
LATER = "451 4.3.0 The message cannot be kept now, try again later"
TOO_MANY = "452 4.5.3 Too many recipients"
LOOP = "554 5.4.6 Too many hops"
TOO_LARGE = "552 5.3.4 The message is too large"

_HOP = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
_UNSAFE = re.compile(r"[^!-~ ]+")


def fault(content: bytes, limit: int) -> str:
    """Why a message is refused whoever it is for; empty where it is not."""
    if len(content) > limit:
        return TOO_LARGE
    hops = len(_HOP.findall(content[: content.find(b"\r\n\r\n") + 1 or _LARGE]))
    return LOOP if hops > MAX_HOPS else ""


async def drafted(exchange: Exchange, content: bytes) -> Draft:
    """What a message says; a large one is read on another thread."""
    zone = exchange.settings.clock
    if len(content) > _LARGE:
        return await asyncio.to_thread(arrival_of_mime, content, zone)
    return arrival_of_mime(content, zone)


def traced(value: str) -> str:
    """What a client said, as it may stand in a trace field."""
    return _UNSAFE.sub("", clean(value))[:256]


def received(envelope: Envelope, host: str, exchange: Exchange) -> tuple[str, str]:
    """The field that says how a message came [RFC5321 4.4]."""
    how = f"from {traced(envelope.helo)} ([{traced(envelope.peer)}])\r\n by {host} with {envelope.protocol}"
    return "Received", f"{how}; {date(exchange.clock())}"


def receipt(
    exchange: Exchange, host: str, envelope: Envelope, draft: Draft, delivered: Sequence[Addressed]
) -> Draft | None:
    """The report that a message is in the mailboxes of ``delivered``; None where nobody asked for one."""
    wished = [one for one in delivered if "SUCCESS" in one.notify.split(",")]
    if not wished or not envelope.sender:
        return None
    now = int(exchange.clock().timestamp())
    waiting = [
        Waiting(place, one.address, "", one.notify, one.original, 0, now, False, "") for place, one in enumerate(wished)
    ]
    queued = Queued(
        0, envelope.sender, envelope.envelope_id, envelope.ret, draft.properties.subject, now, tuple(waiting)
    )
    told = [Result(one, Fate.DELIVERED, "", "") for one in waiting]
    return report(queued, draft.properties, draft.mime, told, host, exchange)
