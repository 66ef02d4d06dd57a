"""Signing in to the web client, and how long that holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.exchange.owa.sessions import IDLE, LONGEST, MOST_EACH
from tests.exchange.owa.door import Browser, Door
from tests.exchange.world import ALICE, BOB, World, run


def test_a_stranger_sees_the_sign_in_page_and_nothing_else(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        browser = Browser(Door(world))
        answer = await browser.send("GET", "/owa/")
        assert (answer.status, dict(answer.headers)["Location"]) == (302, "/owa/auth/logon")
        page = await browser.send("GET", "/owa/auth/logon")
        assert b"Contoso &lt;Ltd&gt;" in page.content
        policy = dict(page.headers)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert (await browser.send("GET", "/owa/api/messages?folder=1")).status == 401
        assert (await browser.send("GET", "/owa/", tls=False)).status == 403
        assert (await browser.send("GET", "/owa/static/app.js")).status == 200
        for name in ("..%2fpages.py", "../pages.py", "index.html", "nothing.js"):
            assert (await browser.send("GET", f"/owa/static/{name}")).status == 404

    run(story, tmp_path)


def test_signing_in_and_out(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        browser = Browser(Door(world))
        assert (await browser.sign_in(ALICE, "wrong")).status == 401
        answer = await browser.sign_in(ALICE)
        cookie = dict(answer.headers)["Set-Cookie"]
        assert cookie.startswith("__Host-")
        assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))
        assert (await browser.get("session"))["email"] == ALICE.primary_smtp
        out = await browser.send("POST", "/owa/auth/logoff")
        assert "Max-Age=0" in dict(out.headers)["Set-Cookie"]
        assert (await browser.send("GET", "/owa/api/session")).status == 401

    run(story, tmp_path)


@pytest.mark.parametrize(
    "fields", [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Origin": "https://evil.test"}]
)
def test_no_other_site_signs_anybody_in(tmp_path: Path, fields: dict[str, str]) -> None:
    async def story(world: World) -> None:
        answer = await Browser(Door(world)).sign_in(ALICE, **fields)
        assert answer.status == 403
        assert "Set-Cookie" not in dict(answer.headers)

    run(story, tmp_path)


def test_wishes_need_the_canary_of_their_session(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = Browser(Door(world)), Browser(Door(world))
        await alice.sign_in(ALICE)
        await bob.sign_in(BOB)
        letter = {"to": BOB.primary_smtp, "subject": "s", "text": "t"}
        own, alice.canary = alice.canary, "f" * 32
        assert (await alice.post("send", 403, **letter))["title"] == "WrongCanary"
        alice.canary = own
        await alice.post("send", **letter)

    run(story, tmp_path)


def test_sessions_end(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = Door(world)
        browser = Browser(door)

        async def alive() -> bool:
            return (await browser.send("GET", "/owa/api/session")).status == 200

        await browser.sign_in(ALICE)
        door.now += IDLE - 1
        assert await alive()
        door.now += IDLE
        assert not await alive()
        await browser.sign_in(ALICE)
        for _ in range(int(LONGEST / IDLE) + 2):
            assert await alive()
            door.now += IDLE - 60
            if door.now - IDLE > LONGEST:
                break
        door.now += LONGEST
        assert not await alive()
        await browser.sign_in(ALICE)
        door.passwords.generations[ALICE.objectGUID] = 1
        assert not await alive()
        await browser.sign_in(ALICE)
        for _ in range(MOST_EACH):
            await Browser(door).sign_in(ALICE)
        assert not await alive()

    run(story, tmp_path)
