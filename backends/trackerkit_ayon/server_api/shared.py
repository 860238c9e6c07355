"""The shared connection of a process, from AYON_SERVER_URL and AYON_API_KEY, and its methods as functions."""

from __future__ import annotations

import inspect
import os
import socket
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from trackerkit.secrets import get_logger
from trackerkit_ayon.server_api import environment as env
from trackerkit_ayon.server_api.api import ServerAPI
from trackerkit_ayon.server_api.exceptions import FailedServiceInit

log = get_logger(__name__)


class GlobalServerAPI(ServerAPI):
    """A connection to the server of the environment, with the key of the environment; a login is written back there.

    Raises:
        ServerNotReached: nobody answers there.
    """

    def __init__(
        self,
        site_id: str | None = env.NOT_SET,
        client_version: str | None = None,
        default_settings_variant: str | None = None,
        ssl_verify: bool | str | None = None,
        cert: str | None = None,
    ) -> None:
        super().__init__(
            self.get_url() or "", self.get_token(), site_id, client_version, default_settings_variant,
            ssl_verify=ssl_verify, cert=cert, create_session=False,
        )  # fmt: skip
        self.validate_server_availability()
        self.create_session()

    def login(self, username: str, password: str, create_session: bool = True) -> None:
        """Log in; what other processes of this one inherit is the session's token."""
        before = self.access_token
        super().login(username, password, create_session)
        if self.access_token and self.access_token != before:
            os.environ[env.API_KEY_KEY] = self.access_token

    @staticmethod
    def get_url() -> str | None:
        """AYON_SERVER_URL."""
        return os.environ.get(env.SERVER_URL_KEY)

    @staticmethod
    def get_token() -> str | None:
        """AYON_API_KEY."""
        return os.environ.get(env.API_KEY_KEY)

    @staticmethod
    def set_environments(url: str | None, token: str | None) -> None:
        """Set AYON_SERVER_URL and AYON_API_KEY of this process."""
        os.environ[env.SERVER_URL_KEY] = url or ""
        os.environ[env.API_KEY_KEY] = token or ""


_connection: GlobalServerAPI | None = None
_lock = threading.RLock()


def is_connection_created() -> bool:
    """True when there is a shared connection."""
    return _connection is not None


def create_connection(site_id: str | None = None, client_version: str | None = None, **more: Any) -> GlobalServerAPI:
    """A new shared connection; the one before is closed."""
    global _connection
    with _lock:
        close_connection()
        _connection = GlobalServerAPI(site_id, client_version, **more)
        return _connection


def close_connection() -> None:
    """Close the shared connection, if there is one."""
    global _connection
    with _lock:
        if _connection is not None:
            _connection.close_session()
        _connection = None


def get_server_api_connection() -> GlobalServerAPI:
    """The shared connection; made when it is first asked for.

    Raises:
        ValueError: AYON_SERVER_URL is not set.
        ServerNotReached: nobody answers there.
    """
    global _connection
    if _connection is None:
        with _lock:
            if _connection is None:
                _connection = GlobalServerAPI()
    return _connection


def change_token(url: str, token: str) -> None:
    """Ask with another key, or another server, from now on."""
    GlobalServerAPI.set_environments(url, token)
    with _lock:
        if _connection is not None and _connection.get_base_url() == url.rstrip("/"):
            _connection.set_token(token)
        else:
            close_connection()


def set_environments(url: str | None, token: str | None) -> None:
    """Set AYON_SERVER_URL and AYON_API_KEY of this process."""
    GlobalServerAPI.set_environments(url, token)


def get_default_settings_variant() -> str:
    """Of the shared connection, or of the environment while there is none."""
    return _connection.get_default_settings_variant() if _connection else env.default_settings_variant()


# ---- services


class ServiceContext:
    """What a service that the server runs was started with."""

    token: ClassVar[str | None] = None
    server_url: ClassVar[str | None] = None
    addon_name: ClassVar[str | None] = None
    addon_version: ClassVar[str | None] = None
    service_name: ClassVar[str | None] = None

    @classmethod
    def init_service(
        cls,
        token: str | None = None,
        server_url: str | None = None,
        addon_name: str | None = None,
        addon_version: str | None = None,
        service_name: str | None = None,
        connect: bool = True,
    ) -> None:
        """See ``init_service``."""
        server_url = server_url or os.environ.get(env.SERVER_URL_KEY)
        token = token or os.environ.get(env.API_KEY_KEY)
        if not server_url:
            raise FailedServiceInit("URL to server is not set", hint=f"set {env.SERVER_URL_KEY}", backend="ayon")
        if not token:
            raise FailedServiceInit(
                f"Token to server {server_url} is not set", hint=f"set {env.API_KEY_KEY}", backend="ayon"
            )
        cls.token, cls.server_url = token, server_url
        cls.addon_name = addon_name or os.environ.get("AYON_ADDON_NAME")
        cls.addon_version = addon_version or os.environ.get("AYON_ADDON_VERSION")
        cls.service_name = service_name or os.environ.get("AYON_SERVICE_NAME") or socket.gethostname()
        GlobalServerAPI.set_environments(server_url, token)
        if connect:
            user = get_server_api_connection().get_user()
            log.info("connected to %s as %s", server_url, (user or {}).get("name"))


def init_service(*args: Any, **kwargs: Any) -> None:
    """Begin as a service: take server, key, addon and name from the arguments, else from the environment, and connect.

    Raises:
        FailedServiceInit: there is no URL or no key.
    """
    ServiceContext.init_service(*args, **kwargs)


def get_service_addon_name() -> str | None:
    """The addon that the service belongs to."""
    return ServiceContext.addon_name


def get_service_addon_version() -> str | None:
    """Its version."""
    return ServiceContext.addon_version


def get_service_name() -> str | None:
    """The service's own name."""
    return ServiceContext.service_name


def get_service_addon_settings(project_name: str | None = None) -> dict[str, Any]:
    """The settings of the service's addon, of the studio or of a project.

    Raises:
        FailedServiceInit: ``init_service`` was not called.
    """
    name, version = ServiceContext.addon_name, ServiceContext.addon_version
    if name is None or version is None:
        raise FailedServiceInit("Service is not initialized", hint="call init_service first", backend="ayon")
    return get_server_api_connection().get_addon_settings(name, version, project_name=project_name)


# ---- the methods as functions


def function_for(name: str) -> Callable[..., Any]:
    """A method of ServerAPI as a function that asks the shared connection.

    Raises:
        AttributeError: there is no such method.
    """
    method = getattr(ServerAPI, name)
    if name.startswith("_") or not callable(method):
        raise AttributeError(name)

    def function(*args: Any, **kwargs: Any) -> Any:
        return getattr(get_server_api_connection(), name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = method.__doc__
    signature = inspect.signature(method)
    is_bound = inspect.ismethod(method)
    parameters = list(signature.parameters.values())[0 if is_bound else 1 :]
    function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return function
