"""Conferences over a Lync side in memory: clients that make them, join, watch and write."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from pathlib import Path

from samband.lync.actions.conferences import Conferences
from samband.lync.actions.kept_rooms import KeptRooms
from samband.lync.actions.rooms import Rooms
from samband.lync.sip.conference_doors import ConferenceDoors
from samband.lync.sip.im_session import description
from samband.wire.conference.cccp import AddConference, AddUser, Operation, write_request
from samband.wire.conference.cccp_answers import AnswerDocument, read_answer
from samband.wire.conference.conference_info import ConferenceDocument, read_conference
from samband.wire.conference.join_links import JoinLinks
from samband.wire.conference.names import CCCP_TYPE, CONFERENCE_INFO_TYPE
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from tests.lync.sip.presence_world import Dialog, LyncEndpoint, PresenceWorld, presence_world
from tests.trust.fakes import News, store

FACTORY = "sip:alice@contoso.test;gruu;opaque=app:conf:focusfactory"
FOCUS = "sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:AB12"
CHAT = "sip:alice@contoso.test;gruu;opaque=app:conf:chat:id:AB12"


class ConferenceWorld:
    """A presence world with conferences; ``settle`` lets what waits for the store end."""

    def __init__(
        self, world: PresenceWorld, conferences: Conferences, news: News, kept: KeptRooms | None = None
    ) -> None:
        self.world = world
        self.conferences = conferences
        self.kept = kept
        self.rooms = Rooms(conferences, news, kept)
        links = JoinLinks({"contoso.test": "https://meet.contoso.test"})
        self.doors = ConferenceDoors(world.side, world.doors, conferences, self.rooms, links)

    async def settle(self) -> None:
        await self.world.settle()
        for _ in range(200):
            await asyncio.sleep(0.001)
            if not self.rooms._readings:
                return

    def client(self, name: str, epid: str = "") -> Conferee:
        return Conferee(self, name, epid or f"epid-{name}")


class Conferee(LyncEndpoint):
    """A Lync client in conferences, one at a time."""

    def __init__(self, conferences: ConferenceWorld, name: str, epid: str) -> None:
        self.conferences = conferences
        self.guid = f"{{{name}-{epid}}}"
        self._talks = itertools.count(1)
        self.focus: Talk | None = None
        self.chat: Talk | None = None
        self.watching: Dialog | None = None
        super().__init__(conferences.world, name, epid)

    async def ask_factory(self, operation: Operation, uri: str = FACTORY) -> tuple[SipResponse, AnswerDocument | None]:
        """Ask the focus factory; the answer, and what is in it."""
        self.service(CCCP_TYPE, write_request("1", self.aor, uri, operation), uri)
        await self.conferences.settle()
        response = self.take_response()
        return response, read_answer(response.body) if response.body else None

    async def make(self, **wanted: str) -> None:
        """Make the conference AB12."""
        _, answer = await self.ask_factory(AddConference("AB12", kinds=("chat",), **wanted))
        assert answer is not None
        assert (answer.code, answer.conference) == ("success", FOCUS)

    async def join(self, focus: str = FOCUS, body: bytes | None = None) -> SipResponse:
        """Join the focus; the final response."""
        wanted = write_request("1", self.aor, focus, AddUser(focus, self.aor, "attendee", self.guid))
        talk = Talk(self, focus, next(self._talks))
        talk.send("INVITE", wanted.encode() if body is None else body, Content_Type=CCCP_TYPE)
        await self.conferences.settle()
        final = talk.opened()
        if final.status == 200:
            self.focus = talk
        return final

    def watch_focus(self, focus: str = FOCUS, **fields: str) -> SipResponse:
        """Subscribe to who is in."""
        dialog = self.subscribe("conference", focus, Accept=CONFERENCE_INFO_TYPE, **fields)
        if dialog.response.status == 200:
            self.watching = dialog
        return dialog.response

    def open_chat(self, chat: str = CHAT, body: bytes = b"") -> SipResponse:
        """Join the chat."""
        talk = Talk(self, chat, next(self._talks))
        talk.send("INVITE", body or description(self.session.flow), Content_Type="application/sdp")
        final = talk.opened()
        if final.status == 200:
            self.chat = talk
        return final

    async def enter(self) -> None:
        """Join, watch and chat."""
        assert (await self.join()).status == 200
        assert self.watch_focus().status == 200
        assert self.open_chat().status == 200
        self.inbox()

    def lead(self, operation: Operation) -> AnswerDocument:
        """Ask the focus within its dialog."""
        assert self.focus is not None
        text = write_request("9", self.aor, FOCUS, operation)
        return read_answer(self.focus.ask("INFO", text.encode(), Content_Type=CCCP_TYPE).body)

    async def lead_later(self, operation: Operation) -> AnswerDocument:
        """The same where the answer waits until what it says is kept."""
        assert self.focus is not None
        self.focus.send("INFO", write_request("9", self.aor, FOCUS, operation).encode(), Content_Type=CCCP_TYPE)
        assert not [one for one in self.inbox() if isinstance(one, SipResponse)], "not before it is on disk"
        await self.conferences.settle()
        (response,) = [one for one in self.inbox() if isinstance(one, SipResponse)]
        return read_answer(response.body)

    def heard(self) -> list[SipMessage]:
        """What arrived; requests are answered with 200."""
        found = self.inbox()
        for one in found:
            if isinstance(one, SipRequest) and one.method not in ("ACK", "BENOTIFY"):
                self.answer(one, 200)
        return found

    def told(self) -> list[ConferenceDocument]:
        """The documents that arrived; nothing else may have."""
        found = self.inbox()
        assert all(one.get("Content-Type") == CONFERENCE_INFO_TYPE for one in found), found
        return [read_conference(one.body) for one in found]


class Talk:
    """One dialog of a client with a part of a conference."""

    def __init__(self, client: Conferee, uri: str, number: int) -> None:
        self.client = client
        self.uri = uri
        self.call_id = f"{client.name}-{client.peer[1]}-talk{number}"
        self.to = f"<{uri}>"
        self.cseq = 0
        self.passed: list[SipMessage] = []
        """What arrived together with the response of ``ask``."""

    def send(self, method: str, body: bytes = b"", **fields: str) -> None:
        if method != "ACK":
            self.cseq += 1
        request = self.client.request(
            method, self.uri, to=self.to, body=body, call_id=self.call_id, cseq=self.cseq, **fields
        )
        if method == "INVITE":
            request.put("Contact", f"<{self.client.contact}>")
        self.client.send(self.client.dress(request))

    def opened(self) -> SipResponse:
        """The final response to the INVITE, acknowledged."""
        found = self.client.inbox()
        (final,) = [one for one in found if isinstance(one, SipResponse) and one.status >= 200]
        if final.status == 200:
            self.to = final.get("To") or ""
            self.send("ACK")
        return final

    def ask(self, method: str, body: bytes = b"", **fields: str) -> SipResponse:
        """Send a request; its response. Whatever else arrived is in ``passed``."""
        self.send(method, body, **fields)
        found = self.client.inbox()
        (response,) = [one for one in found if isinstance(one, SipResponse)]
        self.passed = [one for one in found if one is not response]
        return response


Scene = Callable[[ConferenceWorld], Coroutine[None, None, None]]


def play(folder: Path, *scenes: Scene, keeps: bool = False) -> None:
    """Run scenes one after another over one store, each with a fresh Lync side: as if the server had restarted.

    ``keeps``: who is in a conference is kept as a served site keeps it, and answers wait for that.
    """

    async def run() -> None:
        for number, scene in enumerate(scenes):
            place = folder / f"presence{number}"
            place.mkdir()
            news = News()
            async with presence_world(place) as world, store(folder, news) as opened:
                conferences = Conferences(
                    opened,
                    world.directory,  # type: ignore[arg-type]
                    world.time,
                    lambda size: bytes(size),
                )
                kept = KeptRooms(opened, world.time) if keeps else None
                if kept is not None:
                    await kept.start()
                await scene(ConferenceWorld(world, conferences, news, kept))
                if kept is not None:
                    await kept.settled()

    asyncio.run(run())
