"""The door of join pages: what a page offers, and the files it is made of."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest
from lxml import html

from samband.lync.web.join_page import JoinPages
from samband.model.conferences import Terms
from samband.wire.http import Headers, HttpRequest, HttpResponse
from samband.wire.web_auth.oauth_token import ANONYMOUS, PASSWORD, WINDOWS
from tests.lync.ucwa.world import World, play
from tests.lync.web.website import HOST, field_of

MEET = "meet.contoso.test"
FILES = sorted(one.name for one in (resources.files("samband.lync.web") / "static").iterdir() if one.is_file())


async def get(pages: JoinPages, path: str, **fields: str) -> HttpResponse:
    headers = Headers((name.replace("_", "-"), value) for name, value in fields.items())
    return await pages(HttpRequest("GET", MEET, path, "", headers))


WAYS: list[tuple[tuple[str, ...], str, str]] = [
    ((ANONYMOUS, PASSWORD, WINDOWS), "", "guest password windows"),
    ((ANONYMOUS, PASSWORD), "1234", "passcode password"),
    ((WINDOWS,), "1234", "windows"),
    ((), "", ""),
]


@pytest.mark.parametrize(("grants", "passcode", "ways"), WAYS)
def test_what_a_page_offers(tmp_path: Path, grants: tuple[str, ...], passcode: str, ways: str) -> None:
    async def story(world: World) -> None:
        alice = world.site.people.found["guid-alice"]
        made = await world.conferences.add(alice, Terms(subject="Tea", passcode=passcode))
        pages = JoinPages(HOST, world.conferences, world.links, grants)
        answer = await get(pages, f"/alice/{made.id}")
        main = html.fromstring(answer.content).get_element_by_id("meeting")
        assert main.get("data-ways") == ways
        assert b"1234" not in answer.content
        assert field_of(answer, "Cache-Control") == "no-store"
        policy = field_of(answer, "Content-Security-Policy")
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy

    play(tmp_path, story)


def test_the_files_of_the_page(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for name in FILES:
            answer = await get(world.pages, f"/meet/static/{name}")
            kind = field_of(answer, "Content-Type").partition(";")[0]
            assert kind == {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}[name.rpartition(".")[2]]
            assert field_of(answer, "X-Content-Type-Options") == "nosniff"
            tag = field_of(answer, "ETag")
            assert (await get(world.pages, f"/meet/static/{name}", If_None_Match=tag)).status == 304
            assert (await get(world.pages, f"/meet/static/{name}", If_None_Match='"x"')).content == answer.content
        for none in ("none.js", "../join_page.py", "", "%2e%2e/join_page.py", "static/meeting.js"):
            assert b"cannot be found" in (await get(world.pages, f"/meet/static/{none}")).content

    play(tmp_path, story)


def test_nothing_comes_from_elsewhere() -> None:
    folder = resources.files("samband.lync.web") / "static"
    for name in FILES:
        text = (folder / name).read_text()
        for found in re.findall(r"(?:from|import\(?)\s*[\"']([^\"']+)[\"']|url\(([^)]+)\)", text):
            assert found[0].removeprefix("./") in FILES, (name, found)
        assert "innerHTML" not in text
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)[a-z]", text), name
