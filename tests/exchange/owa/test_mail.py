"""Mail through the interface of the web client."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.exchange.owa import html as owa_html
from samband.exchange.owa.html import harmless
from samband.model.item_values import Body, BodyKind
from tests.exchange.owa.door import Browser, Door, both
from tests.exchange.world import ALICE, CAROL, World, run


def test_a_letter_its_answer_and_its_end(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        await alice.post("send", to="Bob; carol@contoso.test", subject="Lunch?", text="At <noon>.")
        (sent,) = await alice.messages("sentitems")
        assert sent["to"] == "Bob; Carol"
        (got,) = await bob.messages("inbox")
        assert (got["subject"], got["from"], got["read"]) == (
            "Lunch?",
            {"name": "Alice", "address": ALICE.primary_smtp},
            False,
        )
        page = await bob.send("GET", f"/owa/api/body?id={got['id']}")
        assert b"At &lt;noon&gt;." in page.content
        assert dict(page.headers)["Content-Security-Policy"].startswith("sandbox ")
        await bob.post("mark", id=got["id"], read=True)
        assert (await bob.messages("inbox"))[0]["read"]
        await bob.post("send", kind="reply", answers=got["id"], text="Yes.")
        (answer,) = await alice.messages("inbox")
        assert answer["subject"] == "RE: Lunch?"
        assert "Yes." in (await alice.get(f"message?id={answer['id']}"))["text"]
        await alice.post("delete", id=answer["id"])
        (deleted,) = await alice.messages("deleteditems")
        await alice.post("delete", id=deleted["id"])
        assert await alice.messages("deleteditems") == await alice.messages("inbox") == []

    run(story, tmp_path)


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        problem = await alice.post("send", 400, to="Nobody at all", subject="s", text="t")
        assert "'Nobody at all'" in problem["detail"]
        assert (await alice.send("POST", "/owa/api/send", b'{"text": 3}')).status == 400
        assert (await alice.send("POST", "/owa/api/send", b"\xff{")).status == 400
        assert (await alice.send("POST", "/owa/api/send", b'{"text": "t", "else": 1}')).status == 400
        assert (await alice.send("GET", "/owa/api/messages?folder=x")).status == 400
        assert (await alice.send("GET", "/owa/api/message?id=99999")).status == 404
        assert (await alice.send("DELETE", "/owa/api/folders")).status in (403, 405)
        assert (await alice.send("GET", "/owa/api/nothing")).status == 404
        await alice.post("send", to=ALICE.primary_smtp, subject="mine", text="secret")
        (mine,) = await alice.messages("inbox")
        assert (await bob.send("GET", f"/owa/api/message?id={mine['id']}")).status == 404
        assert (await bob.post("delete", 404, id=mine["id"]))["title"] == "ErrorItemNotFound"
        assert (await bob.send("GET", f"/owa/api/messages?folder={await alice.folder('inbox')}")).status != 200

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("markup", "shown", "gone"),
    [
        ("<p style='color:red;position:fixed'>hi", '<p style="color:red">hi</p>', "position"),
        ("<script>alert(1)</script><b>b</b>", "<b>b</b>", "alert"),
        ("<img src=x onerror=alert(1)>", "<img", "onerror"),
        ("<a href='javascript:alert(1)'>x</a>", ">x</a>", "javascript"),
        ("<a href='https://example.org/'>x</a>", 'target="_blank"', "zz"),
        ("<form action=/owa/auth/logoff><input name=a></form>t", "t", "<form"),
        ("<iframe src=https://e.test></iframe>t", "t", "<iframe"),
        ("<meta http-equiv=refresh content='0;url=//e.test'>t", "t", "refresh"),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>t", "t", "alert"),
        ('<img src="cid:logo@x">', 'src="data:image/png;base64,UE5H"', "cid:"),
        ('<img src="cid:other">', '<img src="">', "cid:"),
        ("<base href=//e.test><p>t</p>", "<p>t</p>", "<base"),
        ('<img src="https://e.test/track.png" alt="a logo">', '<img alt="a logo">', "e.test"),
        ('<img src="data:image/svg+xml,&lt;svg onload=alert(1)>">', "<img>", "data:"),
        ("<p style='background-color:url(https://e.test/)'>t</p>", "<p>t</p>", "e.test"),
        ("<p style='color:re\\64'>t</p>", "<p>t</p>", "style"),
        ("<svg onload=alert(1)><circle/></svg><math><mi>t</mi></math>", "t", "onload"),
        ("<body onload=alert(1)><b onclick=alert(1)>t</b>", "<b>t</b>", "alert"),
        ("<link rel=stylesheet href=//e.test/x.css><style>@import '//e.test'</style>t", "t", "e.test"),
        ("<object data=//e.test></object><embed src=//e.test>t", "t", "e.test"),
    ],
)
def test_html_of_strangers_is_harmless(markup: str, shown: str, gone: str) -> None:
    page = harmless(Body(BodyKind.HTML, markup), {"logo@x": ("image/png", b"PNG")})
    inside = page.partition("<body>")[2]
    assert shown in inside
    assert gone not in inside
    assert ("Pictures from the internet" in inside) == ("https://e.test/track" in markup)


def test_a_picture_that_stands_many_times_in_a_text_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owa_html, "MAX_SHOWN", 1000)
    pictures = {"large": ("image/png", bytes(600)), "small": ("image/gif", b"GIF")}
    body = '<img src="cid:large">' * 50 + '<img src="cid:small">'
    page = harmless(Body(BodyKind.HTML, body), pictures)
    assert [page.count(f"data:image/{kind};base64,") for kind in ("png", "gif")] == [1, 1], "the small one has room"
    assert page.count('<img src="">') == 49


@pytest.mark.parametrize("start", ["<img ", "<img src=" + " " * 100_000, "<img src ", '<b title="<img '])
def test_a_text_that_is_made_to_be_searched_for_ever_is_shown(start: str) -> None:
    page = harmless(Body(BodyKind.HTML, start * (2_000_000 // len(start)) + "<p>the end"), {})
    assert "Pictures from the internet" not in page


@pytest.mark.parametrize("within", ["<div>", "<div></b>", "<SPAN>x<div>", "<section/>", "<rt>"])
def test_tags_within_tags_without_end_are_shown_as_text(within: str) -> None:
    assert "<b>" not in harmless(Body(BodyKind.HTML, within * 100_000 + "<b>the end</b>"), {}).partition("<body>")[2]


@pytest.mark.parametrize(
    "row", ["<p>one", "<li>one", "<tr><td>one", "one<br>", "<div><b>one</b></div>", "<img alt=one>"]
)
def test_a_long_text_is_shown_as_it_is_meant(row: str) -> None:
    assert "<b>the end</b>" in harmless(Body(BodyKind.HTML, f"{row * 20_000}<b>the end</b>"), {})


def test_people_and_their_faces(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        found = await alice.get("people?q=car")
        assert [(one["name"], one["email"]) for one in found] == [("Carol", CAROL.primary_smtp)]
        face = await alice.send("GET", "/owa/api/photo?address=carol@contoso.test&name=Carol%20%3Cb%3E")
        assert dict(face.headers)["Content-Type"] == "image/svg+xml"
        assert b">C" in face.content
        assert b"<b>" not in face.content

    run(story, tmp_path)
