"""Everything in the corpora goes through the real doors: taken and readable, or refused with a reason."""

from __future__ import annotations

import asyncio
import base64
import random
import re
import smtplib
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from samband.exchange.messages import arrival_of_mime
from samband.exchange.smtp.door import SmtpDoor
from samband.model.timezones import zone_named
from samband.net.smtp_server import SmtpServer
from tests.corpora import calendars, messages
from tests.exchange.world import ALICE, Answer, World, run

BERLIN = zone_named("W. Europe Standard Time")
assert BERLIN is not None
LIMIT = 1 << 20
AT_ONCE = 25


async def by_smtp(world: World, story: Callable[[smtplib.SMTP], object]) -> None:
    """A real client talks to the door."""
    server = SmtpServer("mail.contoso.test", lambda: SmtpDoor(world.exchange, "mail.contoso.test", LIMIT), LIMIT)
    port = await server.listen("127.0.0.1", 0)

    def talk() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            story(client)

    try:
        await asyncio.to_thread(talk)
    finally:
        await server.close()


def sending(contents: list[bytes], outcomes: list[str]) -> Callable[[smtplib.SMTP], object]:
    def story(client: smtplib.SMTP) -> None:
        for content in contents:
            lines = re.sub(rb"\r?\n", b"\r\n", content)
            try:
                client.sendmail("zed@example.org", ["alice@contoso.test"], lines)
                outcomes.append("250")
            except smtplib.SMTPDataError as refusal:
                outcomes.append(f"{refusal.smtp_code} {refusal.smtp_error!r}")

    return story


async def read_all(world: World, identifiers: list[str], *, mime: bool = True) -> list[Answer]:
    """Every property of items, and every attachment: each answer is valid, and none is an error."""
    answers = []
    for start in range(0, len(identifiers), AT_ONCE):
        ids = "".join(f'<t:ItemId Id="{one}"/>' for one in identifiers[start : start + AT_ONCE])
        wish = "<t:IncludeMimeContent>true</t:IncludeMimeContent>" if mime else ""
        answer = await world.ask(
            ALICE,
            f"<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>{wish}</m:ItemShape>"
            f"<m:ItemIds>{ids}</m:ItemIds></m:GetItem>",
        )
        assert set(answer.codes) == {"NoError"}, Counter(answer.codes)
        answers.append(answer)
        attached = [str(one.get("Id")) for one in answer.all("//t:AttachmentId")]
        for place in range(0, len(attached), AT_ONCE):
            wanted = "".join(f'<t:AttachmentId Id="{one}"/>' for one in attached[place : place + AT_ONCE])
            found = await world.ask(
                ALICE,
                "<m:GetAttachment><m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
                f"</m:AttachmentShape><m:AttachmentIds>{wanted}</m:AttachmentIds></m:GetAttachment>",
            )
            assert set(found.codes) == {"NoError"}, Counter(found.codes)
    return answers


def identifiers(answer: Answer) -> list[str]:
    return [str(one.get("Id")) for one in answer.all("//t:ItemId")]


async def everything(world: World, folder: str) -> list[str]:
    """Every item of a folder."""
    found: list[str] = []
    while True:
        answer = await world.ask(
            ALICE,
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
            f'<m:IndexedPageItemView MaxEntriesReturned="100" Offset="{len(found)}" BasePoint="Beginning"/>'
            f'<m:ParentFolderIds><t:DistinguishedFolderId Id="{folder}"/></m:ParentFolderIds></m:FindItem>',
        )
        page = identifiers(answer)
        found += page
        if not page:
            return found


def play(story: Callable[[World], Awaitable[None]], folder: Path) -> None:
    async def bounded(world: World) -> None:
        await story(world)

    run(bounded, folder)


def test_every_message_comes_by_smtp_and_reads_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        contents, outcomes = [content for _, content in messages()], []
        await by_smtp(world, sending(contents, outcomes))
        assert Counter(outcomes) == {"250": len(contents)}
        found = await everything(world, "inbox")
        assert len(found) == len(contents)
        kept = [
            base64.b64decode(one.text or "")
            for answer in await read_all(world, found)
            for one in answer.all("/s:Envelope/s:Body/m:GetItemResponse//m:Items/*/t:MimeContent")
        ]
        assert all(one.startswith(b"Return-Path: <zed@example.org>\r\nReceived: from ") for one in kept)
        print(f"{len(contents)} messages taken and read")

    play(story, tmp_path)


def test_every_message_is_made_an_item_by_its_mime(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made: list[str] = []
        for name, content in messages():
            answer = await world.ask(
                ALICE,
                '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message>'
                f"<t:MimeContent>{base64.b64encode(content).decode()}</t:MimeContent></t:Message></m:Items>"
                "</m:CreateItem>",
            )
            assert answer.codes == ["NoError"], name
            made += identifiers(answer)
        await read_all(world, made)

    play(story, tmp_path)


def test_every_calendar_is_made_an_item_or_refused(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made: list[str] = []
        refused: Counter[str] = Counter()
        for _, content in calendars():
            answer = await world.ask(
                ALICE,
                '<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem>'
                f"<t:MimeContent>{base64.b64encode(content).decode()}</t:MimeContent></t:CalendarItem></m:Items>"
                "</m:CreateItem>",
            )
            (code,) = answer.codes
            if code == "NoError":
                made += identifiers(answer)
            else:
                refused[code] += 1
                assert answer.text("//m:MessageText")
        await read_all(world, made)
        print(f"{len(made)} calendars taken and read, refused: {dict(refused)}")
        assert len(made) > 100
        assert "ErrorInternalServerError" not in refused

    play(story, tmp_path)


def test_every_calendar_comes_by_mail(tmp_path: Path) -> None:
    """As an invitation: a meeting request, or a message that has the calendar with it."""

    async def story(world: World) -> None:
        contents = [
            b"From: Zed <zed@example.org>\r\nSubject: Calendar\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(content)
            for _, content in calendars()
        ]
        outcomes: list[str] = []
        await by_smtp(world, sending(contents, outcomes))
        assert Counter(outcomes) == {"250": len(contents)}
        answers = await read_all(world, await everything(world, "inbox"))
        requests = sum(len(answer.all("//m:Items/t:MeetingRequest")) for answer in answers)
        plain = sum(len(answer.all("//m:Items/t:Message")) for answer in answers)
        entries = await everything(world, "calendar")
        await read_all(world, entries)
        print(f"{requests} meeting requests, {plain} messages with a calendar, {len(entries)} entries")
        assert requests + plain == len(contents) and requests > 100 and entries

    play(story, tmp_path)


def spoilt(content: bytes, dice: random.Random) -> bytes:
    """``content`` with pieces lost, doubled, exchanged or made nonsense."""
    found = bytearray(content)
    for _ in range(dice.randint(1, 8)):
        start = dice.randint(0, len(found))
        end = min(len(found), start + dice.choice((1, 2, 20, 300)))
        match dice.randint(0, 3):
            case 0:
                del found[start:end]
            case 1:
                found[start:start] = found[start:end]
            case 2:
                found[start:end] = dice.randbytes(end - start)
            case _:
                found[start:start] = dice.choice(
                    (b"\r\n\r\n", b"--", b"\0", b"=?", b"\xff", b"\r\n ", b'"', b";", b":")
                )
    return bytes(found)


_ALL = [content for _, content in messages()] + [
    b"Content-Type: text/calendar; method=REQUEST\r\n\r\n" + content for _, content in calendars()
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_ALL), st.randoms(use_true_random=False))
def test_spoilt_messages_are_read(content: bytes, dice: random.Random) -> None:
    left = spoilt(content, dice)
    draft = arrival_of_mime(left, BERLIN)
    assert draft.mime or not left


def test_spoilt_messages_come_and_read_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        dice = random.Random(5)
        contents = [spoilt(dice.choice(_ALL), dice) for _ in range(150)]
        outcomes: list[str] = []
        await by_smtp(world, sending(contents, outcomes))
        assert all(one[:3] in ("250", "500", "552", "554") for one in outcomes), Counter(outcomes)
        await read_all(world, await everything(world, "inbox"))
        await read_all(world, await everything(world, "calendar"))

    play(story, tmp_path)
