"""Pictures of users: uploaded ones, kept in the gateway's state, else their initials."""

from __future__ import annotations

import base64
import colorsys
import hashlib
import html
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from trackerkit.gateway.uploads import Received
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.files import upload_route
from trackerkit_ayon.gateway.gate import Ask, Gate, api, done
from trackerkit_ayon.gateway.users import find_user

_MARKS: Final = {
    "image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF",
}  # fmt: skip
"""The types of pictures that are taken, and how they begin. A drawing (SVG) could hold scripts."""

_LARGEST: Final = 2 * 1024 * 1024
_SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


def routes(gate: Gate) -> list[Route]:
    """The routes of avatars."""
    one = "/api/users/{user_name}/avatar"
    return [
        api(gate, "GET", one, get_avatar),
        upload_route(gate, "PUT", one, put_avatar),
        api(gate, "DELETE", one, delete_avatar, status=204, body=False),
    ]


def _key(ask: Ask) -> tuple[str, str]:
    return ask.site.users_space, f"avatar {ask.path('user_name')}"[:200]


def _check_own(ask: Ask) -> None:
    if ask.path("user_name") != ask.site.login:
        ask.site.rights.need_admin("You don't have permissions to modify this user")
    find_user(ask.site, ask.path("user_name"))


def get_avatar(ask: Ask) -> Any:
    """A user's picture; its initials where there is none."""
    kept = ask.site.state.get_document(*_key(ask))
    if kept is not None:
        return Response(base64.b64decode(kept["bytes"]), 200, _SAFE, kept["type"])
    node = find_user(ask.site, ask.path("user_name"))
    return Response(initials(node["name"], str(node["attrib"].get("fullName") or "")), 200, _SAFE, "image/svg+xml")


def put_avatar(ask: Ask, received: Received) -> Any:
    """Another picture of a user."""
    _check_own(ask)
    kind = ask.request.headers.get("content-type", "").partition(";")[0].strip()
    data = received.path.read_bytes() if received.size <= _LARGEST else b""
    if kind not in _MARKS or not data.startswith(_MARKS[kind]):
        raise Fault(415, f"An avatar is a picture (png, jpeg, webp) of at most {_LARGEST} bytes", "unsupported-media")
    ask.site.state.put_document(*_key(ask), {"type": kind, "bytes": base64.b64encode(data).decode()})
    return done()


def delete_avatar(ask: Ask) -> None:
    """The initials again."""
    _check_own(ask)
    ask.site.state.delete_document(*_key(ask))


def initials(name: str, full_name: str) -> str:
    """A drawing of a user's initials, in a colour of its own."""
    words = (full_name or name.replace("_", " ").replace("-", " ").replace(".", " ")).split()
    shown = html.escape("".join(word[0] for word in words[:3]).upper())
    hue = hashlib.sha256(f"{name}{full_name}".encode()).digest()[0] / 256
    color = "#" + "".join(f"{int(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, 0.38, 0.25))
    return (
        '<svg width="100px" height="100px" xmlns="http://www.w3.org/2000/svg">'
        f'<rect width="100%" height="100%" fill="{color}"/><text x="50%" y="50%" dominant-baseline="central" '
        f'text-anchor="middle" fill="white" font-size="50px" font-family="Arial">{shown}</text></svg>'
    )
