"""An HTTP client of the house whose other end is a method: no socket, no time."""

from __future__ import annotations

from collections.abc import Iterable

from samband.wire.http import HttpResponse

Fields = tuple[tuple[str, str], ...]
"""Header fields."""


class WebInMemory:
    """See ``samband.wire.http.HttpClient``; whoever derives from it says what is answered."""

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        **_: object,
    ) -> HttpResponse:
        """See ``HttpClient``: there is nothing to wait for, and no answer comes in pieces."""
        return await self.answer(method, url, tuple(headers), body)

    async def answer(self, method: str, url: str, headers: Fields, body: bytes) -> HttpResponse:
        """What the other end says; raises ``OSError`` where there is none."""
        raise NotImplementedError
