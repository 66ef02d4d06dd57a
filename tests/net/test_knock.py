"""Whoever knocks at a site's door goes on when its server has heard, and is not held up where nobody hears."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest

from samband.net import knock as door
from samband.net.knock import answering, knock
from tests.until import until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Longer than the name of a socket may be."""
    made = tmp_path / ("long" * 30)
    made.mkdir()
    return made


def test_whoever_knocks_goes_on_when_it_was_heard(folder: Path) -> None:
    async def scenario() -> None:
        begun, may_end, order = asyncio.Event(), asyncio.Event(), list[str]()

        async def hear() -> None:
            begun.set()
            await may_end.wait()
            order.append("heard")

        async def tell(name: str) -> None:
            await asyncio.to_thread(knock, folder)
            order.append(name)

        async with answering(folder, hear):
            assert stat.S_IMODE((folder / door.DOOR).stat().st_mode) == 0o600
            first = asyncio.create_task(tell("first"))
            await begun.wait()
            await asyncio.sleep(0.05)
            assert order == []
            may_end.set()
            await first
            await tell("second")
            assert order == ["heard", "first", "heard", "second"]
        assert not (folder / door.DOOR).exists()

    asyncio.run(asyncio.wait_for(scenario(), 30))


def test_a_failure_to_hear_is_logged_and_the_next_one_is_heard(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        calls = 0

        async def hear() -> None:
            nonlocal calls
            calls += 1
            if calls == 1:
                raise ValueError("the store is odd")
            if calls == 2:
                await asyncio.sleep(3600)

        async with answering(folder, hear):
            await asyncio.to_thread(knock, folder)
            monkeypatch.setattr(door, "PATIENCE", 0.05)
            await asyncio.to_thread(knock, folder)
            monkeypatch.undo()
            await asyncio.to_thread(knock, folder)
            await until(lambda: calls == 3)

    caplog.set_level(logging.INFO)
    asyncio.run(asyncio.wait_for(scenario(), 30))
    assert "the store is odd" in caplog.text
    assert "not taken in" in caplog.text


def test_nobody_is_there(folder: Path) -> None:
    knock(folder)
    knock(folder / "nowhere")


def test_a_door_that_was_left_is_replaced(folder: Path) -> None:
    directory = os.open(folder, os.O_PATH)
    with closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(f"/proc/self/fd/{directory}/{door.DOOR}")
    os.close(directory)
    knock(folder)

    async def scenario() -> None:
        heard = asyncio.Event()

        async def hear() -> None:
            heard.set()

        async with answering(folder, hear):
            await asyncio.to_thread(knock, folder)
            assert heard.is_set()

    asyncio.run(asyncio.wait_for(scenario(), 30))


def test_a_server_that_hangs_is_not_waited_for_long(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "PATIENCE", 0.05)
    directory = os.open(folder, os.O_PATH)
    with closing(socket.socket(socket.AF_UNIX)) as hanging:
        hanging.bind(f"/proc/self/fd/{directory}/{door.DOOR}")
        hanging.listen(0)
        for _ in range(3):  # the last ones do not even get in
            knock(folder)
    os.close(directory)


def test_where_there_can_be_no_door_the_log_says_so(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async def hear() -> None:
            raise AssertionError

        async with answering(folder, hear):
            await asyncio.to_thread(knock, folder)

    (folder / door.DOOR).mkdir()
    asyncio.run(asyncio.wait_for(scenario(), 30))
    assert "cannot wait" in caplog.text
