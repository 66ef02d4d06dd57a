"""Credentials of media relays by SIP: for oneself, for no longer than the site gives, and for nobody else."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

from lxml import etree

from samband.lync.actions.media_relay import MediaRelay
from samband.lync.sip.media_relay_door import MediaRelayDoor, mras_settings
from samband.wire.media_relay import TYPE
from tests.lync.sip.presence_world import PresenceWorld, play
from tests.wire.test_media_relay import REQUEST


def test_who_gets_what(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        relay = MediaRelay(("turn:turn.test",), b"secret", timedelta(hours=2), world.time)
        MediaRelayDoor(world.doors.services, relay)
        (uri,) = mras_settings(relay, "lync.contoso.test").values()
        alice, bob = world.lync("alice"), world.lync("bob")
        for asked, granted in ((480, 120), (30, 30)):
            alice.service(TYPE, REQUEST.replace(">480<", f">{asked}<"), uri)
            answer = alice.take_response()
            assert (answer.status, answer.get("Content-Type")) == (200, TYPE)
            found = {one.tag.rpartition("}")[2]: one.text or "" for one in etree.fromstring(answer.body).iter()}
            until = int(world.time().timestamp()) + granted * 60
            assert base64.b64decode(found["username"]).decode() == f"{until}:alice@contoso.test"
            assert (found["duration"], found["hostName"]) == (str(granted), "turn.test")
        bob.service(TYPE, REQUEST, uri)
        assert bob.take_response().status == 403, "credentials of somebody else"
        bob.service(TYPE, "<request/>", uri)
        refused = bob.take_response()
        assert (refused.status, "asks for no credentials" in (refused.get("Warning") or "")) == (400, True)

    play(tmp_path, scene)


def test_relays_that_these_clients_do_not_speak_to_are_not_told_of() -> None:
    relay = MediaRelay(("turns:turn.test",), b"secret", timedelta(hours=2), lambda: None)  # type: ignore[arg-type,return-value]
    assert mras_settings(relay, "lync.contoso.test") == {}
