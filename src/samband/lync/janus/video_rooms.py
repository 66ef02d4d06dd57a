"""Rooms of Janus's VideoRoom plugin as the verbs of media want them: one a conference, closed to everybody else."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from samband.lync.actions.media_server import Hearer, Kind, MediaFailed, Offer, Track
from samband.lync.janus.session import Handle, Refused, Session, Unavailable
from samband.wire.janus import BadAnswer, BadDescription, Said, read_joined, read_mids, read_tracks

log = logging.getLogger(__name__)
PUBLISHERS = 50
"""Most people who send in one room."""
BITRATE = 1_000_000
"""Bits a second of video that one sender is allowed."""


class VideoRooms:
    """See ``actions.media_server.MediaServer``. ``number`` gives a fresh random number below 2**53."""

    def __init__(self, session: Session, room_key: str, number: Callable[[], int], token: Callable[[], str]) -> None:
        """``room_key`` is the plugin's ``admin_key``, empty where it has none."""
        self._session = session
        self._room_key = room_key
        self._number = number
        self._token = token

    @property
    def available(self) -> bool:
        """See ``MediaServer``."""
        return self._session.available

    def listen(self, changed: Callable[[bool], None]) -> None:
        """See ``MediaServer``."""
        self._session.changed = changed

    async def open(self) -> VideoRoom:
        """See ``MediaServer``."""
        room = VideoRoom(self._session, self._number(), self._token() + self._token(), self._token() + self._token())
        await room.create(self._room_key)
        return room


class VideoRoom:
    """See ``actions.media_server.MediaRoom``. Its secret and its pin never leave the server."""

    def __init__(self, session: Session, id: int, secret: str, pin: str) -> None:
        self._session = session
        self._id = id
        self._secret = secret
        self._pin = pin
        self._owner: Handle | None = None

    async def create(self, room_key: str) -> None:
        """Make it. Raises ``MediaFailed``."""
        wanted: dict[str, object] = {
            "request": "create",
            "room": self._id,
            "description": "meeting",
            "secret": self._secret,
            "pin": self._pin,
            "is_private": True,
            "publishers": PUBLISHERS,
            "bitrate": BITRATE,
            "audiolevel_event": True,
            "audio_active_packets": 25,
            "audio_level_average": 40,
        }
        if room_key:
            wanted["admin_key"] = room_key
        try:
            self._owner = await self._session.attach(lambda _said: None)
            await self._owner.ask(wanted)
        except (Unavailable, Refused) as error:
            if self._owner is not None:
                await self._owner.detach()
            raise _failed(error) from None

    async def enter(self, name: str, hear: Hearer) -> VideoSeat:
        """See ``MediaRoom``."""
        seat = VideoSeat(self._session, {"room": self._id, "pin": self._pin}, hear, self._moderate)
        await seat.enter(name)
        return seat

    async def _moderate(self, wish: Mapping[str, object]) -> None:
        """Have the owner decide over what somebody sends. Raises ``Unavailable`` and ``Refused``."""
        if self._owner is None:
            raise Unavailable("the room is closed")
        await self._owner.ask({"request": "moderate", "room": self._id, "secret": self._secret, **wish})

    async def close(self) -> None:
        """See ``MediaRoom``."""
        if self._owner is None:
            return
        try:
            await self._owner.ask({"request": "destroy", "room": self._id, "secret": self._secret})
        except (Unavailable, Refused) as error:
            log.info("a room of Janus was not destroyed: %s", error)
        await self._owner.detach()


class VideoSeat:
    """See ``actions.media_server.MediaSeat``: a handle that sends, and one that receives what the others send."""

    def __init__(
        self,
        session: Session,
        room: dict[str, object],
        hear: Hearer,
        moderate: Callable[[Mapping[str, object]], Awaitable[None]],
    ) -> None:
        """``moderate`` is what the owner of the room may and a seat may not."""
        self._session = session
        self._room = room
        self._listener = hear
        self._moderate = moderate
        self._mids: dict[str, list[str]] = {}
        self._sender: Handle | None = None
        self._receiver: Handle | None = None
        self._private = 0
        self.feed = 0

    async def enter(self, name: str) -> None:
        """Come in. Raises ``MediaFailed``."""
        try:
            self._sender = await self._session.attach(self._hear)
            wanted = {"request": "join", "ptype": "publisher", "display": name} | self._room
            self.feed, self._private = read_joined(await self._sender.ask(wanted))
        except (Unavailable, Refused, BadAnswer) as error:
            await self.leave()
            raise _failed(error) from None

    async def publish(self, offer: str) -> str:
        """See ``MediaSeat``."""
        if self._sender is None:
            raise MediaFailed("There is no sender")
        try:
            mids = read_mids(offer)
            said = await self._sender.ask({"request": "publish"}, ("offer", offer))
        except (Unavailable, Refused, BadDescription) as error:
            raise _failed(error) from None
        self._mids = mids
        return _described(said)

    async def mute(self, kind: Kind, muted: bool) -> None:
        """See ``MediaSeat``."""
        try:
            for mid in self._mids.get(kind, ()):
                await self._moderate({"id": self.feed, "mid": mid, "mute": muted})
        except (Unavailable, Refused) as error:
            raise _failed(error) from None

    async def watch(self, feeds: Sequence[int]) -> Offer:
        """See ``MediaSeat``."""
        streams = [{"feed": feed} for feed in feeds]
        try:
            if self._receiver is None:
                said = await self._receive(streams)
            else:
                said = await self._receiver.ask({"request": "update", "subscribe": streams})
            tracks = tuple(Track(one.mid, one.kind, one.feed) for one in read_tracks(said))
        except (Unavailable, Refused, BadAnswer) as error:
            raise _failed(error) from None
        return Offer(_described(said), tracks)

    async def _receive(self, streams: list[dict[str, int]]) -> Said:
        """Begin to receive; a handle that could not join is of no use."""
        receiver = await self._session.attach(self._heard_receiving)
        wanted = {"request": "join", "ptype": "subscriber", "streams": streams, "autoupdate": False}
        try:
            said = await receiver.ask(wanted | self._room | {"private_id": self._private})
        except (Unavailable, Refused):
            await receiver.detach()
            raise
        self._receiver = receiver
        return said

    async def answer(self, sdp: str) -> None:
        """See ``MediaSeat``."""
        if self._receiver is None:
            raise MediaFailed("Nothing was offered")
        try:
            await self._receiver.ask({"request": "start"}, ("answer", sdp))
        except (Unavailable, Refused) as error:
            receiver, self._receiver = self._receiver, None
            await receiver.detach()
            raise _failed(error) from None

    async def leave(self) -> None:
        """See ``MediaSeat``."""
        handles, self._receiver, self._sender = (self._receiver, self._sender), None, None
        for handle in handles:
            if handle is not None:
                await handle.detach()

    def _hear(self, said: Said | None) -> None:
        if said is None or said.kind == "hangup":
            self._listener.lost()
        elif said.kind == "webrtcup":
            self._listener.sends()
        elif said.data.get("id") == self.feed and said.data.get("videoroom") in ("talking", "stopped-talking"):
            self._listener.talking(said.data["videoroom"] == "talking")

    def _heard_receiving(self, said: Said | None) -> None:
        if self._receiver is None:
            return
        if said is None or said.kind == "hangup":
            self._receiver = None
            self._listener.deaf()
        elif said.kind == "webrtcup":
            self._listener.receives()


def _described(said: Said) -> str:
    if not said.sdp:
        raise MediaFailed("The media server described nothing")
    return said.sdp


def _failed(error: Exception) -> MediaFailed:
    return MediaFailed(str(error), gone=isinstance(error, Unavailable))
