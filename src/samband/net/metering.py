"""What ``/metrics`` and ``/healthz`` say: counts and times of requests, and gauges that are asked when read."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from samband.wire.http import HttpHandler, HttpRequest, HttpResponse

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Meters:
    """One a process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "samband_http_requests_total", "HTTP requests answered.", ("door", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "samband_http_request_seconds",
            "Time until an answer began.",
            ("door",),
            buckets=_SECONDS,
            registry=self._registry,
        )

    def gauge(self, name: str, what: str, read: Callable[[], float]) -> None:
        """Show ``read()`` as the gauge ``name`` whenever metrics are asked for."""
        Gauge(name, what, registry=self._registry).set_function(read)

    def count(self, name: str, what: str) -> Callable[[], None]:
        """A counter ``name``; call what comes back once an occurrence."""
        counter = Counter(name, what, registry=self._registry)
        return counter.inc

    def around(self, door: str, handler: HttpHandler) -> HttpHandler:
        """``handler`` with its answers counted and timed under the name ``door``."""
        seconds = self._seconds.labels(door)
        by_status: dict[int, Callable[[], None]] = {}

        async def metered(request: HttpRequest) -> HttpResponse:
            began = time.perf_counter()
            answer = await handler(request)
            seconds.observe(time.perf_counter() - began)
            add = by_status.get(answer.status)
            if add is None:
                add = by_status[answer.status] = self._requests.labels(door, str(answer.status)).inc
            add()
            return answer

        return metered

    async def metrics(self, _: HttpRequest) -> HttpResponse:
        """``/metrics`` in Prometheus's text format."""
        return HttpResponse(200, [("Content-Type", CONTENT_TYPE_LATEST)], generate_latest(self._registry))
