"""Issued certificates: remembered, limited, forgotten when they end, revoked; on every database."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from samband.store import client_certificates as rows
from samband.store.client_certificates import MOST, IssuedCertificate
from tests.store.stores import Place


def issued(serial: str, expires: int, person: str = "alice") -> IssuedCertificate:
    return IssuedCertificate(serial=serial, person=person, device="{d}", expires=expires)


def test_certificates_are_kept_and_revoked(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            assert await store.read(lambda tx: rows.get(tx, "a1")) is None
            for one in (issued("a1", 100), issued("a2", 300), issued("b1", 200, "bob")):
                await store.write(lambda tx, one=one: rows.put(tx, one, 50))
            assert await store.read(lambda tx: rows.get(tx, "a1")) == issued("a1", 100)
            assert [one.serial for one in await store.read(lambda tx: rows.of_person(tx, "alice"))] == ["a2", "a1"]
            assert await store.write(lambda tx: rows.revoke(tx, "alice")) == 2
            assert await store.write(lambda tx: rows.revoke(tx, "alice")) == 0
            assert await store.read(lambda tx: rows.get(tx, "a2")) == replace(issued("a2", 300), revoked=True)
            assert await store.read(lambda tx: rows.get(tx, "b1")) == issued("b1", 200, "bob")

    asyncio.run(scenario())


def test_old_and_too_many_are_forgotten(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            await store.write(lambda tx: rows.put(tx, issued("old", 10), 5))
            await store.write(lambda tx: rows.put(tx, issued("other", 10, "bob"), 5))
            for number in range(MOST + 2):
                await store.write(lambda tx, number=number: rows.put(tx, issued(f"n{number}", 100 + number), 10))
            kept = {one.serial for one in await store.read(lambda tx: rows.of_person(tx, "alice"))}
            assert kept == {f"n{number}" for number in range(2, MOST + 2)}
            assert await store.read(lambda tx: rows.get(tx, "other")) is not None

    asyncio.run(scenario())
