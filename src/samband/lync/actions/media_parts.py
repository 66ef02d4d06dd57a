"""One client's sound and pictures in a meeting: what it sends, and the one offer at a time of what it receives."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from samband.lync.actions.media_gathering import Gathering
from samband.lync.actions.media_server import Kind, MediaFailed, MediaSeat, Offer, Track
from samband.model.failures import Failure

log = logging.getLogger(__name__)
MOST_FAILURES = 5
"""So often what a client receives is begun anew; then its network does not let it through."""

AGAIN, MOST_AGAIN = 1.0, 30.0
"""Seconds until what could not be watched is asked for again: at first, and at most."""


class MediaPart:
    """Made by ``Media.enter``. ``changed`` is called whenever something is shown differently."""

    def __init__(self, gathering: Gathering, id: str, address: str, name: str, changed: Callable[[], None]) -> None:
        self._gathering = gathering
        self._changed = changed
        self._seat: MediaSeat | None = None
        self._watched: set[int] = set()
        self._pause = AGAIN
        self._again: asyncio.TimerHandle | None = None
        self._asking = False
        self._publishing = False
        self._failures = 0
        self._muting = asyncio.Lock()
        self._forced = False
        """Whether it was forced to be silent when that was looked at last."""
        self.id = id
        self.address = address
        self.name = name
        self.published = False
        """Whether others can watch it."""
        self.audio = False
        """Whether its microphone is on."""
        self.video = False
        self.muted: set[Kind] = set()
        """What of it the server lets nobody see or hear, whatever it sends."""
        self.times_muted: dict[Kind, int] = {"audio": 0, "video": 0}
        """How often that was done to it: a client turns its microphone or camera off each time."""
        self.is_talking = False
        self.over = False
        self.offer: Offer | None = None
        """What it must answer."""
        self.number = 0
        """Of the latest offer."""
        self.generation = 0
        """Grows when what is received begins anew: a description before it means nothing any more."""

    @property
    def feed(self) -> int:
        """The number that others watch it by; 0 while it sends nothing."""
        return self._seat.feed if self._seat is not None and self.published else 0

    @property
    def forced(self) -> bool:
        """Whether it stays muted until a presenter says otherwise."""
        return self._gathering.forces(self.address)

    @property
    def others(self) -> list[MediaPart]:
        """Everybody else, in the order in which they came."""
        return [one for one in self._gathering.parts if one is not self]

    def of(self, track: Track) -> str:
        """The id of whoever a track comes from; empty where they have left."""
        return next((one.id for one in self.others if one.feed == track.feed), "")

    # --- what its client asks

    async def publish(self, offer: str, *, audio: bool, video: bool) -> str:
        """Begin to send, which a part does once; the answer to the offer. Raises ``Failure``."""
        seat = self._seated()
        if self._publishing:
            raise Failure("Conflict", "It sends already: start anew to send something else")
        self._publishing = True
        try:
            answer = await seat.publish(offer)
            async with self._muting:
                for kind in sorted(self.muted):
                    await seat.mute(kind, True)
        except MediaFailed as error:
            self._publishing = False
            raise _failure(error) from None
        self.audio, self.video = audio, video
        return answer

    async def report(self, *, audio: bool, video: bool) -> None:
        """Microphone or camera was turned on or off; whoever turns theirs on is no longer muted. Raises ``Failure``."""
        self._seated()
        before, now = {"audio": self.audio, "video": self.video}, {"audio": audio, "video": video}
        if before == now:
            return
        self.audio, self.video = audio, video
        self._tell_all()
        for kind in sorted(self.muted):
            if now[kind] and not before[kind] and not (kind == "audio" and self.forced):
                await self.mute(kind, False)

    async def mute(self, kind: Kind, muted: bool) -> None:
        """Let nothing of a medium through, or let it again. Raises ``Failure``."""
        async with self._muting:
            if (kind in self.muted) is muted:
                return
            if self._publishing:
                try:
                    await self._seated().mute(kind, muted)
                except MediaFailed as error:
                    log.warning("somebody could not be muted, or heard again: %s", error)
                    raise Failure("Unavailable", "The media server does not do it right now") from None
            self._note_muted(kind, muted)
        self._gathering.show()

    def _note_muted(self, kind: Kind, muted: bool) -> None:
        (self.muted.add if muted else self.muted.discard)(kind)
        self.times_muted[kind] += muted

    async def answer(self, number: int, sdp: str) -> None:
        """Accept the latest offer. Raises ``Failure``: Conflict where ``number`` is not its own."""
        seat = self._seated()
        if self.offer is None or number != self.number:
            raise Failure("Conflict", "There is another offer now, or none")
        self.offer, self._asking = None, True
        try:
            await seat.answer(sdp)
        except MediaFailed as error:
            self._begin_anew()
            raise _failure(error) from None
        finally:
            self._asking = False
            self.look()

    def leave(self) -> None:
        """End it; nothing happens where it is over."""
        if self.over:
            return
        self.over = True
        if self._again is not None:
            self._again.cancel()
        self._gathering.drop(self)
        seat, self._seat = self._seat, None
        if seat is not None:
            self._gathering.spawn(seat.leave())
        self.published = False
        self._changed()

    # --- what the gathering tells

    async def sit(self, seat: MediaSeat) -> None:
        """It has its place. Raises ``Failure`` where it left meanwhile."""
        if self.over:
            await seat.leave()
            raise left_meanwhile()
        self._seat = seat
        self._forced = self.forced
        if self._forced:
            self._note_muted("audio", True)
        self.look()

    def show(self) -> None:
        """Something is different with somebody."""
        self._changed()

    def weigh(self) -> None:
        """All are muted now, or no longer, or its owner's role is another."""
        before, self._forced = self._forced, self.forced
        if self._forced and not before:
            self._gathering.spawn(self._hush())
        self._changed()

    async def _hush(self) -> None:
        with contextlib.suppress(Failure):  # it has been logged, and whoever begins anew is muted
            await self.mute("audio", True)

    def look(self) -> None:
        """Ask for what others send and this one does not receive yet, and forget what nobody sends any more."""
        self._watched &= {one.feed for one in self.others}
        if self._missing() and not self._asking and self.offer is None and not self.over:
            self._asking = True
            self._gathering.spawn(self._watch())

    # --- what the server tells (``Hearer``)

    def sends(self) -> None:
        """See ``Hearer``."""
        self.published = True
        self._tell_all()

    def talking(self, active: bool) -> None:
        """See ``Hearer``."""
        if self.is_talking != active:
            self.is_talking = active
            for one in self._gathering.parts:
                one.show()

    def receives(self) -> None:
        """See ``Hearer``. A network that lets it through once is not given up for what it did before."""
        self._failures = 0

    def deaf(self) -> None:
        """See ``Hearer``."""
        if not self.over:
            self._begin_anew()
            self.look()

    def lost(self) -> None:
        """See ``Hearer``."""
        self.leave()

    # --- within

    def _seated(self) -> MediaSeat:
        if self.over or self._seat is None:
            raise Failure("Conflict", "There is no audio and video here now: start it")
        return self._seat

    def _missing(self) -> list[int]:
        if self._seat is None or self._failures > MOST_FAILURES:
            return []
        feeds = [one.feed for one in self.others]
        return [feed for feed in feeds if feed and feed not in self._watched]

    async def _watch(self) -> None:
        seat, missing, failed = self._seat, self._missing(), True
        if seat is None or not missing:  # it, or they, left before this began
            self._asking = False
            return
        try:
            self._watched.update(missing)
            offer = await seat.watch(missing)
            failed, self._pause = False, AGAIN
            if not self.over:
                self.offer = offer
                self.number += 1
                self._changed()
        except MediaFailed as error:
            log.info("what others send could not be watched: %s", error)
        finally:
            self._asking = False
            if failed:
                self._watched.difference_update(missing)
                if self._missing() != missing:
                    self.look()
                else:
                    self._look_later()

    def _look_later(self) -> None:
        """The server may be at fault, and for a while only."""
        if self._again is not None:
            self._again.cancel()
        self._again = asyncio.get_running_loop().call_later(self._pause, self.look)
        self._pause = min(2 * self._pause, MOST_AGAIN)

    def _begin_anew(self) -> None:
        self.offer = None
        self._watched.clear()
        self._failures += 1
        self.generation += 1
        self._changed()

    def _tell_all(self) -> None:
        self._gathering.show()
        for one in self._gathering.parts:
            one.look()


def left_meanwhile() -> Failure:
    """Whoever was to have a place is gone."""
    return Failure("Conflict", "The meeting was left meanwhile")


def _failure(error: MediaFailed) -> Failure:
    log.info("the media server refused: %s", error)
    if error.gone:
        return Failure("Unavailable", "Audio and video are not available right now")
    return Failure("BadRequest", "The media server does not take this description")
