"""Files in and out: the forms of uploads, downloads of attachments, thumbnails by their links."""

from __future__ import annotations

import mimetypes
import struct
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from trackerkit.errors import NotFoundError, PermissionDeniedError, TrackerError
from trackerkit.gateway.sessions import Caller, Credential
from trackerkit.gateway.uploads import Form, Received
from trackerkit.operations import Added, Operation
from trackerkit.osfiles import safe_name
from trackerkit.tracker import Tracker
from trackerkit.values import Attachment, Image, Ref
from trackerkit_shotgrid.gateway.context import Client, Context, Shared
from trackerkit_shotgrid.gateway.faults import Fault, no_entity, no_field, of_error
from trackerkit_shotgrid.gateway.rpc import REFUSALS, check_active, credential_of, refused, session_of, verify

THUMBNAILS: Final = frozenset({"image", "thumb_image", "filmstrip_image", "filmstrip_thumb_image"})
_KINDS: Final = ("Attachment", "Reviewable")
_MAGIC: Final = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


# --- forms -----------------------------------------------------------------------------------------------------------

Store = Callable[[Context, Form], int]


def answer_form(shared: Shared, client: Client, form: Form, store: Store) -> tuple[str, str]:
    """The plain text that answers a form, and who called: ``1:<id>:…``, or ``0`` and what was wrong.

    Never an HTTP error: the official client hides its text and tries again.
    """
    try:
        credential = credential_of(dict(form.fields), client.address)
        caller = verify(shared, credential)
        number = _stored(shared, client, credential, caller, form, store)
        return f"1:{number}:{form.get('display_name')}\n", caller.name
    except Fault as fault:
        return f"0\n{fault.message}\n", ""
    except TrackerError as error:
        return f"0\n{of_error(error, 'upload').message}\n", ""


def _stored(shared: Shared, client: Client, credential: Credential, caller: Caller, form: Form, store: Store) -> int:
    try:
        with shared.callers.tracker_of(caller) as tracker:
            check_active(shared, tracker, credential, caller)
            context = Context(shared, client, caller, tracker, session_of(dict(form.fields)))
            return _guarded(store, context, form)
    except REFUSALS as error:
        raise refused(credential, error) from error


def _guarded(store: Store, context: Context, form: Form) -> int:
    try:
        return store(context, form)
    except TrackerError as error:
        raise of_error(error, "upload") from error


def upload_file(context: Context, form: Form) -> int:
    """A file for a field of a record, or for the record as a whole; the number of its Attachment."""
    ref, native = _record(context, form)
    name = form.get("field_name")
    file = _file(form, "file")
    if name in THUMBNAILS:
        return _thumbnail(context, ref, native, name, file)
    field = _field(context, native, ref, name)
    filename = safe_name(file.filename or form.get("display_name") or "file")
    with file.path.open("rb") as stream:
        made = context.writer.upload(ref, stream, field, filename=filename)
    number = _number(context, made, ref, field)
    if isinstance(made, Attachment) and made.id is not None and not _is_movie(ref, field):
        _describe(context, Ref("Attachment", made.id, None, context.site.site), ref, form, filename)
    return number


def publish_thumbnail(context: Context, form: Form) -> int:
    """A thumbnail, or a film strip, for a record."""
    ref, native = _record(context, form)
    is_strip = form.get("filmstrip").lower() in ("true", "1")
    return _thumbnail(context, ref, native, "filmstrip_image" if is_strip else "image", _file(form, "thumb_image"))


def share_thumbnail(context: Context, form: Form) -> int:
    """One record's thumbnail for others: ``entities=Shot_1,Asset_2``, ``source_entity=Version_3``."""
    source = _named(context, form.get("source_entity"))
    targets = [_named(context, text) for text in form.get("entities").split(",") if text]
    if not targets:
        raise Fault("share_thumbnail: 'entities' is missing")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "thumbnail"
        context.tracker.download(source, path, "thumbnail")
        for target in targets:
            context.writer.thumbnail(target, path)
            context.shared.mark_pending(target)
    return context.site.ids.number(source)


def _named(context: Context, text: str) -> Ref:
    native, _, number = text.strip().rpartition("_")
    if not number.isdecimal() or len(number) > 18:
        raise Fault(f"share_thumbnail: {text[:60]!r} is no Type_id")
    context.site.type("upload", native)
    ref = context.site.find_ref(native, int(number))
    if ref is None:
        raise no_entity("upload", native, number)
    return ref


def _record(context: Context, form: Form) -> tuple[Ref, str]:
    """The record that a form names; it has to be there before anything is stored."""
    native, number = form.get("entity_type"), form.get("entity_id")
    context.site.type("upload", native)
    ref = context.site.find_ref(native, int(number)) if number.isdecimal() and len(number) < 19 else None
    found = context.tracker.backend.fetch([ref], ["id"]) if ref is not None else {}
    if ref is None or not found:
        raise no_entity("upload", native, number[:30])
    return next(iter(found)), native


def _file(form: Form, name: str) -> Received:
    file = form.file(name)
    if not file.size:
        raise Fault("the file is empty")
    return file


def _field(context: Context, native: str, ref: Ref, name: str) -> str | None:
    """The neutral field of a form's; None for a file that belongs to no field."""
    fields = context.site.schema.type(ref.type).fields
    if not name or name in ("attachments", "attachment_links"):
        return "attachments" if "attachments" in fields else None
    binding = context.site.types[native].natives.get(name)
    if binding is None:
        raise no_field("upload", native, name[:100])
    if binding.data_type != "url" or binding.codec == "path":
        raise Fault(f"API upload() {native}.{name}'s '{binding.data_type}' data type takes no file.")
    return binding.field.name


def _thumbnail(context: Context, ref: Ref, native: str, name: str, file: Received) -> int:
    """A picture; a film strip lands in a field of its own where the tracker has one."""
    field = "thumbnail"
    if name.startswith("filmstrip"):
        binding = context.site.types[native].natives.get("filmstrip_image")
        if binding is None:
            raise no_field("upload", native, "filmstrip_image")
        field = binding.field.name
    with file.path.open("rb") as stream:
        made = context.writer.upload(ref, stream, field, filename=safe_name(file.filename or "thumbnail.jpg"))
    context.shared.mark_pending(ref)
    return _number(context, made, ref, field)


def _number(context: Context, made: Attachment | Image, ref: Ref, field: str | None) -> int:
    """A number for the caller: the Attachment's own; a picture has none, so it is the record's."""
    if isinstance(made, Attachment) and made.id is not None:
        kind = "Reviewable" if _is_movie(ref, field) else "Attachment"
        return context.site.ids.number(Ref(kind, made.id, ref.project, context.site.site))
    return context.site.ids.number(ref)


def _is_movie(ref: Ref, field: str | None) -> bool:
    """Whether a file becomes a movie of a Version."""
    return field == "reviewables" or (field is None and ref.type == "Version")


def _describe(context: Context, attachment: Ref, holder: Ref, form: Form, filename: str) -> None:
    """What the form says of a file besides its bytes, and what a site makes of it, as far as the tracker takes it."""
    natives = context.site.types["Attachment"].natives
    links = natives["attachment_links"].field
    held = context.tracker.backend.fetch([attachment], [links.name]).get(attachment)
    if held is None:
        return  # the tracker made something else of it
    label, tags = form.get("display_name"), [tag.strip() for tag in form.get("tag_list").split(",")]
    said: dict[str, Any] = {
        "display_name": label if label != filename else "",
        "tag_list": list(dict.fromkeys(tag for tag in tags if tag)),
    }
    if not links.read_only and (holder.type, holder.id) not in {(ref.type, ref.id) for ref in held[links.name] or ()}:
        said["attachment_links"] = Added((holder,))
    fields = {name: natives[name].field for name in said if name in natives}
    values = {item.name: said[name] for name, item in fields.items() if said[name] and not item.read_only}
    if values:
        context.writer.write([Operation("update", "Attachment", attachment, values)])


# --- downloads -------------------------------------------------------------------------------------------------------


class Download:
    """A file on its way out, in a folder of its own until it is sent.

    Attributes:
        path: where it lies.
        filename: what it is saved as.
        content_type: of its bytes.
    """

    def __init__(self, path: Path, filename: str, content_type: str) -> None:
        self.path = path
        self.filename = filename
        self.content_type = content_type

    def discard(self) -> None:
        """Delete it."""
        self.path.unlink(missing_ok=True)


def caller_of(shared: Shared, client: Client, path: str, query: Mapping[str, str], session: str) -> Caller:
    """In whose name a file is fetched: of the link's, of the session's, or of who just asked for a session from there.

    Raises:
        PermissionDeniedError: in nobody's.
    """
    if "signature" in query:
        claims = shared.signer.check(path, query)
        return _claimed(shared, claims.get("by", ""), claims.get("as"))
    if session:
        credential = Credential("session", secret=session, source=client.address)
        try:
            return verify(shared, credential)
        except Fault as fault:
            raise PermissionDeniedError(fault.message) from fault
    known = shared.state.get_document("shotgrid.downloads", client.address or "local")
    allowed = shared.settings.open_files
    if known is None or allowed == "never" or (allowed == "loopback" and not client.is_local):
        raise PermissionDeniedError("this file needs a signed link", hint="take the url of the field")
    return _claimed(shared, known["by"], known["as"])


def _claimed(shared: Shared, name: str, acting_as: str | None) -> Caller:
    """Somebody who was verified when the link was made, if the key is still good."""
    key = shared.state.find_key(name)
    if key is None:
        raise PermissionDeniedError("this link is not valid any more", hint="ask for a new one")
    return Caller(key, acting_as)


def fetch_attachment(shared: Shared, caller: Caller, number: int, folder: Path) -> Download:
    """The file of an Attachment (or of a Version's movie), whole.

    Raises:
        NotFoundError: there is none.
    """
    with shared.callers.tracker_of(caller) as tracker:
        ids = shared.make_ids(tracker, shared.state)
        for kind in _KINDS:
            ref = ids.refs(kind, (number,)).get(number) if kind in tracker.schema.read() else None
            found = _attached(tracker, ref, folder) if ref is not None else None
            if found is not None:
                return found
    raise NotFoundError(f"there is no attachment {number}")


def _attached(tracker: Tracker, ref: Ref, folder: Path) -> Download | None:
    """The file of a record that is one; None when there is no such record, or no file in it."""
    record = tracker.backend.fetch([ref], ["filename", "mime_type", "url"]).get(ref, {})
    value = record.get("url")
    name = record.get("filename") or (value.filename if isinstance(value, Attachment) else None) or "file"
    try:
        return _fetched(tracker, ref, "url", str(name), record.get("mime_type"), folder)
    except NotFoundError:
        return None


def fetch_field(shared: Shared, caller: Caller, ref: Ref, field: str, folder: Path) -> Download:
    """The file of a record's field, whole.

    Raises:
        NotFoundError: there is none.
    """
    with shared.callers.tracker_of(caller) as tracker:
        owner = ref.replace(site=tracker.backend.site)
        return _fetched(tracker, owner, field, field, None, folder)


def _fetched(tracker: Tracker, owner: Ref, field: str, name: str, content_type: str | None, folder: Path) -> Download:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="download-", dir=folder))
    path = place / "file"
    try:
        tracker.download(owner, path, field)
        final = folder / f"{place.name}.bin"
        path.replace(final)
    finally:
        path.unlink(missing_ok=True)
        place.rmdir()
    kind = content_type or mimetypes.guess_type(name)[0] or _sniffed(final)
    return Download(final, name, kind)


def _sniffed(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(8)
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "application/octet-stream")


def pending_png() -> bytes:
    """The picture that a thumbnail shows while it is being made: one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00\x80")) + chunk(b"IEND", b"")
    )
