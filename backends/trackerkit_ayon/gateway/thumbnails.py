"""Thumbnails: set on entities, kept without one until an entity takes them, sent by entity and by id.

A picture that belongs to no entity yet is an Attachment. Which record, or which Attachment, has the picture of an id that a
client chose stands in a document; every other id leads back to its record by itself.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from trackerkit.errors import NotFoundError
from trackerkit.filters import Condition
from trackerkit.gateway.uploads import Received
from trackerkit.values import Image, Ref
from trackerkit_ayon.gateway.faults import Fault, not_found
from trackerkit_ayon.gateway.files import Find, Payload, Receive, file_route, keep_file, upload_route
from trackerkit_ayon.gateway.gate import Ask, Gate
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.nodes import Nodes, number_of_thumbnail, thumbnail_id
from trackerkit_ayon.gateway.steps import new_id
from trackerkit_ayon.mapping.names import NEUTRAL

_PICTURES: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_EMPTY: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""A picture of one transparent point, for who asks for the picture of an entity that has none."""

_ENTITIES: Final = {"folders": "folder", "tasks": "task", "versions": "version", "workfiles": "workfile"}
_WITH_PICTURES: Final = ("Folder", "Task", "Version", "Workfile", "Project")


def routes(gate: Gate) -> list[Route]:
    """The routes of thumbnails."""
    home = "/api/projects/{project_name}"
    made = [
        upload_route(gate, "POST", f"{home}/thumbnails", post_thumbnail),
        upload_route(gate, "PUT", f"{home}/thumbnails/{{thumbnail_id}}", put_thumbnail),
        file_route(gate, f"{home}/thumbnails/{{thumbnail_id}}", get_thumbnail),
        upload_route(gate, "POST", f"{home}/thumbnail", post_project_thumbnail),
        file_route(gate, f"{home}/thumbnail", get_project_thumbnail),
    ]
    for plural, native in _ENTITIES.items():
        one = f"{home}/{plural}/{{{native}_id}}/thumbnail"
        made += [upload_route(gate, "POST", one, _post_of(native)), file_route(gate, one, _get_of(native))]
    return made


def _checked(ask: Ask, received: Received) -> str:
    """The type of a picture.

    Raises:
        Fault: 415, it is neither PNG nor JPEG.
    """
    given = ask.request.headers.get("content-type", "").partition(";")[0].strip()
    if given not in _PICTURES.values():
        raise Fault(415, "Thumbnail must be in png or jpeg format", "unsupported-media")
    with received.path.open("rb") as file:
        start = file.read(8)
    found = next((kind for mark, kind in _PICTURES.items() if start.startswith(mark)), None)
    if found is None:
        raise Fault(415, "Thumbnail must be in png or jpeg format", "unsupported-media")
    return found


def _filename(kind: str) -> str:
    return "thumbnail.png" if kind == "image/png" else "thumbnail.jpg"


# ---- on entities


def _post_of(native: str) -> Receive:
    def post_entity_thumbnail(ask: Ask, received: Received) -> Any:
        id = ask.id(f"{native}_id")
        node = Nodes(ask.home).by_ids(NEUTRAL[native], [id], ("id",)).get(id)
        if node is None:
            raise not_found(id)
        shown = _set(ask, node["ref"], received)
        affected = {"entityType": native, "entityId": id, "thumbnailHash": shown[:6], "thumbnailId": None}
        return {"id": shown, "affectedEntities": [affected]}

    return post_entity_thumbnail


def _set(ask: Ask, ref: Ref, received: Received) -> str:
    kind = _checked(ask, received)
    image = ask.site.tracker.upload(ref, received.path, "thumbnail", filename=_filename(kind))
    return thumbnail_id(image, ref) if isinstance(image, Image) else new_id()


def post_project_thumbnail(ask: Ask, received: Received) -> Any:
    """Set a project's picture."""
    return {"id": _set(ask, ask.home.ref, received), "affectedEntities": []}


def _get_of(native: str) -> Find:
    def get_entity_thumbnail(ask: Ask) -> Payload | Response:
        id = ask.id(f"{native}_id")
        node = Nodes(ask.home).by_ids(NEUTRAL[native], [id], ("id", "thumbnailId")).get(id)
        if node is None:
            raise not_found(id)
        return _shown(ask, node["ref"], node.get("thumbnailId"), native)

    return get_entity_thumbnail


def get_project_thumbnail(ask: Ask) -> Payload | Response:
    """A project's picture."""
    image = ask.home.record.get("thumbnail")
    id = thumbnail_id(image, ask.home.ref) if isinstance(image, Image) else None
    return _shown(ask, ask.home.ref, id, "project")


def _shown(ask: Ask, ref: Ref, id: str | None, source: str) -> Payload | Response:
    if id is None:
        return _none(ask, "No thumbnail available")
    tracker = ask.site.tracker
    found = _payload(ask, id, lambda path: tracker.backend.download(ref, "thumbnail", path))
    if found is None:
        return _none(ask, "No thumbnail available")
    headers = (
        ("cache-control", "public, max-age=31536000, immutable"),
        ("x-thumbnail-id", id),
        ("x-thumbnail-source", source),
    )
    return Payload(found.path, found.filename, found.content_type, found.etag, headers)


def _payload(ask: Ask, id: str, fetch: Callable[[Path], Any]) -> Payload | None:
    try:
        path = ask.gate.larder.get(f"thumbnail-{id}", fetch)
    except NotFoundError:
        return None
    with path.open("rb") as file:
        start = file.read(8)
    kind = next((kind for mark, kind in _PICTURES.items() if start.startswith(mark)), "application/octet-stream")
    return Payload(path, _filename(kind), kind, id)


def _none(ask: Ask, detail: str) -> Response:
    if ask.query("placeholder", "empty") == "none":
        raise Fault(404, detail, "not-found")
    return Response(_EMPTY, 200, {"cache-control": "public, max-age=3600"}, "image/png")


# ---- by id


def _key(id: str) -> str:
    return f"thumbnail {id}"


def post_thumbnail(ask: Ask, received: Received) -> Any:
    """Keep a picture that an entity may take later."""
    return _keep(ask, new_id(), received)


def put_thumbnail(ask: Ask, received: Received) -> Any:
    """Keep a picture under an id that the client chose."""
    return _keep(ask, ask.id("thumbnail_id"), received)


def _keep(ask: Ask, id: str, received: Received) -> Any:
    kind = _checked(ask, received)
    site = ask.site
    ref = keep_file(ask.home, new_id(), received.path, _filename(kind), kind)
    facts = {"hash": f"sha256:{received.sha256}", "attachment": ref.id, "project": ask.home.ref.id}
    site.state.put_document(site.space, _key(id), facts)
    return {"id": id, "affectedEntities": []}


def get_thumbnail(ask: Ask) -> Payload | Response:
    """A picture by its id."""
    id, site = ask.id("thumbnail_id"), ask.site
    known = site.state.get_document(site.space, _key(id))
    if known is not None and known["project"] == ask.home.ref.id:
        ref, field = Ref("Attachment", known["attachment"], site=site.site), "url"
    else:
        found = _holder(ask.home, id)
        if found is None:
            return _none(ask, "Thumbnail not found")
        ref, field = found, "thumbnail"
    made = _payload(ask, id, lambda path: site.tracker.backend.download(ref, field, path))
    if made is None:
        return _none(ask, "Thumbnail not found")
    headers = (("x-thumbnail-id", id), ("x-thumbnail-time", "0"), ("cache-control", "max-age=3600"))
    return Payload(made.path, made.filename, made.content_type, made.etag, headers)


def _holder(home: Home, id: str) -> Ref | None:
    """The record that a picture's id leads back to, if it still has that picture."""
    if not re.fullmatch(r"[0-9a-f]{32}", id):
        return None
    number = number_of_thumbnail(id)
    for base in _WITH_PICTURES:
        condition = Condition("id", "is", number)
        scope = {} if base == "Project" else {"project": home.ref}
        found = home.site.tracker.find_one(base, condition, fields=["thumbnail"], state="all", archived=True, **scope)
        if found is not None:
            image = found["thumbnail"]
            return found.ref if isinstance(image, Image) and thumbnail_id(image, found.ref) == id else None
    return None
