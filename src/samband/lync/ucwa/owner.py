"""Whose an application is: somebody of the site, or a guest of one meeting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from samband.lync.actions.im import ImEndpoint, ImMeeting


class Owner(Protocol):
    """Whose application it is. ``calls``: whether they may begin conversations of two."""

    calls: bool
    modalities: list[str]
    formats: list[str]
    changed: Callable[[], None]
    """Called when they have become available, or are so no longer."""

    @property
    def endpoint(self) -> ImEndpoint | None:
        """Where they are available; None while they are not."""
        ...

    async def join(self, endpoint: ImEndpoint, focus: str, body: dict[str, Any]) -> ImMeeting:
        """Ask a meeting to be let in; ``body`` is the request. Raises ``UcwaError`` and ``Failure``."""
        ...

    def close(self) -> None:
        """They are available no longer."""
        ...
