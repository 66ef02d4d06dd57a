"""Janus as its client sees it: an HTTP client whose other end is a table of sessions and handles."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from samband.wire.http import HttpResponse
from tests.web_in_memory import Fields, WebInMemory

Plugin = Callable[[int, dict[str, Any], dict[str, Any] | None], dict[str, Any] | None]
"""Handle, body and JSEP of a message -> what its event says; None: none comes."""


class FakeJanus(WebInMemory):
    """``plugin`` answers messages; ``up`` says whether anything is there."""

    def __init__(self, plugin: Plugin, secret: str = "hush") -> None:
        self._plugin = plugin
        self._secret = secret
        self._numbers = count(1000)
        self._news: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.session = 0
        self.handles: dict[int, list[dict[str, Any]]] = {}
        """The bodies each was sent; gone when it is detached."""
        self.all: list[dict[str, Any]] = []
        self.up = True
        self.synchronous = False

    def dies(self) -> None:
        """All it held is forgotten, and nobody answers until ``up``."""
        self.up, self.session = False, 0
        self.handles.clear()
        self._news.put_nowait(None)

    def tell(self, handle: int, kind: str, data: dict[str, Any] | None = None, **more: Any) -> None:
        """Something happens to a handle."""
        message: dict[str, Any] = {"janus": kind, "sender": handle, **more}
        if data is not None:
            message["plugindata"] = {"plugin": "janus.plugin.videoroom", "data": data}
        self._news.put_nowait(message)

    async def answer(self, method: str, url: str, headers: Fields, body: bytes) -> HttpResponse:
        if not self.up:
            raise OSError("no answer")
        parts = urlsplit(url)
        words = [int(word) for word in parts.path.removeprefix("/janus").split("/") if word]
        if method == "GET":
            assert parse_qs(parts.query)["apisecret"] == [self._secret]
            return await self._poll(words)
        message = json.loads(body)
        self.all.append(message)
        return HttpResponse(200, [], json.dumps(self._answered(words, message)).encode())

    async def _poll(self, words: list[int]) -> HttpResponse:
        if words != [self.session]:
            return HttpResponse(404, [], b"")
        found = await self._news.get()
        if found is None:
            raise OSError("connection reset")
        return HttpResponse(200, [], json.dumps([found]).encode())

    def _answered(self, words: list[int], message: dict[str, Any]) -> dict[str, Any]:
        base = {"transaction": message["transaction"]}

        def error(code: int, reason: str) -> dict[str, Any]:
            return {"janus": "error", **base, "error": {"code": code, "reason": reason}}

        if message.get("apisecret") != self._secret:
            return error(403, "Unauthorized request (wrong or missing secret/token)")
        if message["janus"] == "create":
            self.session = next(self._numbers)
            return {"janus": "success", **base, "data": {"id": self.session}}
        if not words or words[0] != self.session:
            return error(458, "No such session")
        if len(words) == 1:
            handle = next(self._numbers)
            if message["janus"] == "attach":
                self.handles[handle] = []
            return {"janus": "success", **base, "data": {"id": handle}}
        handle = words[1]
        if handle not in self.handles:
            return error(459, "No such handle")
        if message["janus"] == "detach":
            del self.handles[handle]
            return {"janus": "success", **base}
        self.handles[handle].append(message["body"])
        data = self._plugin(handle, message["body"], message.get("jsep"))
        if data is None:
            return {"janus": "ack", **base}
        jsep = {"jsep": {"type": "any", "sdp": data.pop("sdp")}} if "sdp" in data else {}
        said = {"sender": handle, "plugindata": {"plugin": "janus.plugin.videoroom", "data": data}, **jsep, **base}
        if self.synchronous:
            return {"janus": "success", **said}
        self._news.put_nowait({"janus": "event", **said})
        return {"janus": "ack", **base}
