"""Files through the interface of the web client: attached, taken off, sent on, kept by who gets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from samband.exchange.owa import attachments
from samband.exchange.owa.file_names import LONGEST, MOST_BYTES, disposition, file_name
from samband.model.caller import Caller
from samband.model.folders import Place
from samband.model.item_requests import Disposition, Draft, DraftAttachment
from samband.model.item_values import Body, BodyKind, EmailAddress
from samband.model.items import Attachment, ItemKind, MessageProperties
from tests.exchange.owa.door import Browser, Door
from tests.exchange.world import ALICE, BOB, World, run

PNG = b"\x89PNG\r\n\x1a\n and more"


async def pair(world: World) -> tuple[Browser, Browser]:
    door = Door(world)
    alice, bob = Browser(door), Browser(door)
    await alice.sign_in(ALICE)
    await bob.sign_in(BOB)
    return alice, bob


async def attach(who: Browser, draft: int, name: str, content: bytes, status: int = 201) -> Any:
    path = f"/owa/api/attach?draft={draft}&name={quote(name, safe='')}"
    found = await who.send("POST", path, content, Content_Type="text/plain")
    assert found.status == status, found
    return json.loads(found.content)


async def the_message(who: Browser, role: str) -> Any:
    (found,) = await who.messages(role)
    return await who.get(f"message?id={found['id']}")


def test_files_are_attached_taken_off_sent_and_kept(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await pair(world)
        draft = (await alice.post("draft", 200, to="Bob", subject="Plans", text="Dear"))["id"]
        first = await attach(alice, draft, "räksmörgås.txt", b"one")
        second = await attach(alice, draft, "two.html", b"<script>alert(1)</script>")
        assert (await alice.post("draft", 200, draft=draft, to="Bob", subject="Plans", text="Dear B"))["id"] == draft
        await alice.post("detach", draft=draft, id=first["id"])
        assert [one["name"] for one in (await the_message(alice, "drafts"))["files"]] == ["two.html"]
        await attach(alice, draft, "räksmörgås.txt", b"three")
        await alice.post("send", draft=draft, to="Bob", subject="Plans", text="Dear Bob")
        assert await alice.messages("drafts") == []
        got = await the_message(bob, "inbox")
        assert [(one["name"], one["size"]) for one in got["files"]] == [("two.html", 25), ("räksmörgås.txt", 5)]
        assert got["attachments"] and got["text"].strip() == "Dear Bob"
        file = await bob.send("GET", f"/owa/api/attachment?id={got['files'][0]['id']}")
        fields = dict(file.headers)
        assert file.content == b"<script>alert(1)</script>"
        assert fields["Content-Type"] == "application/octet-stream"
        assert fields["X-Content-Type-Options"] == "nosniff"
        assert fields["Content-Disposition"].startswith("attachment; ")
        assert fields["Content-Security-Policy"].startswith("sandbox")
        assert (await bob.send("GET", f"/owa/api/attachment?id={second['id']}")).status == 404, "that is Alice's own"

    run(story, tmp_path)


def test_an_answer_and_a_forward_keep_their_files(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await pair(world)
        draft = (await alice.post("draft", 200, to="Bob", subject="Plans", text="Dear"))["id"]
        for name in ("a.txt", "b.txt"):
            await attach(alice, draft, name, name.encode())
        await alice.post("send", draft=draft, to="Bob", subject="Plans", text="Dear")
        got = await the_message(bob, "inbox")
        reply = {"kind": "reply", "answers": got["id"], "to": ALICE.primary_smtp, "subject": "RE: Plans"}
        kept = (await bob.post("draft", 200, text="Ye", **reply))["id"]
        await attach(bob, kept, "mine.txt", b"mine")
        assert (await bob.post("draft", 200, draft=kept, text="Yes", **reply))["id"] == kept
        await bob.post("send", draft=kept, text="Yes!", **reply)
        answer = await the_message(alice, "inbox")
        assert [one["name"] for one in answer["files"]] == ["mine.txt"]
        assert answer["text"].startswith("Yes!") and answer["text"].count("Dear") == 1
        forward = {"kind": "forward", "answers": got["id"], "to": BOB.primary_smtp, "subject": "FW: Plans"}
        kept = (await bob.post("draft", 200, text="", **forward))["id"]
        files = (await the_message(bob, "drafts"))["files"]
        assert [one["name"] for one in files] == ["a.txt", "b.txt"]
        await bob.post("detach", draft=kept, id=files[0]["id"])
        await attach(bob, kept, "c.txt", b"c")
        await bob.post("send", draft=kept, text="See", **forward)
        (newest, _) = await bob.messages("inbox")
        whole = await bob.get(f"message?id={newest['id']}")
        assert [one["name"] for one in whole["files"]] == ["b.txt", "c.txt"]
        assert whole["subject"] == "FW: Plans" and "Dear" in whole["text"]

    run(story, tmp_path)


def test_what_cannot_be_attached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(world: World) -> None:
        alice, bob = await pair(world)
        await alice.post("send", to="Alice", subject="s", text="t")
        mine = (await alice.messages("inbox"))[0]["id"]
        theirs = (await bob.post("draft", 200, subject="s", text="t"))["id"]
        draft = (await alice.post("draft", 200, subject="s", text="t"))["id"]
        assert "no draft" in (await attach(alice, mine, "a", b"a", 400))["detail"]
        await attach(alice, theirs, "a", b"a", 404)
        monkeypatch.setattr(attachments, "MAX_FILES", 10)
        await attach(alice, draft, "a", b"12345678")
        refused = await attach(alice, draft, "b\r\n.txt", b"123", 413)
        assert refused["detail"].startswith("b.txt is too large: ")
        held = (await the_message(alice, "drafts"))["files"]
        assert len(held) == 1
        await alice.post("detach", 400, draft=mine, id=held[0]["id"])
        await bob.post("detach", 404, draft=theirs, id=held[0]["id"])
        canary, alice.canary = alice.canary, ""
        assert (await attach(alice, draft, "c", b"c", 403))["title"] == "WrongCanary"
        await alice.post("detach", 403, draft=draft, id=held[0]["id"])
        alice.canary = canary
        assert len((await the_message(alice, "drafts"))["files"]) == 1

    run(story, tmp_path)


def test_pictures_stand_in_the_text_and_other_files_beside_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, _ = await pair(world)

        def file(name: str, kind: str, cid: str, *, inline: bool) -> DraftAttachment:
            head = Attachment(id=0, name=name, content_type=kind, content_id=cid, is_inline=inline)
            return DraftAttachment(head, PNG)

        text = '<p>Look <img src="cid:logo@x"><img src="cid:draw@x"></p>'
        letter = MessageProperties(
            subject="s", body=Body(BodyKind.HTML, text), to_recipients=(EmailAddress("A", ALICE.primary_smtp),)
        )
        inner = Draft(kind=ItemKind.MESSAGE, properties=MessageProperties(subject="An old\r\n<letter>"))
        files = (
            file("logo.png", "image/png", "<logo@x>", inline=True),
            file("draw.svg", "image/svg+xml", "draw@x", inline=True),
            file("unused.png", "image/png", "unused@x", inline=True),
            DraftAttachment(Attachment(id=0, name="An old\r\n<letter>"), item=inner),
        )
        draft = Draft(kind=ItemKind.MESSAGE, properties=letter, attachments=files)
        place = Place(ALICE.msExchMailboxGuid, await alice.folder("sentitems"))
        await world.exchange.mail.create(Caller(ALICE, "forms"), draft, place, Disposition.SEND_AND_SAVE_COPY)
        got = await the_message(alice, "inbox")
        assert [one["name"] for one in got["files"]] == ["draw.svg", "unused.png", "An old_letter_.eml"]
        page = (await alice.send("GET", f"/owa/api/body?id={got['id']}")).content
        assert page.count(b"data:image/png;base64,") == 1
        assert b"svg" not in page
        inside = await alice.send("GET", f"/owa/api/attachment?id={got['files'][2]['id']}")
        assert inside.content.startswith(b"Subject: An old  <letter>\r\n")

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plan.pdf", "plan.pdf"),
        ("Plan för våren.pdf", "Plan för våren.pdf"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie_ x=1.txt"),
        ('"; filename="evil.exe', "_; filename=_evil.exe"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a.txt", "a.txt"),
        ("..", "attachment"),
        ("", "attachment"),
        ("\u200b\u2066", "attachment"),
        ("a\ud800b.txt", "ab.txt"),
        (".bashrc", "bashrc"),
    ],
)
def test_names_say_what_they_are(name: str, shown: str) -> None:
    assert file_name(name) == shown


@pytest.mark.parametrize("name", ["x" * 300 + ".docx", "漢" * 300 + ".txt", "y" * 300, "a." + "z" * 300])
def test_long_names_keep_their_ending(name: str) -> None:
    shown = file_name(name)
    assert len(shown) <= LONGEST and len(shown.encode()) <= MOST_BYTES
    assert shown.endswith(name[-4:])


@pytest.mark.parametrize("name", ['a"b%22\\c.txt', "näme\n.txt", "x'; y.txt", "\U0001f4ce.png"])
def test_a_disposition_is_one_line_of_ascii(name: str) -> None:
    value = disposition(name)
    assert value.isascii() and value.isprintable()
    assert value.count('"') == 2
    assert unquote(value.partition("UTF-8''")[2]) == file_name(name)
