"""Framing of SIP: feed bytes, get messages [RFC3261 18.3; RFC5626 4.4.1].

However the bytes are cut, the same events come out.
"""

from __future__ import annotations

from dataclasses import dataclass

from samband.wire.sip.message import SipMessage, SipRequest
from samband.wire.sip.native import whole_in_c
from samband.wire.sip.parsing import Unreadable, parse_head, read_head

MAX_HEAD = 32 * 1024
"""Longest start line and header fields, in bytes."""
MAX_BODY = 256 * 1024
"""Longest body, in bytes."""

_PING = b"\r\n\r\n"
_NEWLINES = b"\r\n"


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """CRLF CRLF between messages: a ping that may be answered with one CRLF."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A message that cannot be served. ``fatal``: framing is lost and the connection must be closed."""

    error: Unreadable
    fatal: bool = False

    def __post_init__(self) -> None:
        # A value from here on: with the frames it was raised in, which hold on to us, it would outlive the connection.
        self.error.__traceback__ = self.error.__context__ = None


Event = SipMessage | KeepAlive | Broken


@whole_in_c(read_head)
def read_whole(data: bytes, max_head: int, max_body: int) -> tuple[list[Event], int]:
    """The ordinary messages that ``data`` begins with, each of them all there, and where what is left begins."""
    messages: list[Event] = []
    start, end = 0, len(data)
    while start < (stop := data.find(_PING, start)) <= start + max_head and (read := read_head(data[start:stop])):
        message, length = read
        behind = stop + 4 + (length or 0)
        if behind > end or (length or 0) > max_body:
            break
        if length:
            message.body = data[stop + 4 : behind]
        messages.append(message)
        start = behind
    return messages, start


class StreamReader:
    """The reading half of one connection."""

    __slots__ = ("_buffer", "_event", "_lost", "_need", "_scanned", "max_body", "max_head")

    def __init__(self, max_head: int = MAX_HEAD, max_body: int = MAX_BODY) -> None:
        self.max_head = max_head
        self.max_body = max_body
        self._buffer: bytes | bytearray = b""
        self._scanned = 0
        self._event: SipMessage | Broken | None = None
        """What waits for ``_need`` bytes of body."""
        self._need = 0
        self._lost = False

    def __len__(self) -> int:
        """Bytes held that do not yet make a message."""
        return len(self._buffer)

    @property
    def idle(self) -> bool:
        """Whether no message is half read: half a keep-alive, or the answer to one, is none."""
        return self._event is None and not self._buffer.strip(_PING)

    def feed(self, data: bytes) -> list[Event]:
        """The events that ``data`` completes. After a fatal ``Broken`` everything is ignored."""
        if self._lost:
            return []
        events: list[Event]
        if self._buffer or self._event is not None:
            events, start = [], 0
            buffer = self._join(data) if self._buffer else data
        else:
            events, start = read_whole(data, self.max_head, self.max_body)
            buffer = data
        end = len(buffer)
        if start == end:
            self._buffer = b""
            return events
        event, self._event = self._event, None
        need = self._need
        while True:
            if event is None:
                if start >= end:
                    break
                if buffer[start] in _NEWLINES:
                    skipped = _skip_newlines(buffer, start, events)
                    if skipped == start:
                        break
                    start = skipped
                    continue
                stop = buffer.find(_PING, start + self._scanned)
                if (end if stop < 0 else stop) - start > self.max_head:
                    return self._lose(events, Unreadable(513, "Header too large"))
                if stop < 0:
                    self._scanned = max(end - start - 3, 0)
                    break
                self._scanned = 0
                try:
                    event, length = parse_head(bytes(buffer[start:stop]))
                except Unreadable as error:
                    event, length = Broken(error), error.length
                need = length or 0
                start = stop + 4
                if need < 0 or need > self.max_body:
                    return self._lose(events, _unframed(event, need))
            if end - start < need:
                self._event, self._need = event, need
                break
            if need and not isinstance(event, Broken):
                event.body = bytes(buffer[start : start + need])
            start += need
            events.append(event)
            event = None
        self._buffer = buffer[start:] if start else buffer
        return events

    def _join(self, data: bytes) -> bytearray:
        """What is held and ``data``, in an array that grows in place."""
        if isinstance(self._buffer, bytes):
            self._buffer = bytearray(self._buffer)
        self._buffer += data
        return self._buffer

    def _lose(self, events: list[Event], error: Unreadable) -> list[Event]:
        self._lost = True
        self._buffer = b""
        self._event = None
        events.append(Broken(error, fatal=True))
        return events


def _unframed(event: SipMessage | Broken, length: int) -> Unreadable:
    """Why the end of a message cannot be found."""
    partial = event.error.partial if isinstance(event, Broken) else event
    request = partial if isinstance(partial, SipRequest) else None
    if isinstance(event, Broken) and length < 0:
        return event.error
    return Unreadable(513, "Body too large", request)


def _skip_newlines(buffer: bytes | bytearray, start: int, events: list[Event]) -> int:
    """Step over newlines between messages; the same index comes back where more bytes must be seen first."""
    if buffer.startswith(_PING, start):
        events.append(KeepAlive())
        return start + 4
    if len(buffer) - start < 4 and _PING.startswith(bytes(buffer[start:])):
        return start
    return start + 1


class MessageReader:
    """The reading half where the transport keeps messages apart: one is fed at a time, and none is ever half read.

    Where it ends need not be said then [RFC7118]: Content-Length may be absent.
    """

    __slots__ = ()

    @property
    def idle(self) -> bool:
        """Whether no message is half read."""
        return True

    def feed(self, data: bytes) -> list[Event]:
        """The event that ``data`` is; none for the answer to a keep-alive."""
        return [] if data == b"\r\n" else [read_datagram(data)]


def read_datagram(data: bytes, max_head: int = MAX_HEAD, max_body: int = MAX_BODY) -> Event:
    """A datagram: one message, whose body ends with the datagram at the latest [RFC3261 18.3]."""
    data = data.lstrip(b"\r\n")
    if not data:
        return KeepAlive()
    head, separator, body = data.partition(_PING)
    try:
        message, length = parse_head(head[:max_head] if separator else head[:max_head].rstrip(b"\r\n"))
    except Unreadable as error:
        return Broken(error)
    partial = message if isinstance(message, SipRequest) else None
    if len(head) > max_head or len(body) > max_body:
        return Broken(Unreadable(513, "Message too large", partial))
    if not separator:
        return Broken(Unreadable(400, "Message has no end of header", partial))
    if length is not None and length > len(body):
        return Broken(Unreadable(400, "Content-Length is greater than the datagram", partial))
    message.body = body if length is None else body[:length]
    return message
