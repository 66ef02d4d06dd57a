"""The client of Janus against a table: its session, its rooms, what is refused, and a server that dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.lync.actions.media_server import MediaFailed
from samband.lync.janus import session as sessions
from samband.lync.janus.session import Refused, Session, Unavailable
from samband.lync.janus.video_rooms import VideoRooms
from samband.wire.janus import BadAnswer, read_answer, read_events
from tests.lync.janus.fake_janus import FakeJanus
from tests.until import until

STREAMS = [
    {"mid": "0", "type": "audio", "feed_id": 7, "active": True},
    {"mid": "1", "type": "video", "feed_id": 7, "active": True},
    {"mid": "2", "type": "video", "active": False},
]


def video_room(_handle: int, body: dict[str, Any], jsep: dict[str, Any] | None) -> dict[str, Any] | None:
    """As much of the plugin as one client meets."""
    match body["request"], body.get("ptype"):
        case "create", _:
            return {"videoroom": "created", "room": body["room"]}
        case "join", "publisher":
            return {"videoroom": "joined", "id": 7, "private_id": 8, "publishers": []}
        case "publish", _:
            return {"videoroom": "event", "configured": "ok", "sdp": f"answer to {jsep and jsep['sdp']}"}
        case "join", "subscriber":
            if body["streams"] == [{"feed": 404}]:
                return {"videoroom": "event", "error_code": 428, "error": "No such feed"}
            return {"videoroom": "attached", "streams": STREAMS, "sdp": "offer"}
        case "update", _:
            return {"videoroom": "updated", "streams": STREAMS, "sdp": "next offer"}
        case "start", _:
            return {"videoroom": "event", "started": "ok"} if jsep and jsep["sdp"] == "yes" else {"error_code": 425}
        case "destroy", _:
            return {"videoroom": "destroyed"}
        case "moderate", _:
            return (
                {"videoroom": "success"} if body["mid"] in ("a1", "a2") else {"error_code": 429, "error": "No such mid"}
            )
    return None


class Ears:
    """See ``Hearer``."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def sends(self) -> None:
        self.heard.append("sends")

    def talking(self, active: bool) -> None:
        self.heard.append("talks" if active else "is silent")

    def receives(self) -> None:
        self.heard.append("receives")

    def deaf(self) -> None:
        self.heard.append("deaf")

    def lost(self) -> None:
        self.heard.append("lost")


Story = Callable[[FakeJanus, Session, VideoRooms], Awaitable[None]]


def play(story: Story, plugin: Any = video_room) -> FakeJanus:
    janus = FakeJanus(plugin)
    numbers = count(1)

    async def run() -> None:
        session = Session(janus, "http://janus.test/janus/", "hush", lambda: f"t{next(numbers)}")
        rooms = VideoRooms(session, "room key", lambda: 42, lambda: f"w{next(numbers)}")
        task = asyncio.ensure_future(session.run())
        await settle()
        await story(janus, session, rooms)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with mock.patch.object(sessions, "AGAIN", 0.001), mock.patch.object(sessions, "PATIENCE", 0.2):
        asyncio.run(run())
    return janus


async def settle() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


@pytest.mark.parametrize("synchronous", [False, True])
def test_a_room_with_one_who_sends_and_receives(synchronous: bool) -> None:
    async def story(janus: FakeJanus, session: Session, rooms: VideoRooms) -> None:
        janus.synchronous = synchronous
        room = await rooms.open()
        made = janus.all[-1]["body"]
        assert (made["room"], made["admin_key"], made["is_private"]) == (42, "room key", True)
        ears = Ears()
        seat = await room.enter("Alice", ears)
        joined = janus.all[-1]["body"]
        assert (joined["display"], joined["pin"], "secret" in joined) == ("Alice", made["pin"], False)
        assert seat.feed == 7
        assert await seat.publish("mine") == "answer to mine"
        sender = max(janus.handles)
        janus.tell(sender, "webrtcup")
        janus.tell(sender, "event", {"videoroom": "talking", "room": 42, "id": 7})
        janus.tell(sender, "event", {"videoroom": "talking", "room": 42, "id": 9})
        janus.tell(sender, "event", {"videoroom": "stopped-talking", "room": 42, "id": 7})
        offer = await seat.watch([7])
        subscribed = janus.all[-1]["body"]
        assert (subscribed["streams"], subscribed["private_id"]) == ([{"feed": 7}], 8)
        assert (offer.sdp, [(one.mid, one.kind, one.feed) for one in offer.tracks]) == (
            "offer",
            [("0", "audio", 7), ("1", "video", 7)],
        )
        await seat.answer("yes")
        janus.tell(max(janus.handles), "webrtcup")
        assert (await seat.watch([7])).sdp == "next offer"
        await settle()
        assert ears.heard == ["sends", "talks", "is silent", "receives"]
        await seat.leave()
        assert len(janus.handles) == 1
        await room.close()
        assert (janus.all[-2]["body"]["request"], janus.handles) == ("destroy", {})
        assert len(session) == 0

    play(story)


def test_what_is_refused_leaves_nothing_behind() -> None:
    async def story(janus: FakeJanus, session: Session, rooms: VideoRooms) -> None:
        room = await rooms.open()
        ears = Ears()
        seat = await room.enter("Alice", ears)
        handles = set(janus.handles)
        with pytest.raises(MediaFailed, match="No such feed") as failed:
            await seat.watch([404])
        assert (failed.value.gone, set(janus.handles)) == (False, handles)
        await seat.watch([7])
        with pytest.raises(MediaFailed):
            await seat.answer("no")
        await settle()
        assert set(janus.handles) == handles
        assert (await seat.watch([7])).sdp == "offer", "everything begins anew"
        janus.tell(max(janus.handles), "hangup", reason="ICE failed")
        await settle()
        assert ears.heard == ["deaf"]

    play(story)


SENT = "v=0\r\nm=audio 9 RTP/AVP 111\r\na=mid:a1\r\nm=video 9 RTP/AVP 96\r\na=mid:v1\r\nm=video 9 x\r\na=mid:v2\r\n"
TWO_VOICES = "v=0\nm=audio 9 RTP/AVP 111\na=mid:a1\nm=\tAudio 9 RTP/AVP 111\na=x\x85m=video 9 y\nA=MID: a2 \r\n"


@pytest.mark.parametrize(
    "sent",
    [
        "m=audio 9 RTP/AVP 111\r\n",
        "m=audio 9 RTP/AVP 111\r\na=mid:\r\n",
        "m=audio 9 RTP/AVP 111\r\nm=video 9 RTP/AVP 96\r\na=mid:v1\r\n",
        "m=audio 9 RTP/AVP 111\r\na=mid:a1\r\na=mid:a2\r\n",
        "m=audio 9 RTP/AVP 111\r\na=mid:a1\r\nm=audio 9 RTP/AVP 111\r\na=mid:a1\r\n",
    ],
)
def test_what_could_not_be_muted_is_not_sent(sent: str) -> None:
    async def story(janus: FakeJanus, _session: Session, rooms: VideoRooms) -> None:
        seat = await (await rooms.open()).enter("Alice", Ears())
        asked = len(janus.all)
        with pytest.raises(MediaFailed, match="mid") as refused:
            await seat.publish(sent)
        assert not refused.value.gone
        assert len(janus.all) == asked

    play(story)


def test_the_owner_of_the_room_mutes_who_sends() -> None:
    async def story(janus: FakeJanus, session: Session, rooms: VideoRooms) -> None:
        room = await rooms.open()
        made = janus.all[-1]["body"]
        seat = await room.enter("Alice", Ears())
        asked = len(janus.all)
        await seat.mute("audio", True)
        assert len(janus.all) == asked, "nothing is sent yet"
        await seat.publish(SENT)
        await seat.mute("audio", True)
        wish = {"request": "moderate", "room": 42, "secret": made["secret"], "id": 7, "mid": "a1", "mute": True}
        assert janus.all[-1]["body"] == wish
        assert wish in janus.handles[min(janus.handles)], "the seat itself does not know the secret"
        await seat.mute("audio", False)
        assert janus.all[-1]["body"] == {**wish, "mute": False}
        with pytest.raises(MediaFailed, match="No such mid"):
            await seat.mute("video", True)
        assert janus.all[-1]["body"]["mid"] == "v1"
        await seat.publish(TWO_VOICES)
        asked = len(janus.all)
        await seat.mute("audio", True)
        muted = [one["body"] for one in janus.all[asked:]]
        assert muted == [wish, {**wish, "mid": "a2"}], "all that is heard of somebody is muted"
        await room.close()
        with pytest.raises(MediaFailed):
            await seat.mute("audio", True)

    play(story)


@pytest.mark.parametrize("joined", [{}, {"id": "seven"}, {"id": [7], "private_id": 8}, {"id": None}])
def test_a_seat_whose_number_cannot_be_read_is_given_up(joined: dict[str, Any]) -> None:
    def plugin(handle: int, body: dict[str, Any], jsep: dict[str, Any] | None) -> dict[str, Any] | None:
        said = video_room(handle, body, jsep)
        return {"videoroom": "joined", **joined} if said and said["videoroom"] == "joined" else said

    async def story(janus: FakeJanus, _session: Session, rooms: VideoRooms) -> None:
        room = await rooms.open()
        handles = set(janus.handles)
        with pytest.raises(MediaFailed, match="number"):
            await room.enter("Alice", Ears())
        assert set(janus.handles) == handles

    play(story, plugin)


def test_a_room_that_is_refused_leaves_no_handle() -> None:
    async def story(janus: FakeJanus, _session: Session, rooms: VideoRooms) -> None:
        with pytest.raises(MediaFailed, match="Unauthorized"):
            await rooms.open()
        assert janus.handles == {}

    play(story, lambda _handle, _body, _jsep: {"error_code": 433, "error": "Unauthorized request"})


def test_a_plugin_that_never_answers() -> None:
    async def story(janus: FakeJanus, session: Session, rooms: VideoRooms) -> None:
        with pytest.raises(MediaFailed) as failed:
            await rooms.open()
        assert failed.value.gone
        assert session._waiting == {}

    play(story, lambda _handle, _body, _jsep: None)


def test_a_server_that_dies_and_returns(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[bool] = []

    async def story(janus: FakeJanus, session: Session, rooms: VideoRooms) -> None:
        rooms.listen(told.append)
        assert rooms.available
        room = await rooms.open()
        ears = Ears()
        seat = await room.enter("Alice", ears)
        janus.dies()
        await until(lambda: not rooms.available)
        assert (ears.heard, told) == (["lost"], [False])
        for work in (rooms.open(), seat.publish("mine"), session.attach(lambda _said: None)):
            with pytest.raises((MediaFailed, Unavailable)):
                await work
        await seat.leave()
        await room.close()
        janus.up = True
        await until(lambda: rooms.available)
        assert told == [False, True]
        await (await rooms.open()).enter("Alice", ears)

    play(story)
    assert "no media: Janus at http://janus.test/janus" in caplog.text
    assert "hush" not in caplog.text


def test_a_session_that_the_server_forgot_is_begun_anew() -> None:
    async def story(janus: FakeJanus, session: Session, rooms: VideoRooms) -> None:
        before = janus.session
        janus.tell(0, "timeout")
        await until(lambda: janus.session != before and rooms.available)
        handle = await session.attach(lambda _said: None)
        janus.handles.clear()
        with pytest.raises(Unavailable):
            await handle.ask({"request": "join"})
        with pytest.raises(Refused):
            await (await session.attach(lambda _said: None)).ask({"request": "start"})

    play(story)


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"7", b'{"a":1}', b'{"janus":7}', b"\xff", b"[" * 5000])
def test_answers_that_are_none(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_answer(body)


NAMES = st.sampled_from(["janus", "sender", "data", "id", "jsep", "sdp", "error", "code", "plugindata"])
json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=20,
)


@given(json)
def test_whatever_comes_is_read_or_refused(found: Any) -> None:
    try:
        for said in read_events(msgspec.json.encode(found)):
            assert isinstance(said.sender, int)
            assert isinstance(said.sdp, str)
    except BadAnswer:
        pass
