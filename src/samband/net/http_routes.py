"""Which handler answers a request: by host name where it matters, by path without case."""

from __future__ import annotations

from collections.abc import Iterable

from samband.wire.http import HttpHandler, HttpRequest, HttpResponse


class HttpRoutes:
    """A table of paths a host; ``*`` stands for every host that has no table with the path.

    IIS, whose clients these are, compares paths without case.
    """

    def __init__(self) -> None:
        self._exact: dict[tuple[str, str], HttpHandler] = {}
        self._below: dict[str, list[tuple[str, HttpHandler]]] = {}

    def add(self, path: str, handler: HttpHandler, hosts: Iterable[str] = ("*",)) -> None:
        """Answer ``path`` (or everything below it, where it ends in ``/*``) on ``hosts``."""
        path = path.lower()
        for host in hosts:
            if path.endswith("/*"):
                below = self._below.setdefault(host.lower(), [])
                below.append((path[:-1], handler))
                below.sort(key=lambda entry: len(entry[0]), reverse=True)
            else:
                self._exact[(host.lower(), path)] = handler

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hand the request to its handler; 404 where there is none."""
        handler = self._find(request.host, request.path.lower())
        if handler is None:
            return HttpResponse(404, [("Content-Type", "text/plain")], b"Nothing is served at this address.\n")
        answer = await handler(request)
        if request.proof:
            answer.headers.append(("WWW-Authenticate", request.proof))
        return answer

    def _find(self, host: str, path: str) -> HttpHandler | None:
        for name in (host, "*"):
            if handler := self._exact.get((name, path)):
                return handler
            for prefix, below in self._below.get(name, ()):
                if path.startswith(prefix):
                    return below
        return None
