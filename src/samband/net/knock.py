"""A knock at the door of whoever serves a site: the command line has written something, and waits until it was heard.

The door is a socket in the site's folder. Whoever knocks says nothing; the connection ends when the server has heard.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

DOOR = "serving.sock"
PATIENCE = 5.0
"""Seconds after which whoever knocks goes on, and whoever is to hear is left to hear later."""
_WAITING = 64
_PAUSE = 1.0

log = logging.getLogger(__name__)


def knock(folder: Path) -> None:
    """Wait until the server of ``folder`` has heard, ``PATIENCE`` at the longest; it needs not be there."""
    with suppress(OSError), _socket_in(folder) as (door, place, _):
        door.settimeout(PATIENCE)
        door.connect(place)
        door.recv(1)


@asynccontextmanager
async def answering(folder: Path, hear: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Call ``hear`` at every knock, one after another, for as long as the context lasts.

    The caller is the only server of ``folder``: a door that one before it left is replaced. Where the file system
    has no sockets the log says so, and nobody is answered.
    """
    with _socket_in(folder) as (door, place, directory):
        if not _opened(door, place, directory):
            yield
            return
        answers = asyncio.create_task(_answer(door, hear), name="the command line is heard")
        try:
            yield
        finally:
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)
            with suppress(FileNotFoundError):
                os.unlink(DOOR, dir_fd=directory)


def _opened(door: socket.socket, place: str, directory: int) -> bool:
    try:
        with suppress(FileNotFoundError):
            os.unlink(DOOR, dir_fd=directory)
        door.bind(place)
        os.chmod(DOOR, 0o600, dir_fd=directory)
        door.listen(_WAITING)
    except OSError as error:
        log.warning("the command line cannot wait until its changes are heard: %s", error)
        return False
    door.setblocking(False)
    return True


@contextmanager
def _socket_in(folder: Path) -> Iterator[tuple[socket.socket, str, int]]:
    """A socket, where it is bound or connected to, and the opened ``folder``.

    The place is short however long the path of the folder is: the name of a socket has 108 bytes [unix(7)].
    """
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
            yield door, f"/proc/self/fd/{directory}/{DOOR}", directory
    finally:
        os.close(directory)


async def _answer(door: socket.socket, hear: Callable[[], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            caller, _ = await loop.sock_accept(door)
        except OSError as error:
            log.warning("the command line cannot be heard: %s", error)
            await asyncio.sleep(_PAUSE)
            continue
        with caller:
            try:
                async with asyncio.timeout(PATIENCE):
                    await hear()
            except TimeoutError:
                log.info("what the command line wrote was not taken in within %.0f s", PATIENCE)
            except Exception:
                log.exception("the command line was not heard")
