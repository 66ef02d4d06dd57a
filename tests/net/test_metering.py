"""What is counted at a door."""

from __future__ import annotations

import asyncio

from samband.net.metering import Meters
from samband.wire.http import HttpRequest, HttpResponse


def test_answers_are_counted_by_door_and_status_and_timed() -> None:
    async def handler(request: HttpRequest) -> HttpResponse:
        return HttpResponse(int(request.path[1:]))

    async def scene() -> str:
        meters = Meters()
        ews = meters.around("ews", handler)
        meters.around("owa", handler)
        meters.around("ews", handler)
        for path in ("/200", "/200", "/500"):
            await ews(HttpRequest("GET", "x", path))
        return (await meters.metrics(HttpRequest("GET", "x", "/metrics"))).content.decode()

    lines = asyncio.run(scene()).splitlines()
    assert 'samband_http_requests_total{door="ews",status="200"} 2.0' in lines
    assert 'samband_http_requests_total{door="ews",status="500"} 1.0' in lines
    assert 'samband_http_request_seconds_count{door="ews"} 3.0' in lines
    assert 'samband_http_request_seconds_bucket{door="ews",le="+Inf"} 3.0' in lines
    assert 'samband_http_request_seconds_count{door="owa"} 0.0' in lines
    assert "# TYPE samband_http_request_seconds histogram" in lines
