"""A few threads a process for what blocks: the calls of a Tracker.

The thread that was last at work takes the next call: its connection to a store, and what that has at hand, are warm. A
pool that hands calls round makes short ones half as long again.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, ParamSpec, TypeVar

from trackerkit.errors import ConfigurationError, UnavailableError

P = ParamSpec("P")
T = TypeVar("T")

_current: ContextVar[Pool | None] = ContextVar("trackerkit_pool", default=None)
_END: Final = None


class _Job:
    """One call, and who waits for what it gives."""

    __slots__ = ("future", "loop", "work")

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()

    def run(self) -> Callable[[], None]:
        """Do it; a function for the loop's thread that tells the outcome."""
        try:
            return partial(self._tell, self.future.set_result, self.work())
        except StopIteration as error:  # which no future takes
            stopped = RuntimeError("a call raised StopIteration")
            stopped.__cause__ = error
            return partial(self._tell, self.future.set_exception, stopped)
        except BaseException as error:  # noqa: BLE001 - it is the caller's, whatever it is
            return partial(self._tell, self.future.set_exception, error)

    def _tell(self, settle: Callable[[Any], None], outcome: Any) -> None:
        if not self.future.done():  # the caller has not gone
            settle(outcome)

    def tell(self, told: Callable[[], Any]) -> None:
        """Have something done in the loop's thread; nothing once the loop has ended."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(told)


class _Worker:
    """One thread, and the way to hand it a call.

    Args:
        next: called with the worker after each call; gives another, or None, and then it waits to be handed one.
    """

    def __init__(self, number: int, next: Callable[[_Worker], _Job | None]) -> None:
        self.handed: SimpleQueue[_Job | None] = SimpleQueue()
        self._next = next
        # What a process that ends leaves undone was not answered: it waits for none of them, as for no caller.
        Thread(target=self._work, name=f"trackerkit-web_{number}", daemon=True).start()

    def _work(self) -> None:
        while (job := self.handed.get()) is not _END:
            while job is not None:
                told = job.run()
                following = self._next(self)  # first, so that whoever hears of the end finds it idle
                job.tell(told)
                job = following
                del told


class Pool:
    """The threads of one application. Two applications never share one: one may wait for an answer of the other's.

    Args:
        threads: how many calls run at once.
        waiting: how many more may wait.
    """

    def __init__(self, threads: int = 4, waiting: int = 256) -> None:
        self._threads = threads
        self._limit = threads + waiting
        self._running = 0
        self._lock = Lock()
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._waiting: deque[_Job] = deque()

    @property
    def busy(self) -> int:
        """How many calls are running or waiting."""
        return self._running + len(self._waiting)

    def use(self) -> None:
        """Make this the pool of what is now being answered."""
        _current.set(self)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``function`` gives, run in a thread with the context variables of the caller.

        Whoever stops waiting (a deadline, a caller who hangs up) does not stop a call that already runs.

        Raises:
            UnavailableError: too many calls wait already.
        """
        job = _Job(partial(contextvars.copy_context().run, partial(function, *args, **kwargs)))
        with self._lock:
            if self.busy >= self._limit:
                raise UnavailableError("the server is busy", hint="try again in a moment", retry_after_s=1.0)
            self._hand(job)
        try:
            found: T = await job.future
        except asyncio.CancelledError:
            with self._lock, suppress(ValueError):
                self._waiting.remove(job)
            raise
        return found

    def _hand(self, job: _Job) -> None:
        if self._idle:
            worker = self._idle.pop()
        elif len(self._workers) < self._threads:
            worker = _Worker(len(self._workers), self._next)
            self._workers.append(worker)
        else:
            self._waiting.append(job)
            return
        self._running += 1
        worker.handed.put(job)

    def _next(self, worker: _Worker) -> _Job | None:
        """What waits longest and is still waited for; the worker is idle when there is nothing."""
        with self._lock:
            while self._waiting:
                job = self._waiting.popleft()
                if not job.future.cancelled():
                    return job
            self._running -= 1
            if worker in self._workers:
                self._idle.append(worker)
            else:  # the pool was closed meanwhile
                worker.handed.put(_END)
            return None

    async def close(self, grace_s: float = 10.0) -> None:
        """Let what runs come to its end, for ``grace_s`` seconds; what waits is not begun."""
        with self._lock:
            waiting, idle = list(self._waiting), self._idle
            self._waiting.clear()
            self._workers, self._idle = [], []
        for worker in idle:
            worker.handed.put(_END)
        for job in waiting:
            job.tell(job.future.cancel)
        deadline = asyncio.get_running_loop().time() + grace_s
        while self._running and asyncio.get_running_loop().time() < deadline:
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
