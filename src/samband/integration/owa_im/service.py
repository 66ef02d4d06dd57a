"""Instant messaging for everybody who is signed in to the web client: who has it, who has not, and why.

For each of them one task keeps an endpoint of Lync alive for as long as a browser listens, and looks again and again
whether the steps it stands on are done; a connection that fails is tried again, later each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import datetime

from samband.integration.owa_im.agent import Agent
from samband.integration.owa_im.line import Dial, Line, LineDown
from samband.integration.owa_im.readiness import Readiness
from samband.integration.owa_im.talks import Talks
from samband.integration.owa_im.watches import LIFE, Refused
from samband.model.im_client import (
    UNAVAILABLE,
    ImNews,
    ImStatus,
    ImView,
    ListInMailbox,
    NoInstantMessaging,
    StatusNews,
)
from samband.model.people import Person

log = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two looks whether all steps are done."""
LONGEST_PAUSE = 60.0
"""Seconds between two attempts to connect, at most."""
GRACE = 30.0
"""Seconds that an endpoint outlives its last browser: a page that is loaded anew is no sign-out."""
MOST_USERS = 5000

Hear = Callable[[ImNews], None]


class OwaInstantMessaging:
    """What the web client is given. ``person_of``: people by objectGUID as the directory knows them now."""

    def __init__(
        self,
        readiness: Readiness,
        dial: Dial,
        person_of: Callable[[str], Person | None],
        clock: Callable[[], datetime],
        words: Callable[[], str],
        *,
        look: float = LOOK,
        grace: float = GRACE,
    ) -> None:
        self._readiness = readiness
        self._person_of = person_of
        self._clock = clock
        self._words = words
        self._look = look
        self._grace = grace
        self._line = Line(dial, words, self.look_again)
        self._seats: dict[str, _Seat] = {}

    def join(self, person: Person, hear: Hear) -> Callable[[], None]:
        """Have instant messaging for as long as the browser listens; what ends it. News begin with the next change."""
        seat = self._seats.get(person.objectGUID)
        if seat is None:
            if len(self._seats) >= MOST_USERS:
                log.warning("more than %d people want instant messaging", MOST_USERS)
                return lambda: None
            seat = self._seats[person.objectGUID] = _Seat(self, person.objectGUID)
        seat.add(hear)
        return lambda: seat.leave(hear)

    def look_again(self) -> None:
        """Settings, the directory or the connection changed: look at once."""
        for seat in self._seats.values():
            seat.wake()

    def view(self, person: Person) -> ImView:
        """Everything as it stands."""
        seat = self._seats.get(person.objectGUID)
        return seat.view() if seat is not None else ImView(status=ImStatus.UNAVAILABLE, text=UNAVAILABLE)

    @property
    def signed_in(self) -> int:
        """How many people have it now."""
        return sum(seat.agent is not None for seat in self._seats.values())

    def agent(self, person: Person) -> Agent:
        """The endpoint of who is signed in. Raises ``NoInstantMessaging``."""
        seat = self._seats.get(person.objectGUID)
        if seat is None or seat.agent is None:
            raise NoInstantMessaging(UNAVAILABLE)
        return seat.agent

    # --- the verbs of the web client; each raises ``NoInstantMessaging``, changes of the list also ``ListInMailbox``

    def say(self, person: Person, to: str, text: str) -> None:
        """Write to somebody."""
        self.agent(person).talks.say(to, text)

    def typing(self, person: Person, to: str, typing: bool) -> None:
        """Say that the user is typing, or stopped."""
        self.agent(person).talks.type(to, typing)

    def accept(self, person: Person, to: str) -> None:
        """Take part in what somebody began."""
        self.agent(person).talks.accept(to)

    def end(self, person: Person, to: str) -> None:
        """End a conversation."""
        self.agent(person).talks.close(to)

    async def choose(self, person: Person, choice: str) -> None:
        """Be available, busy ..., one of ``model.im_client.CHOICES``."""
        await _asked(self.agent(person).choose(choice))

    async def add_contact(self, person: Person, address: str, name: str) -> None:
        """Put somebody on the contact list where Lync keeps it."""
        await _asked(self.agent(person).add_contact(address, name))

    async def remove_contact(self, person: Person, address: str) -> None:
        """Take somebody off it."""
        await _asked(self.agent(person).remove_contact(address))

    # --- for seats

    def talks(self, tell: Hear) -> Talks:
        """Conversations of somebody who has none yet."""
        return Talks(self._clock, self._words, tell)

    async def open(self, guid: str, talks: Talks, tell: Hear, fell: Callable[[], None]) -> Agent:
        """Sign somebody in. Raises ``NoInstantMessaging``."""
        person = self._person_of(guid)
        if person is None or not person.enabled:
            raise NoInstantMessaging("the account may not sign in", 0, ImStatus.OFF)
        server = await self._readiness.server(person)
        agent = Agent(person, self._line, talks, self._words, tell, fell)
        try:
            await self._line.open(server)
            await agent.sign_in()
        except LineDown as down:
            agent.forget()
            raise NoInstantMessaging(str(down), 5) from None
        except Refused as refused:
            agent.forget()
            raise _refusal(refused) from None
        return agent

    async def check(self, agent: Agent) -> None:
        """Look whether all steps are still done for who is signed in. Raises ``NoInstantMessaging``."""
        person = self._person_of(agent.person.objectGUID)
        if person is None or not person.enabled:
            raise NoInstantMessaging("the account may not sign in", 0, ImStatus.OFF)
        server = await self._readiness.server(person)
        if person.proxy_sip.lower() != agent.address:
            raise NoInstantMessaging("the SIP address changed")
        if not self._line.stands(server, agent.connection):
            raise NoInstantMessaging("the connection to Lync ended", 5)

    def forget(self, guid: str) -> None:
        """Nobody listens any more."""
        self._seats.pop(guid, None)
        if not self._seats:
            self._line.close()

    @property
    def look(self) -> float:
        """Seconds between two looks."""
        return self._look

    @property
    def grace(self) -> float:
        """Seconds that an endpoint outlives its last browser."""
        return self._grace

    async def close(self) -> None:
        """Sign everybody out, and end the connection."""
        seats = list(self._seats.values())
        await asyncio.gather(*(seat.stop() for seat in seats), return_exceptions=True)
        self._line.close()


class _Seat:
    """One person: who listens, and the task that keeps the endpoint."""

    def __init__(self, house: OwaInstantMessaging, guid: str) -> None:
        self._house = house
        self._guid = guid
        self._hearers: list[Hear] = []
        self._woken = asyncio.Event()
        self._fallen = False
        self.agent: Agent | None = None
        self._talks = house.talks(self._tell)
        self.status = ImStatus.UNAVAILABLE
        self.why = ""
        self._task = asyncio.create_task(self._run(), name="an endpoint of Lync")
        self._task.add_done_callback(self._ended)

    def add(self, hear: Hear) -> None:
        self._hearers.append(hear)

    def leave(self, hear: Hear) -> None:
        if hear in self._hearers:
            self._hearers.remove(hear)
            self.wake()

    def wake(self) -> None:
        self._woken.set()

    def view(self) -> ImView:
        agent = self.agent
        if agent is None:
            return ImView(status=self.status, text=UNAVAILABLE if self.status is ImStatus.UNAVAILABLE else "")
        roster = agent.roster
        return ImView(
            status=self.status,
            me=roster.sights.get(agent.address),
            groups=roster.group_names(),
            contacts=roster.listed(),
            sights=tuple(one for address, one in roster.sights.items() if address != agent.address),
            talks=agent.talks.views(),
        )

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _tell(self, news: ImNews) -> None:
        for hear in list(self._hearers):
            hear(news)

    def _fell(self) -> None:
        self._fallen = True
        self.wake()

    async def _run(self) -> None:
        pause = 1.0
        try:
            while await self._wanted():
                try:
                    self.agent = await self._house.open(self._guid, self._talks, self._tell, self._fell)
                    self._fallen = False
                    self._say(ImStatus.ON, "")
                    pause = 1.0
                    await self._live(self.agent)
                except NoInstantMessaging as reason:
                    self._say(reason.status, str(reason))
                    asked = reason.step in (0, 5) and reason.status is not ImStatus.OFF
                else:
                    asked = False
                await self._leave_agent()
                # Not all at the same moment: a server that comes back has enough to do.
                await self._sleep((pause if asked else self._house.look) * random.uniform(0.5, 1.0))
                pause = min(pause * 2, LONGEST_PAUSE) if asked else 1.0
        finally:
            await self._leave_agent()
            self._house.forget(self._guid)

    async def _live(self, agent: Agent) -> None:
        """As long as all is well. Raises ``NoInstantMessaging``."""
        renewed = asyncio.get_running_loop().time()
        while await self._wanted():
            await self._sleep(self._house.look)
            if self._fallen:
                raise NoInstantMessaging("Lync signed the endpoint out")
            await self._house.check(agent)
            try:
                if asyncio.get_running_loop().time() - renewed > LIFE / 2:
                    await agent.refresh()
                    renewed = asyncio.get_running_loop().time()
            except LineDown as down:
                raise NoInstantMessaging(str(down)) from None
            except Refused as refused:
                raise _refusal(refused) from None

    async def _wanted(self) -> bool:
        """Whether somebody listens, or does so again before the grace is over."""
        if not self._hearers:
            self._woken.clear()
            await self._sleep(self._house.grace)
        return bool(self._hearers)

    async def _sleep(self, seconds: float) -> None:
        # Not by wait_for: what wakes it at the moment of a cancellation would swallow that.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()

    async def _leave_agent(self) -> None:
        agent, self.agent = self.agent, None
        if agent is not None:
            if self.status is ImStatus.ON:
                self._say(ImStatus.UNAVAILABLE, self.why)
            await agent.sign_out()

    def _say(self, status: ImStatus, why: str) -> None:
        if why and why != self.why:
            level = logging.INFO if status is ImStatus.OFF else logging.WARNING
            log.log(level, "no instant messaging in the web client: %s", why, extra={"person": self._guid})
        changed, self.status, self.why = status is not self.status, status, why
        if changed:
            self._tell(StatusNews(status))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("instant messaging of the web client failed", exc_info=error)


async def _asked(work: Awaitable[None]) -> None:
    try:
        await work
    except LineDown as down:
        raise NoInstantMessaging(str(down)) from None
    except Refused as refused:
        if refused.response.status == 403:
            raise ListInMailbox(str(_refusal(refused))) from None
        raise _refusal(refused) from None


def _refusal(refused: Refused) -> NoInstantMessaging:
    """What a refusal of Lync means: without trust in this application there is none (step 5)."""
    response = refused.response
    said = response.get("ms-diagnostics") or response.get("Warning") or response.reason
    if response.status in (401, 407) or (response.status == 403 and said.startswith("1010")):
        return NoInstantMessaging("Lync does not take this server for a trusted application", 5)
    return NoInstantMessaging(f"Lync refused: {response.status} {said}")
