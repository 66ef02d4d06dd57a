"""An owner hears who watches [RFC3857, RFC3858]."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.wire.presence.watcher_info import WatcherDocument, read_watcher_info
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from tests.lync.sip.presence_world import Dialog, PlainEndpoint, PresenceWorld, play

ALICE, CAROL = "sip:alice@contoso.test", "sip:carol@contoso.test"


def read(notify: SipMessage) -> tuple[int, bool, list[WatcherDocument]]:
    assert isinstance(notify, SipRequest)
    assert notify.get("Content-Type") == "application/watcherinfo+xml"
    assert b'resource="sip:bob@contoso.test" package="presence"' in notify.body
    return read_watcher_info(notify.body)


def told(client: PlainEndpoint) -> tuple[int, bool, list[WatcherDocument]]:
    notify = client.take_request()
    client.answer(notify, 200)
    return read(notify)


def oversee(client: PlainEndpoint, **fields: str) -> tuple[Dialog, tuple[int, bool, list[WatcherDocument]]]:
    request = client.request("SUBSCRIBE", client.aor, Event="presence.winfo", **fields)
    client.send(request.put("Contact", f"<{client.contact}>"))
    answer, notify = client.inbox()
    assert isinstance(answer, SipResponse)
    assert answer.status == 200
    client.answer(notify, 200)  # type: ignore[arg-type]
    return Dialog(client, "presence.winfo", request.call_id, answer), read(notify)


def test_watchers_come_and_go(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob, carol = world.lync("alice"), PlainEndpoint(world, "bob"), PlainEndpoint(world, "carol")
        alice.watch("bob")
        dialog, first = oversee(bob)
        assert first == (0, True, [WatcherDocument(ALICE, "w1", "active", "subscribe")])
        watching = carol.subscribe("presence", bob.aor, Expires="600")
        world.sleep(1)
        assert bob.inbox() == []
        world.sleep(5)
        assert told(bob) == (1, False, [WatcherDocument(CAROL, "w2", "active", "subscribe")])
        # A refresh is no news, nor is somebody who came and went in between.
        watching.again(Expires="600")
        carol.inbox()
        glance = carol.subscribe("presence", bob.aor, Expires="600")
        glance.again(Expires="0")
        world.sleep(6)
        assert bob.inbox() == []
        alice.hang_up()
        world.sleep(1)
        assert told(bob) == (2, False, [WatcherDocument(ALICE, "w1", "terminated", "timeout")])
        dialog.again()
        _, notify = bob.inbox()
        bob.answer(notify, 200)  # type: ignore[arg-type]
        assert read(notify) == (3, True, [WatcherDocument(CAROL, "w2", "active", "subscribe")])
        dialog.again(Expires="0")
        bob.inbox()
        carol.hang_up()
        world.sleep(6)
        assert bob.inbox() == []

    play(tmp_path, scene)


def test_it_is_asked_for_once(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), PlainEndpoint(world, "bob")
        assert oversee(bob, Expires="0")[1] == (0, True, [])
        alice.watch("bob")
        world.sleep(6)
        assert bob.inbox() == []

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("uri", "fields", "status"),
    [
        ("sip:alice@contoso.test", {}, 403),
        ("", {"Accept": "text/html"}, 406),
        ("", {"Event": "presence.winfo.winfo"}, 489),
    ],
)
def test_others_are_refused(tmp_path: Path, uri: str, fields: dict[str, str], status: int) -> None:
    async def scene(world: PresenceWorld) -> None:
        bob = PlainEndpoint(world, "bob")
        event = fields.pop("Event", "presence.winfo")
        answer = bob.subscribe(event, uri, **fields).response
        assert answer.status == status
        if status == 489:
            assert "presence.winfo" in (answer.get("Allow-Events") or "")

    play(tmp_path, scene)
