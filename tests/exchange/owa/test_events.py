"""The stream of events of a page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

from samband.exchange.owa.events import MOST_STREAMS, MOST_WAITING
from samband.exchange.owa.instant_messaging import InstantMessaging
from samband.model.im_client import ImNews, ImStatus, ImView, StatusNews, TypingNews
from samband.model.people import Person
from tests.exchange.owa.door import Browser, Door
from tests.exchange.world import ALICE, BOB, World, run


class Messaging:
    """Somebody who tells news."""

    def __init__(self) -> None:
        self.hearers: list[Callable[[ImNews], None]] = []

    def join(self, person: Person, hear: Callable[[ImNews], None]) -> Callable[[], None]:
        self.hearers.append(hear)
        return lambda: self.hearers.remove(hear)

    def view(self, person: Person) -> ImView:
        return ImView(status=ImStatus.ON)


class Stream:
    """What a page reads."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._text = ""

    async def next(self) -> tuple[str, str, Any]:
        """The next event: number, name, data."""
        while True:
            while "\n\n" not in self._text:
                self._text += (await anext(self._chunks)).decode()
            block, _, self._text = self._text.partition("\n\n")
            fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
            if "event" in fields:
                return fields.get("id", ""), fields["event"], json.loads(fields["data"])

    async def close(self) -> None:
        await self._chunks.aclose()  # type: ignore[attr-defined]


async def listen(browser: Browser, last: str = "") -> Stream:
    answer = await browser.send("GET", "/owa/api/events", **({"Last_Event_ID": last} if last else {}))
    assert answer.status == 200
    return Stream(answer.chunks())


def test_changes_are_numbered_and_told_again_to_who_comes_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        browser = Browser(Door(world))
        await browser.sign_in(ALICE)
        stream = await listen(browser)
        begin, name, told = await stream.next()
        assert (name, told) == ("begin", {"missed": False})
        await browser.post("send", to=BOB.primary_smtp, subject="s", text="t")
        number, name, change = await stream.next()
        assert (name, change["kind"], change["folder"]) == ("mail", "Created", await browser.folder("sentitems"))
        await stream.close()
        again = await listen(browser, begin)
        assert (await again.next())[1] == "begin"
        assert (await again.next())[0] == number
        await again.close()
        lost = await listen(browser, "99999.0")
        assert (await lost.next())[2] == {"missed": True}
        await lost.close()

    run(story, tmp_path)


def test_news_of_messages_are_bounded_and_end_with_the_session(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        messaging = Messaging()
        door = Door(world, cast(InstantMessaging, messaging))
        browser = Browser(door)
        await browser.sign_in(ALICE)
        stream = await listen(browser)
        await stream.next()
        messaging.hearers[0](TypingNews("bob@contoso.test", True))
        assert (await stream.next())[1:] == (
            "im",
            {"news": "typing", "address": "bob@contoso.test", "typing": True},
        )
        for _ in range(MOST_WAITING + 1):
            messaging.hearers[0](StatusNews(ImStatus.ON))
        assert (await stream.next())[2] == {"news": "lost"}
        door.passwords.marks[ALICE.objectGUID] = b"second"
        messaging.hearers[0](StatusNews(ImStatus.ON))
        assert (await stream.next())[1] == "signed-out"
        await stream.close()
        assert messaging.hearers == []

    run(story, tmp_path)


def test_a_session_has_only_so_many_pages(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        browser = Browser(Door(world))
        await browser.sign_in(ALICE)
        streams = [await listen(browser) for _ in range(MOST_STREAMS)]
        for stream in streams:
            await stream.next()
        assert (await browser.send("GET", "/owa/api/events")).status == 429
        for stream in streams:
            await stream.close()
        last = await listen(browser)
        assert (await last.next())[1] == "begin"
        await last.close()

    run(story, tmp_path)
