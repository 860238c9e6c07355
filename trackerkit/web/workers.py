"""Serves an application by several processes on one address: started anew when one dies, ended together."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Any, Final

from trackerkit.errors import ConfigurationError
from trackerkit.secrets import get_logger
from trackerkit.web.serve import Stopper, listen, serve_on, url_of
from trackerkit.web.settings import WebSettings

#: Makes the application in a worker's own process, and cleans up behind it. Must be a function of a module.
MakeApp = Callable[..., AbstractContextManager[Any]]

_RESTARTS: Final = 5
_WITHIN_S: Final = 30.0
_POLL_S: Final = 0.5
_log = get_logger("trackerkit.web")


@dataclass(frozen=True)
class Work:
    """What each worker does: everything in it can be pickled.

    Args:
        make_app: a context manager that gives the application.
        arguments: for it.
        settings: of the server.
        grace_s: whole seconds that stopping gives to what is being answered.
        trusted_proxies: whose X-Forwarded-For and X-Forwarded-Proto are believed.
        share: the folder where the workers' counts lie.
    """

    make_app: MakeApp
    arguments: tuple[Any, ...] = ()
    settings: WebSettings = field(default_factory=WebSettings)
    grace_s: int = 10
    trusted_proxies: tuple[str, ...] = ()
    share: str = ""


def serve_with_workers(
    work: Work, host: str, port: int, *, workers: int, on_ready: Callable[[str], None] = lambda url: None
) -> None:
    """Serve by several processes until SIGINT or SIGTERM; ``on_ready`` is told the URL when all of them answer.

    Raises:
        ConfigurationError: the address cannot be listened on, or the application does not start.
        KeyboardInterrupt: it was ended by SIGINT, after what was being answered.
    """
    listener = listen(host, port)
    with tempfile.TemporaryDirectory(prefix="trackerkit-workers-") as share, _signals() as caught:
        crew = _Crew(replace(work, share=share), listener)
        try:
            crew.start(workers)
            on_ready(url_of(host, int(listener.getsockname()[1])))
            while not caught:
                crew.mend()
        finally:
            crew.stop()
            listener.close()
    if signal.SIGINT in caught:
        raise KeyboardInterrupt


@contextmanager
def _signals() -> Iterator[list[int]]:
    """The signals to end that came so far."""
    caught: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        caught.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Crew:
    """The workers of one address.

    Args:
        work: what they do.
        listener: the socket that they share.
    """

    def __init__(self, work: Work, listener: socket.socket) -> None:
        self._work = work
        self._listener = listener
        self._context = multiprocessing.get_context("spawn")
        self._processes: list[Any] = []
        self._deaths: list[float] = []

    def start(self, count: int) -> None:
        """Start so many; returns when each of them answers."""
        ready = [self._hire() for _ in range(count)]
        for connection in ready:
            _await(connection)

    def _hire(self) -> Connection:
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_run, args=(self._work, self._listener, theirs), name="trackerkit-worker", daemon=True
        )
        process.start()
        theirs.close()
        self._processes.append(process)
        return ours

    def mend(self) -> None:
        """Wait a moment; whoever died is replaced.

        Raises:
            ConfigurationError: they die as fast as they are replaced.
        """
        wait([process.sentinel for process in self._processes], _POLL_S)
        for process in [item for item in self._processes if not item.is_alive()]:
            self._processes.remove(process)
            now = time.monotonic()
            self._deaths = [*(at for at in self._deaths if now - at < _WITHIN_S), now]
            if len(self._deaths) > _RESTARTS:
                raise ConfigurationError("the workers keep dying", hint="the log says why")
            _log.error("a worker ended with code %s and is replaced", process.exitcode)
            _await(self._hire())

    def stop(self) -> None:
        """Have all finish what they are answering, and end; who does not is killed."""
        for process in self._processes:
            if process.is_alive():
                process.terminate()
        deadline = time.monotonic() + self._work.grace_s + 5
        for process in self._processes:
            process.join(max(0.1, deadline - time.monotonic()))
            if process.is_alive():
                _log.error("a worker did not end in time and is killed")
                process.kill()
                process.join()


def _await(connection: Connection) -> None:
    """Wait for a worker's word that it answers.

    Raises:
        ConfigurationError: it ended without a word.
    """
    try:
        connection.recv()
    except EOFError:
        raise ConfigurationError("the server's application did not start", hint="its log says why") from None
    finally:
        connection.close()


# --- in a worker -----------------------------------------------------------------------------------------------------


def _run(work: Work, listener: socket.socket, ready: Connection) -> None:
    """A worker's whole life."""
    stopper = Stopper()
    _follow_parent(stopper)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn ends on these, and raises them once more for whoever stood there before it.
        signal.signal(number, lambda *_: None)
    try:
        with work.make_app(*work.arguments) as app:
            _share(app, work.share)
            serve_on(
                app,
                listener,
                settings=work.settings,
                trusted_proxies=work.trusted_proxies,
                grace_s=work.grace_s,
                stopper=stopper,
                on_started=lambda: _say_ready(ready),
            )
    finally:
        logging.shutdown()


def _say_ready(ready: Connection) -> None:
    ready.send(os.getpid())
    ready.close()


def _follow_parent(stopper: Stopper) -> None:
    """End when the parent does, however it ended."""
    parent = multiprocessing.parent_process()

    def follow() -> None:
        assert parent is not None
        parent.join()
        stopper.stop()

    if parent is not None:
        threading.Thread(target=follow, name="trackerkit-parent", daemon=True).start()


def _share(app: Any, folder: str) -> None:
    """The counts and the latest calls of one process are those of the server."""
    state = getattr(app, "state", None)
    for part in (getattr(state, "metrics", None), getattr(state, "recent", None)):
        if part is not None:
            part.share(folder)
