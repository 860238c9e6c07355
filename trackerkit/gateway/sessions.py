"""Who calls: a presented credential, verified against what the state holds, becomes the caller's own Tracker."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Generic, Literal, Protocol, TypeVar

from trackerkit.errors import AuthenticationError, PermissionDeniedError
from trackerkit.gateway.rates import Rates
from trackerkit.gateway.settings import GatewaySettings
from trackerkit.secrets import get_logger
from trackerkit.state import Key, State
from trackerkit.state.throttle import WINDOW_S

CredentialKind = Literal["script", "login", "session", "api_key"]

_CLEAR_S: Final = 1.0
_CLEAR_LIMIT: Final = 10_000
_log = get_logger("trackerkit.gateway")


class Closable(Protocol):
    """What a Tracker is to this room."""

    def close(self) -> None:
        """Let go of connections."""


T = TypeVar("T", bound=Closable)


@dataclass(frozen=True)
class Credential:
    """What a request presents to say who is calling.

    Attributes:
        kind: ``script`` (its name and key), ``login`` (a user's name and password), ``session`` (a token that a login
            gave) or ``api_key`` (a key without a name).
        name: the script's name or the user's login; empty for the other kinds.
        secret: never shown.
        acting_as: the login of the user to act as (ShotGrid's sudo, AYON's X-As-User).
        source: where the request came from, for the count of failures.
    """

    kind: CredentialKind
    name: str = ""
    secret: str = field(default="", repr=False)
    acting_as: str | None = None
    source: str = ""


@dataclass(frozen=True)
class Caller:
    """Who is calling, verified.

    Attributes:
        key: the key or user of the state.
        acting_as: the login of another user that it acts as; None for itself.
    """

    key: Key
    acting_as: str | None = None

    @property
    def name(self) -> str:
        """The name of the key, for the log."""
        return self.key.name

    @property
    def user(self) -> str | None:
        """The login of the user whose rights count, and who is the author of what is written; None for no user."""
        return self.acting_as or self.key.login


class ThrottledError(AuthenticationError):
    """Too many wrong secrets came from there; the right random key is still taken, a password only later.

    Attributes:
        retry_after_s: seconds after which it may be tried again.
    """

    retry_after_s: float = WINDOW_S


class Callers(Generic[T]):
    """Gives each caller a Tracker of its own, kept open between its requests. Safe to share between threads.

    Args:
        open: opens the Tracker of a verified caller.
        state: holds the keys, the users and the sessions; nothing else is accepted.
        settings: ``callers``, ``failures``, ``session_s``, ``rate_per_s`` and ``burst``.
    """

    def __init__(self, open: Callable[[Caller], T], state: State, settings: GatewaySettings | None = None) -> None:
        self._settings = settings or GatewaySettings()
        self._state = state
        self._trackers = _Trackers(open, self._settings.callers)
        self._throttle = _Throttle(state, self._settings.failures)
        self._rates = Rates(self._settings, state.clock)

    def verify(self, credential: Credential) -> Caller:
        """Who it is.

        Raises:
            AuthenticationError: the state does not know it; the same text whatever was wrong.
            ThrottledError: it failed too often before.
            PermissionDeniedError: it is known, but may not act as another user.
            TooManyRequestsError: its key calls too often.
        """
        caller = self._verified(credential)
        self._rates.take(caller.key.id, caller.name)
        wanted = credential.acting_as
        if wanted is None or wanted == caller.user:
            return caller
        if wanted == caller.key.login:
            return Caller(caller.key)
        if not caller.key.can_act_as:
            raise PermissionDeniedError(
                f"{caller.name!r} may not act as another user", hint="make its key with the right to act as users"
            )
        return Caller(caller.key, wanted)

    def _verified(self, credential: Credential) -> Caller:
        if credential.kind == "session":
            session = self._state.find_session(credential.secret)
            if session is not None:
                return Caller(session.key, session.acting_as)
        elif credential.kind == "api_key":
            key = self._state.verify_secret(credential.secret)
            if key is not None:
                return Caller(key)
        else:
            return self._named(credential)
        raise _unknown()

    def _named(self, credential: Credential) -> Caller:
        throttled = self._throttle.holds(credential)
        key = self._state.verify_key(credential.name, credential.secret, passwords=not throttled)
        wanted = "script" if credential.kind == "script" else "user"
        if key is not None and key.kind == wanted:
            return Caller(key)
        if throttled:
            raise ThrottledError("too many wrong secrets", hint="wait five minutes")
        self._throttle.count(credential)
        raise _unknown()

    @contextmanager
    def tracker(self, credential: Credential) -> Iterator[T]:
        """The caller's Tracker, kept open while it is used.

        Raises:
            AuthenticationError, PermissionDeniedError: as ``verify`` does.
        """
        with self._trackers.held(self.verify(credential)) as tracker:
            yield tracker

    @contextmanager
    def tracker_of(self, caller: Caller) -> Iterator[T]:
        """The Tracker of somebody verified before in this request."""
        with self._trackers.held(caller) as tracker:
            yield tracker

    def login(self, credential: Credential, ttl_s: float | None = None) -> str:
        """A session's token for a credential.

        Raises:
            AuthenticationError, PermissionDeniedError: as ``verify`` does.
        """
        caller = self.verify(credential)
        return self._state.add_session(caller.key.name, caller.acting_as, ttl_s or self._settings.session_s)

    def logout(self, token: str) -> bool:
        """End a session: True when there was one."""
        return self._state.end_session(token)

    def close(self) -> None:
        """Close every Tracker; one that is in use is closed when its last user is done."""
        self._trackers.close()


def _unknown() -> AuthenticationError:
    return AuthenticationError("these credentials are not known here", hint="ask for a key of this gateway")


class _Throttle:
    """The counts of failures in the state, not asked again within a second of "none"."""

    def __init__(self, state: State, limit: int) -> None:
        self._state = state
        self._limit = limit
        self._clear_until: dict[str, float] = {}

    def holds(self, credential: Credential) -> bool:
        """Whether the name, or the address as a whole, has failed too often."""
        pair, now = _pair(credential), self._state.clock.monotonic()
        if self._clear_until.get(pair, 0.0) > now:
            return False
        if self._state.too_many_failures(pair, self._limit):
            return True
        if credential.source and self._state.too_many_failures(credential.source, 10 * self._limit):
            return True
        if len(self._clear_until) >= _CLEAR_LIMIT:
            self._clear_until.clear()
        self._clear_until[pair] = now + _CLEAR_S
        return False

    def count(self, credential: Credential) -> None:
        """One more failure."""
        self._clear_until.pop(_pair(credential), None)
        self._state.add_failure(_pair(credential))
        if credential.source:
            self._state.add_failure(credential.source)
        _log.warning("a wrong secret for %r from %s", credential.name[:80], credential.source or "somewhere")


def _pair(credential: Credential) -> str:
    return f"{credential.source}\0{credential.name}"


class _Held(Generic[T]):
    """A Tracker and how many requests use it now."""

    def __init__(self) -> None:
        self.tracker: T | None = None
        self.users = 0
        self.is_dropped = False
        self.opening = Lock()


class _Trackers(Generic[T]):
    """Open Trackers by caller; of too many, those that were used longest ago are closed."""

    def __init__(self, open: Callable[[Caller], T], limit: int) -> None:
        self._open = open
        self._limit = limit
        self._held: OrderedDict[tuple[int, str | None], _Held[T]] = OrderedDict()
        self._lock = Lock()

    @contextmanager
    def held(self, caller: Caller) -> Iterator[T]:
        held = self._enter(caller)
        try:
            yield self._opened(held, caller)
        finally:
            self._leave(held)

    def _enter(self, caller: Caller) -> _Held[T]:
        identity = (caller.key.id, caller.acting_as)
        with self._lock:
            held = self._held.setdefault(identity, _Held())
            self._held.move_to_end(identity)
            held.users += 1
            idle = self._pop_idle()
        _close_all(idle)
        return held

    def _opened(self, held: _Held[T], caller: Caller) -> T:
        with held.opening:
            if held.tracker is None:
                held.tracker = self._open(caller)
            return held.tracker

    def _leave(self, held: _Held[T]) -> None:
        with self._lock:
            held.users -= 1
            idle = [held] if held.is_dropped and not held.users else self._pop_idle()
        _close_all(idle)

    def _pop_idle(self) -> list[_Held[T]]:
        """What is beyond the limit and not in use, taken out."""
        surplus = len(self._held) - self._limit
        idle = [identity for identity, held in self._held.items() if not held.users][: max(0, surplus)]
        return [self._held.pop(identity) for identity in idle]

    def close(self) -> None:
        with self._lock:
            idle = [held for held in self._held.values() if not held.users]
            for held in self._held.values():
                held.is_dropped = True
            self._held.clear()
        _close_all(idle)


def _close_all(idle: list[_Held[T]]) -> None:
    for held in idle:
        if held.tracker is None:
            continue
        try:
            held.tracker.close()
        except Exception:  # noqa: BLE001 - the others must be closed too
            _log.exception("a Tracker could not be closed")
