"""Client: the RPC of one ShotGrid site on our own connections.

Configuration, authentication parameters, the translation of filters and the reading of faults come from one
``shotgun_api3.Shotgun``; the requests do not: its own would be repeated after a gateway's 502 or 504, creates
included.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from trackerkit.clock import SYSTEM, Clock
from trackerkit.errors import ConfigurationError, ProtocolError, TrackerError, UnsupportedError
from trackerkit.http import Answer, Body, HttpClient
from trackerkit.jsontext import decoded
from trackerkit.retry import RetryPolicy
from trackerkit.secrets import Secret
from trackerkit_shotgrid.auth import Credentials
from trackerkit_shotgrid.errors import BACKEND, fault_error

PAGE: Final = 500
"""Records a page where the site does not say how many it gives at most."""

Json = dict[str, Any]


class Client:
    """Calls to one site; safe to share between threads.

    Args:
        url: the site.
        credentials: how to log in.
        timeout_s: seconds to connect, seconds without a byte.
        policy: when to try again.
        clock: measures and waits.
        storage_hosts: where the site's files may lie besides itself.
        http: the connections of another client of the same site.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        timeout_s: tuple[float, float] = (10, 60),
        policy: RetryPolicy | None = None,
        clock: Clock = SYSTEM,
        storage_hosts: Sequence[str] = (),
        http: HttpClient | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.credentials = credentials
        self._timeout_s = timeout_s
        self._vendor = _vendor(self.url, credentials, timeout_s[1])
        parts = urlsplit(self.url)
        self.http = http or HttpClient(
            f"{parts.scheme}://{parts.netloc}",
            backend=BACKEND,
            timeout_s=timeout_s,
            verify=credentials.ca_certs or os.environ.get("SHOTGUN_API_CACERTS") or True,
            proxies=credentials.proxies,
            policy=policy,
            clock=clock,
            storage_hosts=storage_hosts,
        )
        self._lock = threading.Lock()
        self._info: Json | None = None
        self._headers = _headers(self._vendor)

    def acting_as(self, login: str) -> Client:
        """The same site and connections, acting as another person."""
        mine = self.credentials
        if mine.auth_token is not None:
            mine = mine.in_session(self.vendor.config.session_token)
        return Client(self.url, mine.acting_as(login), http=self.http, timeout_s=self._timeout_s)

    def close(self) -> None:
        """Close the connections, the official client's too."""
        self.http.close()
        self._vendor.close()

    @property
    def vendor(self) -> Any:
        """The ``shotgun_api3.Shotgun`` of this site, logged in the same way; one thread at a time may call it."""
        self.info()
        return self._vendor

    # --- calls ---------------------------------------------------------------------------------------------------

    def info(self) -> Json:
        """What the site says of itself; asked once. Whoever asks need not be logged in."""
        if self._info is None:
            with self._lock:
                if self._info is None:
                    self._info = self._connect()
        return self._info

    @property
    def page_size(self) -> int:
        """Records a page at most."""
        size = self.info().get("api_max_entities_per_page")
        return size if isinstance(size, int) and size > 0 else PAGE

    def call(self, method: str, argument: Any = None, *, safe: bool) -> Any:
        """One RPC; what stands under ``results``.

        Args:
            method: its name.
            argument: a dict, or a list for ``batch``; left out when empty.
            safe: True when calling it twice does no more than once.

        Raises:
            TrackerError: what ``errors`` makes of a fault, or the HTTP client of a failed request.
        """
        self.info()
        return self._call(method, [self.auth_parameters()], argument, safe)

    def read(self, argument: Json) -> Json:
        """One page of records: ``{"entities": […], "paging_info": {…}}``."""
        return _checked(self.call("read", argument, safe=True))

    def read_typed(self, argument: Json, decode: Callable[[bytes], Any]) -> Any:
        """One page of records, as ``decode`` reads it where it can, else as ``read`` gives it."""
        self.info()
        found = self._call("read", [self.auth_parameters()], argument, True, decode)
        return _checked(found) if isinstance(found, (dict, list)) else found

    def auth_parameters(self) -> Json:
        """The keys that say who calls."""
        from shotgun_api3.shotgun import ShotgunError

        try:
            found: Json = self._vendor._auth_params()
        except ShotgunError as error:  # a session, or acting as another, of a site that is too old for it
            raise UnsupportedError(f"the site does not take this login: {error}", backend=BACKEND) from None
        return found

    def translated(self, filters: Sequence[Any]) -> Json:
        """List filters as the wire has them."""
        from shotgun_api3.shotgun import _translate_filters

        found: Json = _translate_filters(list(filters), "all")
        return found

    def is_direct(self, native: str, field: str | None) -> bool:
        """True when the site wants the files of a field in its cloud storage."""
        return bool(self.vendor._requires_direct_s3_upload(native, field))

    def post_form(self, path: str, body: Body, content_type: str, *, safe: bool = False) -> Answer:
        """A form, with its files."""
        return self.http.request("POST", path, body=body, headers={"Content-Type": content_type}, safe=safe)

    # --- below ---------------------------------------------------------------------------------------------------

    def _connect(self) -> Json:
        from shotgun_api3.shotgun import ServerCapabilities, ShotgunError

        found = self._call("info", [], None, safe=True)
        if not isinstance(found, dict):
            raise ProtocolError("the site does not say what it is", backend=BACKEND)
        try:
            self._vendor._server_caps = ServerCapabilities(self._vendor.config.server, found)
        except ShotgunError as error:
            raise ProtocolError(str(error), hint="is this the address of a ShotGrid site?", backend=BACKEND) from None
        if self.credentials.auth_token is not None:
            self._start_session(self.credentials.auth_token)
        return found

    def _start_session(self, code: Secret) -> None:
        """Trade login, password and the one-time code for a session, as the official client does at once."""
        config = self._vendor.config
        config.auth_token = code.reveal()
        try:
            found = self._call("get_session_token", [self._vendor._auth_params()], None, safe=False)
        finally:
            config.auth_token = None
        token = found.get("session_id") if isinstance(found, dict) else None
        if not token:
            raise ProtocolError("the site gave no session", backend=BACKEND)
        config.session_token = Secret(token).reveal()
        config.user_login = config.user_password = None

    def _call(
        self,
        method: str,
        auth: Sequence[Mapping[str, Any]],
        argument: Any,
        safe: bool,
        decode: Callable[[bytes], Any] = decoded,
    ) -> Any:
        params = [*auth, argument] if argument else list(auth)
        answer = self.http.request(
            "POST",
            self._vendor.config.api_path,
            json={"method_name": method, "params": params},
            headers=self._headers,
            safe=safe,
            expect_json=True,
            decode=decode,
        )
        found = answer.json()
        if isinstance(found, dict) and found.get("exception"):
            raise self._fault(found, method, answer)
        return found["results"] if isinstance(found, dict) and "results" in found else found

    def _fault(self, found: Json, method: str, answer: Answer) -> TrackerError:
        """The official client says what kind of fault it is, ``errors`` what that means."""
        from shotgun_api3.shotgun import ShotgunError

        kind = ""
        try:
            self._vendor._response_errors(found)
        except ShotgunError as error:
            kind = type(error).__name__
        made = fault_error(found.get("error_code"), found.get("message"), verb=method, of=kind)
        made.request_id = answer.request_id
        return made


def _checked(found: Any) -> Json:
    if not isinstance(found, dict) or not isinstance(found.get("entities"), list):
        raise ProtocolError("the site answered a read without records", backend=BACKEND)
    return found


def _vendor(url: str, credentials: Credentials, timeout_s: float) -> Any:
    from shotgun_api3.shotgun import Shotgun

    try:
        made = Shotgun(url, connect=False, **credentials.arguments())
    except (ValueError, OSError) as error:
        raise ConfigurationError(f"shotgun_api3 refuses the settings: {error}", backend=BACKEND) from None
    made.config.timeout_secs = timeout_s  # left to itself it waits for ever
    return made


def _headers(vendor: Any) -> dict[str, str]:
    made = {"Content-Type": "application/json; charset=utf-8"}
    if vendor.config.authorization:
        made["Authorization"] = vendor.config.authorization
    if vendor.config.localized:
        made["locale"] = "auto"
    return made
