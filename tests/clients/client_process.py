"""A client in a process and a home of its own; some are driven over their terminal."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self


class ClientProcess:
    """Whoever derives from it fills ``folder``, then calls ``start``."""

    patience: ClassVar[float] = 3
    """Seconds that it has to end by itself once told to."""

    def __init__(self, name: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=f"samband-{name}-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)

    def start(self, command: Sequence[str]) -> None:
        """Run it."""
        self._output = (self.folder / "output").open("w")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            env=os.environ | {"HOME": str(self.folder)},
            text=True,
        )

    @property
    def shown(self) -> str:
        """All it has printed."""
        return self.read("output")

    def read(self, name: str) -> str:
        """A file in its folder; empty where there is none yet."""
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def leave(self) -> None:
        """Tell it to sign out and end."""
        self._process.terminate()

    def quit(self) -> None:
        """Sign out and end."""
        if self._process.poll() is None:
            self.leave()
            try:
                self._process.wait(self.patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._output.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.quit()


class TerminalClient(ClientProcess):
    """One whose standard input is its terminal."""

    def do(self, command: str) -> None:
        """Type a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def leave(self) -> None:
        self.do("quit")
