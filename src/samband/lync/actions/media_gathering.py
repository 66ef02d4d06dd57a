"""What one client's sound and pictures in a meeting need of the others', and of where they are."""

from __future__ import annotations

from collections.abc import Awaitable, Collection
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from samband.lync.actions.media_parts import MediaPart


class Gathering(Protocol):
    """The others, and where work is done."""

    @property
    def parts(self) -> Collection[MediaPart]:
        """Everybody with media in the meeting."""
        ...

    def forces(self, address: str) -> bool:
        """Whether somebody is muted and cannot help it."""
        ...

    def show(self) -> None:
        """Something is different with somebody, for all of them and whoever watches."""
        ...

    def spawn(self, work: Awaitable[object]) -> None:
        """Do something in the background."""
        ...

    def drop(self, part: MediaPart) -> None:
        """A part is over."""
        ...
