"""What one member of a conference writes, every other one is sent; the sender hears whom it did not reach."""

from __future__ import annotations

from pathlib import Path

from samband.lync.sip.conference_seats import MOST_AT_ONCE, RATE
from samband.wire.conference.imdn import Undelivered, read_imdn
from samband.wire.conference.names import IMDN_TYPE
from samband.wire.sip.address import uri_in
from samband.wire.sip.message import SipMessage, SipRequest
from tests.lync.sip.conference_world import CHAT, Conferee, ConferenceWorld, play

TEXT = "text/plain; charset=UTF-8;msgr=WAAt"
TYPING = b'<KeyboardActivity><status status="type"/></KeyboardActivity>'


async def three(world: ConferenceWorld) -> tuple[Conferee, Conferee, Conferee]:
    alice, bob, carol = (world.client(name) for name in ("alice", "bob", "carol"))
    await alice.make()
    for one in (alice, bob, carol):
        await one.enter()
    for one in (alice, bob, carol):
        one.inbox()
    return alice, bob, carol


def only(found: list[SipMessage]) -> SipRequest:
    (one,) = found
    assert isinstance(one, SipRequest)
    return one


def test_a_message_goes_to_the_others(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob, carol = await three(world)
        assert alice.chat is not None
        taken = alice.chat.ask("MESSAGE", "hällo".encode(), Content_Type=TEXT)
        assert taken.status == 202
        assert alice.chat.passed == []
        for one in (bob, carol):
            message = only(one.heard())
            assert (message.method, message.body.decode(), message.get("Content-Type")) == ("MESSAGE", "hällo", TEXT)
            assert message.get("Ms-Sender") == "<sip:alice@contoso.test>"
            assert uri_in(message.get("From") or "") == CHAT
            assert message.uri == one.contact
            assert message.get("Authentication-Info") == "sealed"
        report = only(alice.inbox())
        assert report.get("Content-Type") == IMDN_TYPE
        assert read_imdn(report.body) == (taken.get("Message-Id"), ())

    play(tmp_path, scene)


def test_whom_a_message_does_not_reach(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob, carol = await three(world)
        assert alice.chat is not None
        alice.chat.ask("MESSAGE", b"x", Content_Type=TEXT)
        bob.answer(only(bob.inbox()), 486)
        carol.answer(only(carol.inbox()), 481)
        *_, report = [one for one in alice.inbox() if one.get("Content-Type") == IMDN_TYPE]
        failed = (Undelivered("sip:bob@contoso.test", 486), Undelivered("sip:carol@contoso.test", 481))
        assert read_imdn(report.body)[1] == failed
        alice.chat.ask("MESSAGE", b"y", Content_Type=TEXT)
        assert [one.body for one in bob.heard() if one.body == b"y"] == [b"y"]
        assert [one.body for one in carol.heard() if one.body == b"y"] == []
        kinds = dict(world.rooms.find("alice@contoso.test", "AB12").roster.members)["carol@contoso.test"].sessions()
        assert [kind for _, kind in kinds] == ["focus"]

    play(tmp_path, scene)


def test_who_writes_too_fast_waits(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob, carol = await three(world)
        assert alice.chat is not None
        assert bob.chat is not None
        answers = [alice.chat.ask("MESSAGE", b"x", Content_Type=TEXT).status for _ in range(int(MOST_AT_ONCE))]
        assert set(answers) == {202}
        refused = alice.chat.ask("MESSAGE", b"too much", Content_Type=TEXT)
        assert (refused.status, refused.get("Retry-After")) == (503, "1")
        assert "too fast" in (refused.get("Warning") or "")
        assert alice.chat.ask("INFO", TYPING, Content_Type="application/xml").status == 503
        assert b"too much" not in [one.body for one in carol.heard()]
        assert bob.chat.ask("MESSAGE", b"others go on", Content_Type=TEXT).status == 202
        world.world.clock.now += 1.0
        again = [alice.chat.ask("MESSAGE", b"x", Content_Type=TEXT).status for _ in range(int(RATE) + 1)]
        assert again == [202] * int(RATE) + [503]

    play(tmp_path, scene)


def test_what_is_no_message(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob, _ = await three(world)
        assert alice.chat is not None
        for kind in ("text/html", "text/rtf", "application/x"):
            refused = alice.chat.ask("MESSAGE", b"<b>x</b>", Content_Type=kind)
            assert (refused.status, refused.get("Accept")) == (415, "text/plain")
        assert alice.chat.ask("MESSAGE", b"x" * 70_000, Content_Type=TEXT).status == 413
        assert alice.chat.ask("INFO", b"x", Content_Type="application/cccp+xml").status == 415
        assert bob.inbox() == []
        dave = world.client("dave")
        assert dave.open_chat().status == 403
        assert (await dave.join()).status == 200
        assert dave.open_chat(body=b"v=0\r\nm=audio 1 RTP/AVP 0\r\n").status == 488
        assert dave.open_chat().status == 200

    play(tmp_path, scene)


def test_typing_and_leaving(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob, carol = await three(world)
        assert alice.chat is not None
        assert bob.chat is not None
        assert alice.chat.ask("INFO", TYPING, Content_Type="application/xml").status == 200
        assert alice.chat.passed == []
        for one in (bob, carol):
            info = only(one.heard())
            assert (info.method, info.body) == ("INFO", TYPING)
            assert info.get("Ms-Sender") == "<sip:alice@contoso.test>"
        assert bob.chat.ask("BYE").status == 200
        for one in (alice, bob, carol):
            one.inbox()
        alice.chat.ask("MESSAGE", b"x", Content_Type=TEXT)
        assert bob.inbox() == []
        assert only(carol.heard()).body == b"x"
        assert bob.open_chat().status == 200
        assert alice.chat.ask("OPTIONS").status == 200
        assert alice.chat.ask("MESSAGE", b"alone?", Content_Type=TEXT).status == 202

    play(tmp_path, scene)


def test_somebody_else_cannot_speak_in_a_dialog(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob, _ = await three(world)
        assert alice.chat is not None
        forged = bob.request("MESSAGE", CHAT, to=alice.chat.to, body=b"x", call_id=alice.chat.call_id, cseq=9)
        forged.put("From", "<sip:bob@contoso.test>;tag=alice-tag;epid=epid-bob").put("Content-Type", TEXT)
        bob.send(forged)
        assert bob.take_response().status == 481
        late = alice.request("MESSAGE", CHAT, to=alice.chat.to, body=b"x", call_id=alice.chat.call_id, cseq=1)
        alice.send(alice.dress(late.put("Content-Type", TEXT)))
        assert alice.take_response().status == 500

    play(tmp_path, scene)
