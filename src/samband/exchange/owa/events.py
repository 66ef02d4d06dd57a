"""What happens, as it happens: one stream of Server-Sent Events a page.

Events of the mailbox carry the number of their write and their place in it: a browser that lost its connection says the
last it saw (``Last-Event-ID``) and misses nothing. Events of instant messaging carry none; after a gap the page reads
everything anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec

from samband.exchange.actions.notifications import Wanted
from samband.exchange.owa.call import ALWAYS, Call, Handlers, problem
from samband.model.failures import Failure
from samband.model.im_client import ImNews
from samband.model.notifications import Event, EventKind, Mark
from samband.wire.http import HttpResponse

HEARTBEAT = 15.0
"""Seconds between two signs of life: a browser that is gone is found by them, and so is a session that ended."""
MOST_STREAMS = 6
"""Of one session: more pages than that share no browser."""
MOST_WAITING = 500
"""News of instant messaging that wait to be sent; beyond, the page is told to read anew."""
_KINDS = frozenset(EventKind) - {EventKind.FREE_BUSY_CHANGED}


class _Box:
    """News of instant messaging that wait."""

    def __init__(self) -> None:
        self._news: deque[ImNews] = deque()
        self._overflowed = False
        self.wake: Any = lambda: None

    def hear(self, news: ImNews) -> None:
        if len(self._news) >= MOST_WAITING:
            self._news.clear()
            self._overflowed = True
        if not self._overflowed:
            self._news.append(news)
        self.wake()

    def take(self) -> list[bytes]:
        lost, self._overflowed = self._overflowed, False
        found = [_event("im", msgspec.json.encode(one)) for one in self._news]
        self._news.clear()
        return [_event("im", b'{"news":"lost"}'), *found] if lost else found


async def events(call: Call) -> HttpResponse:
    """The stream."""
    if call.session.streams >= MOST_STREAMS:
        return problem(429, "TooManyStreams", "Too many pages of this session are open.")
    headers = [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")]
    return HttpResponse(200, [*headers, *ALWAYS], _stream(call))


async def _stream(call: Call) -> AsyncIterator[bytes]:
    notifications = call.exchange.notifications
    box = _Box()
    call.session.streams += 1
    leave = call.im.join(call.person, box.hear) if call.im is not None else lambda: None
    name = ""
    try:
        name, begin, missed = await _subscribe(call)
        connection = notifications.connect(call.caller, [name])
        if isinstance(connection, list):
            return
        box.wake = connection.wake
        yield b"retry: 2000\n" + _event("begin", msgspec.json.encode({"missed": missed}), begin)
        try:
            while await call.still() and connection.subscriptions:
                news, lost = notifications.take(connection)
                out = [_event("mail", _told(one), one.mark) for _, found in news for one in found]
                out += box.take()
                if lost:
                    break
                yield b"".join(out) or b": still here\n\n"
                await connection.wait(HEARTBEAT)
        finally:
            notifications.disconnect(connection)
        if not await call.still():
            yield _event("signed-out", b'{"over":true}')
    finally:
        call.session.streams -= 1
        leave()
        if name:
            with suppress(Failure):
                await notifications.unsubscribe(call.caller, name)


async def _subscribe(call: Call) -> tuple[str, Mark, bool]:
    """A subscription to the mailbox, the place its events begin after, and whether earlier ones were missed."""
    notifications = call.exchange.notifications
    after = _mark(call.request.headers.get("Last-Event-ID"))
    if after is not None:
        try:
            return *await notifications.subscribe(call.caller, Wanted(None, _KINDS, after=after)), False
        except Failure as failure:
            if failure.code != "ErrorInvalidWatermark":
                raise
    return *await notifications.subscribe(call.caller, Wanted(None, _KINDS)), after is not None


def _mark(text: str) -> Mark | None:
    seq, _, place = text.partition(".")
    if not all(one.isascii() and one.isdigit() and len(one) <= 18 for one in (seq, place)):
        return None
    return Mark(int(seq), int(place))


def _told(event: Event) -> bytes:
    return msgspec.json.encode(
        {
            "kind": event.kind.value.removesuffix("Event"),
            "item": event.item,
            "folder": event.folder or event.parent,
            "from": event.old_parent,
        }
    )


def _event(name: str, data: bytes, mark: Mark | None = None) -> bytes:
    number = f"id: {mark.seq}.{mark.place}\n" if mark is not None else ""
    return f"{number}event: {name}\ndata: ".encode() + data + b"\n\n"


HANDLERS: Handlers = {("GET", "events"): events}
