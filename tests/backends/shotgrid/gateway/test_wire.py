"""What stands in a request: taken apart, or refused in ShotGrid's own words."""

from __future__ import annotations

import pytest

from trackerkit.errors import (
    AuthenticationError,
    BatchError,
    ConflictError,
    DomainError,
    NotFoundError,
    UnavailableError,
)
from trackerkit_shotgrid.gateway import wire
from trackerkit_shotgrid.gateway.faults import Fault, envelope, of_error, shown

PAGING = {"entities_per_page": 500, "current_page": 1}


def leaf(path: str = "code", relation: str = "is", *values: object) -> dict[str, object]:
    return {"path": path, "relation": relation, "values": list(values)}


def group(*parts: object, operator: str = "and") -> dict[str, object]:
    return {"logical_operator": operator, "conditions": list(parts)}


def test_request_as_the_client_sends_it() -> None:
    auth = {"script_name": "s", "script_key": "k"}
    request = wire.read_request({"method_name": "read", "params": [auth, {"type": "Shot"}]})
    assert (request.method, request.auth, request.argument) == ("read", auth, {"type": "Shot"})


def test_request_without_an_argument() -> None:
    assert wire.argument_of(wire.read_request({"method_name": "schema_read", "params": [{}]})) == {}
    assert wire.read_request({"method_name": "info", "params": []}).auth == {}


@pytest.mark.parametrize(
    "body",
    [
        None, [], "read", 0, {}, {"method_name": None}, {"method_name": ["read"]}, {"method_name": ""},
        {"method_name": "x" * 101}, {"method_name": "read", "params": {}}, {"method_name": "read", "params": 0},
        {"method_name": "read", "params": [{}, {}, {}]}, {"method_name": "read", "params": [[], {}]},
        {"method_name": "read", "params": [None]},
    ],
)  # fmt: skip
def test_request_of_another_form_is_a_fault(body: object) -> None:
    with pytest.raises(Fault) as caught:
        wire.read_request(body)
    assert caught.value.code == 103


def test_read_as_the_client_sends_it() -> None:
    asked = wire.read_read(
        {
            "type": "Shot",
            "return_fields": ["code", "id", "code"],
            "filters": group(leaf("code", "is", "x"), group(leaf("id", "in", 1, 2), operator="or")),
            "return_only": "retired",
            "paging": {"entities_per_page": 25, "current_page": 3},
            "sorts": [{"field_name": "code", "direction": "desc"}, {"column": "id"}],
            "include_archived_projects": False,
            "api_return_image_urls": True,
            "return_paging_info_without_counts": True,
        }
    )
    assert asked.type == "Shot"
    assert asked.fields == ("code", "id")
    assert asked.filters == wire.Group(
        "and", (wire.Leaf("code", "is", ["x"]), wire.Group("or", (wire.Leaf("id", "in", [1, 2]),)))
    )
    assert asked.sorts == (wire.Sort("code", True), wire.Sort("id", False))
    assert (asked.is_retired, asked.page, asked.per_page) == (True, 3, 25)
    assert (asked.with_archived, asked.wants_counts, asked.wants_image_urls) == (False, False, True)


def test_read_of_the_least_that_can_be_sent() -> None:
    asked = wire.read_read({"type": "Shot", "paging": PAGING})
    assert asked.filters == wire.EVERYTHING
    assert (asked.fields, asked.sorts, asked.is_retired, asked.with_archived) == ((), (), False, True)


@pytest.mark.parametrize(
    "change",
    [
        {"type": None}, {"type": 1}, {"type": ""}, {"type": ["Shot"]},
        {"return_fields": "code"}, {"return_fields": [1]}, {"return_fields": {}}, {"return_fields": ["x"] * 1001},
        {"paging": None}, {"paging": []}, {"paging": {"entities_per_page": 1}},
        {"paging": {"entities_per_page": 0, "current_page": 1}},
        {"paging": {"entities_per_page": 10**9, "current_page": 1}},
        {"paging": {"entities_per_page": True, "current_page": 1}},
        {"paging": {"entities_per_page": "5", "current_page": 1}},
        {"paging": {"entities_per_page": 5, "current_page": 0}},
        {"paging": {"entities_per_page": 5, "current_page": -1}},
        {"paging": {"entities_per_page": 5, "current_page": 2**40}},
        {"return_only": "all"}, {"return_only": 1},
        {"sorts": "code"}, {"sorts": ["code"]}, {"sorts": [{"direction": "asc"}]},
        {"sorts": [{"field_name": "code", "direction": "up"}]},
        {"include_archived_projects": "yes"},
        {"filters": "code"}, {"filters": [["code", "is", "x"]]}, {"filters": {}},
        {"filters": {"logical_operator": "xor", "conditions": []}},
        {"filters": {"logical_operator": "AND", "conditions": []}},
        {"filters": {"logical_operator": ["and"], "conditions": []}},
        {"filters": {"conditions": []}}, {"filters": {"logical_operator": "and"}},
        {"filters": group(None)}, {"filters": group([])}, {"filters": group({})},
        {"filters": group({"path": "code"})}, {"filters": group({"path": "code", "relation": "is"})},
        {"filters": group({"path": "", "relation": "is", "values": [1]})},
        {"filters": group({"path": "code", "relation": None, "values": [1]})},
        {"filters": group({"path": "code", "relation": "is", "values": "x"})},
        {"additional_filter_presets": ["LATEST"]},
    ],
)  # fmt: skip
def test_read_of_another_form_is_a_fault(change: dict[str, object]) -> None:
    with pytest.raises(Fault, match=r"^API read\(\)"):
        wire.read_read({"type": "Shot", "paging": PAGING, **change})


def test_read_names_what_the_server_names() -> None:
    with pytest.raises(Fault) as caught:
        wire.read_read({"type": "Shot", "paging": {"current_page": 1}})
    assert caught.value.message == (
        "API read() invalid/missing integer 'paging' 'entities_per_page':\n" + shown({"current_page": 1})
    )
    with pytest.raises(Fault, match="Invalid logical operator: xor"):
        wire.filters_of("read", group(operator="xor"))


def nested(depth: int) -> dict[str, object]:
    made = group(leaf("code", "is", "x"))
    for _ in range(depth - 1):
        made = group(made)
    return made


def test_filters_nest_as_deep_as_a_live_site_takes_them() -> None:
    wire.filters_of("read", nested(wire.MAX_DEPTH))
    with pytest.raises(Fault, match="nested deeper than 265"):
        wire.filters_of("read", nested(wire.MAX_DEPTH + 1))


def test_filters_are_bounded_in_number() -> None:
    with pytest.raises(Fault, match="1002 more than are taken"):
        wire.filters_of("read", group(*[group(*[leaf()] * 3_000)] * 2))
    with pytest.raises(Fault, match="100001 values"):
        wire.filters_of("read", group(leaf("id", "in", *range(100_001))))


def test_create_as_the_client_sends_it() -> None:
    made = wire.read_write(
        "create",
        {"type": "Shot", "fields": [{"field_name": "code", "value": "x"}], "return_fields": ["id"]},
    )
    assert (made.kind, made.type, made.id, made.fields, made.return_fields) == (
        "create",
        "Shot",
        None,
        {"code": "x"},
        ("id",),
    )


def test_update_with_a_mode() -> None:
    sent = {"field_name": "assets", "value": [], "multi_entity_update_mode": "add"}
    made = wire.read_write("update", {"type": "Shot", "id": 7, "fields": [sent]})
    assert (made.id, made.fields, made.modes) == (7, {"assets": []}, {"assets": "add"})


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("create", None), ("create", []), ("create", {}), ("create", {"type": "Shot", "fields": {"code": "x"}}),
        ("create", {"type": "Shot", "fields": ["code"]}), ("create", {"type": "Shot", "fields": [{"value": 1}]}),
        ("create", {"type": "Shot", "fields": [{"field_name": "code"}]}),
        ("update", {"type": "Shot", "fields": []}), ("update", {"type": "Shot", "id": "7", "fields": []}),
        ("update", {"type": "Shot", "id": True, "fields": []}), ("update", {"type": "Shot", "id": -1, "fields": []}),
        ("update", {"type": "Shot", "id": 2**63, "fields": []}), ("update", {"type": "Shot", "id": 1.0, "fields": []}),
        ("update", {"type": "Shot", "id": 1, "fields": [{"field_name": "a", "value": [], "multi_entity_update_mode": "x"}]}),
        ("delete", {"type": "Shot"}), ("revive", {"id": 1}), ("delete", {"type": "Shot", "id": None}),
    ],
)  # fmt: skip
def test_write_of_another_form_is_a_fault(kind: str, given: object) -> None:
    with pytest.raises(Fault):
        wire.read_write(kind, given)


def test_batch_as_the_client_sends_it() -> None:
    made = wire.read_batch(
        [
            {"request_type": "create", "type": "Shot", "fields": [], "return_fields": ["id"]},
            {"request_type": "update", "type": "Shot", "id": 1, "fields": []},
            {"request_type": "delete", "type": "Shot", "id": 2},
        ]
    )
    assert [(item.kind, item.id) for item in made] == [("create", None), ("update", 1), ("delete", 2)]


@pytest.mark.parametrize(
    "given",
    [
        None, {}, "x", [1], [{}], [{"request_type": "revive", "type": "Shot", "id": 1}], [[]],
        [{"request_type": "batch", "requests": []}], [{"request_type": ["create"]}],
        [{"request_type": "delete", "type": "Shot", "id": 1}] * 1001,
    ],
)  # fmt: skip
def test_batch_of_another_form_is_a_fault(given: object) -> None:
    with pytest.raises(Fault):
        wire.read_batch(given)


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (AuthenticationError("Can't authenticate script 'x'"), 102, "Can't authenticate script 'x'"),
        (NotFoundError("gone"), 104, "API update() CRUD ERROR #3: gone"),
        (ConflictError("taken"), 104, "API update() CRUD ERROR #51: taken"),
        (DomainError("too long", path="Shot.name"), 104, "API update() CRUD ERROR #5: Update failed for [Shot.name]: too long"),
        (UnavailableError("locked"), 103, "API update() the tracker is busy: locked"),
        (
            BatchError("x", index=2, cause=NotFoundError("gone")), 104,
            "API batch() request with index 2 failed.  All requests rolled back.\nAPI update() CRUD ERROR #3: gone",
        ),
    ],
)  # fmt: skip
def test_errors_become_faults(error: Exception, code: int, text: str) -> None:
    fault = of_error(error, "update")  # type: ignore[arg-type]
    assert envelope(fault) == {"exception": True, "error_code": code, "message": text}
