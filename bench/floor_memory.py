"""The floor: the HTTP server that Samband uses, answering known requests with known bytes from memory."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from samband.net.http_server import HttpServer
from samband.wire.http import HttpRequest, HttpResponse


async def main() -> None:
    folder = Path(sys.argv[1])
    answers = {one.read_bytes(): one.with_suffix(".answer").read_bytes() for one in folder.glob("*.request")}
    headers = [("Content-Type", "text/xml; charset=utf-8")]

    async def answer(request: HttpRequest) -> HttpResponse:
        known = request.headers.get("If-None-Match")
        if known:
            return HttpResponse(304, [("ETag", known)])
        return HttpResponse(200, headers, answers[request.body or request.query.encode()])

    server = HttpServer(answer)
    print(await server.listen("127.0.0.1", 0, None), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
