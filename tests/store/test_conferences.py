"""Rows of conferences come back as they went in; what expired is forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from samband.model.changes import ConferenceChanged
from samband.model.conferences import AccessLevel, Conference, Terms
from samband.store import conferences
from tests.store.stores import Place

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TERMS = Terms(subject="Äpfel & <Birnen>", access=AccessLevel.INVITED, attendees=("bob@contoso.test",))
ONE = Conference(organizer="g1", id="AB12", expires=NOW + timedelta(hours=2), version=1, terms=TERMS)


def test_conferences_come_back_as_they_went_in(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            others = [
                replace(ONE, id="FIRST", expires=NOW + timedelta(hours=1), terms=Terms()),
                replace(ONE, id="ADHOC", listed=False),
                replace(ONE, id="OVER", expires=NOW),
                replace(ONE, organizer="g2"),
            ]
            for one in (ONE, *others):
                await store.write(lambda tx, one=one: conferences.put(tx, one))
            assert await store.read(lambda tx: conferences.get(tx, "g1", "AB12")) == ONE
            assert await store.read(lambda tx: conferences.get(tx, "g1", "ADHOC")) == others[1]
            assert await store.read(lambda tx: conferences.listed(tx, "g1", NOW, 9)) == [others[0], ONE]
            assert await store.read(lambda tx: conferences.listed(tx, "g1", NOW, 1)) == [others[0]]
            assert await store.read(lambda tx: conferences.count(tx, "g1", NOW)) == 3
            assert await store.read(lambda tx: conferences.count(tx, "g1", NOW - timedelta(seconds=1))) == 4
            changed = replace(ONE, version=2, terms=Terms(subject="new"))
            await store.write(lambda tx: conferences.put(tx, changed))
            assert await store.read(lambda tx: conferences.get(tx, "g1", "AB12")) == changed
            await store.write(lambda tx: conferences.remove_expired(tx, NOW))
            assert await store.read(lambda tx: conferences.get(tx, "g1", "OVER")) is None
            assert await store.write(lambda tx: conferences.remove(tx, "g1", "AB12"))
            assert not await store.write(lambda tx: conferences.remove(tx, "g1", "AB12"))
            told = await store.log("conferences", 0, 100)
            assert [one.conference for one in told if isinstance(one, ConferenceChanged)][-2:] == ["AB12", "AB12"]

    asyncio.run(scenario())
