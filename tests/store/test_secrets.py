"""The forms of passwords, by person."""

import asyncio

from samband.store import secrets
from samband.store.secrets import Digest, Secrets
from tests.store.stores import Place

FULL = Secrets("$argon2id$x", b"\x00" * 16, (Digest("r", "MD5", "alice", "aa"), Digest("r", "SHA-256", "alice", "bb")))


def same(found: Secrets | None, kept: Secrets) -> bool:
    """Equal but for the order of digests, which says nothing."""
    return found is not None and (found.argon2, found.nt_hash, set(found.digests)) == (
        kept.argon2,
        kept.nt_hash,
        set(kept.digests),
    )


def test_put_replaces_every_form(place: Place) -> None:
    async def story() -> None:
        async with place.store() as store:
            assert await store.read(lambda tx: secrets.get(tx, "a")) is None
            await store.write(lambda tx: secrets.put(tx, "a", FULL))
            await store.write(lambda tx: secrets.put(tx, "b", Secrets("y")))
            assert same(await store.read(lambda tx: secrets.get(tx, "a")), FULL)
            assert same(await store.read(lambda tx: secrets.get(tx, "b")), Secrets("y"))
            changed = Secrets("z", None, (Digest("r", "MD5", "alice", "cc"),))
            await store.write(lambda tx: secrets.put(tx, "a", changed))
            assert same(await store.read(lambda tx: secrets.get(tx, "a")), changed)

    asyncio.run(story())


def test_forms_of_everyone(place: Place) -> None:
    async def story() -> None:
        async with place.store() as store:
            await store.write(lambda tx: secrets.put(tx, "a", FULL))
            await store.write(lambda tx: secrets.put(tx, "b", Secrets("y")))
            assert await store.read(secrets.nt_hashes) == {"a": b"\x00" * 16}
            found = await store.read(secrets.digests)
            assert {person: set(digests) for person, digests in found.items()} == {"a": set(FULL.digests)}

    asyncio.run(story())


def test_forms_that_are_no_longer_wanted_are_forgotten(place: Place) -> None:
    async def story() -> None:
        async with place.store() as store:
            two = Secrets("x", b"h", (Digest("old", "MD5", "a", "1"), Digest("new", "MD5", "a", "2")))
            await store.write(lambda tx: secrets.put(tx, "a", two))
            await store.write(lambda tx: secrets.forget_digests(tx, "new"))
            found = await store.read(lambda tx: secrets.get(tx, "a"))
            assert found is not None
            assert [digest.realm for digest in found.digests] == ["new"]
            await store.write(secrets.forget_nt_hashes)
            await store.write(lambda tx: secrets.forget_digests(tx, ""))
            assert await store.read(lambda tx: secrets.get(tx, "a")) == Secrets("x")

    asyncio.run(story())


def test_remove(place: Place) -> None:
    async def story() -> None:
        async with place.store() as store:
            await store.write(lambda tx: secrets.put(tx, "a", FULL))
            assert await store.write(lambda tx: secrets.remove(tx, "a"))
            assert not await store.write(lambda tx: secrets.remove(tx, "a"))
            assert await store.read(secrets.digests) == {}

    asyncio.run(story())
