"""From a URL and a profile to an open store."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any, Final, NamedTuple

from trackerkit.config import Address, Profile
from trackerkit.errors import ConfigurationError, did_you_mean
from trackerkit_sqlite.client.connections import SYNCHRONOUS, Connections
from trackerkit_sqlite.client.store import Store
from trackerkit_sqlite.errors import SCHEME

_OPTIONS: Final = ("files", "synchronous", "busy_timeout", "user", "create_user", "origin")


class Settings(NamedTuple):
    """How a store is opened.

    Args:
        path: the database file; None for a private one that goes when it is closed.
        files: the folder of the attachments.
        synchronous: ``full``, ``normal`` or ``off``.
        busy_timeout_s: how long a writer waits for its turn.
        user: whose login stands in the events, or empty.
        create_user: make that User when there is none.
        origin: the mark of the program that writes, or None.
    """

    path: Path | None
    files: Path
    synchronous: str = "full"
    busy_timeout_s: float = 30.0
    user: str = ""
    create_user: bool = False
    origin: str | None = None


def settings_of(address: Address, profile: Profile) -> Settings:
    """The settings of an address, and of its profile where the address does not say.

    Raises:
        ConfigurationError: for an address without a path, or a setting that does not exist.
    """
    unknown = sorted(set(address.options) - set(_OPTIONS))
    if unknown:
        hint = did_you_mean(unknown[0], _OPTIONS) or f"there are {', '.join(_OPTIONS)}"
        raise ConfigurationError(f"a store has no option {unknown[0]!r}", hint=hint, backend=SCHEME)
    given = {name: address.options.get(name, profile.get(name)) for name in _OPTIONS}
    if address.url or not address.path or address.path.endswith("/"):
        raise ConfigurationError(
            f"{address.text!r} names no file", hint="for example sqlite:///show.db", backend=SCHEME
        )
    path = None if address.path == ":memory:" else Path(address.path).absolute()
    return Settings(
        path,
        Path(given["files"]).absolute() if given["files"] else _beside(path),
        _synchronous(given["synchronous"] or ("full" if path else "off")),
        _seconds(given["busy_timeout"]),
        str(given["user"] or ""),
        _flag("create_user", given["create_user"]),
        given["origin"] or None,
    )


def _beside(path: Path | None) -> Path:
    return Path() if path is None else path.with_name(f"{path.name}.files")


def _synchronous(value: Any) -> str:
    if value not in SYNCHRONOUS:
        raise ConfigurationError(f"synchronous is {', '.join(SYNCHRONOUS)}, not {value!r}", backend=SCHEME)
    return str(value)


def _seconds(value: Any) -> float:
    try:
        seconds = 30.0 if value in (None, "") else float(value)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise ConfigurationError(f"busy_timeout is a number of seconds, not {value!r}", backend=SCHEME)
    return seconds


def _flag(name: str, value: Any) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "none": False, "": False}
    found = known.get(str(value).lower())
    if found is None:
        raise ConfigurationError(f"{name} is true or false, not {value!r}", backend=SCHEME)
    return found


def open_store(settings: Settings) -> tuple[Store, Settings]:
    """The open store, and the settings with the places of a private one filled in."""
    if settings.path is not None:
        return Store(_connections(settings.path, settings)), settings
    folder = Path(tempfile.mkdtemp(prefix="trackerkit-store-"))
    files = settings.files if settings.files != Path() else folder / "files"
    store = Store(_connections(folder / "store.db", settings))
    store.connections.on_close = weakref.finalize(store, shutil.rmtree, folder, ignore_errors=True)
    return store, settings._replace(files=files)


def _connections(path: Path, settings: Settings) -> Connections:
    return Connections(path, busy_timeout_s=settings.busy_timeout_s, synchronous=settings.synchronous)
