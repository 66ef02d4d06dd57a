"""What is noted is written, and one write that fails is not the end of all."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from samband.lync.actions.noted import Noted
from samband.store.api import WriteTx
from tests.trust.fakes import News, store


def test_a_write_that_fails_is_told_and_the_next_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written: dict[str, int | None] = {}

    def put(_tx: WriteTx, key: str, value: int | None) -> None:
        if value == 13:
            raise ValueError("a value that no column takes")
        written[key] = value

    async def main() -> None:
        async with store(tmp_path, News()) as opened:
            noted = Noted(opened, put, "numbers")
            noted.note("a", 13)
            failed = noted.settled()
            await asyncio.sleep(0)  # its write is under way: what follows goes with the next one
            noted.note("b", 1)
            async with asyncio.timeout(30):
                with pytest.raises(ValueError, match="no column"):
                    await failed
                await noted.settled()
            assert written == {"b": 1}
            noted.note("c", 2)
            async with asyncio.timeout(30):
                await noted.settled()
            assert written == {"b": 1, "c": 2}

    with caplog.at_level(logging.ERROR):
        asyncio.run(main())
    assert "numbers could not be kept" in caplog.text
