"""What ``/metrics`` and ``/healthz`` say: counts and times of requests, and gauges that are asked when read."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from samband.wire.http import HttpHandler, HttpRequest, HttpResponse

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class _Door:
    """What one door has answered. It is counted on the event loop alone, so it needs no lock."""

    def __init__(self) -> None:
        self.statuses: dict[int, int] = {}
        self.buckets = [0] * (len(_SECONDS) + 1)
        self.seconds = 0.0

    def count(self, status: int, seconds: float) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.buckets[bisect_left(_SECONDS, seconds)] += 1
        self.seconds += seconds


class _Answered(Collector):
    """The counts of all doors, as Prometheus wants them."""

    def __init__(self, doors: Mapping[str, _Door]) -> None:
        self._doors = doors

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily("samband_http_requests", "HTTP requests answered.", labels=("door", "status"))
        times = HistogramMetricFamily("samband_http_request_seconds", "Time until an answer began.", labels=("door",))
        bounds = [*map(str, _SECONDS), "+Inf"]
        for name, door in self._doors.items():
            for status, answers in door.statuses.items():
                requests.add_metric((name, str(status)), answers)
            times.add_metric((name,), list(zip(bounds, accumulate(door.buckets), strict=True)), door.seconds)
        yield requests
        yield times


class Meters:
    """One a process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._doors: dict[str, _Door] = {}
        self._registry.register(_Answered(self._doors))

    def gauge(self, name: str, what: str, read: Callable[[], float]) -> None:
        """Show ``read()`` as the gauge ``name`` whenever metrics are asked for."""
        Gauge(name, what, registry=self._registry).set_function(read)

    def count(self, name: str, what: str) -> Callable[[], None]:
        """A counter ``name``; call what comes back once an occurrence."""
        counter = Counter(name, what, registry=self._registry)
        return counter.inc

    def around(self, door: str, handler: HttpHandler) -> HttpHandler:
        """``handler`` with its answers counted and timed under the name ``door``."""
        count = self._doors.setdefault(door, _Door()).count

        async def metered(request: HttpRequest) -> HttpResponse:
            began = time.perf_counter()
            answer = await handler(request)
            count(answer.status, time.perf_counter() - began)
            return answer

        return metered

    async def metrics(self, _: HttpRequest) -> HttpResponse:
        """``/metrics`` in Prometheus's text format."""
        return HttpResponse(200, [("Content-Type", CONTENT_TYPE_LATEST)], generate_latest(self._registry))
