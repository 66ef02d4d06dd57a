"""Lync clients in memory see each other: subscriptions, publications, containers, endpoints that come and go."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.wire.presence.fault import WRONG_DELTA, StaleOperation, read_fault
from samband.wire.presence.publish import PublicationDocument
from samband.wire.presence.roaming_self import read_roaming_data
from samband.wire.sip.message import SipRequest, SipResponse
from tests.lync.sip.presence_world import (
    PresenceWorld,
    availability,
    batch,
    note,
    play,
    read_batch_body,
    read_notify,
    sign_on,
    state,
)

BATCH = "application/msrtc-adrl-categorylist+xml"


def test_two_see_each_other(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        dialog = alice.watch("bob", "nobody")
        answer = dialog.response
        assert (answer.status, answer.get("Expires"), answer.get("Event")) == (200, "28800", "presence")
        assert answer.get("subscription-state") == "active;expires=28800"
        assert answer.all("Supported") == ["ms-benotify", "ms-piggyback-first-notify", "com.microsoft.autoextend"]
        assert (answer.get("ms-piggyback-cseq"), answer.get("Require")) == ("1", "eventlist")
        people, documents = read_batch_body(answer)
        assert [(one.uri, one.state) for one in people.resources] == [
            ("sip:bob@contoso.test", "active"),
            ("sip:nobody@contoso.test", "terminated"),
        ]
        found = documents["bob@contoso.test"]
        assert availability(found) == (18500, "")
        assert {one.name for one in found} == {"calendarData", "contactCard", "note", "state"}
        assert (await bob.publish(*sign_on(6500), *note("in the lab"))).status == 200
        notify = alice.take()
        assert isinstance(notify, SipRequest)
        assert notify.method == "BENOTIFY"
        assert dialog.holds(notify)
        assert notify.uri == alice.contact
        assert notify.cseq == (2, "BENOTIFY")
        assert notify.get("Authentication-Info") == "sealed"
        uri, found = read_notify(notify)
        assert (uri, {one.name for one in found}) == ("sip:bob@contoso.test", {"state", "note"})

    play(tmp_path, scene)


def test_one_request_is_told_in_one_notification(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        await bob.publish(*sign_on())
        alice.watch("bob")
        await bob.publish(*sign_on(9500), *note("shh"))
        (notify,) = alice.inbox()
        _, found = read_notify(notify)
        assert availability(found) == (9500, "")
        assert "shh" in next(one.content for one in found if one.name == "note")
        await bob.publish(*sign_on(9500), *note("shh"))
        assert {one.name for one in read_notify(alice.take())[1]} == {"note"}

    play(tmp_path, scene)


def test_people_are_added_to_a_dialog(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob, carol = world.lync("alice"), world.lync("bob"), world.lync("carol")
        dialog = alice.watch("bob")
        dialog.again(batch(alice.aor, "carol", added=True), Content_Type=BATCH)
        people, documents = read_batch_body(alice.take_response())
        assert list(documents) == ["carol@contoso.test"]
        assert people.version == 1
        await bob.publish(*sign_on())
        await carol.publish(*sign_on())
        assert [read_notify(one)[0] for one in alice.inbox()] == ["sip:bob@contoso.test", "sip:carol@contoso.test"]
        dialog.again(batch(alice.aor, "bob", verb="unsubscribe"), Content_Type=BATCH)
        assert read_batch_body(alice.take_response())[0].resources == ()
        await bob.publish(*sign_on(6500))
        assert alice.inbox() == []
        dialog.again()
        assert list(read_batch_body(alice.take_response())[1]) == ["carol@contoso.test"]
        dialog.again(batch(alice.aor, "bob", verb="query"), Content_Type=BATCH)
        assert list(read_batch_body(alice.take_response())[1]) == ["bob@contoso.test"]
        await bob.publish(*sign_on(9500))
        assert alice.inbox() == []

    play(tmp_path, scene)


def test_endpoints_vanish(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        await bob.publish(*sign_on(6500))
        alice.watch("bob")
        bob.hang_up()
        assert availability(read_notify(alice.take())[1]) == (18500, "")
        again = world.lync("bob")
        assert alice.inbox() == []
        again.learn(read_roaming_data(again.subscribe("vnd-microsoft-roaming-self").response.body))
        assert ("state", 0x20000000, 2) in again.versions
        await again.publish(*sign_on(6500))
        assert availability(read_notify(alice.take())[1]) == (6500, "")
        again.register(expires="0", cseq=2)
        again.inbox()
        assert availability(read_notify(alice.take())[1]) == (18500, "")

    play(tmp_path, scene)


def test_stale_versions(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        bob = world.lync("bob")
        await bob.publish(*sign_on())
        bob.versions["state", 0x20000000, 2] = 7
        answer = await bob.publish(*note("x"), *sign_on(6500))
        assert (answer.status, answer.get("Content-Type")) == (409, "application/msrtc-fault+xml")
        assert read_fault(answer.body) == (WRONG_DELTA, [StaleOperation(6, 7, 1)])
        bob.versions["state", 0x20000000, 2] = 1
        assert (await bob.publish(*note("x"), *sign_on(6500))).status == 200

    play(tmp_path, scene)


def test_two_endpoints_know_each_others_versions(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        first, second = world.lync("bob", "e1"), world.lync("bob", "e2")
        for one in (first, second):
            answer = one.subscribe("vnd-microsoft-roaming-self").response
            data = read_roaming_data(answer.body)
            assert data.uri == "sip:bob@contoso.test"
            assert {box.number: [m.type for m in box.members] for box in data.containers or ()}[200] == [
                "sameEnterprise"
            ]
            one.learn(data)
        await first.publish(*sign_on(), *note("one"))
        data = read_roaming_data(second.take().body)
        second.learn(data)
        assert {one.expire_type for one in data.categories or ()} == {"endpoint", "static", "user"}
        assert (await second.publish(*note("two"))).status == 200
        first.learn(read_roaming_data(first.take().body))
        assert (await first.publish(*note("three"))).status == 200
        second.learn(read_roaming_data(second.take().body))
        assert second.versions == first.versions
        gone = PublicationDocument(category="note", instance=0, container=200, expire_type="static", expires=0)
        assert (await second.publish(gone)).status == 200
        assert ("note", 0, 200) not in second.versions

    play(tmp_path, scene)


def test_containers(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        bob.subscribe("vnd-microsoft-roaming-self")
        await bob.publish(*sign_on(6500))
        alice.watch("bob")
        block = (
            '<setContainerMembers><container id="32000" version="{}"><member action="{}" type="user"'
            ' value="alice@contoso.test"/></container></setContainerMembers>'
        )
        kind = "application/msrtc-setcontainermembers+xml"
        bob.service(kind, block.format(0, "add"))
        await world.settle()
        notify, answer = bob.inbox()
        assert isinstance(answer, SipResponse)
        assert (answer.status, answer.body) == (200, b"")
        boxes = {box.number: box for box in read_roaming_data(notify.body).containers or ()}
        assert boxes[32000].version == 1
        assert availability(read_notify(alice.take())[1]) == (18500, "")
        bob.service(kind, block.format(0, "remove"))
        await world.settle()
        answer = bob.take_response()
        assert (answer.status, read_fault(answer.body)[1]) == (409, [StaleOperation(1, 0, 1)])
        bob.service(kind, block.format(1, "remove"))
        await world.settle()
        assert availability(read_notify(alice.take())[1]) == (6500, "")

    play(tmp_path, scene)


def test_who_adds_asks(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        bob.subscribe("vnd-microsoft-roaming-self")
        pending = bob.subscribe("presence.wpending")
        assert b"<watcher " not in pending.response.body
        dialog = alice.watch("bob")
        dialog.again(batch(alice.aor, "bob", added=True), Content_Type=BATCH)
        own, waiting = bob.inbox()
        (subscriber,) = read_roaming_data(own.body).subscribers or ()
        assert (subscriber.user, subscriber.display_name, subscriber.acknowledged) == (
            "alice@contoso.test",
            "Alice",
            False,
        )
        assert b'status="pending"' in waiting.body
        body = '<setSubscribers><subscriber user="alice@contoso.test" acknowledged="true"/></setSubscribers>'
        bob.service("application/msrtc-presence-setsubscriber+xml", body)
        await world.settle()
        own, waiting, answer = bob.inbox()
        assert isinstance(answer, SipResponse)
        assert answer.status == 200
        assert (read_roaming_data(own.body).subscribers or ())[0].acknowledged
        assert b"<watcher " not in waiting.body

    play(tmp_path, scene)


def test_subscriptions_end(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        dialog = alice.watch("bob")
        dialog.again(Expires="0")
        answer = alice.take_response()
        assert (answer.status, answer.get("Expires")) == (200, "0")
        await bob.publish(*sign_on())
        assert alice.inbox() == []
        dialog.again()
        assert alice.take_response().status == 481
        for end in (lambda: alice.hang_up(), lambda: bob.hang_up()):
            end()
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)


def test_requests_out_of_order(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice")
        dialog = alice.watch("bob")
        dialog.cseq = 0
        dialog.again(Expires="0")
        assert alice.take_response().status == 500
        assert len(world.doors.subscriptions) == 1
        bob = world.lync("bob")
        stolen = dialog.again(Expires="0", Call_ID="x")
        assert alice.take_response().status == 481
        assert stolen.call_id == "x"
        foreign = bob.request("SUBSCRIBE", bob.aor, call_id=dialog.call_id, cseq=9, Event="presence", Expires="0")
        foreign.put("From", f"<{bob.aor}>;tag=alice-tag").put("To", dialog.response.get("To") or "")
        bob.send(foreign)
        assert bob.take_response().status == 481
        assert len(world.doors.subscriptions) == 1

    play(tmp_path, scene)


def test_subscriptions_expire_and_are_prolonged(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        await bob.publish(*sign_on())
        alice.watch("bob", Expires="100")
        plain = alice.watch("bob", Expires="100", Supported="ms-benotify, ms-piggyback-first-notify")
        world.sleep(60)
        await bob.publish(*sign_on(6500))
        notifies = alice.inbox()
        assert [one.get("subscription-state") for one in notifies] == ["active;expires=39", "active;expires=39"]
        world.sleep(60)
        ended = alice.take()
        assert plain.holds(ended)
        assert ended.get("subscription-state") == "terminated;reason=timeout"
        world.sleep(60)
        assert alice.take().get("subscription-state") == "terminated;reason=timeout"
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)


def test_polling(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        answer = alice.watch("bob", Expires="0").response
        assert answer.get("subscription-state") == "terminated;expires=0"
        assert availability(read_batch_body(answer)[1]["bob@contoso.test"]) == (18500, "")
        await bob.publish(*sign_on())
        assert alice.inbox() == []

    play(tmp_path, scene)


def test_one_person_as_categories(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        answer = alice.subscribe("presence", bob.aor, Require="categoryList").response
        assert answer.get("Content-Type") == "application/msrtc-event-categories+xml"
        assert availability(read_notify(answer)[1]) == (18500, "")
        await bob.publish(*sign_on())
        assert availability(read_notify(alice.take())[1]) == (3500, "")

    play(tmp_path, scene)


def test_provisioning_and_access_entries(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice")
        body = b'<provisioningGroupList><provisioningGroup name="ucPolicy"/></provisioningGroupList>'
        kind = "application/vnd-microsoft-roaming-provisioning-v2+xml"
        answer = alice.subscribe("vnd-microsoft-provisioning-v2", body=body, Expires="0", Content_Type=kind).response
        assert (answer.status, answer.get("Content-Type")) == (200, kind)
        assert b'<provisionGroup name="ucPolicy"><enableUC>true</enableUC></provisionGroup>' in answer.body
        assert b"ServerConfiguration" not in answer.body
        everything = alice.subscribe("vnd-microsoft-provisioning-v2", Expires="0").response
        assert b"ServerConfiguration" in everything.body
        answer = alice.subscribe("vnd-microsoft-roaming-ACL").response
        assert answer.body.startswith(b'<ACLlist deltaNum="1"><userACL><ace type="ALL"')
        block = (
            '<setContainerMembers><container id="32000" version="0"><member action="add" type="user"'
            ' value="bob@contoso.test"/></container></setContainerMembers>'
        )
        alice.service("application/msrtc-setcontainermembers+xml", block)
        await world.settle()
        assert b'mask="sip:bob@contoso.test" rights="BB"' in alice.inbox()[0].body
        assert alice.subscribe("vnd-microsoft-provisioning").response.status == 200

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("event", "fields", "body", "status"),
    [
        ("weather", {}, b"", 489),
        ("presence", {"Content_Type": BATCH}, b"<batchSub", 400),
        ("presence", {"Content_Type": BATCH}, b"<other/>", 400),
        ("presence", {"Content_Type": BATCH}, b"<!DOCTYPE batchSub [<!ENTITY a 'b'>]><batchSub/>", 400),
        ("presence", {"Content_Type": BATCH}, b"<batchSub>" + b"x" * 600_000 + b"</batchSub>", 513),
        ("presence", {"Content_Type": "text/plain"}, b"hello", 415),
        ("presence", {"Expires": "soon"}, b"", 400),
        ("presence", {"Expires": "5"}, b"", 423),
        ("presence", {"Accept": "text/html"}, b"", 406),
        ("vnd-microsoft-roaming-self", {"Content_Type": "text/plain"}, b"hello", 415),
        ("vnd-microsoft-roaming-self", {"Content_Type": "application/vnd-microsoft-roaming-self+xml"}, b"<x/>", 400),
        ("vnd-microsoft-provisioning-v2", {"Content_Type": "text/plain"}, b"hello", 415),
    ],
)
def test_subscriptions_are_refused(
    tmp_path: Path, event: str, fields: dict[str, str], body: bytes, status: int
) -> None:
    async def scene(world: PresenceWorld) -> None:
        answer = world.lync("alice").subscribe(event, body=body, **fields).response
        assert answer.status == status
        assert status in (423, 513) or (answer.get("Warning") or "").startswith("399 lync.contoso.test ")
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)


def test_what_is_others_is_refused(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = world.lync("alice"), world.lync("bob")
        for event in ("vnd-microsoft-roaming-self", "vnd-microsoft-provisioning-v2", "presence.wpending"):
            assert alice.subscribe(event, bob.aor).response.status == 403
        assert alice.subscribe("presence", "sip:nobody@contoso.test", Require="categoryList").response.status == 404
        alice.service("application/msrtc-category-publish+xml", f'<publish><publications uri="{bob.aor}"/></publish>')
        assert alice.take_response().status == 403

    play(tmp_path, scene)


PUBLISH = "application/msrtc-category-publish+xml"
BAD_STATE = (
    '<publish><publications uri="sip:alice@contoso.test"><publication categoryName="state" instance="1" container="2"'
    ' version="0" expireType="endpoint"><state xmlns="http://schemas.microsoft.com/2006/09/sip/state"/></publication>'
    "</publications></publish>"
)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (PUBLISH, "", 400),
        (PUBLISH, "<publish", 400),
        (PUBLISH, BAD_STATE, 400),
        ("application/msrtc-setcontainermembers+xml", "<x/>", 400),
        (
            "application/msrtc-setcontainermembers+xml",
            '<setContainerMembers><container id="0" version="0"/></setContainerMembers>',
            400,
        ),
        ("application/msrtc-presence-setsubscriber+xml", "<x/>", 400),
        ("application/SOAP+xml", "<x/>", 400),
        ("text/plain", "hello", 415),
        ("", "", 415),
    ],
)
def test_services_are_refused(tmp_path: Path, content_type: str, body: str, status: int) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice")
        alice.service(content_type, body)
        await world.settle()
        answer = alice.take_response()
        assert answer.status == status
        assert "399 lync.contoso.test" in (answer.get("Warning") or "")

    play(tmp_path, scene)


def test_an_endpoint_that_is_gone_publishes_nothing(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice")
        alice.register(expires="0", cseq=2)
        alice.inbox()
        assert (await alice.publish(state("machineState", 3500, 9, 2))).status == 403

    play(tmp_path, scene)
