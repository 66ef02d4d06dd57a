"""Answers of who is out of office, to people inside by EWS and outside by SMTP."""

from __future__ import annotations

from email import message_from_bytes
from pathlib import Path

import pytest

from samband.exchange.actions.settings import ExchangeSettings, OutboundSettings
from samband.exchange.smtp.composing import composed
from samband.model.people import Person
from tests.exchange.actions.test_arrivals import come, whole
from tests.exchange.ews.mail_requests import find, send, subjects
from tests.exchange.ews.test_oof import duration, put
from tests.exchange.rules import add, to_folder
from tests.exchange.world import ALICE, BOB, CAROL, World, run

OUTBOUND = ExchangeSettings(outbound=OutboundSettings(enabled=True))


def replies(inside: str = "&lt;p&gt;In &lt;b&gt;Rome&lt;/b&gt;&lt;/p&gt;", outside: str = "Away") -> str:
    return (
        f"<t:InternalReply><t:Message>{inside}</t:Message></t:InternalReply>"
        f"<t:ExternalReply><t:Message>{outside}</t:Message></t:ExternalReply>"
    )


async def out(
    world: World, who: Person, state: str = "Enabled", span: str = "", said: str = replies(), audience: str = "All"
) -> None:
    assert (await world.ask(who, put(who.mail, state, span, said, audience))).codes == ["NoError"]


async def told_outside(world: World) -> list[str]:
    """Who outside of the organisation is being answered."""
    found = []
    while taken := await world.exchange.outbound.take(None, "test"):
        queued, content = taken
        message = message_from_bytes(composed(content))
        assert queued.sender == "" and message["Auto-Submitted"] == "auto-replied"
        assert message["Subject"] == "Automatic reply: Hi" and message.get_payload(decode=True) == b"Away"
        found += [one.address for one in queued.recipients]
    return found


def test_everybody_inside_is_told_once_while_it_lasts(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await out(world, ALICE)
        for _ in range(2):
            await send(world, BOB, ALICE.mail, "Hi")
        await send(world, CAROL, ALICE.mail, "Hi")
        for who in (BOB, CAROL):
            (came,) = await find(world, who, "inbox", "item:ItemClass")
            assert came.findtext("{*}ItemClass") == "IPM.Note.Rules.OofTemplate.Microsoft"
            got = await whole(world, who, came)
            assert got.findtext("{*}Subject") == "Automatic reply: Hi"
            assert "In <b>Rome</b>" in (got.findtext("{*}Body") or "")
            assert got.findtext("{*}From/{*}Mailbox/{*}EmailAddress") == ALICE.mail
            assert (got.findtext("{*}InReplyTo") or "").startswith("<")
        await out(world, ALICE, said=replies("Elsewhere"))
        await send(world, BOB, ALICE.mail, "Hi")
        assert len(await find(world, BOB, "inbox")) == 1, "another wording is no other absence"
        await out(world, ALICE, "Disabled")
        await send(world, BOB, ALICE.mail, "Hi")
        assert len(await find(world, BOB, "inbox")) == 1
        await out(world, ALICE)
        await send(world, BOB, ALICE.mail, "Hi")
        assert len(await find(world, BOB, "inbox")) == 2, "out anew"
        assert len(await find(world, ALICE, "inbox")) == 6

    run(story, tmp_path)


def test_a_scheduled_absence_begins_and_ends(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await out(world, ALICE, "Scheduled", duration("2026-11-23T10:00:00Z", "2026-11-23T12:00:00Z"))
        await send(world, BOB, ALICE.mail, "before")
        world.clock.advance(hours=1)
        await send(world, CAROL, ALICE.mail, "during")
        world.clock.advance(hours=2)
        await send(world, BOB, ALICE.mail, "after")
        assert await subjects(world, BOB, "inbox") == []
        assert await subjects(world, CAROL, "inbox") == ["Automatic reply: during"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("audience", "known", "told"),
    [("All", False, True), ("None", True, False), ("Known", False, False), ("Known", True, True)],
)
def test_who_outside_is_told(audience: str, known: bool, told: bool, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        if known:
            answer = await world.ask(
                ALICE,
                "<m:CreateItem><m:Items><t:Contact><t:DisplayName>Zed</t:DisplayName><t:EmailAddresses>"
                '<t:Entry Key="EmailAddress2">Zed@Example.org</t:Entry></t:EmailAddresses></t:Contact></m:Items>'
                "</m:CreateItem>",
            )
            assert answer.codes == ["NoError"]
        await out(world, ALICE, audience=audience)
        for _ in range(2):
            await come(world, ALICE, "Hi")
        assert await told_outside(world) == (["zed@example.org"] if told else [])

    run(story, tmp_path, OUTBOUND)


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        ((), ""),
        ((), "MAILER-DAEMON@example.org"),
        (("Auto-Submitted: auto-replied",), "zed@example.org"),
        (("Precedence: list",), "zed@example.org"),
        (("List-Unsubscribe: <mailto:x@example.org>",), "zed@example.org"),
        (("X-Auto-Response-Suppress: OOF",), "zed@example.org"),
        (("X-Auto-Response-Suppress: All",), "zed@example.org"),
    ],
)
def test_no_machine_and_no_list_is_told(headers: tuple[str, ...], sender: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await out(world, ALICE)
        await come(world, ALICE, "Hi", *headers, sender=sender)
        assert await told_outside(world) == []
        await come(world, ALICE, "Hi")
        assert await told_outside(world) == ["zed@example.org"], "the envelope says who"

    run(story, tmp_path, OUTBOUND)


def test_two_who_are_out_tell_each_other_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await out(world, ALICE)
        await out(world, BOB)
        await send(world, ALICE, BOB.mail, "Hi")
        assert await subjects(world, ALICE, "inbox") == ["Automatic reply: Hi"]
        assert await subjects(world, BOB, "inbox") == ["Hi"]

    run(story, tmp_path)


def test_nothing_written_is_nothing_sent_and_rules_do_not_hold_it_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await out(world, ALICE, said=replies("&lt;html&gt;&lt;body&gt; &lt;/body&gt;&lt;/html&gt;"))
        await send(world, BOB, ALICE.mail, "Hi")
        assert await subjects(world, BOB, "inbox") == []
        await out(world, ALICE)
        await add(world, ALICE, to_folder("MoveToFolder", "drafts"))
        await send(world, BOB, ALICE.mail, "Again")
        assert await subjects(world, BOB, "inbox") == ["Automatic reply: Again"]
        assert await subjects(world, ALICE, "drafts") == ["Again"]

    run(story, tmp_path)


def test_who_is_in_the_organisations_domain_is_inside(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await out(world, ALICE)
        await come(world, ALICE, "Hi", sender="printer@contoso.test")
        assert await told_outside(world) == []
        await come(world, ALICE, "Hi", sender="zed@example.org")
        assert await told_outside(world) == ["zed@example.org"]

    run(story, tmp_path, OUTBOUND)
