"""Out of office and one's own photo through the interface of the web client."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from samband.model.caller import Caller
from samband.model.oof import OofSettings, OofState
from tests.exchange.owa.door import Browser, Door, both
from tests.exchange.world import ALICE, World, run


def test_somebody_is_away_and_others_are_told(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        before = await alice.get("oof")
        assert (before["state"], before["internal"]) == ("Disabled", "")
        wish = {**before, "state": "Enabled", "internal": "On <holiday>.\nBack in May."}
        await alice.post("oof", **wish)
        assert await alice.get("oof") == wish
        await bob.post("send", to="Alice", subject="Lunch?", text="At noon.")
        (told,) = await bob.messages("inbox")
        text = (await bob.get(f"message?id={told['id']}"))["text"]
        assert "On <holiday>." in text and "Back in May." in text
        await alice.post("oof", **{**wish, "state": "Disabled"})
        await bob.post("send", to="Alice", subject="Lunch?", text="At one.")
        assert len(await bob.messages("inbox")) == 1

    run(story, tmp_path)


def test_a_reply_of_another_client_keeps_its_looks_where_its_text_is_kept(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, caller = Browser(Door(world)), Caller(ALICE, "forms")
        await alice.sign_in(ALICE)
        formatted = "<html><body><p>I am <b>away</b>.</p></body></html>"
        set_before = OofSettings(state=OofState.ENABLED, internal_reply=formatted)
        await world.exchange.oof.set(caller, ALICE.primary_smtp, set_before)
        shown = await alice.get("oof")
        assert shown["internal"] == "I am away."
        await alice.post("oof", **{**shown, "state": "Disabled"})
        assert (await world.exchange.oof.get(caller, ALICE.primary_smtp)).internal_reply == formatted

    run(story, tmp_path)


def test_what_makes_no_sense_is_said(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        now = await alice.get("oof")
        ends = {"state": "Scheduled", "internal": "x", "start": now["end"], "end": now["start"]}
        assert (await alice.post("oof", 400, **{**now, **ends}))["title"] == "ErrorInvalidScheduledOofDuration"
        naive = {"state": "Scheduled", "start": "2026-01-01T00:00:00", "end": "2030-01-01T00:00:00"}
        assert "time zone" in (await alice.post("oof", 400, **naive))["detail"]
        await alice.post("oof", 400, state="Elsewhere")
        assert await alice.get("oof") == now

    run(story, tmp_path)


def test_the_photo_is_changed_by_its_owner(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        face = f"/owa/api/photo?address={ALICE.primary_smtp}&name=Alice&size=96"
        assert dict((await alice.send("GET", face)).headers)["Content-Type"] == "image/svg+xml"
        picture = io.BytesIO()
        Image.new("RGB", (200, 300), "red").save(picture, "PNG")
        assert (await alice.send("POST", "/owa/api/photo", picture.getvalue(), Content_Type="image/png")).status == 204
        shown = await alice.send("GET", face)
        assert dict(shown.headers)["Content-Type"] == "image/jpeg"
        assert Image.open(io.BytesIO(shown.content)).size == (96, 96)
        assert (await alice.send("POST", "/owa/api/photo", b"no picture")).status == 400
        assert (await alice.send("GET", face)).content == shown.content

    run(story, tmp_path)
