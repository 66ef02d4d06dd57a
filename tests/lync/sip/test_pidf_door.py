"""Plain SIP clients and Lync clients see each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.wire.presence.pidf import PidfDocument, read_pidf, write_pidf
from samband.wire.sip.message import SipRequest, SipResponse
from tests.lync.sip.presence_world import (
    Dialog,
    PlainEndpoint,
    PresenceWorld,
    availability,
    note,
    play,
    read_batch_body,
    read_notify,
    sign_on,
)


def pidf(*activities: str, note: str = "", reachable: bool = True, name: str = "carol") -> bytes:
    return write_pidf(PidfDocument(entity=f"sip:{name}@contoso.test", open=reachable, activities=activities, note=note))


def subscribe(client: PlainEndpoint, uri: str, **fields: str) -> tuple[Dialog, SipRequest]:
    """Subscribe as plain clients do: a 200, then a NOTIFY."""
    request = client.request("SUBSCRIBE", uri, call_id=f"{client.peer[1]}-{uri}", Event="presence", **fields)
    client.send(request.put("Contact", f"<{client.contact}>"))
    answer, notify = client.inbox()
    assert isinstance(answer, SipResponse)
    assert isinstance(notify, SipRequest)
    dialog = Dialog(client, "presence", request.call_id, answer)
    assert dialog.holds(notify)
    client.answer(notify, 200)
    return dialog, notify


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_plain_client_watches(tmp_path: Path, transport: str) -> None:
    async def scene(world: PresenceWorld) -> None:
        bob = world.lync("bob")
        carol = PlainEndpoint(world, "carol", transport)
        dialog, first = subscribe(carol, bob.aor, Accept="application/pidf+xml")
        assert dialog.response.get("Expires") == "28800"
        assert (first.get("Content-Type"), first.get("Event")) == ("application/pidf+xml", "presence")
        assert first.get("Subscription-State") == "active;expires=28800"
        assert "127.0.0.1:5060" in (first.get("Contact") or "")
        assert not read_pidf(first.body).open
        await bob.publish(*sign_on(9500), *note("shh"))
        notify = carol.take_request()
        assert (notify.method, notify.cseq[0]) == ("NOTIFY", first.cseq[0] + 1)
        found = read_pidf(notify.body)
        assert (found.open, found.activities, found.other, found.note) == (True, ("busy",), "do-not-disturb", "shh")
        carol.answer(notify, 200)
        dialog.again(Expires="0")
        answer, last = carol.inbox()
        assert answer.get("Expires") == "0"
        assert last.get("Subscription-State") == "terminated;reason=timeout"

    play(tmp_path, scene)


def test_a_plain_client_is_watched(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice")
        answer = alice.watch("carol").response
        assert availability(read_batch_body(answer)[1]["carol@contoso.test"]) == (18500, "")
        carol = PlainEndpoint(world, "carol")
        assert availability(read_notify(alice.take())[1]) == (3500, "")
        published = carol.publish_pidf(pidf("on-the-phone", note="brb"), Expires="120")
        assert (published.status, published.get("Expires")) == (200, "120")
        seen = [read_notify(one)[1] for one in alice.inbox()]
        assert availability([one for group in seen for one in group if one.name == "state"][-1:]) == (
            6500,
            "on-the-phone",
        )
        assert any("brb" in one.content for group in seen for one in group)
        tag = published.get("SIP-ETag") or ""
        changed = carol.publish_pidf(pidf("away"), SIP_If_Match=tag)
        assert changed.get("SIP-ETag") not in ("", tag, None)
        assert carol.publish_pidf(b"", SIP_If_Match=tag).status == 412
        refreshed = carol.publish_pidf(b"", SIP_If_Match=changed.get("SIP-ETag") or "", Expires="100")
        assert refreshed.status == 200
        assert availability(read_notify(alice.inbox()[-1])[1]) == (15500, "")
        world.sleep(102)
        assert availability(read_notify(alice.inbox()[-1])[1]) == (3500, "")
        carol.hang_up()
        assert availability(read_notify(alice.take())[1]) == (18500, "")

    play(tmp_path, scene)


def test_what_a_lync_client_published_as_pidf_ends_with_it(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = PlainEndpoint(world, "alice")
        bob = world.lync("bob")
        request = bob.request("PUBLISH", bob.aor, body=pidf("busy", note="brb", name="bob"), Event="presence")
        bob.send(bob.dress(request.put("Content-Type", "application/pidf+xml")))
        assert bob.take_response().status == 200
        _, first = subscribe(alice, bob.aor)
        assert read_pidf(first.body).note == "brb"
        bob.hang_up()
        last = [read_pidf(one.body) for one in alice.inbox() if isinstance(one, SipRequest)][-1]
        assert (last.open, last.note) == (False, "")

    play(tmp_path, scene)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_what_a_client_said_goes_with_it(tmp_path: Path, transport: str) -> None:
    """However it goes, and though what it published would live on; what somebody else published stays."""

    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice")
        alice.watch("carol")
        for number in range(2):
            carol = PlainEndpoint(world, "carol", transport)
            published = carol.publish_pidf(pidf("busy", note="coding"), Expires="3600")
            assert published.status == 200
            assert availability(read_notify(alice.inbox()[-1])[1]) == (6500, "")
            if number == 0 and transport == "tcp":
                carol.hang_up()
            else:
                carol.register(expires="0", cseq=2)
            last = read_notify(alice.inbox()[-1])[1]
            assert availability(last) == (18500, "")

    play(tmp_path, scene)


def test_plain_clients_see_each_other(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        carol, dave = PlainEndpoint(world, "carol"), PlainEndpoint(world, "dave")
        subscribe(carol, dave.aor)
        published = dave.publish_pidf(pidf("busy", note="coding", name="dave"))
        notify = carol.inbox()[-1]
        assert read_pidf(notify.body).activities == ("busy",)
        assert read_pidf(notify.body).note == "coding"
        removed = dave.publish_pidf(b"", SIP_If_Match=published.get("SIP-ETag") or "", Expires="0")
        assert (removed.status, removed.get("Expires")) == (200, "0")
        last = read_pidf(carol.inbox()[-1].body)
        assert (last.open, last.activities, last.note) == (True, (), "")

    play(tmp_path, scene)


def test_watchers_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        bob = world.lync("bob")
        carol, dave = PlainEndpoint(world, "carol"), PlainEndpoint(world, "dave", "udp")
        subscribe(carol, bob.aor)
        subscribe(dave, bob.aor)
        await bob.publish(*sign_on())
        carol.answer(carol.take_request(), 481)
        assert len(world.doors.subscriptions) == 1
        world.sleep(40)
        assert len(world.doors.subscriptions) == 0
        await bob.publish(*sign_on(6500))
        assert carol.inbox() == []

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("fields", "body", "status"),
    [
        ({}, b"", 400),
        ({}, b"<presence", 400),
        ({}, b"<other/>", 400),
        ({"Content_Type": "text/plain"}, b"hello", 415),
        ({"Expires": "soon"}, pidf(), 400),
        ({"Expires": "5"}, pidf(), 423),
        ({"SIP_If_Match": "nonsense"}, pidf(), 412),
    ],
)
def test_publications_are_refused(tmp_path: Path, fields: dict[str, str], body: bytes, status: int) -> None:
    async def scene(world: PresenceWorld) -> None:
        carol = PlainEndpoint(world, "carol")
        answer = carol.publish_pidf(body, **fields)
        assert answer.status == status
        if status == 423:
            assert answer.get("Min-Expires") == "60"

    play(tmp_path, scene)


def test_publications_are_for_oneself(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        carol = PlainEndpoint(world, "carol")
        request = carol.request("PUBLISH", "sip:bob@contoso.test", body=pidf(), Event="presence")
        carol.send(request.put("Content-Type", "application/pidf+xml"))
        assert carol.take_response().status == 403
        carol.send(carol.request("PUBLISH", carol.aor, body=b"x", Event="dialog"))
        assert carol.take_response().status == 489
        for _ in range(16):
            assert carol.publish_pidf(pidf()).status == 200
        assert carol.publish_pidf(pidf()).status == 403

    play(tmp_path, scene)
