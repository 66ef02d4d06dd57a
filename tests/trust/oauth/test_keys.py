"""Signing keys: made once, announced, rolled, kept for a while."""

import asyncio
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from samband.trust.oauth.keys import ANNOUNCED, SigningKeys
from samband.trust.oauth.names import EXCHANGE, LYNC
from tests.trust.oauth.world import World, inside


async def opened(made: World, owner: str = LYNC) -> SigningKeys:
    keys = SigningKeys(made.store, made.news, owner, made.clock.time, name="Auth", domains=("contoso.test",))
    await keys.load()
    return keys


def test_a_key_is_made_once_and_each_service_has_its_own(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        again = await opened(made)
        assert again.certificates == made.keys.certificates
        other = await opened(made, EXCHANGE)
        assert other.certificates != made.keys.certificates
        assert len(other.certificates) == 1

    inside(tmp_path, story)


def test_a_roll(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        keys = made.keys
        [first] = keys.certificates
        assert not await keys.roll()
        await keys.stage(made.clock.time() + timedelta(days=3))
        one, two = keys.certificates
        assert one == first
        await keys.stage(made.clock.time())
        assert keys.certificates == (one, two)
        signed = keys.sign(b"x")
        assert await keys.roll()
        assert keys.certificates == (two, one)
        assert keys.sign(b"x") != signed
        assert (await opened(made)).certificates == (two, one)
        assert await keys.clear_previous()
        assert not await keys.clear_previous()
        assert keys.certificates == (two,)

    inside(tmp_path, story)


def test_maintenance_announces_and_rolls_in_time(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        keys = made.keys
        [first] = keys.certificates
        ends = x509.load_der_x509_certificate(first).not_valid_after_utc
        await keys.maintain()
        assert keys.certificates == (first,)
        made.clock.now += timedelta(days=1250).total_seconds()
        await keys.maintain()
        assert (keys.certificates[0], len(keys.certificates)) == (first, 2)
        await keys.maintain()
        assert keys.certificates[0] == first
        made.clock.now += ANNOUNCED.total_seconds() + 1
        assert made.clock.time() < ends
        await keys.maintain()
        assert keys.certificates[1] == first
        await keys.maintain()
        assert len(keys.certificates) == 2

    inside(tmp_path, story)


def test_a_roll_is_heard_elsewhere(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        elsewhere = await opened(made)
        await made.keys.stage(made.clock.time())
        await made.keys.roll()
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert elsewhere.certificates == made.keys.certificates
        assert elsewhere.x5t == made.keys.x5t

    inside(tmp_path, story)
