"""SIP over WebSocket, on the HTTP listeners: the handshake, then a SIP message a WebSocket message [RFC7118].

What one peer may make the server hold is bounded as over TCP. Peers are pinged, so that one that is gone is noticed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from samband.net.http_connection import HttpConnection, connection_of
from samband.net.sip_side import Address, Bounds, SipSide, StreamSession
from samband.wire import websocket
from samband.wire.sip.stream import MAX_BODY, MAX_HEAD

log = logging.getLogger(__name__)

PROTOCOL = "sip"
SWEEP = 5.0
"""Seconds between two looks for peers that are silent too long."""
USUAL = Bounds(connections=10_000)
"""Half of the connections that an HTTP listener takes: mail is not shut out."""
PING = 60.0
"""Seconds of silence after which a peer is pinged, and after as many more it is dropped."""


class SipWebSockets:
    """The WebSocket connections of one SIP side."""

    def __init__(
        self,
        side: SipSide,
        allows: Callable[[str], bool],
        bounds: Bounds = USUAL,
        ping: float = PING,
    ) -> None:
        """``allows``: whether pages of an origin (``https://host:port``) may connect, for browsers name theirs."""
        self._side = side
        self._allows = allows
        self.bounds = bounds
        self.ping = ping
        self._connections: set[_WebSocket] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._closing = False

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Shake hands and serve the connection until its end; or refuse, and say why."""
        connection = connection_of(request)
        refusal = self._refusal(request)
        if refusal is not None or connection is None:
            return refusal or _refused(400, "This connection cannot be a WebSocket.")
        answer = web.StreamResponse(status=101, reason="Switching Protocols", headers=_agreed(request))
        answer.force_close()
        await answer.prepare(request)
        socket = _WebSocket(self, connection)
        self._connections.add(socket)
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(self._pause, self._sweep)
        try:
            socket.open(self._side, "wss" if connection.samband.tls else "ws")
            connection.take_over(socket)
            await socket.over
        finally:
            self._connections.discard(socket)
            socket.feed_eof()
        return answer

    def close(self) -> None:
        """Tell every peer that the server goes away, and take no more."""
        self._closing = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        for socket in list(self._connections):
            socket.finish(websocket.GOING_AWAY)

    def _refusal(self, request: web.BaseRequest) -> web.Response | None:
        headers = request.headers
        wanted = {one.strip().lower() for one in headers.get(hdrs.CONNECTION, "").split(",")}
        if headers.get(hdrs.UPGRADE, "").lower() != "websocket" or "upgrade" not in wanted or request.method != "GET":
            return _refused(426, "SIP is served here over WebSocket.", Upgrade="websocket")
        if headers.get(hdrs.SEC_WEBSOCKET_VERSION) != "13":
            return _refused(426, "The version of WebSocket is 13.", Upgrade="websocket", Sec_WebSocket_Version="13")
        if PROTOCOL not in _offered(request):
            return _refused(400, "Sec-WebSocket-Protocol does not offer sip.")
        origin = headers.get(hdrs.ORIGIN)
        if origin is not None and not self._allows(origin):
            log.info("refused SIP over WebSocket to a page of another origin: %.200r", origin)
            return _refused(403, "Pages of this origin may not connect.")
        try:
            websocket.accept_of(headers.get(hdrs.SEC_WEBSOCKET_KEY, ""))
        except ValueError as problem:
            return _refused(400, f"{problem}.")
        if self._closing or len(self._connections) >= self.bounds.connections:
            return _refused(503, "There are too many connections.", Retry_After="30")
        return None

    @property
    def _pause(self) -> float:
        return min(SWEEP, self.ping, self.bounds.message)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweeping = loop.call_later(self._pause, self._sweep)
        now = loop.time()
        for socket in list(self._connections):
            socket.look(now)


class _WebSocket:
    """One connection: what aiohttp reads is fed here, and what is written goes to its transport."""

    def __init__(self, sockets: SipWebSockets, connection: HttpConnection) -> None:
        self._sockets = sockets
        self._connection = connection
        self._reader = websocket.FrameReader(MAX_HEAD + MAX_BODY)
        self._session: StreamSession | None = None
        self._unsent: list[bytes] = []
        self._heard = self._begun = self._said = asyncio.get_running_loop().time()
        self._spoken = False
        self._pinged = 0.0
        self._closing = False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the connection is gone."""

    def open(self, side: SipSide, transport: str) -> None:
        """Tell the SIP side."""
        peer, local = _place(self._connection.samband.peer), _place(self._connection.samband.local)
        self._session = side.open(
            transport, peer, local, self.write, lambda: self.finish(websocket.NORMAL), frozenset(), frozenset()
        )

    # --- what aiohttp calls

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Serve bytes of the peer; aiohttp never has to stop by itself, and nothing is left over."""
        idle, now = self._reader.idle, asyncio.get_running_loop().time()
        self._heard, self._pinged = now, 0.0
        if idle:
            self._begun = now
        try:
            for event in self._reader.feed(data):
                self._serve(event)
        except Exception:
            log.exception("a SIP connection over WebSocket failed", extra={"peer": self._connection.samband.peer})
            self.drop()
        return False, b""

    def feed_eof(self) -> None:
        """The connection is gone."""
        session, self._session = self._session, None
        if session is not None:
            session.lost()
        if not self.over.done():
            self.over.set_result(None)

    # --- in and out

    def _serve(self, event: websocket.Event) -> None:
        if isinstance(event, websocket.Message):
            self._spoken, self._said = True, self._heard
            if self._session is not None and not self._closing:
                self._session.feed(event.data)
        elif isinstance(event, websocket.Ping):
            self._put(websocket.pong_frame(event.payload))
        elif isinstance(event, websocket.Closed):
            if event.fault:
                log.info("ended SIP over WebSocket: %s", event.fault, extra={"peer": self._connection.samband.peer})
            self.finish(event.code)

    def write(self, data: bytes) -> None:
        """Send one SIP message soon; what the peer does not take is kept, up to ``Bounds.unsent``."""
        if not self._closing:
            self._put(websocket.message_frame(data))

    def _put(self, frame: bytes) -> None:
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(frame)

    def _flush(self) -> None:
        frames, self._unsent = self._unsent, []
        if frames and self._connection.send(b"".join(frames)) > self._sockets.bounds.unsent:
            log.warning("a SIP client does not read what it is sent; dropped")
            self.drop()

    def finish(self, code: int) -> None:
        """Say goodbye with ``code``, and close after what was written has left."""
        if not self._closing:
            self._closing = True
            self._put(websocket.close_frame(code))
            self._flush()
            self._connection.finish()

    def drop(self) -> None:
        """Close at once."""
        self._closing = True
        self._connection.drop()

    def look(self, now: float) -> None:
        """Drop a peer that takes too long, and ping one that says nothing."""
        session, bounds = self._session, self._sockets.bounds
        if session is None:
            return
        silent = now - self._heard
        half = not self._spoken or not self._reader.idle
        idle = bounds.settled if session.settled else bounds.unsettled
        began = self._begun if self._spoken else self._said
        if (half and now - began > bounds.message) or now - self._said > idle:
            self.drop()
        elif silent > self._sockets.ping:
            if self._pinged and now - self._pinged > self._sockets.ping:
                self.drop()
            elif not self._pinged:
                self._pinged = now
                self._put(websocket.ping_frame())


def allows_origins(own: frozenset[str], others: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether an origin is one of ``own`` or of ``others``, in which ``*`` stands for any."""
    known = frozenset(filter(None, map(_origin, (*own, *others))))
    return lambda origin: "*" in others or _origin(origin) in known


def _origin(text: str) -> str:
    """An origin with the port that its scheme implies, in lower case; empty where it is none."""
    try:
        parts = urlsplit(text.lower())
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname and port else ""


def _offered(request: web.BaseRequest) -> set[str]:
    values = request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, [])
    return {one.strip().lower() for value in values for one in value.split(",")}


def _agreed(request: web.BaseRequest) -> dict[str, str]:
    return {
        hdrs.UPGRADE: "websocket",
        hdrs.CONNECTION: "Upgrade",
        hdrs.SEC_WEBSOCKET_ACCEPT: websocket.accept_of(request.headers[hdrs.SEC_WEBSOCKET_KEY]),
        hdrs.SEC_WEBSOCKET_PROTOCOL: PROTOCOL,
        hdrs.SERVER: "Samband",
    }


def _refused(status: int, text: str, **fields: str) -> web.Response:
    headers = {hdrs.SERVER: "Samband"} | {name.replace("_", "-"): value for name, value in fields.items()}
    response = web.Response(status=status, text=f"{text}\n", headers=headers)
    response.force_close()
    return response


def _place(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return host, int(port) if port.isdigit() else 0
