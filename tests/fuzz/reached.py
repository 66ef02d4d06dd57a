"""Which lines of some modules an input reaches."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

Line = tuple[CodeType, int]


class Reached:
    """Runs things and tells whether they reached a line that nothing before them did."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        """``folders``: parts of the paths of the modules that count."""
        self._folders = folders
        self._counts: dict[CodeType, bool] = {}
        self.lines: set[Line] = set()

    def by(self, work: Callable[[], object]) -> bool:
        """Whether ``work`` reached something new."""
        before = len(self.lines)
        sys.settrace(self._call)
        try:
            work()
        finally:
            sys.settrace(None)
        return len(self.lines) > before

    def _call(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        code = frame.f_code
        counts = self._counts.get(code)
        if counts is None:
            counts = self._counts[code] = any(folder in code.co_filename for folder in self._folders)
        return self._line if counts else None

    def _line(self, frame: FrameType, event: str, _arg: Any) -> Any:
        if event == "line":
            self.lines.add((frame.f_code, frame.f_lineno))
        return self._line
