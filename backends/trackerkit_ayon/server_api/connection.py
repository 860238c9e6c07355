"""Connection: one server and the settings of talking to it."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping
from typing import ClassVar

from trackerkit.errors import ConfigurationError
from trackerkit.secrets import Secret, get_logger
from trackerkit_ayon.server_api import environment as env
from trackerkit_ayon.server_api.transport import Transport


class Connection:
    """One server, asked by one identity; safe to share between threads.

    Args:
        base_url: for example ``http://localhost:5000``.
        token: a key of a service or a user, or the token of a session.
        site_id: the machine's name for itself; AYON_SITE_ID unless given; None for none.
        client_version: of the desktop application that asks.
        default_settings_variant: ``production`` unless given, here or by AYON_DEFAULT_SETTINGS_VARIANT.
        sender_type: what kind of program asks; stands in the server's log and on events.
        sender: which one asks.
        ssl_verify: True, False, or a file of authorities; AYON_CA_FILE unless given.
        cert: a file with the client's certificate and key; AYON_CERT_FILE unless given.
        create_session: ask the server at once whether it is there and takes the token.
        timeout: seconds without a byte; AYON_SERVER_TIMEOUT, else 10.
        max_retries: how often a request is made at most; AYON_SERVER_RETRIES, else 3.
        storage_hosts: where the server's files may lie besides itself, if not at public https addresses.

    Raises:
        ValueError: no URL.
        ServerNotReached: nobody answers there.
    """

    _default_max_retries: ClassVar[int] = env.RETRIES

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        site_id: str | None = env.NOT_SET,
        client_version: str | None = None,
        default_settings_variant: str | None = None,
        sender_type: str | None = None,
        sender: str | None = None,
        ssl_verify: bool | str | None = None,
        cert: str | None = None,
        create_session: bool = True,
        timeout: float | None = None,
        max_retries: int | None = None,
        *,
        storage_hosts: Collection[str] = (),
    ) -> None:
        if not base_url:
            raise InvalidServerUrl(f"Invalid server URL {base_url}")
        self._base_url = base_url.rstrip("/")
        self._log = get_logger(type(self).__name__)
        self._site_id = env.default_site_id() if site_id is env.NOT_SET else site_id
        self._client_version = client_version
        self._default_settings_variant = default_settings_variant or env.default_settings_variant()
        self._sender, self._sender_type = sender, sender_type
        self._ssl_verify: bool | str | None = ssl_verify
        if ssl_verify is None:
            self._ssl_verify = os.environ.get(env.CA_FILE_KEY) or True
        self._cert = cert if cert is not None else os.environ.get(env.CERT_FILE_KEY) or None
        self._storage_hosts = tuple(storage_hosts)
        self.set_timeout(timeout)
        self._max_retries = self._attempts(max_retries)
        self._transport = self._new_transport()
        self._begin(token, create_session)

    def _begin(self, token: str | None, create_session: bool) -> None:
        """Take the token up; the room above knows how."""

    def _new_transport(self) -> Transport:
        verify = True if self._ssl_verify is None else self._ssl_verify
        made = Transport(
            self._base_url, self._identity, self._heal, verify=verify, cert=self._cert,
            storage_hosts=self._storage_hosts, timeout_s=(30, 60),
        )  # fmt: skip
        made.set_attempts(max(1, self._max_retries))
        return made

    def _renew_transport(self) -> None:
        before, self._transport = self._transport, self._new_transport()
        before.close()

    def _identity(self) -> Mapping[str, str | Secret]:
        """What goes with every request to the server itself."""
        return {}

    def _heal(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._base_url}>"

    @property
    def log(self) -> logging.Logger:
        """The logger, secrets masked."""
        return self._log

    # ---- addresses

    def get_base_url(self) -> str:
        """The server's URL."""
        return self._base_url

    def get_rest_url(self) -> str:
        """Where its REST API is."""
        return f"{self._base_url}/api"

    def get_websocket_url(self, endpoint: str) -> str:
        """An endpoint's URL as a websocket."""
        scheme, _, rest = self._base_url.partition("://")
        kinds = {"https": "wss", "http": "ws"}
        if scheme not in kinds:
            raise InvalidServerUrl(f"Invalid scheme in base URL: {self._base_url}")
        return f"{kinds[scheme]}://{rest}/{(endpoint or '').strip().lstrip('/')}"

    base_url = property(get_base_url)
    rest_url = property(get_rest_url)

    # ---- certificates

    def get_ssl_verify(self) -> bool | str | None:
        """True, False, or a file of authorities."""
        return self._ssl_verify

    def set_ssl_verify(self, ssl_verify: bool | str | None) -> None:
        """Check the server's certificate: True, False (anyone on the way can read along), or a file of authorities."""
        if self._ssl_verify != ssl_verify:
            self._ssl_verify = ssl_verify
            self._renew_transport()

    def get_cert(self) -> str | None:
        """The file of the client's certificate."""
        return self._cert

    def set_cert(self, cert: str | None) -> None:
        """Show the server a certificate: a PEM file that holds its key too."""
        if self._cert != cert:
            self._cert = cert
            self._renew_transport()

    ssl_verify = property(get_ssl_verify, set_ssl_verify)
    cert = property(get_cert, set_cert)

    # ---- times

    @classmethod
    def get_default_timeout(cls) -> float:
        """Seconds."""
        return env.default_timeout()

    @classmethod
    def get_default_max_retries(cls) -> int:
        """How often a request is made at most."""
        return env.default_max_retries() if env.RETRIES_KEY in os.environ else cls._default_max_retries

    def get_timeout(self) -> float:
        """Seconds without a byte before a request fails."""
        return self._timeout

    def set_timeout(self, timeout: float | None) -> None:
        """Seconds without a byte before a request fails; None for the default.

        Raises:
            ValueError: not a positive number.
        """
        seconds = float(self.get_default_timeout() if timeout is None else timeout)
        if not seconds > 0:
            raise ConfigurationError(f"a timeout of {seconds} seconds lets no request pass", backend="ayon")
        self._timeout = seconds
        self._is_own_timeout = timeout is not None or env.TIMEOUT_KEY in os.environ

    def get_max_retries(self) -> int:
        """How often a request is made at most."""
        return self._max_retries

    def set_max_retries(self, max_retries: int | None) -> None:
        """How often a request is made at most; None for the default, 0 counts as 1."""
        self._max_retries = self._attempts(max_retries)
        self._transport.set_attempts(max(1, self._max_retries))

    def _attempts(self, max_retries: int | None) -> int:
        return int(self.get_default_max_retries() if max_retries is None else max_retries)

    timeout = property(get_timeout, set_timeout)
    max_retries = property(get_max_retries, set_max_retries)

    # ---- what the server is told of the caller

    def get_site_id(self) -> str | None:
        """The machine's name for itself; settings are answered for it."""
        return self._site_id

    def set_site_id(self, site_id: str | None) -> None:
        """Ask as this site; None for none."""
        self._site_id = site_id

    def get_client_version(self) -> str | None:
        """The version of the desktop application."""
        return self._client_version

    def set_client_version(self, client_version: str | None) -> None:
        """The version of the desktop application; None for none."""
        self._client_version = client_version

    def get_default_settings_variant(self) -> str:
        """Whose settings are asked for, where a call does not say."""
        return self._default_settings_variant

    def set_default_settings_variant(self, variant: str) -> None:
        """``production``, ``staging``, or the name of a dev bundle."""
        self._default_settings_variant = variant

    def get_sender(self) -> str | None:
        """Who asks, on events and in logs."""
        return self._sender

    def set_sender(self, sender: str | None) -> None:
        """Who asks, on events and in logs."""
        self._sender = sender

    def get_sender_type(self) -> str | None:
        """What kind of program asks (AYON 1.5.5 and above)."""
        return self._sender_type

    def set_sender_type(self, sender_type: str | None) -> None:
        """What kind of program asks."""
        self._sender_type = sender_type

    site_id = property(get_site_id, set_site_id)
    client_version = property(get_client_version, set_client_version)
    default_settings_variant = property(get_default_settings_variant, set_default_settings_variant)
    sender = property(get_sender, set_sender)
    sender_type = property(get_sender_type, set_sender_type)

    def _caller_headers(self) -> dict[str, str]:
        """What is told of the caller besides its identity."""
        told = {
            "x-ayon-platform": env.platform_name(),
            "x-ayon-hostname": env.machine_name(),
            "referer": self._base_url,
            "x-ayon-site-id": self._site_id,
            "x-ayon-version": self._client_version,
            "x-sender-type": self._sender_type,
            "x-sender": self._sender,
        }
        return {name: value for name, value in told.items() if value is not None}


class InvalidServerUrl(ConfigurationError, ValueError):
    """No URL of a server."""
