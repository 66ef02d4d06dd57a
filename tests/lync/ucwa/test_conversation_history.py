"""What web clients write to each other is kept like what Lync clients do."""

from __future__ import annotations

from pathlib import Path

from samband.model.conversation_history import Kind
from tests.lync.sip.test_conversation_history import Book
from tests.lync.ucwa.test_messaging import connected, say, two
from tests.lync.ucwa.world import World, play

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
