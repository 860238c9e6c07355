"""Addresses and profiles: which tracker a URL means, and the settings and credentials that belong to it.

A profile is a table in ``trackerkit.toml`` (or the file that ``TRACKERKIT_CONFIG`` names)::

    [profile.pipeline]
    url = "shotgrid+https://studio.example"
    script_name = "pipeline"
    api_key = { env = "SG_KEY" }        # or { keyring = "shotgrid" }; a key in plain text is refused

Environment variables go before the file: ``TRACKERKIT_<PROFILE>_<KEY>``, and without a profile
``TRACKERKIT_<SCHEME>_<KEY>``, for example ``TRACKERKIT_AYON_API_KEY``.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from trackerkit.errors import ConfigurationError, MissingExtraError, did_you_mean
from trackerkit.secrets import Secret

SECRET_KEYS: Final = frozenset({"api_key", "script_key", "password", "token", "auth_token", "session_token"})


@dataclass(frozen=True, slots=True)
class Address:
    """A tracker's address, taken apart.

    Args:
        scheme: the backend's, for example ``shotgrid``.
        url: the server's own URL without credentials (``https://studio.example``), or empty for a file.
        path: the file's path for an embedded store, else the URL's path.
        host: lower case, IDNA; empty for a file.
        port: as written, or None.
        options: the query part.
        text: the whole URL as given, without credentials.
        pinned: the site's name as the setting ``site`` says it, for a server whose address changes.
    """

    scheme: str
    url: str
    path: str
    host: str = ""
    port: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    pinned: str = ""

    @property
    def site(self) -> str:
        """``host[:port]``, the port left out where it is the protocol's own; or the name that a profile pins."""
        if self.pinned:
            return self.pinned
        default = {"https": 443, "http": 80}.get(urlsplit(self.url).scheme)
        return self.host if self.port in (None, default) else f"{self.host}:{self.port}"


def parse_address(text: Any) -> tuple[Address, dict[str, str]]:
    """An address and the credentials that stood in it (``user``, ``password``).

    Raises:
        ConfigurationError: for a text that is no address.
    """
    if not isinstance(text, str) or "://" not in text:
        raise ConfigurationError(f"{_shown(text)} is no tracker's address", hint="for example sqlite:///show.db")
    parts = _split(text)
    scheme, _, transport = parts.scheme.partition("+")
    options = _options(parts.query)
    if not parts.netloc and not transport:
        path = unquote(parts.path)
        path = path[1:] if len(path) > 1 else path
        return Address(scheme, "", path, options=options, text=text), {}
    transport = transport or "https"
    if transport not in ("http", "https"):
        raise ConfigurationError(f"{_shown(text)}: the part behind + is http or https, not {transport!r}")
    host = _host(parts.hostname, text)
    netloc = f"[{host}]" if ":" in host else host
    netloc += f":{parts.port}" if parts.port is not None else ""
    url = urlunsplit((transport, netloc, parts.path.rstrip("/"), "", ""))
    given = {"user": unquote(parts.username or ""), "password": unquote(parts.password or "")}
    address = Address(scheme, url, parts.path, host, parts.port, options, f"{parts.scheme}://{netloc}{parts.path}")
    return address, {name: value for name, value in given.items() if value}


def _shown(text: object) -> str:
    """An address for an error text: whatever may be a credential is masked."""
    return repr(re.sub(r"[^/@]*@", "***@", str(text).partition("?")[0])[:80])


def _options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query))
    for key in SECRET_KEYS & set(options):
        raise ConfigurationError(
            f"{key} stands in the address, where it would be logged",
            hint="name it in a profile or in the environment, or give it as an argument",
        )
    return options


def _split(text: str) -> Any:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:  # its text may hold what stood where a port should be: a password
        raise ConfigurationError(
            "the address cannot be read", hint="for example ayon+https://ayon.studio.example:8443"
        ) from None
    if not re.fullmatch(r"[a-z][a-z0-9]*(\+[a-z]+)?", parts.scheme):
        raise ConfigurationError(f"{parts.scheme!r} is no scheme", hint="for example ayon+https://ayon.studio.example")
    return parts


def _host(name: str | None, text: str) -> str:
    if not name:
        raise ConfigurationError("the address names no host", hint="for example ayon+https://ayon.studio.example")
    try:
        return name.lower() if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        raise ConfigurationError(f"{name!r} is no host name") from None


@dataclass(frozen=True)
class Profile:
    """The settings of one connection; secrets are held as ``Secret`` and never shown.

    Args:
        name: of the profile, or empty.
        scheme: of the backend, for environment variables.
        settings: key → value.
        stored: the keys of ``settings`` that come from the profile file; the environment goes before them.
    """

    name: str = ""
    scheme: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    stored: frozenset[str] = frozenset()

    def get(self, key: str, default: Any = None) -> Any:
        """A setting: given in code, from the environment, then from the profile."""
        given = self.settings.get(key)
        found = self._environment(key) if given is None or key in self.stored else None
        if found is not None:
            return found
        if isinstance(given, dict):
            return _referred(self.name, key, given).reveal()
        if given is None:
            return default
        return given.reveal() if isinstance(given, Secret) else given

    def secret(self, key: str) -> Secret | None:
        """A secret: given in code, from the environment, from where the profile says, then None."""
        found = self.get(key)
        return Secret(found) if found else None

    def _environment(self, key: str) -> str | None:
        prefix = self.name or self.scheme  # a profile's server never gets what is meant for another
        return os.environ.get(f"TRACKERKIT_{_upper(prefix)}_{key.upper()}") or None if prefix else None


def _upper(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _referred(profile: str, key: str, given: Mapping[str, Any]) -> Secret:
    """``{env = "NAME"}`` or ``{keyring = "service"}``."""
    if set(given) == {"env"}:
        value = os.environ.get(str(given["env"]))
        if not value:
            raise ConfigurationError(f"profile {profile}: {key} wants the variable {given['env']}, which is not set")
        return Secret(value)
    if set(given) == {"keyring"}:
        return _from_keyring(str(given["keyring"]), profile, key)
    raise ConfigurationError(f"profile {profile}: {key} is {{ env = … }} or {{ keyring = … }}")


def _from_keyring(service: str, profile: str, key: str) -> Secret:
    try:
        import keyring
    except ImportError:
        raise MissingExtraError(
            f"profile {profile}: {key} lies in the keyring", hint="pip install 'trackerkit[keyring]'"
        ) from None
    value = keyring.get_password(service, f"{profile}.{key}")
    if value is None:
        raise ConfigurationError(f"the keyring has no {profile}.{key} under {service}")
    return Secret(value)


def config_path() -> Path:
    """The profile file: ``TRACKERKIT_CONFIG``, else ``trackerkit.toml`` in the user's configuration folder."""
    named = os.environ.get("TRACKERKIT_CONFIG")
    return Path(named) if named else user_folder("config") / "trackerkit.toml"


def user_folder(kind: str) -> Path:
    """The user's own folder for ``config`` or ``state`` files of trackerkit, by the platform's custom."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", home / "AppData" / "Roaming")) / "trackerkit"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "trackerkit"
    variable, fallback = {"config": ("XDG_CONFIG_HOME", ".config"), "state": ("XDG_STATE_HOME", ".local/state")}[kind]
    return Path(os.environ.get(variable) or home / fallback) / "trackerkit"


def load_profile(name: str, scheme: str = "", given: Mapping[str, Any] | None = None) -> Profile:
    """A profile by name; without a name, the environment and what is given in code.

    Raises:
        ConfigurationError: when there is no such profile, or its file cannot be read.
    """
    stored: Mapping[str, Any] = {}
    if name:
        tables = _tables(config_path())
        if name not in tables:
            hint = did_you_mean(name, list(tables)) or f"write [profile.{name}] into {config_path()}"
            if not any(key.startswith(f"TRACKERKIT_{_upper(name)}_") for key in os.environ):
                raise ConfigurationError(f"there is no profile {name!r}", hint=hint)
        stored = _checked(name, tables.get(name, {}))
    in_code = {key: value for key, value in (given or {}).items() if value is not None}
    settings = {**stored, **in_code}
    hidden = {k: Secret(v) if k in SECRET_KEYS and isinstance(v, str) else v for k, v in settings.items()}
    return Profile(name, scheme, hidden, frozenset(stored) - set(in_code))


def _tables(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    return _valid(data, path)


def _valid(data: Any, path: Path) -> dict[str, Any]:
    """The profiles of a file: tables of plain settings, and of nothing else."""
    from pydantic import BaseModel, ConfigDict, ValidationError

    class File(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        profile: dict[str, dict[str, str | int | float | bool | dict[str, str]]] = {}

    try:
        return dict(File.model_validate(data).profile)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "extra_forbidden":
            unknown = first["loc"][0]
            raise ConfigurationError(f"{path}: unknown table {unknown!r}", hint="profiles are [profile.NAME]") from None
        place = ".".join(
            str(part) for part in first["loc"] if part not in ("str", "int", "float", "bool", "dict[str,str]")
        )
        raise ConfigurationError(
            f"{path}: {place}: {first['msg'].lower()}", hint="profiles are tables [profile.NAME]"
        ) from None


def _checked(name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in SECRET_KEYS & set(table):
        if isinstance(table[key], str):
            raise ConfigurationError(
                f"profile {name}: {key} stands in plain text",
                hint='write { env = "NAME" } or { keyring = "service" }',
            )
    return table
