"""A child process that writes in a burst and prints what was acknowledged.

``python -m tests.store.burst URL BLOBS NAME [COUNT]``: each acknowledged write is one line ``number row-id blob-key``;
it ends after ``COUNT`` writes of each of its writers, or never.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

from samband.model.changes import TrustChanged
from samband.store.api import WriteTx
from samband.store.counters import next_id
from samband.store.engine import Engine, open_store


async def one_writer(store: Engine, name: str, numbers: range | count[int]) -> None:
    for number in numbers:

        def write(tx: WriteTx, number: int = number) -> tuple[int, int, str]:
            row = next_id(tx, "burst")
            blob = store.blobs.put(f"{name} {number}".encode())
            tx.run("INSERT INTO burst (id, name, number, blob) VALUES (?, ?, ?, ?)", row, name, number, blob)
            tx.append(TrustChanged(scope=f"burst:{name}", what=f"{row}"))
            return tx.seq, row, blob

        print(*await store.write(write), flush=True)


async def main(url: str, blobs: str, name: str, amount: str = "") -> None:
    store = await open_store(url, Path(blobs))
    numbers = range(int(amount)) if amount else count()
    await asyncio.gather(*(one_writer(store, f"{name}{writer}", numbers) for writer in range(4)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
