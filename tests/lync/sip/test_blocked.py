"""Whoever is blocked by name sees nobody and reaches nobody, and is told as if nobody were there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lync.sip.presence_world import LyncEndpoint, PresenceWorld, play

_KIND = "application/msrtc-setcontainermembers+xml"


async def change(world: PresenceWorld, owner: LyncEndpoint, container: int, version: int, member: str) -> None:
    """Change the members of a container."""
    inside = f'<container id="{container}" version="{version}"><member {member}/></container>'
    owner.service(_KIND, f"<setContainerMembers>{inside}</setContainerMembers>")
    await world.settle()
    assert owner.take_response().status == 200


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "INFO", "REFER"])
def test_somebody(tmp_path: Path, method: str) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob, carol = (world.lync(name) for name in ("alice", "bob", "carol"))
        blocked = 'action="{}" type="user" value="alice@contoso.test"'
        await change(world, bob, 32000, 0, blocked.format("add"))
        for uri, to in ((bob.aor, bob.aor), (bob.contact, carol.aor), (bob.contact, bob.aor)):
            alice.send(alice.request(method, uri, to=f"<{to}>", call_id=f"{uri}-{to}"))
            answers = alice.inbox()
            assert [answer.status for answer in answers if answer.status > 100] == [480]  # type: ignore[union-attr]
            assert 'reason="Temporarily cannot route"' in (answers[-1].get("ms-diagnostics") or "")
        assert bob.inbox() == []
        carol.send(carol.request(method, bob.aor))
        assert bob.take_request().method == method
        await change(world, bob, 32000, 1, blocked.format("remove"))
        alice.send(alice.request(method, bob.aor, call_id="again"))
        assert bob.take_request().method == method

    play(tmp_path, scene)


def test_a_domain_but_for_one(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob, carol = (world.lync(name) for name in ("alice", "bob", "carol"))
        await change(world, bob, 32000, 0, 'action="add" type="domain" value="contoso.test"')
        await change(world, bob, 300, 0, 'action="add" type="user" value="carol@contoso.test"')
        alice.send(alice.request("MESSAGE", bob.aor))
        assert alice.take_response().status == 480
        carol.send(carol.request("MESSAGE", bob.aor))
        assert bob.take_request().method == "MESSAGE"

    play(tmp_path, scene)


def test_what_goes_on_is_over(tmp_path: Path) -> None:
    """Also in a conversation that began before; its end still arrives."""

    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        alice.send(alice.request("INVITE", bob.aor, Contact=f"<{alice.contact}>"))
        bob.answer(bob.take_request(), 200, tag="here", contact=True)
        alice.inbox()
        await change(world, bob, 32000, 0, 'action="add" type="user" value="alice@contoso.test"')
        to = f"<{bob.aor}>;tag=here"
        alice.send(alice.request("MESSAGE", bob.contact, to=to, cseq=2))
        assert alice.take_response().status == 480
        alice.send(alice.request("BYE", bob.contact, to=to, cseq=3))
        assert bob.take_request().method == "BYE"

    play(tmp_path, scene)
