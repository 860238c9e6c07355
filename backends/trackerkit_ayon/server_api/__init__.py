"""ServerAPI: AYON's own Python interface, on trackerkit's connection.

The methods have the names, arguments and answers of AYON's Python API. ``get_server_api_connection`` gives the shared
connection of the process, and each method is a function of this module too, which asks that one.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from trackerkit_ayon.server_api.base import BaseServerAPI


def _families() -> list[type]:
    found: list[type] = []
    for module in pkgutil.iter_modules(__path__):
        if module.name == "base":
            continue
        try:
            room = importlib.import_module(f"{__name__}.{module.name}")
        except (ImportError, NameError):
            continue
        found += [
            value
            for value in vars(room).values()
            if isinstance(value, type)
            and issubclass(value, BaseServerAPI)
            and value is not BaseServerAPI
            and value.__module__ == room.__name__
            and not any(value is not o and issubclass(o, value) for o in found)
        ]
    found = [f for f in found if not any(f is not o and issubclass(o, f) for o in found)]
    return found


ServerAPI: Any = type("ServerAPI", (*_families(), BaseServerAPI), {})
