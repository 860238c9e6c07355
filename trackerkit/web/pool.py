"""A few threads a process for what blocks: the calls of a Tracker."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from threading import Lock
from typing import ParamSpec, TypeVar

from trackerkit.errors import ConfigurationError, UnavailableError

P = ParamSpec("P")
T = TypeVar("T")

_current: ContextVar[Pool | None] = ContextVar("trackerkit_pool", default=None)


class Pool:
    """The threads of one application. Two applications never share one: one may wait for an answer of the other's.

    Args:
        threads: how many calls run at once.
        waiting: how many more may wait.
    """

    def __init__(self, threads: int = 4, waiting: int = 256) -> None:
        self._threads = threads
        self._limit = threads + waiting
        self._busy = 0
        self._lock = Lock()
        self._executor: ThreadPoolExecutor | None = None

    @property
    def busy(self) -> int:
        """How many calls are running or waiting."""
        return self._busy

    def use(self) -> None:
        """Make this the pool of what is now being answered."""
        _current.set(self)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``function`` gives, run in a thread with the context variables of the caller.

        Whoever stops waiting (a deadline, a caller who hangs up) does not stop a call that already runs.

        Raises:
            UnavailableError: too many calls wait already.
        """
        work = partial(contextvars.copy_context().run, partial(function, *args, **kwargs))
        with self._lock:
            if self._busy >= self._limit:
                raise UnavailableError("the server is busy", hint="try again in a moment", retry_after_s=1.0)
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._threads, "trackerkit-web")
            self._busy += 1
            future = self._executor.submit(work)
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _done(self, _future: object) -> None:
        with self._lock:
            self._busy -= 1

    async def close(self, grace_s: float = 10.0) -> None:
        """Let what runs come to its end, for ``grace_s`` seconds; what waits is not begun."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is None:
            return
        executor.shutdown(wait=False, cancel_futures=True)
        deadline = asyncio.get_running_loop().time() + grace_s
        while self._busy and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.005)


async def run_sync(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what blocks in a thread of the application that is answering.

    Raises:
        UnavailableError: too many calls wait already.
        ConfigurationError: nothing is being answered here.
    """
    pool = _current.get()
    if pool is None:
        raise ConfigurationError("run_sync works only while a request is answered", hint="use a Pool of your own")
    return await pool.run(function, *args, **kwargs)
