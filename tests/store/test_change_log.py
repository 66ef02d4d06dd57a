"""Every kind of change can be kept in the log and read from it."""

from __future__ import annotations

import asyncio
from typing import get_args

import msgspec

from samband.model.changes import AnyChange, Change
from samband.store.api import WriteTx
from tests.store.stores import Place


def every_kind() -> list[type[Change]]:
    return Change.__subclasses__()


def sample(kind: type[Change]) -> Change:
    """A change with a value of its type in every field that asks for one."""
    values: dict[type, object] = {int: 2**40, str: "ä", bool: True}
    wanted = {
        field.name: values.get(field.type) or field.type() for field in msgspec.structs.fields(kind) if field.required
    }
    return kind(**wanted)


def test_every_kind_of_change_is_in_the_union() -> None:
    assert set(every_kind()) == set(get_args(AnyChange))


def test_every_kind_of_change_comes_back(place: Place) -> None:
    changes = [sample(kind) for kind in every_kind()]

    async def scenario() -> None:
        async with place.store() as store:

            def append(tx: WriteTx) -> int:
                for change in changes:
                    tx.append(change)
                return tx.seq

            seq = await store.write(append)
            expected = [msgspec.structs.replace(change, seq=seq) for change in changes]
            assert await store.log(None, seq - 1, 1000) == expected

    asyncio.run(scenario())
