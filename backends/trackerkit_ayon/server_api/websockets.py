"""Websockets of a connection."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackerkit.errors import MissingExtraError

if TYPE_CHECKING:
    from websocket import WebSocket

    from trackerkit_ayon.server_api.login import Login


def opened(
    api: Login,
    endpoint: str,
    *,
    timeout: float | None,
    headers: dict[str, Any] | None,
    sslopt: dict[str, Any] | None,
    **kwargs: Any,
) -> WebSocket:
    """A websocket with the connection's identity and certificates.

    Raises:
        MissingExtraError: websocket-client is not installed.
    """
    try:
        import websocket
    except ImportError:
        raise MissingExtraError("websocket-client is not installed", hint="install trackerkit[ayon]") from None
    url = api.get_websocket_url(endpoint)
    told = {name: value for name, value in api.get_headers().items() if name != "Content-Type"}
    told.update({name: value for name, value in (headers or {}).items() if value is not None})
    kwargs.setdefault("header", [f"{name}: {value}" for name, value in told.items()])
    kwargs["timeout"] = api.get_timeout() if timeout is None else timeout
    if url.startswith("wss://"):
        kwargs["sslopt"] = {**_tls(api), **(sslopt or {})}
    return websocket.create_connection(url, **kwargs)


def _tls(api: Login) -> dict[str, Any]:
    """The same authorities and certificate that REST uses."""
    verify, made = api.get_ssl_verify(), {}
    if verify is False:
        made["cert_reqs"] = ssl.CERT_NONE
    else:
        from requests.utils import DEFAULT_CA_BUNDLE_PATH

        bundle = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
        made["ca_cert_path" if Path(bundle).is_dir() else "ca_certs"] = bundle  # type: ignore[assignment]
    if api.get_cert():
        made["certfile"] = api.get_cert()  # type: ignore[assignment]
    return made
