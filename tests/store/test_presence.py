"""Presence that outlives endpoints is read back as it was kept, on every database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from samband.model.containers import Container, Member, MemberKind
from samband.model.presence import (
    Activity,
    Card,
    ExpireType,
    FreeBusy,
    Instance,
    Note,
    NoteKind,
    State,
    StateKind,
    Subscriber,
    Value,
    WorkingHours,
)
from samband.store import presence
from samband.store.api import WriteTx
from tests.store.stores import Place

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)

VALUES: list[Value | None] = [
    None,
    State(kind=StateKind.USER, availability=6500, manual=True, activity=Activity(token="x", texts=(("1033", "é"),))),
    Note(text="in the lab <&>", kind=NoteKind.OUT_OF_OFFICE, start=NOON),
    FreeBusy(mailbox="a@x.test", start=NOON, interval=15, slots="0123"),
    WorkingHours(mailbox="a@x.test", document="<WorkingHours/>"),
    Card(display_name="Alice"),
]


def instance(number: int, value: Value | None) -> Instance:
    return Instance(
        category="state",
        instance=0x20000000 + number,
        container=2,
        version=number,
        published=NOON,
        expire_type=ExpireType.TIME if number % 2 else ExpireType.STATIC,
        content="<a>ö</a>" * number,
        value=value,
        expires=NOON + timedelta(seconds=1) if number % 2 else None,
    )


def test_publications(place: Place) -> None:
    kept = [instance(number, value) for number, value in enumerate(VALUES)]

    async def scenario() -> None:
        async with place.store() as store:

            def put(tx: WriteTx) -> None:
                for one in kept:
                    presence.put_publication(tx, "alice", instance(0, None))
                    presence.put_publication(tx, "alice", one)

            await store.write(put)
            found = await store.read(presence.publications)
            assert sorted(found["alice"], key=lambda one: one.instance) == kept
            await store.write(lambda tx: presence.drop_publication(tx, "alice", kept[0].key))
            assert len((await store.read(presence.publications))["alice"]) == len(kept) - 1
            await store.write(lambda tx: presence.forget(tx, "alice"))
            assert await store.read(presence.publications) == {}

    asyncio.run(scenario())


def test_containers_and_subscribers(place: Place) -> None:
    box = Container(300, 4, frozenset([Member(MemberKind.USER, "b@x.test"), Member(MemberKind.SAME_ENTERPRISE)]))
    bob = Subscriber("b@x.test", "Bob", False, "sameEnterprise")

    async def scenario() -> None:
        async with place.store() as store:
            await store.write(lambda tx: presence.put_container(tx, "alice", Container(300, 3)))
            await store.write(lambda tx: presence.put_container(tx, "alice", box))
            await store.write(lambda tx: presence.put_container(tx, "bob", Container(200, 1)))
            assert await store.read(presence.containers) == {"alice": [box], "bob": [Container(200, 1)]}
            await store.write(lambda tx: presence.put_subscriber(tx, "alice", bob))
            assert await store.read(presence.subscribers) == {"alice": [bob]}

    asyncio.run(scenario())
