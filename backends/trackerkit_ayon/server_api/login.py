"""Login: who asks, and what happens when the server no longer believes it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from trackerkit.errors import InvalidInputError
from trackerkit.secrets import Secret
from trackerkit_ayon.server_api.connection import Connection
from trackerkit_ayon.server_api.exceptions import AuthenticationError, ServerError, ServerNotReached, UnauthorizedError
from trackerkit_ayon.server_api.responses import RestApiResponse

_SESSION_DIGITS: Final = 64


@dataclass
class _Token:
    """What is known of the token.

    Args:
        secret: itself; None without.
        is_valid: what the server last said of it; None before it was asked.
        is_service: True for a key, which goes in a header of its own and may act as others.
        login: user and password, to fetch a new one with.
    """

    secret: Secret | None = None
    is_valid: bool | None = None
    is_service: bool | None = None
    login: tuple[str, Secret] | None = None

    def headers(self) -> dict[str, str | Secret]:
        """What goes with a request."""
        if self.secret is None or self.is_valid is None:
            return {}
        is_key = self.is_service
        if is_key is None:  # the server took it neither way: as what it looks like, so that its answer names that
            is_key = len(self.secret.reveal()) != _SESSION_DIGITS
        return self.as_key() if is_key else self.as_bearer()

    def as_key(self) -> dict[str, str | Secret]:
        """Sent as a key."""
        return {"X-Api-Key": self.secret} if self.secret else {}

    def as_bearer(self) -> dict[str, str | Secret]:
        """Sent as the token of a session."""
        return {"Authorization": Secret(f"Bearer {self.secret.reveal()}")} if self.secret else {}


class Login(Connection):
    """The identity of a connection."""

    def _begin(self, token: str | None, create_session: bool) -> None:
        self._token = _Token(Secret(token) if token else None)
        self._token_lock = threading.RLock()
        self._as_nobody = threading.local()
        self._acting: list[str | None] = []
        self._default_acting: str | None = None
        self._is_available: bool | None = None
        self._unreached: ServerError | None = None
        self._has_session = False
        if token and create_session:
            self.validate_server_availability()
            self.create_session()

    # ---- what is sent

    def _identity(self) -> Mapping[str, str | Secret]:
        if getattr(self._as_nobody, "is_on", False):
            return self._caller_headers()
        headers: dict[str, str | Secret] = {**self._caller_headers(), **self._token.headers()}
        acting = self._acting_as()
        if acting and self._token.is_service:
            headers["X-as-user"] = acting
        return headers

    def _settle_identity(self) -> None:
        """Know how the token is to be sent, before the first request that needs it."""
        if self._token.is_valid is None and self._token.secret is not None:
            with self._token_lock:  # of many threads one asks, and the others wait for what it learns
                if self._token.is_valid is None:
                    self.validate_token()

    @contextmanager
    def _nobody(self) -> Iterator[None]:
        """Inside, this thread's requests are sent without the connection's identity."""
        self._as_nobody.is_on = True
        try:
            yield
        finally:
            self._as_nobody.is_on = False

    def get_headers(self, content_type: str | None = None) -> dict[str, str]:
        """The headers of a request, the credentials among them: for a request that another library makes.

        Args:
            content_type: JSON's unless given.
        """
        headers = {"Content-Type": content_type or "application/json"}
        for name, value in self._identity().items():
            headers[name] = value.reveal() if isinstance(value, Secret) else value
        return headers

    def _ask(self, method: str, path: str, **more: Any) -> RestApiResponse:
        """A request that needs no identity, or settles it; one of nobody has nothing to heal."""
        more.setdefault("heals", not getattr(self._as_nobody, "is_on", False))
        wait_s = (self._timeout, self._timeout)
        return self._transport.send(method, path, timeout_s=wait_s, attempts=max(1, self._max_retries), **more)

    # ---- is the server there, does it take the token

    @property
    def is_server_available(self) -> bool:
        """True when a server answers there; asked for until it does."""
        if not self._is_available:
            try:
                self._unreached = None
                self._is_available = self._ask("GET", "/api/info").status < 500
            except ServerError as error:
                self._unreached = error
                self._is_available = False
        return self._is_available

    def validate_server_availability(self) -> None:
        """Raise ServerNotReached when no server answers there."""
        if not self.is_server_available:
            why = self._unreached
            raise ServerNotReached(
                f'Server "{self._base_url}" can\'t be reached{f": {why.message}" if why else ""}',
                sent=why.sent if why else "yes", hint=why.hint if why else "", backend="ayon",
            )  # fmt: skip

    @property
    def has_valid_token(self) -> bool:
        """True when the server took the token when it was last asked; asked until it does."""
        if self._token.secret is None:
            return False
        if not self._token.is_valid:
            self.validate_token()
        return bool(self._token.is_valid)

    def validate_token(self) -> bool:
        """Ask the server whether it takes the token.

        Raises:
            ServerError: it says neither yes nor no; the token stays what it was.
        """
        with self._token_lock:
            token = self._token
            if token.secret is None:
                token.is_valid = False
                return False
            for is_service in (True, False) if token.is_service else (False, True):
                headers = token.as_key() if is_service else token.as_bearer()
                if self._is_taken(headers):
                    token.is_valid, token.is_service = True, is_service
                    return True
            token.is_valid = False
            return False

    def _is_taken(self, headers: Mapping[str, str | Secret]) -> bool:
        """Ask as somebody else than the connection's identity; only 401 and 403 are a no."""
        plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in headers.items()}
        with self._nobody():
            response = self._ask("GET", "/api/users/me", headers=plain)
        if response.status in (200, 401, 403):
            return response.status == 200
        raise ServerError(
            f"the server does not say whether it takes the token: {response.status} {response.detail}",
            response, hint="try again later", backend="ayon", status=response.status, retryable=response.status >= 500,
        )  # fmt: skip

    def _heal(self) -> bool:
        """After a 401: a new token by the login, or the old one if the server takes it after all."""
        token = self._token
        if token.login is not None:
            try:
                return self._log_in(*token.login)
            except AuthenticationError as error:  # the server's 401 is the answer
                self._log.warning("no new session: %s", error)
                return False
        if token.secret is None or token.is_valid is None:
            return False
        try:
            return self.validate_token()
        except ServerError as error:
            self._log.warning("%s", error)
            return False

    @property
    def access_token(self) -> str | None:
        """The token; None without."""
        return self._token.secret.reveal() if self._token.secret else None

    def set_token(self, token: str | None) -> None:
        """Ask with another token from now on."""
        self._reset_token(_Token(Secret(token) if token else None))
        self.validate_token()
        self._token_changed()

    def reset_token(self) -> None:
        """Ask without a token from now on."""
        self._reset_token(_Token())
        self._token_changed()

    def _reset_token(self, token: _Token) -> None:
        with self._token_lock:
            self._token = token
        self.close_session()

    def _token_changed(self) -> None:
        """Called after the token became another."""

    # ---- sessions

    def create_session(self, ignore_existing: bool = True, force: bool = False) -> None:
        """Keep connections to the server open.

        Args:
            ignore_existing: do nothing when there is a session.
            force: close what there is first.

        Raises:
            ValueError: there is a session, and it is neither ignored nor closed.
        """
        if force:
            self.close_session()
        if self._has_session:
            if ignore_existing:
                return
            raise InvalidInputError("Session is already created.", backend="ayon")
        self._acting.clear()
        self._default_acting = None
        self.validate_token()
        self._has_session = True

    def close_session(self) -> None:
        """Close the connections; a later request opens new ones."""
        self._has_session = False
        self._transport.close()

    # ---- login

    def login(self, username: str, password: str, create_session: bool = True) -> None:
        """Log in; nothing is done when that user is logged in already.

        Args:
            username: of the user.
            password: kept in memory, to log in again when the token ends; never shown.
            create_session: keep connections open.

        Raises:
            AuthenticationError: the server refuses.
            ServerNotReached: nobody answers there.
        """
        if self.has_valid_token and self._current_name() == username:
            self.close_session()
        else:
            self._reset_token(_Token())
            try:
                self.validate_server_availability()
                self._log_in(username, Secret(password))
            finally:
                self._token_changed()
        if create_session:
            self.create_session()

    def _current_name(self) -> str | None:
        response = self._ask("GET", "/api/users/me")
        return response.get("name") if response.status == 200 else None

    def _log_in(self, username: str, password: Secret) -> bool:
        body = {"name": username, "password": password.reveal()}
        with self._nobody():  # an old token in the header would be judged instead
            response = self._ask("POST", "/api/auth/login", json=body, safe=True)
        token = response.get("token")
        if response.status != 200 or not token:
            said = response.get("detail") or ""
            raise AuthenticationError(f"Login failed {said}".rstrip(), response, status=response.status, backend="ayon")
        self._token = _Token(Secret(str(token)), True, False, (username, password))
        return True

    def logout(self, soft: bool = False) -> None:
        """Forget the token.

        Args:
            soft: without telling the server, where it stays valid.
        """
        if self._token.secret is None:
            return
        if not soft and self._token.is_valid and not self._token.is_service:
            self._token.login = None  # or the refusal of a token that has ended would log in again
            self._ask("POST", "/api/auth/logout", safe=True)
        self.reset_token()

    def _get_user_info(self) -> dict[str, Any] | None:
        """The caller's own user; None when the server does not know who asks."""
        if not self.has_valid_token:
            return None
        response = self._ask("GET", "/api/users/me")
        if response.status in (401, 403):
            return None
        response.raise_for_status()
        found: dict[str, Any] = response.data
        return found

    # ---- acting as others

    def is_service_user(self) -> bool:
        """True for a key that may act as others.

        Raises:
            ValueError: nobody is logged in.
        """
        if not self.has_valid_token:
            raise NotLoggedInError("User is not logged in.", backend="ayon")
        return bool(self._token.is_service)

    def _acting_as(self) -> str | None:
        return self._acting[-1] if self._acting else self._default_acting

    def get_default_service_username(self) -> str | None:
        """The user that a service acts as, unless ``as_username`` says otherwise."""
        return self._default_acting

    def set_default_service_username(self, username: str | None = None) -> None:
        """Act as this user.

        Raises:
            ValueError: nobody is logged in, or it is no service.
        """
        if username != self._default_acting:
            self._check_service()
            self._default_acting = username

    def _check_service(self) -> None:
        if not self.has_valid_token:
            raise NotLoggedInError("Authentication of connection did not happen yet.", backend="ayon")
        if not self._token.is_service:
            raise NotLoggedInError(
                "Can't set service username. API key is not a service token.",
                hint="connect with a service's API key", backend="ayon",
            )  # fmt: skip

    @contextmanager
    def as_username(self, username: str | None, ignore_service_error: bool = False) -> Iterator[None]:
        """Act as this user inside the ``with``.

        Args:
            username: None for the service itself.
            ignore_service_error: go on as oneself where it is no service.

        Raises:
            ValueError: nobody is logged in, or it is no service.
        """
        if ignore_service_error and self.has_valid_token and not self._token.is_service:
            yield
            return
        self._check_service()
        acting = self._acting
        acting.append(username)
        at = len(acting)
        try:
            yield
        finally:
            del acting[at - 1 :]


class NotLoggedInError(UnauthorizedError, InvalidInputError):
    """The connection has no identity, or not the one that this needs."""
