"""What the environment and the machine say of a connection: its defaults."""

from __future__ import annotations

import functools
import os
import platform
import unicodedata
from typing import Any, Final

SERVER_URL_KEY: Final = "AYON_SERVER_URL"
API_KEY_KEY: Final = "AYON_API_KEY"
TIMEOUT_KEY: Final = "AYON_SERVER_TIMEOUT"
RETRIES_KEY: Final = "AYON_SERVER_RETRIES"
VARIANT_KEY: Final = "AYON_DEFAULT_SETTINGS_VARIANT"
SITE_ID_KEY: Final = "AYON_SITE_ID"
CA_FILE_KEY: Final = "AYON_CA_FILE"
CERT_FILE_KEY: Final = "AYON_CERT_FILE"

TIMEOUT_S: Final = 10.0
RETRIES: Final = 3

NOT_SET: Any = object()
"""An argument that was not given, where None means something."""


def default_timeout() -> float:
    """Seconds: AYON_SERVER_TIMEOUT, else 10."""
    try:
        return float(os.environ[TIMEOUT_KEY])
    except (KeyError, ValueError):
        return TIMEOUT_S


def default_max_retries() -> int:
    """How often a request is made at most: AYON_SERVER_RETRIES, else 3."""
    try:
        return int(os.environ[RETRIES_KEY])
    except (KeyError, ValueError):
        return RETRIES


def default_settings_variant() -> str:
    """AYON_DEFAULT_SETTINGS_VARIANT, else production."""
    return os.environ.get(VARIANT_KEY) or "production"


def default_site_id() -> str | None:
    """AYON_SITE_ID."""
    return os.environ.get(SITE_ID_KEY)


@functools.cache
def machine_name() -> str:
    """The name of this machine, as a header can carry it."""
    plain = unicodedata.normalize("NFKD", platform.node()).encode("ascii", "ignore").decode()
    return "".join(sign for sign in plain if sign.isprintable())


@functools.cache
def platform_name() -> str:
    """linux, windows or darwin."""
    return platform.system().lower()
