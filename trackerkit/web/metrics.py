"""Counters of what a server did, in Prometheus' text form."""

from __future__ import annotations

import hmac
import ipaddress
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from trackerkit.errors import PermissionDeniedError

BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SERIES_LIMIT: Final = 1000
_OTHER: Final = "other"

Labels = tuple[str, str]


class Metrics:
    """Requests by route, operation and status; latencies by route and operation. Safe to share between threads."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._started = time.time()
        self._requests: dict[tuple[str, str, int], int] = {}
        self._buckets: dict[Labels, list[int]] = {}
        self._seconds: dict[Labels, float] = {}
        self._lock = Lock()

    def observe(self, route: str, operation: str, status: int, seconds: float) -> None:
        """Count one request. A flood of names cannot fill the memory: from 1,000 on they are counted as ``other``."""
        with self._lock:
            if (route, operation) not in self._buckets and len(self._buckets) >= _SERIES_LIMIT:
                route = operation = _OTHER
            labels, counted = (route, operation), (route, operation, status)
            self._requests[counted] = self._requests.get(counted, 0) + 1
            buckets = self._buckets.setdefault(labels, [0] * (len(BUCKETS_S) + 1))
            buckets[bisect_left(BUCKETS_S, seconds)] += 1
            self._seconds[labels] = self._seconds.get(labels, 0.0) + seconds

    def text(self) -> str:
        """Everything so far, as https://prometheus.io/docs/instrumenting/exposition_formats/ has it."""
        with self._lock:
            return "\n".join([*self._counters(), *self._histogram(), *self._gauges(), ""])

    def _counters(self) -> Iterator[str]:
        yield "# HELP trackerkit_requests_total Requests answered."
        yield "# TYPE trackerkit_requests_total counter"
        for (route, operation, status), count in sorted(self._requests.items()):
            labels = _labels(("route", route), ("operation", operation), ("status", str(status)))
            yield f"trackerkit_requests_total{labels} {count}"

    def _histogram(self) -> Iterator[str]:
        name = "trackerkit_request_seconds"
        yield f"# HELP {name} Time to answer a request."
        yield f"# TYPE {name} histogram"
        for (route, operation), buckets in sorted(self._buckets.items()):
            shared = (("route", route), ("operation", operation))
            so_far = 0
            for bound, count in zip((*(f"{bound:g}" for bound in BUCKETS_S), "+Inf"), buckets, strict=True):
                so_far += count
                yield f"{name}_bucket{_labels(*shared, ('le', bound))} {so_far}"
            yield f"{name}_sum{_labels(*shared)} {self._seconds[route, operation]:.6f}"
            yield f"{name}_count{_labels(*shared)} {so_far}"

    def _gauges(self) -> Iterable[str]:
        yield "# TYPE trackerkit_requests_in_flight gauge"
        yield f"trackerkit_requests_in_flight {self.in_flight}"
        yield "# TYPE trackerkit_start_time_seconds gauge"
        yield f"trackerkit_start_time_seconds {self._started:.3f}"


def _labels(*pairs: tuple[str, str]) -> str:
    escaped = (
        (name, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for name, value in pairs if value
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped) + "}"


def metrics_route(metrics: Metrics, token: str = "", path: str = "/metrics") -> Route:
    """The route that shows them: to whoever has the token, and without one to direct callers on the loopback."""

    async def show(request: Request) -> Response:
        if not _may_see(request, token):
            raise PermissionDeniedError("the metrics are not for you", hint="ask on the loopback, or with the token")
        return PlainTextResponse(metrics.text(), media_type="text/plain; version=0.0.4")

    return Route(path, show)


def _may_see(request: Request, token: str) -> bool:
    if token:
        presented = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(presented, f"Bearer {token}".encode())
    return is_loopback(request) and "x-forwarded-for" not in request.headers and "forwarded" not in request.headers


def is_loopback(request: Request) -> bool:
    """Whether the other end of the connection is this machine."""
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
