"""Mail from outside: for mailboxes here and nobody else, kept before it is accepted, read back as it came."""

from __future__ import annotations

import base64
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from samband.exchange.actions.settings import ExchangeSettings, OutboundSettings
from samband.exchange.smtp.composing import composed
from samband.exchange.smtp.door import SmtpDoor
from samband.store.api import StoreUnavailable
from samband.wire.smtp import Addressed, Envelope
from tests.exchange.ews.test_items import get, inbox
from tests.exchange.world import ALICE, BOB, World, run

LIMIT = 1 << 20


def to(*people: str, notify: str = "") -> tuple[Addressed, ...]:
    return tuple(Addressed(one, notify) for one in people)


FROM_OUTSIDE = Envelope("192.0.2.7", "mx.example.org", "zed@example.org", to("bob@contoso.test", "ALICE@contoso.test"))
RAW = (
    b"From: =?utf-8?b?WsOpZA==?= <zed@example.org>\r\nTo: bob@contoso.test\r\nSubject: Hi\r\n"
    b"Date: Mon, 2 Nov 2026 10:00:00 +0100\r\nMessage-ID: <a@example.org>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n"
    b"--b\r\nContent-Type: text/plain; name=a.txt\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n--b--\r\n"
)


def test_recipients_are_those_with_a_mailbox_here(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = SmtpDoor(world.exchange, "mail.contoso.test", LIMIT)
        assert door.recipient("Bob@Contoso.test").startswith("250")
        for stranger in ("ghost@contoso.test", "nobody@contoso.test"):
            assert door.recipient(stranger).startswith("550 5.1.1")
        for elsewhere in ("bob@example.org", "", "bob", "bob@contoso.test@example.org", "bob%contoso.test@example.org"):
            assert door.recipient(elsewhere).startswith("550 5.7.1"), "an open relay"
        assert door.recipient("bob@contoso.test", 500).startswith("452")
        refused = await door.message(Envelope("", "", "", to("ghost@contoso.test")), RAW)
        assert refused.startswith("554")
        gone = await door.message(Envelope("", "", "", to("ghost@contoso.test", "bob@contoso.test")), RAW)
        assert gone.startswith("451") and await inbox(world, BOB) == [], "nobody is left out without a word"

    run(story, tmp_path)


def test_a_message_reads_back_as_it_came(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = SmtpDoor(world.exchange, "mail.contoso.test", LIMIT)
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
        door = SmtpDoor(world.exchange, "mail.contoso.test", LIMIT)

        async def fail(*_: object) -> None:
            raise StoreUnavailable("no disk")

        world.exchange.delivery.receive = fail  # type: ignore[assignment, method-assign]
        assert (await door.message(FROM_OUTSIDE, RAW)).startswith("451")
        hops = b"Received: from a by b\r\n" * 101 + RAW
        assert (await door.message(FROM_OUTSIDE, hops)).startswith("554 5.4.6")
        assert (await door.message(FROM_OUTSIDE, b"x" * (LIMIT + 1))).startswith("552")

    run(story, tmp_path)


def test_the_trace_cannot_be_forged_into_more_fields(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = SmtpDoor(world.exchange, "mail.contoso.test", LIMIT)
        envelope = Envelope("192.0.2.7", "x\r\nX-Evil: 1", "a\r\nX-Evil: 2@b", to("bob@contoso.test"))
        assert (await door.message(envelope, RAW)).startswith("250")
        answer = await get(world, *await inbox(world, BOB), who=BOB)
        assert answer.all("//t:InternetMessageHeader[@HeaderName='X-Evil']") == []

    run(story, tmp_path)


def test_who_asks_is_told_that_it_arrived(tmp_path: Path) -> None:
    settings = ExchangeSettings(outbound=OutboundSettings(enabled=True))

    async def story(world: World) -> None:
        door = SmtpDoor(world.exchange, "mail.contoso.test", LIMIT)
        assert door.reports
        wished = (*to("bob@contoso.test", notify="SUCCESS"), *to("alice@contoso.test", notify="FAILURE"))
        envelope = Envelope("192.0.2.7", "mx", "zed@example.org", wished, envelope_id="Q1")
        assert (await door.message(envelope, RAW)).startswith("250")
        taken = await world.exchange.outbound.take(None, "test")
        assert taken is not None
        assert [one.address for one in taken[0].recipients] == ["zed@example.org"]
        assert taken[0].sender == "", "nobody reports on reports"
        report = message_from_bytes(composed(taken[1]), policy=default)
        head, person = list(report.iter_parts())[1].get_payload()
        assert head["Original-Envelope-Id"] == "Q1"
        assert (person["Final-Recipient"], person["Action"]) == ("rfc822; bob@contoso.test", "delivered")
        assert await world.exchange.outbound.take(None, "test") is None

    run(story, tmp_path, settings)
