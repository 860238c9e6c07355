"""Credentials: which keys of a profile log in to a ShotGrid site, as arguments of ``shotgun_api3.Shotgun``. Pure.

One of: ``script_name`` and ``api_key`` (or ``script_key``); ``login`` and ``password`` (a personal access token as the
password; ``auth_token`` for the one-time code of two-factor authentication); ``session_token``. Besides:
``sudo_as_login``,
``http_proxy`` (``[user:password@]host[:port]``), ``ca_certs``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from urllib.parse import quote

from trackerkit.errors import ConfigurationError
from trackerkit.secrets import Secret

_PROXY_PORT: Final = 8080
_HINT: Final = "give script_name and api_key, or login and password, or session_token"


@dataclass(frozen=True)
class Credentials:
    """How to log in; secrets stay hidden in the repr.

    Args:
        script_name: of a script user.
        api_key: its key.
        login: of a person.
        password: of a person, or a personal access token.
        auth_token: the one-time code of two-factor authentication; the first call trades it for a session.
        session_token: of a session that there is already.
        sudo_as_login: the person to act as.
        http_proxy: ``[user:password@]host[:port]``.
        ca_certs: a bundle of certificates.
    """

    script_name: str | None = None
    api_key: Secret | None = None
    login: str | None = None
    password: Secret | None = None
    auth_token: Secret | None = None
    session_token: Secret | None = None
    sudo_as_login: str | None = None
    http_proxy: str | None = field(default=None, repr=False)
    ca_certs: str | None = None

    def acting_as(self, login: str) -> Credentials:
        """The same credentials, acting as another person."""
        return replace(self, sudo_as_login=login)

    def in_session(self, token: str) -> Credentials:
        """The same person in a session that there is already: a one-time code is good for one login."""
        return replace(self, login=None, password=None, auth_token=None, session_token=Secret(token))

    def arguments(self) -> dict[str, Any]:
        """The arguments of ``shotgun_api3.Shotgun``, without the one-time code: its constructor would use it up at
        once."""
        secrets = {"api_key": self.api_key, "password": self.password, "session_token": self.session_token}
        return {
            "script_name": self.script_name,
            "login": self.login,
            **{name: secret.reveal() if secret is not None else None for name, secret in secrets.items()},
            "sudo_as_login": self.sudo_as_login,
            "http_proxy": self.http_proxy and self.http_proxy.rpartition("://")[2],
            "ca_certs": self.ca_certs,
        }

    @property
    def proxies(self) -> dict[str, str] | None:
        """The proxy as requests takes it; None for that of the environment.

        The official client takes name and password as they are, so that a password may hold ``@``, ``:`` and ``/``; a
        proxy without a port has 8080.
        """
        if not self.http_proxy:
            return None
        scheme, _, rest = self.http_proxy.rpartition("://")
        login, _, host = rest.rpartition("@")
        user, _, password = login.partition(":")
        who = f"{quote(user, safe='')}:{quote(password, safe='')}@" if login else ""
        address = f"{scheme or 'http'}://{who}{host if ':' in host else f'{host}:{_PROXY_PORT}'}"
        return {"http": address, "https": address}


class Settings(Protocol):
    """What credentials are read from: a ``config.Profile``."""

    def get(self, key: str, default: Any = None) -> Any:
        """A setting."""

    def secret(self, key: str) -> Secret | None:
        """A secret."""


def credentials(profile: Settings) -> Credentials:
    """The credentials of a profile.

    Raises:
        ConfigurationError: for none, half a pair, or two ways at once.
    """
    given = Credentials(
        script_name=_text(profile, "script_name"),
        api_key=profile.secret("api_key") or profile.secret("script_key"),
        login=_text(profile, "login") or _text(profile, "user"),
        password=profile.secret("password"),
        auth_token=profile.secret("auth_token"),
        session_token=profile.secret("session_token"),
        sudo_as_login=_text(profile, "sudo_as_login"),
        http_proxy=_text(profile, "http_proxy"),
        ca_certs=_text(profile, "ca_certs"),
    )
    _check(given)
    return given


def _text(profile: Settings, key: str) -> str | None:
    found = profile.get(key)
    if found is None or found == "":
        return None
    if not isinstance(found, str):
        raise ConfigurationError(f"{key} is a text, not {type(found).__name__}", backend="shotgrid")
    return found


def _check(given: Credentials) -> None:
    ways = {
        "script_name and api_key": (given.script_name, given.api_key),
        "login and password": (given.login, given.password),
        "session_token": (given.session_token,),
    }
    used = [name for name, parts in ways.items() if any(part is not None for part in parts)]
    if not used:
        raise ConfigurationError("there are no credentials for the ShotGrid site", hint=_HINT, backend="shotgrid")
    if len(used) > 1:
        raise ConfigurationError(
            f"there are two ways to log in: {' and '.join(used)}", hint="keep one", backend="shotgrid"
        )
    if any(part is None for part in ways[used[0]]):
        raise ConfigurationError(f"half of the credentials is missing: {used[0]}", hint=_HINT, backend="shotgrid")
    if given.auth_token is not None and given.login is None:
        raise ConfigurationError("auth_token goes with login and password", hint=_HINT, backend="shotgrid")
