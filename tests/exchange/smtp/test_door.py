"""Mail from outside: for mailboxes here and nobody else, kept before it is accepted, read back as it came."""

from __future__ import annotations

import base64
from pathlib import Path

from samband.exchange.smtp.door import Envelope, SmtpDoor
from samband.store.api import StoreUnavailable
from tests.exchange.ews.test_items import get, inbox
from tests.exchange.world import ALICE, BOB, World, run

FROM_OUTSIDE = Envelope("192.0.2.7", "mx.example.org", "zed@example.org", ("bob@contoso.test", "ALICE@contoso.test"))
RAW = (
    b"From: =?utf-8?b?WsOpZA==?= <zed@example.org>\r\nTo: bob@contoso.test\r\nSubject: Hi\r\n"
    b"Date: Mon, 2 Nov 2026 10:00:00 +0100\r\nMessage-ID: <a@example.org>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n"
    b"--b\r\nContent-Type: text/plain; name=a.txt\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n--b--\r\n"
)


def test_recipients_are_those_with_a_mailbox_here(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = SmtpDoor(world.exchange, "mail.contoso.test")
        assert door.recipient("Bob@Contoso.test").startswith("250")
        for stranger in ("ghost@contoso.test", "bob@example.org", "nobody@contoso.test", "", "bob"):
            assert door.recipient(stranger).startswith("550 5.1.1")
        assert door.recipient("bob@contoso.test", 500).startswith("452")
        refused = await door.message(Envelope("", "", "", ("ghost@contoso.test",)), RAW)
        assert refused.startswith("554")

    run(story, tmp_path)


def test_a_message_reads_back_as_it_came(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = SmtpDoor(world.exchange, "mail.contoso.test")
        assert (await door.message(FROM_OUTSIDE, RAW)).startswith("250")
        for who in (ALICE, BOB):
            (came,) = await inbox(world, who)
            answer = await get(world, came, more="<t:IncludeMimeContent>true</t:IncludeMimeContent>", who=who)
            mime = base64.b64decode(answer.text("//t:MimeContent"))
            assert mime.endswith(RAW) and mime.startswith(
                b"Return-Path: <zed@example.org>\r\nReceived: from mx.example"
            )
            assert answer.text("//t:From//t:Name") == "Zéd"
            assert answer.text("//t:DateTimeSent") == "2026-11-02T09:00:00Z"
            assert answer.text("//t:DateTimeReceived") == "2026-11-23T09:00:00Z"
            assert answer.text("//t:FileAttachment/t:Name") == "a.txt"
            assert answer.text("//t:InternetMessageHeader[@HeaderName='Message-ID']") == "<a@example.org>"

    run(story, tmp_path)


def test_what_cannot_be_kept_is_not_accepted(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = SmtpDoor(world.exchange, "mail.contoso.test")

        async def fail(*_: object) -> None:
            raise StoreUnavailable("no disk")

        world.exchange.delivery.receive = fail  # type: ignore[assignment, method-assign]
        assert (await door.message(FROM_OUTSIDE, RAW)).startswith("451")
        hops = b"Received: from a by b\r\n" * 101 + RAW
        assert (await door.message(FROM_OUTSIDE, hops)).startswith("554 5.4.6")
        assert (await door.message(FROM_OUTSIDE, b"x" * (35 * 1024 * 1024 + 1))).startswith("552")

    run(story, tmp_path)


def test_the_trace_cannot_be_forged_into_more_fields(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = SmtpDoor(world.exchange, "mail.contoso.test")
        envelope = Envelope("192.0.2.7", "x\r\nX-Evil: 1", "a\r\nX-Evil: 2@b", ("bob@contoso.test",))
        assert (await door.message(envelope, RAW)).startswith("250")
        answer = await get(world, *await inbox(world, BOB), who=BOB)
        assert answer.all("//t:InternetMessageHeader[@HeaderName='X-Evil']") == []

    run(story, tmp_path)
