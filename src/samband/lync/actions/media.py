"""Sound and pictures of conferences: one room of a media server a conference, with a part for each client in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Literal

from samband.lync.actions.media_muting import Muting
from samband.lync.actions.media_parts import MediaPart, left_meanwhile
from samband.lync.actions.media_server import MediaFailed, MediaRoom, MediaServer
from samband.lync.actions.rooms import Room, Rooms
from samband.model.conferences import RosterChange
from samband.model.failures import Failure

log = logging.getLogger(__name__)
MOST = 100
"""Most clients with media in one conference."""
Availability = Literal["TextOnly", "Unavailable", "Available"]
"""Meetings have no media here; they have, but the media server does not answer; all is well."""


class MeetingMedia:
    """The media of one conference; see ``media_gathering.Gathering``."""

    def __init__(
        self,
        server: MediaServer,
        spawn: Callable[[Awaitable[object]], None],
        empty: Callable[[], None],
        tell: Callable[[], None],
        forces: Callable[[str], bool],
    ) -> None:
        """``tell``: who watches the conference hears of a change; ``forces``: whether somebody is muted by force."""
        self._server = server
        self._empty = empty
        self._tell = tell
        self.forces = forces
        self._lock = asyncio.Lock()
        self._place: MediaRoom | None = None
        self._parts: dict[str, MediaPart] = {}
        self.spawn = spawn

    @property
    def parts(self) -> Collection[MediaPart]:
        """See ``Gathering``."""
        return list(self._parts.values())

    async def seat(self, part: MediaPart) -> None:
        """Give a part its place, in a room that is made for the first one. Raises ``Failure``."""
        if len(self._parts) >= MOST:
            raise Failure("LimitExceeded", f"At most {MOST} have audio and video in one meeting")
        self._parts[part.id] = part
        # Whoever asks may give up: what was begun at the server is ended there, so it is not cut off half way.
        seating = asyncio.ensure_future(self._seated(part))
        self.spawn(seating)
        try:
            failure = await asyncio.shield(seating)
        except BaseException:
            part.leave()
            raise
        if failure is not None:
            part.leave()
            raise failure
        self.show()

    def show(self) -> None:
        """See ``Gathering``."""
        for one in self.parts:
            one.show()
        self._tell()

    async def _seated(self, part: MediaPart) -> Failure | None:
        """Why it has no place."""
        try:
            async with self._lock:
                if part.over:
                    return left_meanwhile()
                if self._place is None:
                    self._place = await self._server.open()
                place = self._place
            await part.sit(await place.enter(part.name, part))
        except MediaFailed as error:
            log.warning("no media for a meeting: %s", error)
            return Failure("Unavailable", "Audio and video are not available right now")
        except Failure as failure:
            return failure
        return None

    def drop(self, part: MediaPart) -> None:
        """See ``Gathering``."""
        self._parts.pop(part.id, None)
        self.show()
        for one in self.parts:
            one.look()
        if not self._parts:
            self._empty()
            self.spawn(self._close())

    def end(self) -> None:
        """The conference is over."""
        for one in self.parts:
            one.leave()

    async def _close(self) -> None:
        async with self._lock:
            place, self._place = self._place, None
        if place is not None:
            await place.close()


class Media:
    """One for a Lync side. ``server`` is None where meetings are held in writing."""

    def __init__(self, rooms: Rooms, server: MediaServer | None, token: Callable[[], str]) -> None:
        self._rooms = rooms
        self._server = server
        self._token = token
        self._meetings: dict[Room, MeetingMedia] = {}
        self._work: set[asyncio.Future[object]] = set()
        self._listeners: dict[object, Callable[[], None]] = {}
        self._followers: dict[tuple[str, str], dict[object, Callable[[], None]]] = {}
        """Who watches a conference, by its organiser's address and its id."""
        self.muting = Muting(rooms, self._parts, self._tell)
        self._deaf = rooms.listen(self._changed, self._ended)
        if server is not None:
            server.listen(self._server_changed)

    @property
    def availability(self) -> Availability:
        """Whether there is audio and video now."""
        if self._server is None:
            return "TextOnly"
        return "Available" if self._server.available else "Unavailable"

    def __len__(self) -> int:
        return sum(len(one.parts) for one in self._meetings.values())

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """``changed``: the media server has come or gone. What comes back ends the listening."""
        key = object()
        self._listeners[key] = changed
        return lambda: self._listeners.pop(key, None) and None

    def follow(self, organizer: str, conference: str, changed: Callable[[], None]) -> Callable[[], None]:
        """``changed``: somebody in a conference has media, or no longer, or is muted.

        What comes back ends the listening.
        """
        key, where = object(), (organizer, conference)
        self._followers.setdefault(where, {})[key] = changed

        def deaf() -> None:
            own = self._followers.get(where, {})
            own.pop(key, None)
            if not own:
                self._followers.pop(where, None)

        return deaf

    def parts(self, organizer: str, conference: str) -> Collection[MediaPart]:
        """Every client with media in a conference; none where nobody is in it."""
        try:
            return self._parts(self._rooms.find(organizer, conference))
        except Failure:
            return ()

    async def enter(self, organizer: str, conference: str, address: str, changed: Callable[[], None]) -> MediaPart:
        """Audio and video for a client of a member.

        Raises ``Failure``: NotFound, Unavailable, LimitExceeded.
        """
        if self._server is None:
            raise Failure("NotFound", "Meetings are held in writing here")
        if not self._server.available:
            raise Failure("Unavailable", "Audio and video are not available right now")
        room = self._rooms.find(organizer, conference)
        member = room.roster.member(address)
        meeting = self._meetings.get(room)
        if meeting is None:
            meeting = self._meetings[room] = MeetingMedia(
                self._server,
                self._spawn,
                lambda: self._forget(room),
                lambda: self._tell(room),
                lambda address: self.muting.forces(room, address),
            )
        part = MediaPart(meeting, self._token(), address, member.name, changed)
        await meeting.seat(part)
        return part

    async def close(self) -> None:
        """End everything."""
        self._deaf()
        for meeting in list(self._meetings.values()):
            meeting.end()
        if self._work:
            await asyncio.wait(self._work, timeout=5)

    # --- what happens elsewhere

    def _changed(self, room: Room, change: RosterChange) -> None:
        meeting = self._meetings.get(room)
        for part in meeting.parts if meeting is not None else ():
            if part.address in change.left:
                part.leave()
            elif part.address in change.changed:
                part.weigh()

    def _parts(self, room: Room) -> Collection[MediaPart]:
        meeting = self._meetings.get(room)
        return meeting.parts if meeting is not None else ()

    def _tell(self, room: Room) -> None:
        for changed in list(self._followers.get((room.address, room.conference.id), {}).values()):
            changed()

    def _ended(self, room: Room) -> None:
        self.muting.forget(room)
        meeting = self._meetings.get(room)
        if meeting is not None:
            meeting.end()

    def _forget(self, room: Room) -> None:
        self._meetings.pop(room, None)

    def _server_changed(self, available: bool) -> None:
        if not available:
            for meeting in list(self._meetings.values()):
                meeting.end()
        for changed in list(self._listeners.values()):
            changed()

    def _spawn(self, work: Awaitable[object]) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[object]) -> None:
        self._work.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("Media could not be seen to", exc_info=task.exception())
