"""Mail to other organisations: queued with the copy, handed to a real mail server, reported where that fails."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from samband.exchange.actions.settings import ExchangeSettings, OutboundSettings
from samband.exchange.smtp.sender import MailSender
from samband.net.smtp_client import Encryption, Smarthost
from samband.net.tls import client_context, unchecked_client_context
from samband.store import outbound
from tests.exchange.ews.test_items import create, get, inbox
from tests.exchange.world import ALICE, BOB, World, run
from tests.mail_sink import sinking
from tests.until import until

SETTINGS = ExchangeSettings(outbound=OutboundSettings(enabled=True, first_retry=60, longest_retry=600, expiry=3600))


def letter(*people: str, subject: str = "Hi", more: str = "") -> str:
    to = "".join(f"<t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox>" for one in people)
    return (
        f'<t:Message><t:Subject>{subject}</t:Subject><t:Body BodyType="Text">Grüße</t:Body>'
        f"<t:ToRecipients>{to}</t:ToRecipients>{more}</t:Message>"
    )


async def send(world: World, *people: str, **more: str) -> None:
    answer = await create(world, letter(*people, **more), disposition="SendAndSaveCopy", folder="")
    assert answer.codes == ["NoError"]


@asynccontextmanager
async def sender(world: World, port: int, owner: str = "one", most: int = 4) -> AsyncIterator[MailSender]:
    encryption = Encryption("opportunistic", client_context(None), unchecked_client_context())
    client = Smarthost("mail.contoso.test", "127.0.0.1", port, encryption)
    running = MailSender(world.exchange, client, world.feed, "mail.contoso.test", owner, most)
    await running.start()
    try:
        yield running
    finally:
        await running.close()


async def waiting(world: World) -> list[tuple[str, int, str]]:
    found = await world.store.read(outbound.every)
    return [(one.address, one.attempts, one.last_reply) for queued in found for one in queued.recipients]


async def emptied(world: World) -> None:
    async with asyncio.timeout(20):
        while await waiting(world):
            await asyncio.sleep(0.01)


async def attempts(world: World, *wanted: int) -> None:
    """Wait until everybody in the queue was tried so often."""
    async with asyncio.timeout(20):
        while tuple(sorted(count for _, count, _ in await waiting(world))) != wanted:
            await asyncio.sleep(0.01)


async def report(world: World) -> tuple[str, Any]:
    """The only message in Alice's inbox: its class, and it as MIME."""
    async with asyncio.timeout(20):
        while not (found := await inbox(world, ALICE)):
            await asyncio.sleep(0.01)
    answer = await get(world, *found, more="<t:IncludeMimeContent>true</t:IncludeMimeContent>")
    mime = base64.b64decode(answer.text("//t:MimeContent"))
    return answer.text("//t:ItemClass"), message_from_bytes(mime, policy=default)


def test_mail_leaves_by_the_smarthost(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        async with sinking() as sink, sender(world, sink.port):
            bcc = (
                "<t:BccRecipients><t:Mailbox><t:EmailAddress>z@far.test</t:EmailAddress></t:Mailbox></t:BccRecipients>"
            )
            await send(world, "x@elsewhere.test", "bob@contoso.test", "y@far.test", more=bcc)
            (got,) = await until(lambda: sink.kept)
            await emptied(world)
        assert (got.sender, sorted(got.recipients)) == (
            "alice@contoso.test",
            ["x@elsewhere.test", "y@far.test", "z@far.test"],
        )
        message = got.message
        assert message["From"] == "Alice <alice@contoso.test>" and message["Bcc"] is None
        assert message["To"] == "x@elsewhere.test, Bob <bob@contoso.test>, y@far.test"
        assert message.get_content().strip() == "Grüße" and message["Message-ID"] and message["Date"]
        assert len(await inbox(world, BOB)) == 1
        assert await inbox(world, ALICE) == []

    run(story, tmp_path, SETTINGS)


def test_one_conversation_takes_several_messages(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for number in range(6):
            await send(world, "x@elsewhere.test", subject=f"Number {number}")
        async with sinking() as sink, sender(world, sink.port):
            await until(lambda: len(sink.kept) == 6)
            await emptied(world)
            assert len({got.connection for got in sink.kept}) < 6
        assert sorted(got.message["Subject"] for got in sink.kept) == [f"Number {number}" for number in range(6)]

    run(story, tmp_path, SETTINGS)


def test_each_recipient_has_a_result_of_their_own(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        async with sinking() as sink, sender(world, sink.port) as running:
            sink.answers |= {"no@far.test": "550 5.1.1 nobody of this name", "later@far.test": "451 4.2.1 later"}
            await send(world, "yes@far.test", "no@far.test", "later@far.test")
            item_class, message = await report(world)
            assert item_class == "REPORT.IPM.Note.NDR" and message["Subject"] == "Undeliverable: Hi"
            assert message.get_content_type() == "multipart/report"
            text, status, headers = message.iter_parts()
            assert "no@far.test" in text.get_content() and "later@far.test" not in text.get_content()
            head, person = status.get_payload()
            assert head["Reporting-MTA"] == "dns; mail.contoso.test"
            assert person["Final-Recipient"] == "rfc822; no@far.test"
            assert (person["Action"], person["Status"]) == ("failed", "5.1.1")
            assert person["Diagnostic-Code"] == "smtp; 550 5.1.1 nobody of this name"
            assert headers.get_content_type() == "text/rfc822-headers" and "Subject: Hi" in headers.get_content()
            assert await waiting(world) == [("later@far.test", 1, "451 4.2.1 later")]
            assert [got.recipients for got in sink.kept] == [("yes@far.test",)]
            del sink.answers["later@far.test"]
            running.look()
            await asyncio.sleep(0.05)
            assert len(sink.kept) == 1, "tried before its time"
            world.clock.advance(seconds=60)
            running.look()
            await emptied(world)
            assert [got.recipients for got in sink.kept] == [("yes@far.test",), ("later@far.test",)]

    run(story, tmp_path, SETTINGS)


def test_pauses_grow_and_mail_expires(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        async with sinking() as sink, sender(world, sink.port) as running:
            sink.answers["x@far.test"] = "450 4.2.0 busy"
            await send(world, "x@far.test")
            for tried, pause in ((1, 60), (2, 120), (3, 240), (4, 480), (5, 600), (6, 600), (7, 600)):
                await attempts(world, tried)
                (queued,) = await world.store.read(outbound.every)
                assert queued.recipients[0].next_attempt == int(world.clock().timestamp()) + pause
                world.clock.advance(seconds=pause)
                running.look()
            await asyncio.sleep(0.05)
            world.clock.advance(seconds=3600)
            running.look()
            item_class, message = await report(world)
            assert item_class == "REPORT.IPM.Note.NDR"
            person = list(message.iter_parts())[1].get_payload()[1]
            assert (person["Action"], person["Status"]) == ("failed", "5.2.0")
            assert await waiting(world) == []

    run(story, tmp_path, SETTINGS)


def test_the_sender_is_told_once_that_it_takes_longer(tmp_path: Path) -> None:
    settings = ExchangeSettings(outbound=OutboundSettings(enabled=True, first_retry=60, notice=600))

    async def story(world: World) -> None:
        async with sinking() as sink, sender(world, sink.port) as running:
            sink.answers["x@far.test"] = "450 4.2.0 busy"
            await send(world, "x@far.test")
            await attempts(world, 1)
            world.clock.advance(seconds=900)
            running.look()
            item_class, message = await report(world)
            assert item_class == "REPORT.IPM.Note.Delayed"
            person = list(message.iter_parts())[1].get_payload()[1]
            assert (person["Action"], person["Status"]) == ("delayed", "4.2.0")
            assert person["Will-Retry-Until"]
            await attempts(world, 2)
            world.clock.advance(seconds=3600)
            running.look()
            await attempts(world, 3)
            assert len(await inbox(world, ALICE)) == 1

    run(story, tmp_path, settings)


def test_a_server_out_of_reach_is_tried_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        async with sinking() as gone:
            port = gone.port
        await send(world, "x@far.test")
        await send(world, "y@far.test", subject="Two")
        async with sender(world, port):
            await attempts(world, 1, 1)
            assert all("4.4.1" in reply for _, _, reply in await waiting(world))
        assert await inbox(world, ALICE) == []

    run(story, tmp_path, SETTINGS)


def test_a_conversation_that_breaks_off_costs_nothing(tmp_path: Path) -> None:
    """The second message finds the conversation closed, and goes by a new one without waiting."""

    async def story(world: World) -> None:
        await send(world, "x@far.test")
        await send(world, "y@far.test")
        async with sinking() as sink:
            sink.ends += ["250 fine", "421 4.3.2 closing"]
            async with sender(world, sink.port, most=1):
                await emptied(world)
        assert sorted(got.recipients for got in sink.kept) == [("x@far.test",), ("y@far.test",)]

    run(story, tmp_path, SETTINGS)


def test_what_a_dead_server_took_is_taken_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, "x@far.test")
        assert await world.exchange.outbound.take(None, "one") is not None
        assert await world.exchange.outbound.take(None, "two") is None
        async with sinking() as sink:
            async with sender(world, sink.port, "two"):
                await asyncio.sleep(0.05)
                assert sink.kept == []
            async with sender(world, sink.port, "one"):
                await emptied(world)
            assert len(sink.kept) == 1

    run(story, tmp_path, SETTINGS)


def test_a_receipt_is_sent_where_it_was_asked_for(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        async with sinking() as sink, sender(world, sink.port):
            wish = "<t:IsDeliveryReceiptRequested>true</t:IsDeliveryReceiptRequested>"
            await send(world, "x@far.test", more=wish)
            item_class, message = await report(world)
        assert item_class == "REPORT.IPM.Note.Relayed"
        person = list(message.iter_parts())[1].get_payload()[1]
        assert (person["Action"], person["Status"]) == ("relayed", "2.0.0")

    run(story, tmp_path, SETTINGS)


def test_a_message_that_is_lost_stands_in_nobodys_way(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, "x@far.test", subject="Lost")
        await world.store.write(lambda tx: tx.run("UPDATE outbound_messages SET blob = 'gone'"))
        await send(world, "y@far.test", subject="Kept")
        async with sinking() as sink, sender(world, sink.port):
            await emptied(world)
            assert [got.recipients for got in sink.kept] == [("y@far.test",)]
            item_class, message = await report(world)
        assert (item_class, message["Subject"]) == ("REPORT.IPM.Note.NDR", "Undeliverable: Lost")

    run(story, tmp_path, SETTINGS)
