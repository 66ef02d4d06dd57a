"""A process that goes on in the background once it is ready, while the command that started it ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

Ready = Callable[[str], None]
"""Says that the work is ready, once: in which words."""


def in_background(log: Path, work: Callable[[Ready], int]) -> int:
    """Run ``work`` in a child with a session of its own. Returns in both processes, each time with its exit status.

    The one that was started waits until the child is ready, prints its words on standard output and is done: 0. What
    the child writes to standard error is seen until then, and goes to ``log`` afterwards: no pipe of whoever ran the
    command stays open. Where the child ends before it is ready, its exit status is returned.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        os.close(reading)
        os.setsid()
        return work(lambda words: _let_go(words, writing, log))
    os.close(writing)
    return _wait_for(child, reading)


def _let_go(words: str, writing: int, log: Path) -> None:
    """Hand ``words`` to the waiting process, and leave its terminal."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDWR)
    for own, other in ((0, nothing), (1, nothing), (2, kept)):
        os.dup2(other, own)
    os.close(kept)
    os.close(nothing)
    with os.fdopen(writing, "w") as pipe:
        pipe.write(f"{words}\n")


def _wait_for(child: int, reading: int) -> int:
    try:
        with os.fdopen(reading) as pipe:
            words = pipe.read()
        if words:
            sys.stdout.write(words)
            sys.stdout.flush()
            return 0
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or 1
    except KeyboardInterrupt:
        os.kill(child, signal.SIGTERM)
        raise
