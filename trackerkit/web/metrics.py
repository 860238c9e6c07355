"""Counters of what a server did, in Prometheus' text form."""

from __future__ import annotations

import hmac
import ipaddress
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from trackerkit.errors import PermissionDeniedError
from trackerkit.web.shared import Shared

BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SERIES_LIMIT: Final = 1000
_OTHER: Final = "other"

Labels = tuple[str, str]


@dataclass
class Counts:
    """What was counted: requests by route, operation and status, and by route and operation how long they took.

    Attributes:
        requests: (route, operation, status) → how many.
        buckets: (route, operation) → how many in each of ``BUCKETS_S``, and beyond.
        seconds: (route, operation) → how long altogether.
        in_flight: how many are being answered.
    """

    requests: dict[tuple[str, str, int], int] = field(default_factory=dict)
    buckets: dict[Labels, list[int]] = field(default_factory=dict)
    seconds: dict[Labels, float] = field(default_factory=dict)
    in_flight: int = 0

    def observe(self, route: str, operation: str, status: int, seconds: float) -> None:
        """Count one request. A flood of names cannot fill the memory: from 1,000 on they are counted as ``other``."""
        if (route, operation) not in self.buckets and len(self.buckets) >= _SERIES_LIMIT:
            route = operation = _OTHER
        labels, counted = (route, operation), (route, operation, status)
        self.requests[counted] = self.requests.get(counted, 0) + 1
        buckets = self.buckets.setdefault(labels, [0] * (len(BUCKETS_S) + 1))
        buckets[bisect_left(BUCKETS_S, seconds)] += 1
        self.seconds[labels] = self.seconds.get(labels, 0.0) + seconds

    def add(self, other: Counts) -> None:
        """Count what another process counted too."""
        for counted, number in other.requests.items():
            self.requests[counted] = self.requests.get(counted, 0) + number
        for labels, numbers in other.buckets.items():
            mine = self.buckets.setdefault(labels, [0] * len(numbers))
            self.buckets[labels] = [a + b for a, b in zip(mine, numbers, strict=True)]
            self.seconds[labels] = self.seconds.get(labels, 0.0) + other.seconds[labels]
        self.in_flight += other.in_flight

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        series = [[*labels, numbers, self.seconds[labels]] for labels, numbers in self.buckets.items()]
        requests = [[*counted, number] for counted, number in self.requests.items()]
        return {"requests": requests, "series": series, "in_flight": self.in_flight}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Counts:
        """Out of JSON."""
        made = cls(in_flight=facts["in_flight"])
        made.requests = {(route, operation, status): number for route, operation, status, number in facts["requests"]}
        for route, operation, numbers, seconds in facts["series"]:
            made.buckets[route, operation], made.seconds[route, operation] = numbers, seconds
        return made


class Metrics:
    """Requests by route, operation and status; latencies by route and operation. Safe to share between threads.

    Several processes that share a folder tell the sum of what they counted, those that have ended included.
    """

    def __init__(self) -> None:
        self._counts = Counts()
        self._started = time.time()
        self._lock = Lock()
        self._shared: Shared | None = None

    @property
    def in_flight(self) -> int:
        """How many requests this process is answering."""
        return self._counts.in_flight

    @in_flight.setter
    def in_flight(self, number: int) -> None:
        self._counts.in_flight = number

    def observe(self, route: str, operation: str, status: int, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            self._counts.observe(route, operation, status, seconds)

    def share(self, folder: str) -> None:
        """Tell the other processes of this server what is counted here, and count what they tell."""
        self._shared = Shared(folder, "counts", self._facts)

    def _facts(self) -> dict[str, Any]:
        with self._lock:
            return self._counts.facts()

    def _all(self) -> Counts:
        """What is counted here and in the other processes."""
        made = Counts.of(self._facts())
        for facts in self._shared.others() if self._shared is not None else ():
            made.add(Counts.of(facts))
        return made

    def text(self) -> str:
        """Everything so far, as https://prometheus.io/docs/instrumenting/exposition_formats/ has it."""
        counts = self._all()
        return "\n".join([*_counters(counts), *_histogram(counts), *_gauges(counts, self._started), ""])


def _counters(counts: Counts) -> Iterator[str]:
    yield "# HELP trackerkit_requests_total Requests answered."
    yield "# TYPE trackerkit_requests_total counter"
    for (route, operation, status), count in sorted(counts.requests.items()):
        labels = _labels(("route", route), ("operation", operation), ("status", str(status)))
        yield f"trackerkit_requests_total{labels} {count}"


def _histogram(counts: Counts) -> Iterator[str]:
    name = "trackerkit_request_seconds"
    yield f"# HELP {name} Time to answer a request."
    yield f"# TYPE {name} histogram"
    for (route, operation), buckets in sorted(counts.buckets.items()):
        shared = (("route", route), ("operation", operation))
        so_far = 0
        for bound, count in zip((*(f"{bound:g}" for bound in BUCKETS_S), "+Inf"), buckets, strict=True):
            so_far += count
            yield f"{name}_bucket{_labels(*shared, ('le', bound))} {so_far}"
        yield f"{name}_sum{_labels(*shared)} {counts.seconds[route, operation]:.6f}"
        yield f"{name}_count{_labels(*shared)} {so_far}"


def _gauges(counts: Counts, started: float) -> Iterable[str]:
    yield "# TYPE trackerkit_requests_in_flight gauge"
    yield f"trackerkit_requests_in_flight {counts.in_flight}"
    yield "# TYPE trackerkit_start_time_seconds gauge"
    yield f"trackerkit_start_time_seconds {started:.3f}"


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
