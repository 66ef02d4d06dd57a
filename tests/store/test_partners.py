"""Partners and signing keys, by the service they belong to."""

import asyncio

from samband.store import keys, partners
from samband.store.keys import CURRENT, NEXT, PREVIOUS, KeyRow
from samband.store.partners import PartnerRow
from tests.store.stores import Place

LYNC = PartnerRow(
    owner="exchange",
    name="Lync",
    kind="application",
    application="00000004",
    realm="contoso.test",
    metadata_url="https://lync/metadata",
    token_endpoint="https://sts",
    trust_level="Full",
    permissions=frozenset({"UserApplication", "ArchiveApplication"}),
    linked_account="linked",
    enabled=False,
    certificates=(b"\x00\xff", b"second", b""),
)
BARE = PartnerRow("exchange", "Bare", "delegated", "x", "")


def test_partners_both_ways(place: Place) -> None:
    async def story() -> None:
        async with place.store() as store:
            await store.write(lambda tx: [partners.put(tx, row) for row in (LYNC, BARE)])
            await store.write(lambda tx: partners.put(tx, PartnerRow("lync", "Lync", "server", "y", "*")))
            assert await store.read(lambda tx: partners.all_of(tx, "exchange")) == [BARE, LYNC]
            replaced = PartnerRow("exchange", "Lync", "application", "z", "*", certificates=(b"1",))
            await store.write(lambda tx: partners.put(tx, replaced))
            assert await store.read(lambda tx: partners.all_of(tx, "exchange")) == [BARE, replaced]

    asyncio.run(story())


def test_changes_of_a_partner(place: Place) -> None:
    async def story() -> None:
        async with place.store() as store:
            await store.write(lambda tx: partners.put(tx, LYNC))
            assert await store.write(lambda tx: partners.set_enabled(tx, "exchange", "Lync", True))
            assert await store.write(lambda tx: partners.set_keys(tx, "exchange", "Lync", (b"new",)))
            [row] = await store.read(lambda tx: partners.all_of(tx, "exchange"))
            assert (row.enabled, row.certificates) == (True, (b"new",))
            assert await store.write(lambda tx: partners.remove(tx, "exchange", "Lync"))
            assert not await store.write(lambda tx: partners.remove(tx, "exchange", "Lync"))
            assert not await store.write(lambda tx: partners.set_enabled(tx, "exchange", "Lync", True))
            assert not await store.write(lambda tx: partners.set_keys(tx, "exchange", "Lync", (b"late",)))
            await store.write(lambda tx: partners.put(tx, BARE))
            assert await store.read(lambda tx: partners.all_of(tx, "exchange")) == [BARE]

    asyncio.run(story())


def test_signing_keys_roll(place: Place) -> None:
    async def story() -> None:
        async with place.store() as store:
            one, two, three = (KeyRow(pem, 2_000_000_000) for pem in (b"1", b"2", b"3"))
            await store.write(lambda tx: keys.put(tx, "lync", CURRENT, one))
            await store.write(lambda tx: keys.put(tx, "exchange", CURRENT, three))
            assert not await store.write(lambda tx: keys.roll(tx, "lync"))
            for new, old in ((two, one), (three, two)):
                await store.write(lambda tx, new=new: keys.put(tx, "lync", NEXT, new))  # type: ignore[misc]
                assert await store.write(lambda tx: keys.roll(tx, "lync"))
                assert await store.read(lambda tx: keys.all_of(tx, "lync")) == {CURRENT: new, PREVIOUS: old}
            assert await store.write(lambda tx: keys.clear(tx, "lync", PREVIOUS))
            assert not await store.write(lambda tx: keys.clear(tx, "lync", PREVIOUS))
            assert await store.read(lambda tx: keys.all_of(tx, "exchange")) == {CURRENT: three}

    asyncio.run(story())


def test_no_key_is_in_a_repr() -> None:
    assert "secret" not in repr(KeyRow(b"secret"))
