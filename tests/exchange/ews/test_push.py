"""Push subscriptions: what the subscriber's web service is sent, when again, and when no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from samband.exchange.actions.settings import ExchangeSettings
from samband.exchange.ews.endpoint import EwsEndpoint
from samband.exchange.ews.push import Pusher
from samband.model.caller import Caller
from samband.wire.http import HttpResponse
from tests.exchange.ews.test_folders import named
from tests.exchange.ews.test_notifications import subscribe, unsubscribe
from tests.exchange.mail import Post, message
from tests.exchange.world import ALICE, Answer, Door, World, envelope, run
from tests.schema import valid
from tests.web_in_memory import Fields, WebInMemory

URL = "https://subscriber.test/hook"
MORE = "<t:StatusFrequency>1</t:StatusFrequency><t:URL>{}</t:URL>"
QUICK = ExchangeSettings(push_minute=0.2, push_retry=0.01)
PATIENT = ExchangeSettings(push_minute=60, push_retry=0.01)


def said(status: str) -> HttpResponse:
    result = (
        f"<m:SendNotificationResult><m:SubscriptionStatus>{status}</m:SubscriptionStatus></m:SendNotificationResult>"
    )
    return HttpResponse(200, [("Content-Type", "text/xml")], envelope(result))


class Subscriber(WebInMemory):
    """A web service that says what it was told to say, then OK."""

    def __init__(self, *answers: HttpResponse | Exception) -> None:
        self.answers = list(answers)
        self.heard: asyncio.Queue[Answer] = asyncio.Queue()
        self.urls: set[str] = set()

    async def answer(self, method: str, url: str, headers: Fields, body: bytes) -> HttpResponse:
        assert method == "POST" and dict(headers)["SOAPAction"].endswith('/SendNotification"')
        self.urls.add(url)
        self.heard.put_nowait(Answer(0, valid(body), body))
        answer = self.answers.pop(0) if self.answers else said("OK")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def next(self) -> Answer:
        return await asyncio.wait_for(self.heard.get(), 10)


Play = Callable[[World, Post, str, str], Awaitable[None]]


def play(story: Play, subscriber: Subscriber, folder: Path, settings: ExchangeSettings = PATIENT) -> None:
    """``story`` in a world with a push subscription to everything: its identifier and its watermark."""

    async def told(world: World) -> None:
        pusher = Pusher(world.exchange, subscriber)
        world.endpoint = EwsEndpoint(world.exchange, Door({"alice": Caller(ALICE, "basic")}), pusher=pusher)
        try:
            answer = await world.ask(ALICE, subscribe("Push", more=MORE.format(URL)))
            assert answer.codes == ["NoError"]
            id_, mark = answer.text("//m:SubscriptionId"), answer.text("//m:Watermark")
            await story(world, Post(world, ALICE), id_, mark)
        finally:
            await pusher.close()

    run(told, folder, settings)


def test_events_are_sent_in_order_with_their_watermarks(tmp_path: Path) -> None:
    subscriber = Subscriber()

    async def story(world: World, post: Post, id_: str, mark: str) -> None:
        inbox = await post.folder("inbox")
        for _ in range(2):
            await post.put(inbox, message("News"))
            while True:
                news = await subscriber.next()
                assert news.text("//t:SubscriptionId") == id_
                assert news.text("//t:PreviousWatermark") == mark
                mark = news.texts("//t:Watermark")[-1]
                if news.all("//t:NewMailEvent"):
                    break
        assert subscriber.urls == {URL}

    play(story, subscriber, tmp_path)


def test_what_was_not_taken_is_sent_again(tmp_path: Path) -> None:
    nonsense = HttpResponse(200, [], b"<html>")
    subscriber = Subscriber(OSError("down"), HttpResponse(503, [], b""), nonsense, said("Perhaps"))

    async def story(world: World, post: Post, id_: str, mark: str) -> None:
        await post.put(await post.folder("inbox"), message("News"))
        same = {(await subscriber.next()).raw for _ in range(5)}
        assert len(same) == 1

    play(story, subscriber, tmp_path)


def test_a_quiet_subscription_says_that_it_lives(tmp_path: Path) -> None:
    subscriber = Subscriber()

    async def story(world: World, post: Post, id_: str, mark: str) -> None:
        for _ in range(2):
            assert (await subscriber.next()).text("//t:StatusEvent/t:Watermark") == mark

    play(story, subscriber, tmp_path, QUICK)


@pytest.mark.parametrize("answers", [[said("Unsubscribe")], [OSError("down")] * 50], ids=["by itself", "out of reach"])
def test_a_subscription_ends(answers: list[HttpResponse | Exception], tmp_path: Path) -> None:
    subscriber = Subscriber(*answers)

    async def story(world: World, post: Post, id_: str, mark: str) -> None:
        assert (await world.ask(ALICE, unsubscribe(id_))).codes == ["ErrorInvalidSubscription"]
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                while (await world.ask(ALICE, unsubscribe(id_))).codes != ["ErrorSubscriptionNotFound"]:
                    await asyncio.sleep(0.01)
        assert (await world.ask(ALICE, unsubscribe(id_))).codes == ["ErrorSubscriptionNotFound"]
        assert len(subscriber.answers) <= 48, "once is not out of reach"

    play(story, subscriber, tmp_path, QUICK)


@pytest.mark.parametrize(
    "url", ["ftp://x/", "subscriber.test", "http://", "http://a@b/", "http://x:99999/", "http://x/ö"]
)
def test_addresses_nothing_can_be_sent_to(url: str, tmp_path: Path) -> None:
    async def story(world: World, post: Post, id_: str, mark: str) -> None:
        answer = await world.ask(ALICE, subscribe("Push", named("inbox"), more=MORE.format(url)))
        assert answer.codes == ["ErrorInvalidPushSubscriptionUrl"]

    play(story, Subscriber(), tmp_path)
