"""Privacy relationships as their owner changes them, and what the others see of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from samband.wire.ucwa.resources import ECHOED
from tests.lync.ucwa.world import WebClient, World, link, play

BOB = "bob@contoso.test"


async def relationship(alice: WebClient, address: str = BOB) -> Any:
    contact = await alice.ask("GET", f"people/{address}")
    return await alice.ask("GET", link(contact, "contactPrivacyRelationship"), X_MS_RequiresMinResourceVersion="2")


async def put(alice: WebClient, found: Any, level: str, status: int = 200, **more: Any) -> Any:
    body = {**found, "relationshipLevel": level}
    return await alice.ask("PUT", link(found, "self"), body, status, If_Match=f'"{found["etag"]}"', **more)


async def seen_by_bob(bob: WebClient) -> str:
    return str((await bob.ask("GET", "people/alice@contoso.test/presence"))["availability"])


def test_somebody_is_blocked_and_let_in_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, other, bob = WebClient(world, "alice"), WebClient(world, "alice", "e2"), WebClient(world, "bob")
        for client in (alice, other, bob):
            await client.available()
        before = await relationship(alice)
        assert before["relationshipLevel"] == "Colleagues"
        await relationship(other)
        assert await seen_by_bob(bob) == "Online"
        after = await put(alice, before, "blocked")
        assert after["relationshipLevel"] == "Blocked"
        assert await seen_by_bob(bob) == "Offline"
        event = await other.until("contactPrivacyRelationship", "updated")
        assert (event["sender"], event["in"]["rel"]) == ("people", "contact")
        assert (await other.ask("GET", event["link"]["href"]))["relationshipLevel"] == "Blocked"
        assert (await put(alice, before, "Workgroup", 412))["code"] == "PreconditionFailed"
        after = await put(alice, after, "Workgroup")
        assert await seen_by_bob(bob) == "Online"
        levels = await alice.ask("GET", link(alice.part("people"), "myPrivacyRelationships"))
        assert [one["relationshipLevel"] for one in levels["_embedded"]["myPrivacyRelationship"]] == ["Workgroup"]
        await alice.ask("POST", link(after, "resetContactPrivacyRelationship"), status=204)
        assert (await relationship(alice))["relationshipLevel"] == "Colleagues"
        await other.until("contactPrivacyRelationship", "updated")

    play(tmp_path, story)


def test_what_is_refused(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.begin()
        found = await relationship(alice)
        where = link(found, "self")
        assert (await put(alice, found, "Enemies", 400))["subcode"] == "ParameterValidationFailure"
        assert (await alice.ask("PUT", where, {"relationshipLevel": "Blocked", ECHOED: ""}, 428))["code"] == (
            "PreconditionRequired"
        )
        unsaid = {name: value for name, value in found.items() if name != ECHOED}
        await put(alice, unsaid, "Blocked", 428)
        await put(alice, {name: value for name, value in found.items() if name != "rel"}, "", 400)
        await alice.ask("DELETE", where, status=405)
        await alice.ask("POST", f"{where}/nothing", status=404)
        await alice.ask("GET", "people/nobody@contoso.test/privacyRelationship", status=404)

    play(tmp_path, story)
