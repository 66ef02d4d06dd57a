"""What web clients write to each other is kept like what Lync clients do."""

from __future__ import annotations

from pathlib import Path

from samband.model.conversation_history import Kind
from tests.lync.sip.test_conversation_history import Book
from tests.lync.ucwa.test_messaging import connected, invited, say, text_of
from tests.lync.ucwa.world import World, link, play, two

ALICE, BOB = "alice@contoso.test", "bob@contoso.test"


def test_a_conversation_of_web_clients(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        book = Book(world)  # type: ignore[arg-type]
        alice, bob = await two(world)
        here, there = await connected(alice, bob, "with the invitation")
        await say(bob, there, "back")
        await say(alice, here, "once more")
        await world.settle()
        assert [(one.kind, one.sender, one.subject, one.content) for one in book.kept] == [
            (Kind.TWO, ALICE, "tea", "with the invitation"),
            (Kind.TWO, BOB, "tea", "back"),
            (Kind.TWO, ALICE, "tea", "once more"),
        ]
        assert len({one.session for one in book.kept}) == 1

    play(tmp_path, story)


def test_what_is_said_before_the_caller_knows_waits_for_it(tmp_path: Path) -> None:
    """Whoever accepts may write at once: it does not come before the acceptance, which waits for a disk."""

    async def story(world: World) -> None:
        book = Book(world)  # type: ignore[arg-type]
        alice, bob = await two(world)
        book.open.clear()
        _, invitation = await invited(alice, bob, "first")
        await bob.ask("POST", link(invitation, "accept"), status=204)
        there = (await bob.until("messaging", "updated", state="Connected"))["_embedded"]["messaging"]
        await bob.ask("POST", link(there, "setIsTyping"), status=204)
        await say(bob, there, "at once")
        await world.settle()
        book.open.set()
        await alice.until("messaging", "updated", state="Connected")
        assert (await bob.until("message", "completed", direction="Outgoing"))["status"] == "Success"
        assert text_of(await alice.until("message", "completed", direction="Incoming")) == "at once"

    play(tmp_path, story)


def test_what_waits_is_refused_where_the_session_ends_first(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        book = Book(world)  # type: ignore[arg-type]
        alice, bob = await two(world)
        book.open.clear()
        _, invitation = await invited(alice, bob, "first")
        await bob.ask("POST", link(invitation, "accept"), status=204)
        there = (await bob.until("messaging", "updated", state="Connected"))["_embedded"]["messaging"]
        await say(bob, there, "at once")
        await bob.ask("POST", link(there, "stopMessaging"), status=204)
        assert (await bob.until("message", "completed", direction="Outgoing"))["status"] == "Failure"
        book.open.set()

    play(tmp_path, story)
