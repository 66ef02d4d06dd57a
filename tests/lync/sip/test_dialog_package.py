"""Busy lamps: who is told of whose calls, how much, and when [RFC4235]."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from samband.lync.actions import dialogs
from samband.lync.actions.dialogs import LONGEST, Dialogs, Session
from samband.model.containers import BLOCKED, WORKGROUP, Member, MemberChange, MemberKind
from samband.wire.presence.dialog_info import DialogDocument, write_dialog_info
from samband.wire.presence.names import DIALOG_INFO, DIALOG_INFO_TYPE
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from tests.lync.sip.presence_world import PlainEndpoint, PresenceWorld, play
from tests.lync.sip.sides import Client

ALICE, BOB, CAROL = (f"sip:{name}@contoso.test" for name in ("alice", "bob", "carol"))
SOUND = b"v=0\r\nm=audio 4000 RTP/AVP 0\r\n"
IM = b"v=0\r\nm=message 5060 sip null\r\n"


def read(text: bytes) -> tuple[int, bool, list[dict[str, str]]]:
    """Version, whether it is the full state, and the dialogs."""
    root = etree.fromstring(text)
    assert root.tag == f"{{{DIALOG_INFO}}}dialog-info"
    found = []
    for dialog in root:
        one = {str(name): str(value) for name, value in dialog.attrib.items()}
        for inner in dialog:
            name = etree.QName(inner).localname
            one[name] = inner.text or (inner[0].text or "" if len(inner) else "")
            one |= {f"{name}-{key}": str(value) for key, value in inner.attrib.items()}
        found.append(one)
    return int(root.get("version") or -1), root.get("state") == "full", found


class Lamp(PlainEndpoint):
    """A telephone with a lamp for somebody."""

    def __init__(self, world: PresenceWorld, name: str, whom: str = BOB, event: str = "dialog") -> None:
        super().__init__(world, name)
        world.gate.unsigned.add(name)
        request = self.request("SUBSCRIBE", whom, Event=event, Accept=DIALOG_INFO_TYPE, Expires="600")
        self.send(request.put("Contact", f"<{self.contact}>"))
        answer, notify = self.inbox()
        assert isinstance(answer, SipResponse)
        assert answer.status == 200
        self.first = self.taken(notify)

    def taken(self, notify: SipMessage) -> tuple[int, bool, list[dict[str, str]]]:
        assert isinstance(notify, SipRequest)
        assert (notify.method, notify.get("Content-Type")) == ("NOTIFY", DIALOG_INFO_TYPE)
        self.answer(notify, 200)
        return read(notify.body)

    def told(self) -> tuple[int, bool, list[dict[str, str]]]:
        """The one notification since the last look."""
        return self.taken(self.take())

    def state(self) -> str:
        """That of the only dialog it is told of."""
        _version, full, (dialog,) = self.told()
        assert not full
        return dialog["state"]


class Call:
    """Alice's call to bob, step by step; every step lets the pause between notifications pass."""

    def __init__(self, world: PresenceWorld, body: bytes = SOUND) -> None:
        self.world = world
        world.gate.unsigned |= {"alice", "bob"}
        self.alice, self.bob = world.signed_in("alice"), world.signed_in("bob")
        self.invite = self.alice.request(
            "INVITE", BOB, Contact=f"<{self.alice.contact}>", body=body, Content_Type="application/sdp"
        )
        world.sleep(2)
        self.alice.send(self.invite)
        self.rings = self.bob.take_request()

    def ringing(self) -> None:
        self.bob.answer(self.rings, 180)
        self.world.sleep(2)

    def up(self) -> None:
        self.bob.answer(self.rings, 200, contact=True)
        self.world.sleep(2)

    def goodbye(self, who: Client, sender: Client | None = None) -> None:
        """``who`` ends it; ``sender`` says so in their name."""
        own, other = (self.alice.aor, "alice-tag"), (BOB, f"bob-{self.bob.peer[1]}")
        if who is self.bob:
            own, other = other, own
        there = self.alice if who is self.bob else self.bob
        bye = who.request("BYE", there.contact, to=f"<{other[0]}>;tag={other[1]}", call_id=self.invite.call_id)
        bye.put("From", f"<{own[0]}>;tag={own[1]}")
        (sender or who).send(bye)
        self.world.sleep(2)


def test_a_lamp_is_lit_while_somebody_talks(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        lamp = Lamp(world, "carol")
        assert lamp.first == (0, True, [])
        call = Call(world)
        version, full, (dialog,) = lamp.told()
        assert (version, full) == (1, False)
        assert dialog == {"id": "d1", "direction": "recipient", "state": "trying"}
        call.ringing()
        assert lamp.told() == (2, False, [dialog | {"state": "early"}])
        call.up()
        assert lamp.state() == "confirmed"
        late = Lamp(world, "dave")
        assert late.first == (0, True, [dialog | {"state": "confirmed"}])
        call.goodbye(call.bob)
        assert lamp.told() == (4, False, [dialog | {"state": "terminated"}])
        assert late.state() == "terminated"
        assert Lamp(world, "erin").first == (0, True, []), "what is over is told of once"

    play(tmp_path, scene)


def test_owners_see_with_whom_and_the_team_too(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        bob = world.directory.known["bob"]
        member = (MemberChange(True, Member(MemberKind.USER, "carol@contoso.test")),)
        await world.presence.set_members(bob, [(WORKGROUP, 0, member)])
        own, team = Lamp(world, "bob"), Lamp(world, "carol")
        call = Call(world)
        own.inbox(), team.inbox()
        call.up()
        call.goodbye(call.alice)
        for lamp in (own, team):
            confirmed, over = (lamp.taken(one)[2][0] for one in lamp.inbox())
            assert confirmed["local"] == BOB
            assert confirmed["remote"] == ALICE
            assert confirmed["call-id"] == call.invite.call_id
            assert (confirmed["local-tag"], confirmed["remote-tag"]) == (f"bob-{call.bob.peer[1]}", "alice-tag")
            assert "duration" in confirmed
            assert (over["state"], over["state-event"]) == ("terminated", "remote-bye")

    play(tmp_path, scene)


def test_whoever_is_blocked_sees_nobody_talk(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        bob, carol = world.directory.known["bob"], Member(MemberKind.USER, "carol@contoso.test")
        lamp = Lamp(world, "carol")
        call = Call(world)
        assert lamp.state() == "trying"
        await world.presence.set_members(bob, [(BLOCKED, 0, (MemberChange(True, carol),))])
        assert lamp.told() == (2, True, []), "from one moment to the next"
        call.up()
        assert lamp.inbox() == []
        await world.presence.set_members(bob, [(BLOCKED, 1, (MemberChange(False, carol),))])
        version, full, (dialog,) = lamp.told()
        assert (version, full, dialog["state"]) == (3, True, "confirmed")

    play(tmp_path, scene)


def test_with_whom_somebody_writes_is_their_own_affair(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        lamp, own = Lamp(world, "carol"), Lamp(world, "alice", ALICE)
        call = Call(world, IM)
        call.up()
        assert lamp.inbox() == []
        trying, confirmed = (own.taken(one)[2][0] for one in own.inbox())
        assert (trying["state"], confirmed["state"], confirmed["direction"]) == ("trying", "confirmed", "initiator")

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("parameters", "seen"),
    [
        ("call-id={call};from-tag=alice-tag;to-tag={tag}", True),
        ('call-id="{call}";to-tag=alice-tag;from-tag={tag}', True),
        ("call-id={call}", True),
        ('call-id={call};note="a;call-id=another"', True),
        ("include-session-description", True),
        ("call-id={call};from-tag=another;to-tag={tag}", False),
        ("call-id=another", False),
    ],
)
def test_one_call_alone(tmp_path: Path, parameters: str, seen: bool) -> None:
    async def scene(world: PresenceWorld) -> None:
        call = Call(world)
        call.up()
        words = parameters.format(call=call.invite.call_id, tag=f"bob-{call.bob.peer[1]}")
        lamp = Lamp(world, "carol", event=f"dialog;{words}")
        assert len(lamp.first[2]) == seen
        call.goodbye(call.alice)
        assert len(lamp.inbox()) == seen

    play(tmp_path, scene)


def test_calls_that_come_to_nothing(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        own = Lamp(world, "alice", ALICE)
        call = Call(world)
        call.bob.answer(call.rings, 486)
        world.sleep(2)
        _begun, over = (own.taken(one)[2][0] for one in own.inbox())
        assert (over["state"], over["state-event"], over["state-code"]) == ("terminated", "rejected", "486")
        call = Call(world)
        call.ringing()
        own.inbox()
        call.alice.session.lost()
        cancel = call.bob.take_request()
        call.bob.answer(cancel, 200)
        call.bob.answer(call.rings, 487)
        world.sleep(2)
        assert own.state() == "terminated"
        call = Call(world)
        call.up()
        own.inbox()
        call.bob.hang_up()
        world.sleep(2)
        _version, _full, (over,) = own.told()
        assert (over["state"], over["state-event"]) == ("terminated", "error")

    play(tmp_path, scene)


def test_nobody_ends_what_others_are_in(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        lamp = Lamp(world, "carol")
        call = Call(world)
        call.up()
        lamp.inbox()
        dave = world.signed_in("dave")
        bye = dave.request("BYE", BOB, to=f"<{BOB}>;tag=bob-{call.bob.peer[1]}", call_id=call.invite.call_id)
        dave.send(bye.put("From", f"<{dave.aor}>;tag=alice-tag"))
        world.sleep(2)
        assert lamp.inbox() == []
        call.goodbye(call.alice)
        assert lamp.state() == "terminated"

    play(tmp_path, scene)


def test_what_happens_within_a_pause_is_told_at_once(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        lamp = Lamp(world, "carol")
        call = Call(world)
        assert lamp.state() == "trying"
        call.bob.answer(call.rings, 180)
        call.bob.answer(call.rings, 200, contact=True)
        assert lamp.inbox() == []
        world.sleep(1.2)
        assert lamp.state() == "confirmed"

    play(tmp_path, scene)


def test_who_may_ask(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        carol = PlainEndpoint(world, "carol")
        assert carol.subscribe("dialog", "sip:nobody@contoso.test").response.status == 404
        assert carol.subscribe("dialog", BOB, Accept="application/pidf+xml").response.status == 406
        assert len(world.doors.subscriptions) == 0
        bob = world.signed_in("bob")
        carol.send(carol.request("SUBSCRIBE", bob.contact, to=f"<{BOB}>", Event="dialog"))
        assert bob.take_request().get("Event") == "dialog", "a telephone may tell of its own"
        dialog = carol.subscribe("dialog", BOB)
        assert dialog.response.status == 200
        dialog.again(Contact=f"<{carol.contact}>")
        answer, _notify = carol.inbox()
        assert answer.status == 200  # type: ignore[union-attr]

    play(tmp_path, scene)


def test_what_a_dialog_of_the_server_before_is_told_comes_later(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        lamp = Lamp(world, "carol")
        (subscription,) = world.doors.subscriptions._dialogs.values()
        subscription.dialog.local_cseq = 1000
        subscription.state = None
        inbound = type("Again", (), {"request": lamp.request("SUBSCRIBE", BOB, Event="dialog")})()
        content = world.doors.packages["dialog"].subscribe(subscription, inbound)
        assert read(content.body)[0] == 1000  # type: ignore[union-attr]

    play(tmp_path, scene)


class Ear(list[Session]):
    """Everything that ``bob`` is told."""


def begin(known: Dialogs, number: int = 1) -> Session | None:
    return known.begin(call_id=f"c{number}", caller="a", caller_tag="t", callee="bob", is_im=False, connection=7)


def test_bounds() -> None:
    clock = [0.0]
    known, heard = Dialogs(lambda: clock[0]), Ear()
    deaf = known.listen("bob", heard.append)
    sessions = [begin(known, number) for number in range(dialogs.MOST_EACH)]
    assert None not in sessions
    assert begin(known, -1) is None
    assert len(known) == len(known.of("bob")) == len(heard) == dialogs.MOST_EACH
    known.lost(7)
    assert (len(known), known.of("a"), known._of, known._on) == (0, [], {}, {})
    first = begin(known)
    again = begin(known)
    assert first is not None
    assert (first.state, again and again.state, len(known)) == ("terminated", "trying", 1)
    clock[0] = LONGEST
    known.sweep()
    assert (again and again.end, len(known)) == ("timeout", 0)
    before = len(heard)
    deaf()
    begin(known)
    assert (len(heard), known._listeners) == (before, {})


def test_im_sessions_take_no_calls_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogs, "MOST", 3)
    known = Dialogs(lambda: 0.0)

    def begins(number: int, *, is_im: bool) -> bool:
        pair = {"caller": f"a{number}", "callee": f"b{number}", "caller_tag": "t", "connection": 1}
        return known.begin(call_id=f"{number}", is_im=is_im, **pair) is not None  # type: ignore[arg-type]

    assert [begins(number, is_im=True) for number in range(4)] == [True, True, True, False]
    assert [begins(number, is_im=False) for number in range(10, 14)] == [True, True, True, False]
    known.lost(1)
    assert [begins(number, is_im=True) for number in range(4)] == [True, True, True, False]


def test_documents() -> None:
    text = write_dialog_info('sip:"<&', 3, True, [DialogDocument(id='"&<', state="early", local="sip:a?b=<&>")])
    assert read(text.encode()) == (3, True, [{"id": '"&<', "state": "early", "local": "sip:a?b=<&>"}])
