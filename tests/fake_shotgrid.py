"""A small scripted ShotGrid site on a real socket: it keeps what it was told, and what it was asked."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from trackerkit.model import neutral_schema
from trackerkit.testing.loopback import Incoming, Reply
from trackerkit_shotgrid.mapping.fields import KEY_FIELD
from trackerkit_shotgrid.schema import bindings_of, schema_read

Json = dict[str, Any]
INFO = {"version": [8, 68, 0], "api_max_entities_per_page": 500, "s3_direct_uploads_enabled": False}


def leaf(value: Any) -> Json:
    """A value as a schema answer wraps it."""
    return {"value": value, "editable": False}


def native_field(data_type: str, **properties: Any) -> Json:
    """A field as ``schema_read`` describes it."""
    editable = properties.pop("editable", True)
    return {
        "name": leaf(properties.pop("label", "")),
        "data_type": leaf(data_type),
        "editable": leaf(editable),
        "properties": {name: leaf(value) for name, value in properties.items()},
    }


def site_schema(**more: dict[str, Json]) -> dict[str, dict[str, Json]]:
    """The standard types as a site has them, with the key field on Shot and Version; ``more`` adds fields or types."""
    schema = neutral_schema()
    made = schema_read(bindings_of(schema), schema)
    for name in ("Shot", "Version"):
        made[name][KEY_FIELD] = native_field("text", label="Trackerkit Key")
    for name, fields in more.items():
        made.setdefault(name, {"id": native_field("number", editable=False)}).update(fields)
    return made


class Refusal(Exception):
    """A fault to answer with."""

    def __init__(self, text: str, code: int = 104) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class FakeSite:
    """A ShotGrid site in a dict, as small as the tests need it: it keeps what it was told and what it was asked."""

    schema: dict[str, dict[str, Json]] = field(default_factory=site_schema)
    info: Json = field(default_factory=lambda: dict(INFO))
    tables: dict[str, dict[int, Json]] = field(default_factory=dict)
    retired: set[tuple[str, int]] = field(default_factory=set)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    auth: list[Json] = field(default_factory=list)
    overrides: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    files: dict[int, bytes] = field(default_factory=dict)
    stored: dict[str, list[bytes]] = field(default_factory=dict)
    etags: list[str | None] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._ids = itertools.count(1000)
        self._lock = threading.RLock()

    def add(self, type: str, id: int | None = None, **values: Any) -> Json:
        """A record, as if it had always been there; the link to it."""
        number = next(self._ids) if id is None else id
        row = {"type": type, "id": number, **values}
        self.tables.setdefault(type, {})[number] = row
        return {"type": type, "id": number, "name": values.get("code") or values.get("name") or values.get("content")}

    def asked(self, method: str) -> list[Any]:
        """The arguments of the calls of a method."""
        return [argument for name, argument in self.calls if name == method]

    # --- the server ----------------------------------------------------------------------------------------------

    def answer(self, request: Incoming) -> Reply:
        """What the site answers."""
        if self.replies:
            reply = self.replies.pop(0)
            if reply is not PASS:
                return reply
        if request.method == "PUT":
            return self._store(request)
        if request.path.startswith("/upload/"):
            return Reply(200, self._form(request).encode())
        if request.path.startswith("/file_serve/attachment/"):
            number = int(request.path.rsplit("/", 1)[1])
            return Reply(200, self.files[number]) if number in self.files else Reply(400)
        return self._rpc(json.loads(request.body))

    def _rpc(self, given: Json) -> Reply:
        method, params = given["method_name"], given["params"]
        if method == "info":
            return _json(self.info)
        self.auth.append(params[0])
        argument = params[1] if len(params) > 1 else None
        self.calls.append((method, argument))
        with self._lock:
            try:
                make = self.overrides.get(method) or getattr(self, f"rpc_{method}")
                return _json({"results": make(argument)})
            except Refusal as refusal:
                return _json({"exception": True, "error_code": refusal.code, "message": str(refusal)})

    def _form(self, request: Incoming) -> str:
        boundary = request.headers["content-type"].partition("boundary=")[2].encode()
        fields: dict[str, bytes] = {}
        for part in request.body.split(b"--" + boundary)[1:-1]:
            head, _, body = part.strip(b"\r\n").partition(b"\r\n\r\n")
            found = re.search(rb'name="([^"]*)"', head)
            assert found is not None
            fields[found[1].decode()] = body
        self.calls.append((request.path, {name: value for name, value in fields.items() if name != "file"}))
        step = request.path.removeprefix("/upload/api_")
        if step in ("get_upload_link_info", "get_upload_link_for_part", "complete_multipart_upload"):
            number = fields.get("part_number", b"1").decode()
            link = f"{self.url}/storage/{fields['filename'].decode()}/{number}?X-Amz-Signature=s1gnature"
            about = "2026-01-01T00:00:00Z\nAttachment\nupload-1\n"
            return "1\n" if step.startswith("complete") else f"1\n{link}\n{about}"
        if step == "link_file":
            fields["file"] = b"".join(parts[-1] for _, parts in sorted(self.stored.items()))
        data = fields.get("file", fields.get("thumb_image", b""))
        made = self.add("Attachment", filename=fields.get("display_name", b"x").decode(), file_size=len(data))
        self.files[made["id"]] = data
        return f"1:{made['id']}:ok\n"

    def _store(self, request: Incoming) -> Reply:
        """The cloud storage: it keeps what each part was sent, and names it."""
        self.stored.setdefault(request.path, []).append(request.body)
        etag = self.etags.pop(0) if self.etags else f'"{len(request.body)}"'
        return Reply(200, b"", {"ETag": etag} if etag else {})

    # --- methods -------------------------------------------------------------------------------------------------

    def rpc_schema_read(self, _: Any) -> Any:
        return self.schema

    def rpc_schema_entity_read(self, _: Any) -> Any:
        return {name: {"name": leaf(name), "visible": leaf(True)} for name in self.schema}

    def rpc_get_session_token(self, _: Any) -> Any:
        return {"session_id": "session-of-the-fake-site"}

    def rpc_read(self, given: Json) -> Json:
        retired = given.get("return_only") == "retired"
        rows = [
            row
            for number, row in sorted(self.tables.get(given["type"], {}).items())
            if ((given["type"], number) in self.retired) == retired and self._holds(row, given["filters"])
        ]
        if any(sort.get("direction") == "desc" for sort in given.get("sorts", ())):
            rows.reverse()
        size = given["paging"]["entities_per_page"]
        page = rows[:size]
        info = {"has_next_page": len(rows) > size, "entity_count": len(rows)}
        fields = given["return_fields"]
        made = [{"type": row["type"], "id": row["id"], **{n: self._at(row, n) for n in fields}} for row in page]
        return {"entities": made, "paging_info": info}

    def rpc_create(self, given: Json) -> Json:
        values = {item["field_name"]: item["value"] for item in given["fields"]}
        link = self.add(given["type"], **values)
        return dict(self.tables[given["type"]][link["id"]])

    def rpc_update(self, given: Json) -> Json:
        row = self._row(given)
        for item in given["fields"]:
            row[item["field_name"]] = item["value"]
        return {"type": row["type"], "id": row["id"], **{i["field_name"]: i["value"] for i in given["fields"]}}

    def rpc_delete(self, given: Json) -> bool:
        self._row(given)
        known = (given["type"], given["id"]) in self.retired
        self.retired.add((given["type"], given["id"]))
        return not known

    def rpc_revive(self, given: Json) -> bool:
        known = (given["type"], given["id"]) in self.retired
        self.retired.discard((given["type"], given["id"]))
        return known

    def rpc_batch(self, given: list[Json]) -> list[Any]:
        return [getattr(self, f"rpc_{item['request_type']}")(item) for item in given]

    def rpc_schema_field_create(self, given: Json) -> str:
        label = next(item["value"] for item in given["properties"] if item["property_name"] == "name")
        name = "sg_" + re.sub(r"[^a-z0-9]", "_", label.lower())
        self.schema[given["type"]][name] = native_field(given["data_type"], label=label)
        return name

    def _row(self, given: Json) -> Json:
        found = self.tables.get(given["type"], {}).get(given["id"])
        if found is None:
            raise Refusal(
                f"API delete() CRUD ERROR #3: Entity of type [{given['type']}] with id={given['id']} does not exist."
            )
        return found

    # --- filters -------------------------------------------------------------------------------------------------

    def _at(self, row: Json, path: str) -> Any:
        if path in row:
            return row[path]
        head, _, rest = path.partition(".")
        link = row.get(head)
        if not rest or not isinstance(link, dict):
            return None
        native, _, rest = rest.partition(".")
        if link["type"] != native or (native, link["id"]) in self.retired:
            return None
        return self._at(self.tables.get(native, {}).get(link["id"], {}), rest)

    def _holds(self, row: Json, node: Json) -> bool:
        if "conditions" in node:
            found = [self._holds(row, part) for part in node["conditions"]]
            return all(found) if node["logical_operator"] == "and" else any(found)
        value, wanted = _folded(self._at(row, node["path"])), [_folded(item) for item in node["values"]]
        return _RELATIONS[node["relation"]](value, wanted)


def _folded(value: Any) -> Any:
    if isinstance(value, dict):
        return (value["type"], value["id"])
    return value.lower() if isinstance(value, str) else value


_RELATIONS: dict[str, Callable[[Any, list[Any]], bool]] = {
    "is": lambda v, w: v == w[0],
    "is_not": lambda v, w: v != w[0],
    "in": lambda v, w: v in w,
    "not_in": lambda v, w: v not in w,
    "greater_than": lambda v, w: v is not None and v > w[0],
    "less_than": lambda v, w: v is not None and v < w[0],
    "between": lambda v, w: v is not None and w[0] <= v <= w[1],
    "contains": lambda v, w: v is not None and w[0] in v,
    "starts_with": lambda v, w: v is not None and v.startswith(w[0]),
    "ends_with": lambda v, w: v is not None and v.endswith(w[0]),
    "type_is": lambda v, w: v is not None and v[0].lower() == w[0],
}

PASS = Reply(599)
"""In ``FakeSite.replies``: this request is answered as usual."""


def _json(value: Any) -> Reply:
    return Reply(200, json.dumps(value).encode(), {"Content-Type": "application/json; charset=utf-8"})
