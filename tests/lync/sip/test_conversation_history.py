"""What passes as instant messages is kept before it is acknowledged; what nobody took up is kept as missed."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Coroutine

import pytest

from samband.lync.sip.conversation_history import Ahead, ConversationWatch
from samband.model.conversation_history import Kind, Said, pair
from samband.wire.conference.invitation import InvitationDocument, write_invitation
from samband.wire.conference.names import INVITATION_TYPE
from samband.wire.sip.message import SipRequest
from tests.lync.sip.sides import Client, World
from tests.lync.sip.test_bridge import SDP, UUID, people, plain_message

ALICE, BOB = "alice@contoso.test", "bob@contoso.test"


class Book:
    """Keeps what it is told, each when ``open`` is set."""

    def __init__(self, world: World) -> None:
        self.kept: list[Said] = []
        """What stands in it now."""
        self.begun: list[Said] = []
        self.open = asyncio.Event()
        self.open.set()
        self.full = False
        world.side.proxy.history = ConversationWatch(self)

    def keep(self, said: Said) -> Awaitable[None]:
        return self._write(said)

    def keep_ahead(self, said: Said) -> Ahead:
        self.begun.append(said)
        return Begun(self, said)

    async def _write(self, said: Said | None) -> None:
        await self.open.wait()
        if self.full:
            raise OSError("no room")
        if said is not None:
            self.kept.append(said)


class Begun:
    """A text that may not be taken."""

    def __init__(self, book: Book, said: Said) -> None:
        self._book = book
        self._said = said

    def taken(self) -> Awaitable[None]:
        return self._book._write(self._said)

    def not_taken(self) -> Awaitable[None]:
        return asyncio.ensure_future(self._book._write(None))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def invited(alice: Client, bob: Client, **fields: str) -> SipRequest:
    """Alice's invitation to an IM session, as it reaches bob."""
    fields = {"Content_Type": "application/sdp", "Contact": f"<{alice.contact}>", **fields}
    alice.send(alice.request("INVITE", bob.aor, body=SDP, call_id="c1", **fields))
    alice.inbox()
    (invite,) = [one for one in bob.inbox() if isinstance(one, SipRequest) and one.method == "INVITE"]
    return invite


def message(sender: Client, receiver: Client, body: bytes, kind: str = "text/plain", call_id: str = "c1") -> SipRequest:
    request = sender.request(
        "MESSAGE", receiver.contact, to=f"<{receiver.aor}>;tag=there", body=body, call_id=call_id, Content_Type=kind
    )
    sender.send(request)
    return receiver.take_request()


Scene = Callable[[World, Book, Client, Client], Coroutine[None, None, None]]


def play(scene: Scene) -> None:
    async def run() -> None:
        world = World()
        alice, bob = world.client("alice", "tls"), world.client("bob", "tls")
        for number, client in enumerate((alice, bob)):
            client.register(lync=True, epid=f"e{number}", instance=f"{number}{UUID[1:]}")
            assert client.take_response().status == 200
        await scene(world, Book(world), alice, bob)

    asyncio.run(run())


def test_an_answer_waits_until_the_text_is_kept() -> None:
    async def scene(world: World, book: Book, alice: Client, bob: Client) -> None:
        fields = {"Ms_Conversation_ID": "conv-1", "Subject": "Plans"}
        bob.answer(invited(alice, bob, **fields), 200, contact=True)
        assert alice.take_response().status == 200
        book.open.clear()
        bob.answer(message(alice, bob, "hällo".encode(), "text/plain; charset=UTF-8;msgr=WAAt"), 200)
        await settle()
        assert alice.inbox() == []
        book.open.set()
        await settle()
        assert alice.take_response().status == 200
        alice.answer(message(bob, alice, b"<b>hi</b>", "text/html"), 200)
        await settle()
        assert bob.take_response().status == 200
        assert book.kept == [
            Said(
                kind=Kind.TWO,
                place=pair(ALICE, BOB),
                session="conv-1",
                subject="Plans",
                sender=one,
                receivers=(other,),
                html=html,
                content=content,
            )
            for one, other, html, content in ((ALICE, BOB, False, "hällo"), (BOB, ALICE, True, "<b>hi</b>"))
        ]

    play(scene)


def test_a_text_is_kept_while_its_receiver_is_asked() -> None:
    async def scene(world: World, book: Book, alice: Client, bob: Client) -> None:
        request = message(alice, bob, b"hello")
        assert [one.content for one in book.begun] == ["hello"]
        bob.answer(request, 200)
        await settle()
        assert alice.take_response().status == 200
        assert book.kept == book.begun

    play(scene)


@pytest.mark.parametrize(("status", "missed"), [(488, False), (480, True)])
def test_a_refusal_waits_until_the_text_is_withdrawn(status: int, missed: bool) -> None:
    async def scene(world: World, book: Book, alice: Client, bob: Client) -> None:
        request = message(alice, bob, b"hello")
        book.open.clear()
        bob.answer(request, status)
        await settle()
        assert alice.inbox() == []
        book.open.set()
        await settle()
        assert alice.take_response().status == status
        assert [(one.kind, one.content) for one in book.kept] == ([(Kind.MISSED, "hello")] if missed else [])

    play(scene)


def test_a_text_that_is_not_carried_is_not_begun() -> None:
    async def scene(world: World, book: Book, alice: Client, bob: Client) -> None:
        bob.hang_up()
        alice.send(alice.request("MESSAGE", bob.aor, body=b"hello", Content_Type="text/plain"))
        await settle()
        assert alice.take_response().status == 480
        assert book.begun == []
        assert [one.kind for one in book.kept] == [Kind.MISSED]

    play(scene)


def test_only_words_are_kept_and_only_what_arrived() -> None:
    async def scene(world: World, book: Book, alice: Client, bob: Client) -> None:
        for body, kind in ((b"x", "text/rtf"), (b" ", "text/plain"), (b"<a/>", "application/x-ms-ink")):
            bob.answer(message(alice, bob, body, kind), 200)
            assert alice.take_response().status == 200
        bob.answer(message(alice, bob, b"refused"), 488)
        await settle()
        assert alice.take_response().status == 488
        bob.answer(message(alice, bob, b"\xe5", "text/plain; charset=latin-1"), 200)
        bob.answer(message(alice, bob, b"odd", "text/plain; charset=none-such"), 200)
        await settle()
        assert [one.content for one in book.kept] == ["å", "odd"]
        assert {one.session for one in book.kept} == {""}

    play(scene)


def test_a_text_that_cannot_be_kept_is_answered_all_the_same() -> None:
    async def scene(world: World, book: Book, alice: Client, bob: Client) -> None:
        book.full = True
        bob.answer(message(alice, bob, b"hello"), 200)
        await settle()
        assert alice.take_response().status == 200

    play(scene)


def written(text: str) -> str:
    return f"text/plain; charset=UTF-8;msgr=WAAt;ms-body={base64.b64encode(text.encode()).decode()}"


def test_an_invitation_that_nobody_takes_up_is_missed() -> None:
    async def scene(world: World, book: Book, alice: Client, bob: Client) -> None:
        bob.answer(invited(alice, bob, ms_text_format=written("busy?")), 486)
        await settle()
        assert alice.inbox()[-1].to_bytes().startswith(b"SIP/2.0 486")
        bob.answer(invited(alice, bob, ms_text_format=written("no thanks")), 603)
        bob.hang_up()
        fields = {"Content_Type": "application/sdp", "ms_text_format": written("there?")}
        alice.send(alice.request("INVITE", bob.aor, body=SDP, **fields))
        alice.send(alice.request("INVITE", bob.aor, body=SDP, Content_Type="application/sdp"))
        alice.send(alice.request("INVITE", "sip:nobody@contoso.test", body=SDP, **fields))
        await settle()
        statuses = [one.to_bytes()[8:11] for one in alice.inbox()]
        assert statuses.count(b"480") == 2 and statuses.count(b"404") == 1
        assert [(one.kind, one.sender, one.receivers, one.content) for one in book.kept] == [
            (Kind.MISSED, ALICE, (BOB,), "busy?"),
            (Kind.MISSED, ALICE, (BOB,), "there?"),
        ]

    play(scene)


def test_an_invitation_to_a_conference_that_nobody_takes_up_is_missed() -> None:
    async def scene(world: World, book: Book, alice: Client, bob: Client) -> None:
        bob.hang_up()
        focus = "sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:AB12"
        for document in (
            InvitationDocument(focus, "Plans & <more>"),
            InvitationDocument(focus),
            InvitationDocument(focus, "a call", text=False),
        ):
            body = write_invitation(document).encode()
            alice.send(alice.request("INVITE", bob.aor, body=body, Content_Type=INVITATION_TYPE))
        alice.send(alice.request("INVITE", bob.aor, body=b"<Conferencing", Content_Type=INVITATION_TYPE))
        await settle()
        assert [one.to_bytes()[8:11] for one in alice.inbox()].count(b"480") == 4
        assert [(one.kind, one.receivers, one.content) for one in book.kept] == [
            (Kind.MISSED, (BOB,), "Invitation to a conference: Plans & <more>"),
            (Kind.MISSED, (BOB,), "Invitation to a conference"),
        ]

    play(scene)


def test_a_text_that_the_callee_takes_with_the_invitation() -> None:
    async def scene(world: World, book: Book, alice: Client, bob: Client) -> None:
        invite = invited(alice, bob, ms_text_format=written("first"))
        answer = bob.answer(invite, 180)
        answer.status = 200
        bob.send(answer.put("Supported", "ms-text-format"))
        await settle()
        assert [(one.kind, one.session, one.content) for one in book.kept] == [(Kind.TWO, "c1", "first")]
        assert [one.to_bytes()[8:11] for one in alice.inbox()] == [b"180", b"200"]

    play(scene)


def test_a_plain_client_and_a_lync_client_are_kept_too() -> None:
    async def run() -> None:
        world, (alice,), bob = people()
        book = Book(world)
        plain_message(bob)
        invite = alice.take_request()
        alice.answer(invite, 480)
        assert [getattr(one, "method", "") for one in alice.inbox()] == ["ACK"]
        await settle()
        assert bob.take_response().status == 480
        plain_message(bob)
        alice.answer(alice.take_request(), 200, contact=True)
        _, first = alice.inbox()
        assert isinstance(first, SipRequest)
        alice.answer(first, 200)
        await settle()
        assert bob.take_response().status == 200
        assert [(one.kind, one.sender, one.receivers, one.content) for one in book.kept] == [
            (Kind.MISSED, BOB, (ALICE,), "hello"),
            (Kind.TWO, BOB, (ALICE,), "hello"),
        ]

    asyncio.run(run())
