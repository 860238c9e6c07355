"""The ASGI application: ShotGrid's endpoints over a caller's own Tracker."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from trackerkit.errors import NotFoundError, PermissionDeniedError
from trackerkit.gateway.files import file_response
from trackerkit.gateway.health import health_checks
from trackerkit.gateway.home import About, home_routes
from trackerkit.gateway.sessions import Caller, Callers
from trackerkit.gateway.settings import GatewaySettings, own_settings
from trackerkit.gateway.signing import Signer
from trackerkit.gateway.uploads import Form, receive_file, receive_form
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.values import Ref
from trackerkit.web.app import build_app
from trackerkit.web.body import read_body
from trackerkit.web.call import note
from trackerkit.web.errors import public_text, status_of
from trackerkit.web.limits import Limiter
from trackerkit.web.metrics import is_loopback
from trackerkit.web.pool import run_sync
from trackerkit_shotgrid.gateway import direct, files, pages, rpc
from trackerkit_shotgrid.gateway.beside import BesideOpener
from trackerkit_shotgrid.gateway.context import Client, Context, Shared, ShotgridSettings
from trackerkit_shotgrid.gateway.encoding import dumps
from trackerkit_shotgrid.gateway.entries import EntriesOpener
from trackerkit_shotgrid.gateway.faults import Fault, envelope
from trackerkit_shotgrid.gateway.info import VERSION
from trackerkit_shotgrid.gateway.urls import ATTACHMENT, RECORD, TRANSIENT

_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_door: ContextVar[str] = ContextVar("trackerkit_shotgrid_door", default="")


def create_app(
    open: Callable[[Caller], Tracker],
    state: State,
    settings: GatewaySettings | None = None,
) -> Any:
    """The application that ``shotgun_api3`` connects to.

    Args:
        open: opens the Tracker of a verified caller; where it has a ``service`` (``opener``), the log's entries get their
            ids from what that connection sees.
        state: keys, users, sessions; nothing else is accepted.
        settings: ``ShotgridSettings``, or the limits of any gateway.
    """
    habits = own_settings(settings, ShotgridSettings)
    entries = EntriesOpener(BesideOpener(open, state) if habits.beside else open, state, getattr(open, "service", None))
    callers: Callers[Tracker] = Callers(entries, state, habits)
    shared = Shared(callers, state, habits, Signer(state.server_secret("shotgrid.links")))
    doors = Doors(shared)
    entries.start()
    return build_app(
        doors.routes(),
        settings=habits,
        on_error=answer_error,
        on_shutdown=[entries.close, callers.close, doors.close],
        checks=health_checks(open, state),
    )


class Doors:
    """The endpoints.

    Args:
        shared: what all calls share.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        # An address has its share of turns; how often is counted by the key: many scripts may share an address.
        self._limiter = Limiter(replace(shared.settings, rate_per_s=0.0))
        self._folder = tempfile.TemporaryDirectory(prefix="trackerkit-shotgrid-")
        self._quarantine = Path(self._folder.name)
        self._pending = files.pending_png()
        self._storage = direct.Storage(shared)

    def close(self) -> None:
        """Delete what is left of files on their way."""
        self._folder.cleanup()

    def routes(self) -> list[Route]:
        """Every endpoint of the protocol."""
        return [
            Route("/api3/json", _at("rpc", self.rpc), methods=["POST"]),
            Route("/upload/upload_file", _at("form", self._form(files.upload_file)), methods=["POST"]),
            Route("/upload/publish_thumbnail", _at("form", self._form(files.publish_thumbnail)), methods=["POST"]),
            Route("/upload/share_thumbnail", _at("form", self.share), methods=["POST"]),
            *(self._direct_routes() if self._shared.settings.direct_uploads else ()),
            Route(ATTACHMENT + "/{number}", _at("file", self.attachment)),
            Route(RECORD + "/{type}/{id}/{field}", _at("file", self.record)),
            Route(TRANSIENT, self.pending),
            *home_routes(self._about(), self._shared.callers, self._shared.state),
        ]

    def _direct_routes(self) -> Iterator[Route]:
        """Uploads by links; on a site they lead to cloud storage."""
        for name, answer in (
            ("api_get_upload_link_info", direct.link_info),
            ("api_get_upload_link_for_part", direct.part_link),
            ("api_complete_multipart_upload", direct.complete),
        ):
            yield Route(f"/upload/{name}", _at("form", self._linked(answer)), methods=["POST"])
        yield Route("/upload/api_link_file", _at("form", self.link_file), methods=["POST"])
        yield Route(direct.STORAGE + "/{upload}/{part}", self.store_part, methods=["PUT"])

    def client(self, request: Request) -> Client:
        """The other end of a connection."""
        address, port = (request.client.host, request.client.port) if request.client is not None else ("", 0)
        is_local = is_loopback(request) and not {"x-forwarded-for", "forwarded"} & set(request.headers)
        return Client(address, port, self._shared.settings.base_url.rstrip("/") or base_url(request), is_local)

    # --- the RPC -------------------------------------------------------------------------------------------------

    async def rpc(self, request: Request) -> Response:
        """``POST /api3/json``."""
        client = self.client(request)
        async with self._limiter.slot(client.address):
            body = await read_body(request)
            answer, method, caller = await run_sync(rpc.answer, self._shared, client, body)
        note(request, operation=method, caller=caller)
        return Response(answer, media_type="application/json")

    # --- files in ------------------------------------------------------------------------------------------------

    def _form(self, store: files.Store) -> Callable[[Request], Awaitable[Response]]:
        async def received(request: Request) -> Response:
            client = self.client(request)
            async with receive_form(request, self._quarantine, self._shared.settings) as form:
                return await self._stored(request, client, form, store)

        return received

    async def share(self, request: Request) -> Response:
        """``POST /upload/share_thumbnail``: the one form without a file, and not multipart."""
        return await self._stored(request, self.client(request), await _plain_form(request), files.share_thumbnail)

    async def link_file(self, request: Request) -> Response:
        """``POST /upload/api_link_file``."""
        storage = self._storage

        def link_file(context: Context, form: Form) -> int:
            return direct.link_file(context, storage, form)

        return await self._stored(request, self.client(request), await _plain_form(request), link_file)

    def _linked(self, answer: direct.Answer) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            form = await _plain_form(request)
            text = await run_sync(direct.answer_form, answer, self._shared, self._storage, self.client(request), form)
            note(request, operation=answer.__name__)
            return PlainTextResponse(text)

        return answered

    async def store_part(self, request: Request) -> Response:
        """``PUT /upload/storage/<upload>/<part>``: the file, or a part of it, by its signed link alone."""
        path, query = request.scope["path"], dict(request.query_params)
        await run_sync(direct.check_link, self._shared, path, query)
        parts = request.path_params
        async with receive_file(request, self._quarantine, self._shared.settings) as file:
            etag = await run_sync(self._storage.keep, parts["upload"], parts["part"], file)
        note(request, operation="store_part")
        return Response(headers={"etag": etag})

    async def _stored(self, request: Request, client: Client, form: Form, store: files.Store) -> Response:
        text, caller = await run_sync(files.answer_form, self._shared, client, form, store)
        note(request, operation=store.__name__, caller=caller)
        return PlainTextResponse(text)

    # --- files out -----------------------------------------------------------------------------------------------

    async def attachment(self, request: Request) -> Response:
        """``GET /file_serve/attachment/<id>``."""
        number = request.path_params["number"]
        if not number.isascii() or not number.isdecimal() or len(number) > 18:
            raise NotFoundError("there is no such attachment")
        caller = await self._caller(request)
        found = await run_sync(files.fetch_attachment, self._shared, caller, int(number), self._quarantine)
        return await self._sent(request, caller, found)

    async def record(self, request: Request) -> Response:
        """``GET /file_serve/record/…``: a thumbnail, or a file without an Attachment, by its signed link alone."""
        if "signature" not in request.query_params:
            raise PermissionDeniedError("this file needs a signed link", hint="take the url of the field")
        caller = await self._caller(request)
        parts = request.path_params
        ref = Ref(parts["type"], parts["id"], request.query_params.get("project"))
        found = await run_sync(files.fetch_field, self._shared, caller, ref, parts["field"], self._quarantine)
        return await self._sent(request, caller, found)

    async def _caller(self, request: Request) -> Caller:
        session = request.cookies.get("_session_id", "")
        path, query = request.scope["path"], dict(request.query_params)
        return await run_sync(files.caller_of, self._shared, self.client(request), path, query, session)

    async def _sent(self, request: Request, caller: Caller, found: files.Download) -> Response:
        note(request, operation="download", caller=caller.name)
        return await file_response(
            request,
            found.path,
            filename=found.filename,
            content_type=found.content_type,
            inline=True,
            on_done=found.discard,
        )

    async def pending(self, _request: Request) -> Response:
        """The picture of a thumbnail that is being made, for everybody."""
        return Response(self._pending, media_type="image/png")

    # --- pages ---------------------------------------------------------------------------------------------------

    def _about(self) -> About:
        return About(
            "ShotGrid (Flow Production Tracking)",
            ".".join(map(str, VERSION)),
            pages.CODE,
            partial(pages.type_lines, self._shared),
            lambda request: self.client(request).base_url,
        )


async def _plain_form(request: Request) -> Form:
    """A form without files."""
    async with request.form(max_files=0, max_fields=100) as given:
        return Form([(name, value) for name, value in given.multi_items() if isinstance(value, str)])


def _at(door: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint; what goes wrong outside of it knows by which door the caller came."""

    async def answered(request: Request) -> Response:
        _door.set(door)
        return await endpoint(request)

    answered.__name__ = f"{door}_door"
    return answered


def answer_error(error: Exception) -> Response:
    """The answer to what no endpoint answered, as the caller of that door can read it.

    The RPC's and the forms' answers have the status 200 whatever happened: to anything else the official client pays no
    heed, or, worse, repeats what it asked for.
    """
    door = _door.get()
    text = error.message if isinstance(error, Fault) else public_text(error)
    if door == "rpc":
        return Response(dumps(envelope(Fault(f"API request refused: {text}"))), media_type="application/json")
    if door == "form":
        return PlainTextResponse(f"0\n{text}\n")
    if door == "file" and isinstance(error, NotFoundError):
        return PlainTextResponse(text, 400)  # as a live site says that there is no such file
    status = error.status_code if isinstance(error, HTTPException) else status_of(error)
    return PlainTextResponse(text, status)


def base_url(request: Request) -> str:
    """How the caller reaches the server, as far as its Host header is one."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        server = request.scope.get("server") or ("127.0.0.1", None)
        host = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
    return f"{request.url.scheme}://{host}"
