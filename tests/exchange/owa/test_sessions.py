"""Signing in to the web client, and how long that holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.exchange.owa.sessions import COOKIE, IDLE, LONGEST, MOST_EACH
from samband.store.api import StoreUnavailable
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
        for _ in range(3):
            door.now += IDLE - 1
            assert await alive()
        door.now = door.now - 3 * (IDLE - 1) + LONGEST
        assert not await alive()
        await browser.sign_in(ALICE)
        door.passwords.marks[ALICE.objectGUID] = b"second"
        assert not await alive()
        await browser.sign_in(ALICE)
        door.now += 1
        for _ in range(MOST_EACH):
            await Browser(door).sign_in(ALICE)
        assert not await alive()

    run(story, tmp_path)


async def alive(browser: Browser, door: Door) -> bool:
    """Whether its session is good in the process of ``door``."""
    browser.door = door
    return (await browser.send("GET", "/owa/api/session")).status == 200


def test_a_session_outlives_the_process_and_what_is_kept_opens_none(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = Door(world)
        browser = Browser(door)
        await browser.sign_in(ALICE)
        again = Door(world)
        assert await alive(browser, again)
        await browser.post("send", to=ALICE.primary_smtp, subject="s", text="the canary is the same")
        word = browser.cookie.partition("=")[2]
        rows = await world.store.read(lambda tx: tx.all("SELECT key, mark FROM owa_sessions"))
        assert len(rows) == 1
        assert not any(secret in str(rows) for secret in (word, browser.canary))
        browser.cookie = f"{COOKIE}={rows[0][0]!s}"
        assert not await alive(browser, again)

    run(story, tmp_path)


def test_signing_out_ends_a_session_in_every_process(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        here, there = Door(world), Door(world)
        browser = Browser(here)
        await browser.sign_in(ALICE)
        assert await alive(browser, there)
        stolen = browser.cookie
        await browser.send("POST", "/owa/auth/logoff")
        browser.cookie = stolen
        for door in (here, there, Door(world)):
            assert not await alive(browser, door)
        mine, other, bob = (Browser(here) for _ in range(3))
        for one, who in ((mine, ALICE), (other, ALICE), (bob, BOB)):
            await one.sign_in(who)
        assert await alive(other, there)
        await mine.send("POST", "/owa/auth/logoff", b"everywhere=yes")
        assert [await alive(one, there) for one in (mine, other, bob)] == [False, False, True]

    run(story, tmp_path)


def test_a_password_changed_while_the_process_was_away_ends_them(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        browser = Browser(Door(world))
        await browser.sign_in(ALICE)
        again = Door(world)
        again.passwords.marks[ALICE.objectGUID] = b""
        assert not await alive(browser, again)
        again.passwords.marks[ALICE.objectGUID] = b"first"
        assert await alive(browser, again), "a password that is being read anew ends nothing"
        again.passwords.marks[ALICE.objectGUID] = b"second"
        assert not await alive(browser, again)
        again.passwords.marks[ALICE.objectGUID] = b"first"
        assert not await alive(browser, again), "what ended stays so"

    run(story, tmp_path)


def test_use_in_one_process_is_use_in_the_other(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        here, there = Door(world), Door(world)
        browser = Browser(here)
        await browser.sign_in(ALICE)
        assert await alive(browser, there)
        here.now += IDLE - 10
        assert await alive(browser, here)
        here.now += 20
        there.now = here.now
        assert await alive(browser, there)
        assert await alive(browser, Door(world))

    run(story, tmp_path)


def test_news_that_were_lost_are_asked_for_until_there_is_an_answer(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = Door(world)
        browser = Browser(door)
        await browser.sign_in(ALICE)
        await world.store.write(lambda tx: tx.run("DELETE FROM owa_sessions"))
        world.feed.skip(await world.store.last() + 1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(world.store, "read", unavailable)
            for _ in range(2):
                assert (await browser.send("GET", "/owa/api/session")).status == 503
        assert not await alive(browser, door)

    run(story, tmp_path)


async def unavailable(_work: object) -> None:
    raise StoreUnavailable("the database does not answer")
