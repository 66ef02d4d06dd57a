"""What the web client's endpoint of Lync answers, message by message, and why it is not there."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import cast

import pytest

from samband.integration.owa_im.line import Line, LineDown, Stream
from samband.integration.owa_im.readiness import Readiness
from samband.integration.owa_im.service import OwaInstantMessaging
from samband.integration.owa_im.talks import Talks
from samband.model.im_client import (
    UNAVAILABLE,
    ImNews,
    ImStatus,
    LineNews,
    NoInstantMessaging,
    TalkNews,
    TalkState,
    TypingNews,
)
from samband.model.instant_messaging import OwaVirtualDirectory
from samband.wire.dns import Kind, Lookup, Outcome
from samband.wire.sip.address import tag_in
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.stream import StreamReader
from tests.trust.fakes import person

BOB = "bob@contoso.test"
SDP = b"v=0\r\nm=message 5061 sip null\r\na=accept-types:text/plain\r\n"
TYPES = '<?xml version="1.0"?><KeyboardActivity><status status="type"/></KeyboardActivity>'


class Wire:
    """The other end of the connection: what was sent to it, and what it sends."""

    local = ("127.0.0.1", 40000)

    def __init__(self) -> None:
        self.sent: list[SipRequest | SipResponse] = []
        self.feed: Callable[[bytes], None] = lambda _: None
        self.lost: Callable[[], None] = lambda: None
        self.answers = 200
        self._numbers = itertools.count(1)

    async def dial(self, host: str, feed: Callable[[bytes], None], lost: Callable[[], None]) -> Stream:
        if host == "nowhere":
            raise ConnectionRefusedError("nobody listens")
        self.feed, self.lost = feed, lost
        return self

    def send(self, data: bytes) -> None:
        """Requests are answered with ``answers``, but for those that begin or end something by hand."""
        for event in StreamReader().feed(data):
            assert isinstance(event, SipRequest | SipResponse)
            self.sent.append(event)
            if isinstance(event, SipRequest) and event.method not in ("ACK", "CANCEL") and self.answers:
                answer = respond(event, self.answers, tag="bobs").put("Contact", f"<sip:{BOB};opaque=x;gruu>")
                asyncio.get_running_loop().call_soon(self.feed, answer.to_bytes())

    def close(self) -> None:
        """Nothing more comes."""

    def ask(self, method: str, body: bytes = b"", to: str = "", **fields: str) -> SipResponse:
        """Bob asks something; the last answer to it."""
        self.push(method, body, to, **fields)
        return self.last()

    def push(self, method: str, body: bytes = b"", to: str = "", number: int = 0, **fields: str) -> None:
        number = number or next(self._numbers)
        tag = f";tag={to}" if to else ""
        request = SipRequest(method, "sip:127.0.0.1:40000", {}, body)
        request.put("Via", f"SIP/2.0/TLS lync:5061;branch=z9hG4bK{method}{number}").put("From", f"<sip:{BOB}>;tag=b")
        request.put("To", f"<sip:alice@contoso.test>{tag}").put("Call-ID", "c").put("CSeq", f"{number} {method}")
        request.put("Contact", f"<sip:{BOB};opaque=x;gruu>").put("Record-Route", "<sip:lync:5061;lr>")
        for name, value in fields.items():
            request.put(name.replace("_", "-"), value)
        self.feed(request.to_bytes())

    def last(self) -> SipResponse:
        return next(one for one in reversed(self.sent) if isinstance(one, SipResponse))

    def requests(self) -> list[str]:
        return [one.method for one in self.sent if isinstance(one, SipRequest)]


class Alice:
    """The speaker."""

    address = "alice@contoso.test"
    contact = "<sip:alice@contoso.test;opaque=a;gruu>"

    def __init__(self) -> None:
        words = (f"word{number}" for number in itertools.count())
        self.wire = Wire()
        self.fallen = 0
        self.line = Line(self.wire.dial, words.__next__, self._fell)
        self.news: list[ImNews] = []
        self.talks = Talks(lambda: datetime(2026, 11, 23, tzinfo=UTC), words.__next__, self.news.append)
        self.talks.speaker = self
        self.line.hearers[self.address] = lambda request: cast(None, self.talks.hear(request))

    def _fell(self) -> None:
        self.fallen += 1

    def request(self, method: str, uri: str, call_id: str) -> SipRequest:
        request = SipRequest(method, uri, {"From": [f"<sip:{self.address}>;tag=a"], "To": [f"<{uri}>"]})
        return request.put("Call-ID", call_id).put("CSeq", f"1 {method}")

    def name_of(self, address: str) -> str:
        return "Bob"

    def states(self) -> list[TalkState]:
        return [one.talk.state for one in self.news if isinstance(one, TalkNews)]

    def heard(self) -> list[tuple[str, str]]:
        return [(one.line.text, one.line.failed) for one in self.news if isinstance(one, LineNews)]


def play(story: Callable[[Alice], Awaitable[None]]) -> None:
    async def run() -> None:
        alice = Alice()
        await alice.line.open("lync")
        try:
            await story(alice)
        finally:
            alice.talks.end()
            await alice.talks.ended()
            alice.line.close()

    asyncio.run(asyncio.wait_for(run(), 20))


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_an_invitation_waits_for_the_user_and_then_for_nothing() -> None:
    async def story(alice: Alice) -> None:
        wire = alice.wire
        assert wire.ask("INVITE", SDP, ms_text_format="text/plain; charset=UTF-8;ms-body=aGk=").status == 180
        assert alice.states() == [TalkState.INVITED]
        assert cast(TalkNews, alice.news[-1]).talk.preview == "hi"
        alice.talks.accept(BOB)
        agreed = wire.last()
        assert (agreed.status, agreed.get("Record-Route")) == (200, "<sip:lync:5061;lr>")
        assert b"m=message" in agreed.body
        tag = tag_in(agreed.get("To") or "")
        wire.push("ACK", to=tag, number=1)
        assert wire.ask("INFO", TYPES.encode(), tag).status == 200
        assert alice.news[-1] == TypingNews(BOB, True)
        assert (
            wire.ask("MESSAGE", "grüß".encode("latin-1"), tag, Content_Type="text/plain;charset=latin-1").status == 200
        )
        assert wire.ask("MESSAGE", b"x", tag, Content_Type="text/plain;charset=none-such").status == 200
        assert wire.ask("MESSAGE", b"<b>", tag, Content_Type="text/html").status == 415
        assert alice.heard() == [("grüß", ""), ("x", "")]
        assert wire.ask("BYE", to=tag).status == 200
        assert alice.states()[-1] is TalkState.CLOSED
        assert wire.ask("MESSAGE", b"x", tag).status == 481

    play(story)


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("INVITE", b"v=0\r\nm=audio 1 RTP/AVP 0\r\n", 488),
        ("MESSAGE", b"x", 481),
        ("BYE", b"", 481),
        ("CANCEL", b"", 481),
    ],
)
def test_what_is_no_session_is_refused(method: str, body: bytes, status: int) -> None:
    async def story(alice: Alice) -> None:
        assert alice.wire.ask(method, body).status == status
        assert alice.news == []

    play(story)


def test_whoever_gives_up_ringing_is_forgotten_and_who_is_refused_is_told() -> None:
    async def story(alice: Alice) -> None:
        wire = alice.wire
        wire.push("INVITE", SDP, number=7)
        wire.push("CANCEL", number=7)
        statuses = [one.status for one in wire.sent if isinstance(one, SipResponse)]
        assert statuses == [180, 200, 487]
        assert alice.states() == [TalkState.INVITED, TalkState.CLOSED]
        wire.push("INVITE", SDP)
        alice.talks.close(BOB)
        assert wire.last().status == 603

    play(story)


def test_messages_wait_for_their_session_and_go_in_order() -> None:
    async def story(alice: Alice) -> None:
        for text in ("one", "two", "three"):
            alice.talks.say(BOB, text)
        await settle()
        bodies = [one.body for one in alice.wire.sent if isinstance(one, SipRequest) and one.method == "MESSAGE"]
        assert bodies == [b"one", b"two", b"three"]
        assert alice.wire.requests()[:2] == ["INVITE", "ACK"]
        alice.talks.type(BOB, True)
        alice.talks.type(BOB, True)
        await settle()
        assert alice.wire.requests().count("INFO") == 1
        alice.talks.close(BOB)
        await settle()
        assert alice.wire.requests()[-1] == "BYE"

    play(story)


@pytest.mark.parametrize(("status", "words"), [(480, "offline"), (603, "does not want"), (500, "500")])
def test_what_does_not_arrive_is_said(status: int, words: str) -> None:
    async def story(alice: Alice) -> None:
        alice.wire.answers = status
        alice.talks.say(BOB, "hello")
        await settle()
        assert alice.heard()[0] == ("hello", "")
        assert words in alice.heard()[-1][1]
        assert alice.wire.requests() == ["INVITE", "ACK"]
        assert alice.states()[-1] is TalkState.CLOSED

    play(story)


def test_who_answers_when_it_is_too_late_is_told_so() -> None:
    async def story(alice: Alice) -> None:
        wire = alice.wire
        wire.answers = 0
        alice.talks.say(BOB, "hello")
        await settle()
        alice.talks.close(BOB)
        await settle()
        assert wire.requests() == ["INVITE", "CANCEL"]
        invite = cast(SipRequest, wire.sent[0])
        wire.feed(respond(invite, 200, tag="bobs").put("Contact", f"<sip:{BOB};gruu>").to_bytes())
        await settle()
        assert wire.requests() == ["INVITE", "CANCEL", "ACK", "BYE"]

    play(story)


def test_a_session_that_is_gone_is_begun_anew_once() -> None:
    async def story(alice: Alice) -> None:
        alice.talks.say(BOB, "one")
        await settle()
        alice.wire.answers = 481
        alice.talks.say(BOB, "two")
        await settle()
        assert alice.wire.requests() == ["INVITE", "ACK", "MESSAGE", "MESSAGE", "INVITE", "ACK"]
        assert "offline" in alice.heard()[-1][1]

    play(story)


def test_a_connection_that_ends_is_told_and_nothing_waits_for_it() -> None:
    async def story(alice: Alice) -> None:
        alice.wire.answers = 0
        alice.talks.say(BOB, "one")
        await settle()
        alice.wire.lost()
        await settle()
        assert alice.fallen == 1
        assert alice.heard()[-1][1]
        with pytest.raises(LineDown):
            await alice.line.ask(alice.request("OPTIONS", "sip:lync", "x"))
        with pytest.raises(LineDown, match="nobody listens"):
            await alice.line.open("nowhere")

    play(story)


class Names:
    """A DNS that knows some names."""

    def __init__(self, known: str) -> None:
        self._known = known.split()
        self.asked = 0

    async def lookup(self, name: str, kind: Kind) -> Lookup:
        self.asked += 1
        found = name in self._known
        return Lookup(Outcome.FOUND, ("0 0 5061 sip.contoso.test",)) if found else Lookup(Outcome.NO_NAME)

    async def addresses(self, name: str) -> tuple[str, ...]:
        return ("127.0.0.1",) if name in self._known else ()


BOTH = "_sipfederationtls._tcp.contoso.test lyncdiscover.contoso.test"
ON = OwaVirtualDirectory(instant_messaging_type="OCS", instant_messaging_server_name="lync.contoso.test")


@pytest.mark.parametrize(
    ("settings", "names", "addresses", "step", "status"),
    [
        (OwaVirtualDirectory(), BOTH, None, 5, ImStatus.OFF),
        (
            OwaVirtualDirectory(instant_messaging_enabled=False, instant_messaging_type="OCS"),
            BOTH,
            None,
            5,
            ImStatus.OFF,
        ),
        (OwaVirtualDirectory(instant_messaging_type="OCS"), BOTH, None, 5, ImStatus.UNAVAILABLE),
        (ON, BOTH, ("SMTP:alice@contoso.test",), 2, ImStatus.UNAVAILABLE),
        (ON, "lyncdiscover.contoso.test", None, 1, ImStatus.UNAVAILABLE),
        (ON, "_sipfederationtls._tcp.contoso.test", None, 1, ImStatus.UNAVAILABLE),
    ],
)
def test_each_missing_step_is_named(
    settings: OwaVirtualDirectory, names: str, addresses: tuple[str, ...] | None, step: int, status: ImStatus
) -> None:
    alice = person("alice") if addresses is None else person("alice", proxyAddresses=addresses)
    readiness = Readiness(lambda: settings, Names(names), lambda: 0.0)
    with pytest.raises(NoInstantMessaging) as missing:
        asyncio.run(readiness.server(alice))
    assert (missing.value.step, missing.value.status) == (step, status)
    assert str(missing.value).endswith(f"(step {step})")


def test_the_dns_is_asked_once_for_everybody() -> None:
    async def run() -> None:
        names = Names(BOTH)
        readiness = Readiness(lambda: ON, names, lambda: 0.0)
        hosts = await asyncio.gather(*(readiness.server(person(f"p{number}")) for number in range(50)))
        assert set(hosts) == {"lync.contoso.test"}
        assert names.asked == 1

    asyncio.run(run())


def test_it_tells_why_and_stops_at_once_whatever_wakes_it(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        words = (f"word{number}" for number in itertools.count())
        alice, news = person("alice"), list[ImNews]()
        readiness = Readiness(lambda: ON, Names(""), lambda: 0.0)
        house = OwaInstantMessaging(
            readiness, Wire().dial, lambda _: alice, lambda: datetime(2026, 11, 23, tzinfo=UTC), words.__next__
        )
        leave = house.join(alice, news.append)
        await asyncio.sleep(0.05)
        assert house.view(alice).text == UNAVAILABLE
        with pytest.raises(NoInstantMessaging):
            house.say(alice, BOB, "hello")
        leave()
        house.look_again()
        await asyncio.wait_for(house.close(), 5)
        assert house.signed_in == 0

    asyncio.run(run())
    assert "neither lyncdiscoverinternal.contoso.test nor lyncdiscover.contoso.test resolves (step 1)" in caplog.text
