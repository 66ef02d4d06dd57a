"""WebSocket frames as a server reads and writes them, and the handshake's key [RFC6455 4.2.2, 5].

However the bytes are cut, the same events come out. A message is whole before it is told of, and never longer than its
reader takes; no extension is spoken.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from typing import Final

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
NOT_TEXT: Final = 1007
TOO_BIG: Final = 1009
"""Status codes of a Close frame [RFC6455 7.4.1]."""

_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_FINAL, _MASKED = 0x80, 0x80
_RESERVED = 0x70
_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SENDABLE = frozenset((*range(1000, 1004), *range(1007, 1012)))
_MOST_CONTROL = 125


@dataclass(frozen=True, slots=True)
class Message:
    """A text or binary message, all its fragments together."""

    data: bytes
    text: bool


@dataclass(frozen=True, slots=True)
class Ping:
    """To be answered with a Pong of the same payload."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a Ping, or a sign of life."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing more is read: the peer closed, or it broke the rules. ``code`` is what to close with."""

    code: int
    fault: str = ""
    """What rule was broken; empty where the peer closed."""


Event = Message | Ping | Pong | Closed


class FrameReader:
    """The reading half of one connection with a client."""

    __slots__ = ("_buffer", "_lost", "_message", "_most", "_text")

    def __init__(self, most: int) -> None:
        """``most``: bytes of the longest message."""
        self._most = most
        self._buffer = bytearray()
        self._message: bytearray | None = None
        """The fragments so far of a message that has begun."""
        self._text = False
        self._lost = False

    @property
    def idle(self) -> bool:
        """Whether neither a frame nor a message is half read."""
        return not self._buffer and self._message is None

    def feed(self, data: bytes) -> list[Event]:
        """The events that ``data`` completes. After ``Closed`` everything is ignored."""
        events: list[Event] = []
        if self._lost:
            return events
        self._buffer += data
        start = 0
        try:
            while (found := self._frame(start)) is not None:
                first, payload, start = found
                event = self._event(first, payload)
                if event is not None:
                    events.append(event)
                if isinstance(event, Closed):
                    self._end()
                    return events
        except _Fault as fault:
            self._end()
            events.append(Closed(fault.code, str(fault)))
            return events
        del self._buffer[:start]
        return events

    def _end(self) -> None:
        self._lost = True
        self._buffer.clear()
        self._message = None

    def _frame(self, start: int) -> tuple[int, bytes, int] | None:
        """First byte, unmasked payload and end of the frame at ``start``; None where it is not all there."""
        buffer = self._buffer
        if len(buffer) - start < 2:
            return None
        first, second = buffer[start], buffer[start + 1]
        length, at = second & ~_MASKED, start + 2
        self._check_head(first, second, length)
        size = {126: 2, 127: 8}.get(length, 0)
        if len(buffer) < at + size:
            return None
        if size:
            (length,) = struct.unpack_from("!H" if size == 2 else "!Q", buffer, at)
            if length < (126 if size == 2 else 65536):
                raise _Fault(PROTOCOL_ERROR, "a length is not in its shortest form")
        if length + len(self._message or b"") > self._most:
            raise _Fault(TOO_BIG, "a message is too large")
        at += size
        end = at + 4 + length
        if len(buffer) < end:
            return None
        return first, _masked(bytes(buffer[at + 4 : end]), bytes(buffer[at : at + 4])), end

    def _check_head(self, first: int, second: int, length: int) -> None:
        opcode = first & 0x0F
        if first & _RESERVED:
            raise _Fault(PROTOCOL_ERROR, "an extension that was not agreed")
        if not second & _MASKED:
            raise _Fault(PROTOCOL_ERROR, "a client's frame is not masked")
        if opcode in (_CLOSE, _PING, _PONG):
            if length > _MOST_CONTROL or not first & _FINAL:
                raise _Fault(PROTOCOL_ERROR, "a control frame is too long or in fragments")
        elif opcode in (_TEXT, _BINARY):
            if self._message is not None:
                raise _Fault(PROTOCOL_ERROR, "a message begins within another")
        elif opcode != _CONTINUATION or self._message is None:
            raise _Fault(PROTOCOL_ERROR, "a frame that continues nothing, or of an unknown kind")

    def _event(self, first: int, payload: bytes) -> Event | None:
        opcode = first & 0x0F
        if opcode == _PING:
            return Ping(payload)
        if opcode == _PONG:
            return Pong()
        if opcode == _CLOSE:
            return Closed(_close_code(payload))
        if opcode != _CONTINUATION:
            self._text = opcode == _TEXT
            if first & _FINAL:
                return self._whole(payload)
            self._message = bytearray(payload)
            return None
        held = self._message
        assert held is not None, "looked at with the frame's head"
        held += payload
        if not first & _FINAL:
            return None
        self._message = None
        return self._whole(bytes(held))

    def _whole(self, data: bytes) -> Message:
        if self._text and not _is_utf8(data):
            raise _Fault(NOT_TEXT, "a text message is not UTF-8")
        return Message(data, self._text)


class _Fault(Exception):
    """A rule was broken; ``code`` is what to close with."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def message_frame(data: bytes) -> bytes:
    """A message in one frame: text where it is UTF-8, else binary."""
    return _server_frame(_TEXT if _is_utf8(data) else _BINARY, data)


def ping_frame() -> bytes:
    """A Ping without payload."""
    return _server_frame(_PING, b"")


def pong_frame(payload: bytes) -> bytes:
    """The answer to a Ping."""
    return _server_frame(_PONG, payload)


def close_frame(code: int) -> bytes:
    """A Close with its status code."""
    return _server_frame(_CLOSE, struct.pack("!H", code))


def accept_of(key: str) -> str:
    """Sec-WebSocket-Accept for a Sec-WebSocket-Key. Raises ``ValueError`` where that is no 16 bytes in base64."""
    try:
        nonce = base64.b64decode(key, validate=True)
    except ValueError:
        nonce = b""
    if len(nonce) != 16:
        raise ValueError("Sec-WebSocket-Key is not 16 bytes in base64")
    return base64.b64encode(hashlib.sha1(key.encode() + _KEY, usedforsecurity=False).digest()).decode()


def _server_frame(opcode: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return bytes((_FINAL | opcode, length)) + payload
    if length < 65536:
        return struct.pack("!BBH", _FINAL | opcode, 126, length) + payload
    return struct.pack("!BBQ", _FINAL | opcode, 127, length) + payload


def _masked(payload: bytes, mask: bytes) -> bytes:
    length = len(payload)
    pattern = (mask * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pattern, "little")).to_bytes(length, "little")


def _close_code(payload: bytes) -> int:
    """The code to answer a Close with: its own, or what it should have had."""
    if not payload:
        return NORMAL
    if len(payload) < 2:
        raise _Fault(PROTOCOL_ERROR, "a Close with half a code")
    (code,) = struct.unpack_from("!H", payload)
    if code not in _SENDABLE and not 3000 <= code < 5000:
        raise _Fault(PROTOCOL_ERROR, "a Close with a code that nobody may send")
    if not _is_utf8(payload[2:]):
        raise _Fault(NOT_TEXT, "the reason of a Close is not UTF-8")
    return int(code)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
