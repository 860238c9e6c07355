"""What a connection's arguments select. The expected names were compared with a real 1.16 server's answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

PROJECT = "gw_arguments"
EMPTY = json.dumps({"conditions": [], "operator": "AND"})
CASES: tuple[tuple[str, str, str], ...] = (
    ("folders", 'tags: ["important", "for_reel"]', "sh020"),
    ("folders", 'tags: ["important"]', "sh010 sh020"),
    ("folders", "tags: []", "sh010 sh020 sq01"),
    ("tasks", "tags: []", "comp"),
    ("tasks", 'tags: ["important", "for_reel"]', "anim"),
    ("products", "tags: []", ""),
    ("products", 'tags: ["important", "for_reel"]', ""),
    ("products", 'tags: ["for_reel"]', "renderMain"),
    ("folders", 'statuses: ["Nope", "In progress"]', "sh010"),
    ("folders", 'statuses: ["in progress"]', ""),
    ("tasks", 'statuses: ["Nope"]', ""),
    ("folders", 'assignees: ["ga_ada", "ga_ben"]', "sh010"),
    ("folders", 'assignees: ["ga_ada"]', "sh010 sh020"),
    ("folders", f"filter: {json.dumps(EMPTY)}", "sh010 sh020 sq01"),
    ("products", f"versionFilter: {json.dumps(EMPTY)}", "modelMain renderMain"),
    ("folders", 'search: "SH ten"', "sh010"),
    ("folders", 'search: "ten, sh020"', "sh010 sh020"),
    ("folders", 'search: "?"', "sh010 sh020 sq01"),
    ("folders", 'search: "Tén"', "sh010"),
    ("tasks", 'search: "composit"', "comp"),
    ("tasks", 'search: "sq01 anim"', "anim"),
    ("products", 'search: "model"', "modelMain"),
    ("products", 'search: "geo"', "modelMain"),
    ("versions", 'search: "render v2"', "v002"),
    ("versions", 'search: "m"', "HERO v001 v002 v004"),
    ("versions", "version: 0", "HERO v001 v002 v004"),
    ("versions", "latestOnly: true", "v004"),
    ("versions", "heroOrLatestOnly: true", "HERO v004"),
    ("versions", 'featuredOnly: ["hero"]', "v002"),
    ("versions", 'featuredOnly: ["latestDone", "hero"]', "v001"),
)


@pytest.fixture(scope="module")
def ids(gateway: Any) -> Any:
    """The ids of a show with something of every type."""
    gateway.ok("POST", "/api/projects", json={"name": PROJECT, "code": "gwa"})
    for name in ("ga_ada", "ga_ben"):
        gateway.ok("PUT", f"/api/users/{name}", json={})
    path, ids = f"/api/projects/{PROJECT}", {}

    def create(what: str, **body: Any) -> str:
        return str(gateway.ok("POST", f"{path}/{what}s", json=body)["id"])

    ids["sq"] = create("folder", name="sq01", folderType="Sequence")
    ids["sh"] = create(
        "folder", name="sh010", label="Shot Ten", parentId=ids["sq"], status="In progress", tags=["important"]
    )
    other = create("folder", name="sh020", parentId=ids["sq"], tags=["important", "for_reel"])
    both = ["ga_ada", "ga_ben"]
    create("task", name="comp", taskType="Compositing", folderId=ids["sh"], assignees=both)
    create(
        "task", name="anim", taskType="Animation", folderId=other, assignees=["ga_ada"], tags=["important", "for_reel"]
    )
    ids["render"] = create("product", name="renderMain", productType="render", folderId=ids["sh"], tags=["for_reel"])
    create("product", name="modelMain", productType="geometry", folderId=other)
    ids["v1"] = create("version", version=1, productId=ids["render"], status="Approved")
    ids["v2"] = create("version", version=2, productId=ids["render"])
    ids["hero"] = create("version", version=-2, productId=ids["render"])
    ids["v4"] = create("version", version=4, productId=ids["render"], active=False)
    yield ids
    gateway.ok("DELETE", path)


@pytest.mark.parametrize(("connection", "said", "wanted"), CASES)
def test_an_argument(gateway: Any, ids: dict[str, str], connection: str, said: str, wanted: str) -> None:
    found = gateway.graphql(f'{{project(name: "{PROJECT}") {{{connection}({said}) {{edges {{node {{name}}}}}}}}}}')
    assert " ".join(sorted(edge["node"]["name"] for edge in found["project"][connection]["edges"])) == wanted


def test_what_is_newest(gateway: Any, ids: dict[str, str]) -> None:
    version = "id isLatest isLatestDone heroVersionId"
    product = 'latestVersion {id} featuredVersion {id featuredVersionType} hero: featuredVersion(order: ["hero"]) {id}'
    parts = f'versions {{edges {{node {{{version}}}}}}} product(id: "{ids["render"]}") {{{product}}}'
    found = gateway.graphql(f'{{project(name: "{PROJECT}") {{{parts}}}}}')["project"]
    shown = {edge["node"].pop("id"): tuple(edge["node"].values()) for edge in found["versions"]["edges"]}
    assert shown == {
        ids["v1"]: (False, True, None), ids["v2"]: (False, False, ids["hero"]), ids["hero"]: (False, False, None),
        ids["v4"]: (True, False, None),
    }  # fmt: skip
    assert found["product"] == {
        "latestVersion": {"id": ids["v4"]}, "hero": {"id": ids["v2"]},
        "featuredVersion": {"id": ids["v1"], "featuredVersionType": "latestDone"},
    }  # fmt: skip


def test_a_product_has_one_hero(gateway: Any, ids: dict[str, str]) -> None:
    path = f"/api/projects/{PROJECT}/versions"
    answer = gateway.call("POST", path, json={"version": -4, "productId": ids["render"]})
    assert (answer.status_code, answer.json()["detail"]) == (409, "Hero version already exists.")
    gateway.ok("PATCH", f"{path}/{ids['hero']}", json={"version": -4})
    gateway.ok("PATCH", f"{path}/{ids['hero']}", json={"version": -2})


def test_data_keeps_what_it_was_given(gateway: Any, ids: dict[str, str]) -> None:
    path = f"/api/projects/{PROJECT}/folders"
    id = gateway.ok("POST", path, json={"name": "kept", "data": {"a": None, "b": {"c": None, "d": 1}}})["id"]
    assert gateway.ok("GET", f"{path}/{id}")["data"] == {"a": None, "b": {"c": None, "d": 1}}
    gateway.ok("PATCH", f"{path}/{id}", json={"data": {"a": None, "b": {"c": None, "e": [None]}}})
    assert gateway.ok("GET", f"{path}/{id}")["data"] == {"b": {"e": [None]}}
    gateway.ok("DELETE", f"{path}/{id}")


def test_a_path_makes_no_file(gateway: Any, ids: dict[str, str]) -> None:
    path = f"/api/projects/{PROJECT}/representations"
    body = {"name": "exr", "versionId": ids["v1"], "attrib": {"path": "/shows/a/b.exr"}}
    id = gateway.ok("POST", path, json=body)["id"]
    found = gateway.ok("GET", f"{path}/{id}")
    assert (found["files"], found["attrib"]["path"]) == ([], "/shows/a/b.exr")
    gateway.ok("DELETE", f"{path}/{id}")


def test_a_date_keeps_its_time_of_day(gateway: Any, ids: dict[str, str]) -> None:
    path = f"/api/projects/{PROJECT}/folders"
    body = {"name": "timed", "attrib": {"startDate": "2024-02-02T23:00:00Z", "endDate": "2024-03-01T00:00:00+00:00"}}
    id = gateway.ok("POST", path, json=body)["id"]

    def dates() -> list[str | None]:
        found = gateway.ok("GET", f"{path}/{id}")
        assert found.get("data", {}) == {}
        return [found["attrib"].get(name) for name in ("startDate", "endDate")]

    def found(operator: str, value: str) -> bool:
        said = {"conditions": [{"key": "attrib.startDate", "operator": operator, "value": value}]}
        text = f'folders(ids: ["{id}"], filter: {json.dumps(json.dumps(said))}) {{edges {{node {{id}}}}}}'
        return bool(gateway.graphql(f'{{project(name: "{PROJECT}") {{{text}}}}}')["project"]["folders"]["edges"])

    end = "2024-03-01T00:00:00+00:00"
    assert dates() == ["2024-02-02T23:00:00+00:00", end]
    for operator, value, is_found in (
        ("eq", "2024-02-02T23:00:00+00:00", True), ("eq", "2024-02-02T00:00:00+00:00", False),
        ("gt", "2024-02-02T00:00:00+00:00", True), ("lt", "2024-02-02T23:30:00+00:00", True),
        ("ne", "2024-02-02T00:00:00+00:00", True), ("gte", "2024-02-03T00:00:00+00:00", False),
    ):  # fmt: skip
        assert found(operator, value) == is_found, (operator, value)
    gateway.ok("PATCH", f"{path}/{id}", json={"attrib": {"startDate": "2024-02-03T04:05:06.5+02:00"}})
    assert dates() == ["2024-02-03T04:05:06.500000+02:00", end]
    gateway.ok("PATCH", f"{path}/{id}", json={"attrib": {"startDate": "2024-02-03T00:00:00+00:00"}})
    assert dates() == ["2024-02-03T00:00:00+00:00", end]
    gateway.ok("PATCH", f"{path}/{id}", json={"attrib": {"startDate": None}})
    assert dates() == [None, end]
    gateway.ok("DELETE", f"{path}/{id}")
