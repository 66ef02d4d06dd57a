"""Submission: who signed in sends as themselves, to anybody, and as any client writes it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import cast

from samband.exchange.actions.settings import ExchangeSettings, OutboundSettings
from samband.exchange.smtp.composing import composed
from samband.exchange.smtp.submission import Submission
from samband.model.people import Person
from samband.trust.smtp import SmtpSignIn
from samband.wire.smtp import Addressed, Envelope
from tests.exchange.ews.test_items import get, inbox
from tests.exchange.world import ALICE, BOB, CAROL, World, run

ON = ExchangeSettings(outbound=OutboundSettings(enabled=True))


class OnlyAlice:
    async def check(self, login: str, password: str, peer: str) -> Person | None:
        return ALICE if (login, password) == ("alice", "pw") else None


def conversation(world: World) -> Submission:
    return Submission(world.exchange, cast(SmtpSignIn, OnlyAlice()), "mail.contoso.test", 1 << 20)


def envelope(*people: str, notify: str = "") -> Envelope:
    named = tuple(Addressed(one, notify) for one in people)
    return Envelope("192.0.2.1", "laptop", "alice@contoso.test", named, "ESMTPSA", "HDRS", "E1")


RAW = (
    b"From: Alice <alice@contoso.test>\r\nTo: bob@contoso.test\r\nBcc: carol@contoso.test\r\n"
    b"Subject: Hi\r\n\r\nHello\r\n"
)


def test_only_who_signed_in_sends_and_only_as_themselves(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = conversation(world)
        assert door.sender("alice@contoso.test").startswith("530")
        assert (await door.message(envelope("bob@contoso.test"), RAW)).startswith("530")
        assert (await door.sign_in("alice", "no", "192.0.2.1")).startswith("535")
        assert (await door.sign_in("alice", "pw", "192.0.2.1")).startswith("235")
        assert door.sender("ALICE@contoso.test").startswith("250")
        assert door.sender("bob@contoso.test").startswith("550 5.7.60")
        assert door.recipient("bob@contoso.test", 0).startswith("250")
        assert door.recipient("ghost@contoso.test", 0).startswith("550 5.1.1")
        assert door.recipient("x@far.test", 0).startswith("550 5.4.4")
        assert door.recipient("bob@contoso.test", 500).startswith("452")
        forged = RAW.replace(b"From: Alice <alice@", b"From: Bob <bob@")
        assert (await door.message(envelope("bob@contoso.test"), forged)).startswith("550 5.7.60")
        assert await inbox(world, BOB) == []

    run(story, tmp_path)


def test_it_goes_to_everybody_in_the_envelope(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = conversation(world)
        await door.sign_in("alice", "pw", "192.0.2.1")
        assert door.recipient("x@far.test", 0).startswith("250")
        people = ("bob@contoso.test", "carol@contoso.test", "x@far.test")
        assert (await door.message(envelope(*people, notify="SUCCESS"), RAW)).startswith("250")
        for who in (BOB, CAROL):
            (came,) = await inbox(world, who)
            answer = await get(world, came, more="<t:IncludeMimeContent>true</t:IncludeMimeContent>", who=who)
            mime = base64.b64decode(answer.text("//t:MimeContent"))
            assert b"Bcc" not in mime and b"\r\nMessage-ID: <" in mime and b"\r\nDate: " in mime
            assert b"with ESMTPSA" in mime.partition(b"\r\n\r\n")[0]
            assert answer.text("//t:From//t:EmailAddress") == "alice@contoso.test"
        assert await inbox(world, ALICE, "sentitems") == []
        taken = await world.exchange.outbound.take(None, "test")
        assert taken is not None
        (outside,) = taken[0].recipients
        assert (outside.address, outside.notify, taken[0].envelope_id) == ("x@far.test", "SUCCESS", "E1")
        assert b"Bcc" not in composed(taken[1])
        answer = await get(world, *await inbox(world, ALICE))
        assert answer.text("//t:ItemClass") == "REPORT.IPM.Note.DR"
        assert "bob@contoso.test" in answer.text("//t:Body") and "x@far.test" not in answer.text("//t:Body")

    run(story, tmp_path, ON)
