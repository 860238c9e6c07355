"""Files of a project: uploaded, described, sent in ranges. Each is an Attachment; a reviewable's is its Reviewable."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from trackerkit import operations as ops
from trackerkit.gateway.files import disposition
from trackerkit.gateway.uploads import Received, receive_file
from trackerkit.values import Ref
from trackerkit.web.pool import run_sync
from trackerkit_ayon.gateway.check import checked_id, missing
from trackerkit_ayon.gateway.faults import Fault, dashed, taken
from trackerkit_ayon.gateway.gate import Ask, Gate, answer, api, guarded, known_caller
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.media import send_file
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.steps import new_id

_HOLDERS: Final = ("Attachment", "Reviewable")
Receive = Callable[[Ask, Received], Any]


def routes(gate: Gate) -> list[Route]:
    """The routes of files."""
    home = "/api/projects/{project_name}/files"
    one = f"{home}/{{file_id}}"
    return [
        upload_route(gate, "POST", home, post_file, status=201),
        api(gate, "GET", f"{one}/info", get_info),
        file_route(gate, f"{one}/payload", find_payload),
        api(gate, "GET", f"{one}/thumbnail", no_preview),
        Route(one, _redirect(gate), methods=["GET", "HEAD"]),
        api(gate, "DELETE", one, delete_file, status=204, body=False),
    ]


# ---- uploads


def upload_route(gate: Gate, method: str, path: str, work: Receive, *, status: int = 200) -> Route:
    """A route whose body is a file; ``work`` gets it, whole, in a thread of the pool."""

    async def endpoint(request: Request) -> Response:
        async def run() -> Response:
            caller = await run_sync(known_caller, gate, request)
            name = request.headers.get("x-file-name", "")
            async with receive_file(request, gate.folder / "incoming", gate.settings, name) as received:
                found = await run_sync(_received, gate, request, caller, received, work)
            gate.wake()
            return found if isinstance(found, Response) else answer(found, status)

        return await guarded(request, run)

    endpoint.__name__, endpoint.__doc__ = getattr(work, "__name__", "endpoint"), work.__doc__
    return Route(path, endpoint, methods=[method])


def _received(gate: Gate, request: Request, caller: Any, received: Received, work: Receive) -> Any:
    with gate.site(caller) as site:
        return work(Ask(gate, request, None, caller, site), received)


def named(ask: Ask) -> str:
    """The name that a file is uploaded under.

    Raises:
        InvalidFault: there is none.
    """
    name = ask.request.headers.get("x-file-name")
    if not name:
        raise missing("header", "x-file-name")
    return name


def post_file(ask: Ask, received: Received) -> Any:
    """Keep a file; it belongs to nothing until a comment holds it."""
    name = named(ask)
    if not received.size:
        raise Fault(400, "Empty file", "bad-request")
    id = (ask.request.headers.get("x-file-id") or new_id()).replace("-", "").lower()
    if len(id) != 32:
        raise Fault(400, "Invalid file ID", "bad-request")
    if _is_there(ask.home, id, received):
        return {"id": id}
    keep_file(ask.home, id, received.path, name, received.content_type)
    return {"id": id}


def _is_there(home: Home, id: str, received: Received) -> bool:
    """Whether the file of an id has these very bytes: a client sends it again when no answer reached it."""
    try:
        found = find_file(home, id)
    except Fault:
        return False
    return found.size == received.size and found.hash.lower() == received.sha256


def keep_file(home: Home, id: str, path: Path, name: str, mime_type: str) -> Ref:
    """A file as an Attachment under an id of AYON's.

    Raises:
        Fault: 409, the id is taken; 501, the tracker behind has no files that belong to nothing.
    """
    tracker = home.site.tracker
    if home.site.schema.type("Attachment").fields["filename"].read_only:
        raise Fault(501, "the tracker behind keeps no file that belongs to no record yet", "not-implemented")
    if tracker.count("Attachment", Nodes(home).has_id("Attachment", [id]), state="all", archived=True):
        raise taken("file", "id", dashed(id))
    values = {"filename": name, "kind": "upload", "mime_type": mime_type}
    ref = tracker.write([ops.create("Attachment", values, key=id, project=home.ref)])[0].ref
    try:
        tracker.upload(ref, path, filename=name)
        if mime_type:
            tracker.update(ref, mime_type=mime_type)
    except Exception:
        tracker.delete(ref, permanent=True)
        raise
    return ref


# ---- what there is


@dataclass(frozen=True)
class Stored:
    """A file of the tracker.

    Args:
        ref: of the record that holds it.
        filename: its name.
        size: bytes.
        mime_type: its type.
        hash: of its bytes, or empty.
        value: the field's value.
    """

    ref: Ref
    filename: str
    size: int
    mime_type: str
    hash: str
    value: Any


def find_file(home: Home, id: str) -> Stored:
    """A file by AYON's id.

    Raises:
        Fault: 404.
    """
    tracker = home.site.tracker
    for base in _HOLDERS:
        if base not in home.site.schema:
            continue
        known = home.site.schema.type(base).fields
        fields = [name for name in ("filename", "size", "mime_type", "hash", "url", "label") if name in known]
        condition = Nodes(home).has_id(base, [id])
        found = next(tracker.find(base, condition, fields=fields, project=home.ref, archived=True), None)
        if found is not None:
            name = found.get("filename") or found.get("label") or id
            kind = found.get("mime_type") or "application/octet-stream"
            digest = str(found.get("hash") or "").rpartition(":")[2]
            return Stored(found.ref, name, int(found.get("size") or 0), kind, digest, found.get("url"))
    raise Fault(404, "File not found", "not-found")


def get_info(ask: Ask) -> Any:
    """What a file is."""
    found = find_file(ask.home, ask.id("file_id"))
    return {"size": found.size, "filename": found.filename, "contentType": found.mime_type}


def no_preview(ask: Ask) -> Any:
    """Pictures of files are made by AYON's server; none is made here."""
    find_file(ask.home, ask.id("file_id"))
    raise Fault(404, "No thumbnail available", "not-found")


def delete_file(ask: Ask) -> None:
    """Delete a file."""
    found = find_file(ask.home, ask.id("file_id"))
    ask.site.tracker.delete(found.ref, permanent=True)


def _redirect(gate: Gate) -> Callable[[Request], Awaitable[Response]]:
    """GET leads to the bytes, as AYON does (they may lie elsewhere); HEAD describes them."""

    async def endpoint(request: Request) -> Response:
        async def run() -> Response:
            found = await run_sync(_looked_up, gate, request)
            if request.method == "HEAD":
                headers = {"content-length": str(found.size), "content-type": found.mime_type,
                           "content-disposition": disposition(saved_name(found.filename), inline=True)}  # fmt: skip
                return Response(None, 200, headers)
            return RedirectResponse(f"{request.url.path}/payload", 302)

        return await guarded(request, run)

    return endpoint


def _looked_up(gate: Gate, request: Request) -> Stored:
    caller = known_caller(gate, request)
    assert caller is not None
    with gate.site(caller) as site:
        ask = Ask(gate, request, None, caller, site)
        return find_file(ask.home, checked_id(request.path_params["file_id"], "file_id"))


# ---- downloads


def saved_name(filename: str) -> str:
    """The name to save a file under: the last part of what a client called it, so that it leads nowhere else."""
    return re.split(r"[/\\]", filename)[-1].strip(". ") or "file"


@dataclass(frozen=True)
class Payload:
    """A file at hand, and how it is sent."""

    path: Path
    filename: str
    content_type: str
    etag: str = ""
    headers: tuple[tuple[str, str], ...] = ()


Find = Callable[[Ask], "Payload | Response"]


def file_route(gate: Gate, path: str, find: Find) -> Route:
    """A route that sends a file."""

    async def endpoint(request: Request) -> Response:
        async def run() -> Response:
            found = await run_sync(_found, gate, request, find)
            if isinstance(found, Response):
                return found
            response = await send_file(request, found.path, found.filename, found.content_type, found.etag)
            for name, value in found.headers:
                response.headers[name] = value
            return response

        return await guarded(request, run)

    endpoint.__name__, endpoint.__doc__ = getattr(find, "__name__", "endpoint"), find.__doc__
    return Route(path, endpoint, methods=["GET", "HEAD"])


def _found(gate: Gate, request: Request, find: Find) -> Payload | Response:
    caller = known_caller(gate, request)
    assert caller is not None
    with gate.site(caller) as site:
        return find(Ask(gate, request, None, caller, site))


def find_payload(ask: Ask) -> Payload:
    """The bytes of a file."""
    found = find_file(ask.home, ask.id("file_id"))
    tracker = ask.site.tracker

    def fetch(path: Path) -> None:
        tracker.backend.download(found.ref, "url", path, value=found.value)

    name = found.hash or f"{ask.site.site}-{found.ref.type}-{found.ref.id}"
    path = ask.gate.larder.get(name, fetch)
    return Payload(path, saved_name(found.filename), found.mime_type, found.hash)
