"""ServerAPI: AYON's own Python interface, on trackerkit's connection.

The methods have the names, arguments and answers of AYON's Python API. ``get_server_api_connection`` gives the shared
connection of the process, and each method is a function of this module too, which asks that one. Everything is loaded
when it is first asked for.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trackerkit_ayon.server_api.api import ServerAPI as ServerAPI
    from trackerkit_ayon.server_api.requesttypes import RequestTypes as RequestTypes
    from trackerkit_ayon.server_api.requesttypes import TransferProgress as TransferProgress
    from trackerkit_ayon.server_api.responses import GraphQlResponse as GraphQlResponse
    from trackerkit_ayon.server_api.responses import RestApiResponse as RestApiResponse
    from trackerkit_ayon.server_api.shared import GlobalServerAPI as GlobalServerAPI
    from trackerkit_ayon.server_api.shared import get_server_api_connection as get_server_api_connection

_ROOM = {
    "ServerAPI": "api",
    "RequestType": "requesttypes",
    "RequestTypes": "requesttypes",
    "TransferProgress": "requesttypes",
    "GraphQlResponse": "responses",
    "RestApiResponse": "responses",
    **dict.fromkeys(
        (
            "GlobalServerAPI", "ServiceContext", "change_token", "close_connection", "create_connection",
            "get_default_settings_variant", "get_server_api_connection", "get_service_addon_name",
            "get_service_addon_settings", "get_service_addon_version", "get_service_name", "init_service",
            "is_connection_created", "set_environments",
        ),
        "shared",
    ),
    **dict.fromkeys(
        (
            "SortOrder", "abort_web_action_event", "create_dependency_package_basename", "get_user_by_token",
            "is_token_valid", "login_to_server", "slugify_string", "take_web_action_event", "validate_url",
        ),
        "helpers",
    ),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """A class of this package, or a method of ServerAPI as a function that asks the shared connection."""
    if name.startswith("_") or importlib.util.find_spec(f"{__name__}.{name}"):  # a room: the import goes on by itself
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _ROOM:
        made = getattr(importlib.import_module(f"{__name__}.{_ROOM[name]}"), name)
    else:
        from trackerkit_ayon.server_api.shared import function_for

        try:
            made = function_for(name)
        except AttributeError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    globals()[name] = made
    return made


def __dir__() -> list[str]:
    from trackerkit_ayon.server_api.api import public_methods

    return sorted({*globals(), *_ROOM, *public_methods()})
