"""The limits that a server of ours keeps, with the defaults that it starts with."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """Limits of any server.

    Attributes:
        body_bytes: the largest body of a request; a route that streams uploads asks for more (``web.call.allow``).
        depth: how deep JSON may be nested.
        head_s: seconds that the head of a request may take to arrive.
        deadline_s: seconds that making an answer may take to its first part, and from one part to the next.
        stall_s: seconds after which a caller who does not read is cut off. The system's own buffers stand between, so
            that reading less than some 2 MB in this time looks like not reading.
        threads: how many Tracker calls run at once in a process.
        waiting: how many more may wait for a thread before callers are turned away.
        rate_per_s: how many requests a second one key may make in the long run; 0 for any number.
        burst: how many it may make at once after a pause.
        concurrency: how many requests of one key are worked on at once; others wait.
        connections: how many connections a process keeps open.
        metrics_token: a bearer token for ``/metrics``; without, it answers only on the loopback.
    """

    body_bytes: int = 16 * MIB
    depth: int = 64
    head_s: float = 20.0
    deadline_s: float = 60.0
    stall_s: float = 120.0
    threads: int = 4
    waiting: int = 256
    rate_per_s: float = 2000.0
    burst: int = 4000
    concurrency: int = 32
    connections: int = 1000
    metrics_token: str = ""
