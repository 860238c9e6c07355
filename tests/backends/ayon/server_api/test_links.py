"""Links: made and deleted as by AYON's own client; read for many entities at once, and all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

from trackerkit.testing.loopback import Incoming, Reply
from trackerkit_ayon.server_api.exceptions import HTTPRequestError

TYPES = {
    "types": [
        {"name": "a|folder|folder", "linkType": "a", "inputType": "folder", "outputType": "folder", "data": {"x": 1}}
    ]
}
KIND = ("show_1", "a", "folder", "folder")
LINK = {"input": "i" * 32, "output": "o" * 32, "linkType": "a|folder|folder"}

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "get_link_types": (lambda api: api.get_link_types("show_1"), TYPES),
    "get_link_type": (lambda api: api.get_link_type(*KIND), TYPES),
    "get_link_type unknown": (lambda api: api.get_link_type("show_1", "a", "task", "folder"), TYPES),
    "delete_link_type": (lambda api: api.delete_link_type(*KIND), said(b"", 204)),
    "make_sure_link_type_exists, it does": (lambda api: api.make_sure_link_type_exists(*KIND), TYPES),
    "make_sure_link_type_exists, with that data": (lambda api: api.make_sure_link_type_exists(*KIND, {"x": 1}), TYPES),
    "create_link": (lambda api: api.create_link("show_1", "a", "i", "folder", "o", "folder"), {"id": "l"}),
    "create_link in full": (
        lambda api: api.create_link("show_1", "a", "i", "folder", "o", "folder", "n", {"x": 1}),
        {"id": "l"},
    ),
    "create_link refused": (
        lambda api: api.create_link("show_1", "a", "i", "folder", "o", "folder", "", {}),
        said({"detail": "Unsupported link type."}, 400),
    ),
    "create_links": (lambda api: api.create_links("show_1", [LINK, {**LINK, "name": "n"}]), {"created": [LINK]}),
    "delete_link": (lambda api: api.delete_link("show_1", "l" * 32), said(b"", 204)),
    "delete_link unknown": (lambda api: api.delete_link("show_1", "l" * 32), said({"detail": "no"}, 404)),
}


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *CALLS[name])


def test_a_type_keeps_its_data(recorder: Recorder, recorded: Pair) -> None:
    """The server reads it under ``data``; AYON's own client sends it beside, where it is lost."""
    for data, sent in (
        ({"color": "#f00"}, {"color": "#f00"}),
        ({"data": {"color": "#f00"}}, {"color": "#f00"}),
        (None, {}),
    ):
        recorder.reply = said(b"", 204)
        recorded.ours.create_link_type(*KIND, data)
        request = recorder.server.requests[-1]
        assert (request.method, request.target) == ("PUT", "/api/projects/show_1/links/types/a%7Cfolder%7Cfolder")
        assert json.loads(request.body) == {"data": sent}


@pytest.mark.parametrize(("data", "count"), [(None, 1), ({"x": 1}, 1), ({"x": 2}, 2)])
def test_a_type_with_other_data_is_made_anew(recorder: Recorder, recorded: Pair, data: Any, count: int) -> None:
    recorder.reply = lambda request: TYPES if request.method == "GET" else said(b"", 204)
    before = len(recorder.server.requests)
    recorded.ours.make_sure_link_type_exists(*KIND, data)
    assert len(recorder.server.requests) == before + count


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ({}, "'input', 'linkType', 'output'"),
        ({"input": "a", "linkType": "a|b|c"}, "'output'"),
        ({**LINK, "linkType": 7}, "Expected 'str'"),
        ({**LINK, "linkType": "a|folder"}, "Expected format"),
        ({**LINK, "linkType": "a|b|c|d"}, "Expected format"),
    ],
)
def test_what_is_no_link_is_not_sent(recorder: Recorder, recorded: Pair, link: dict[str, Any], message: str) -> None:
    before = len(recorder.server.requests)
    with pytest.raises(ValueError, match=message.replace("|", r"\|")):
        recorded.ours.create_links("show_1", [LINK, link])
    assert recorded.same(lambda api: api.create_links("show_1", [LINK, link])) == "ValueError"
    assert recorded.same(lambda api: api.create_links("show_1", [])) == ("list", [])
    assert len(recorder.server.requests) == before


def test_older_servers_take_one_link_at_a_time() -> None:
    with Recorder("1.15.7") as old:
        both = old.pair()
        as_theirs(
            old,
            both,
            lambda api: api.create_links("show_1", [LINK, {**LINK, "name": "n", "data": {"x": 1}}]),
            {"id": "l"},
        )
        both.close()


# ---- reading


class Linked:
    """Answers GraphQL's folders with their links as AYON does: a page of each, by cursor."""

    def __init__(self, links: dict[str, int], project: str = "show_1") -> None:
        self.links = links
        self.project = project
        self.asked: list[dict[str, Any]] = []

    def __call__(self, incoming: Incoming) -> Reply:
        body = json.loads(incoming.body)
        variables = body["variables"]
        self.asked.append(variables)
        wanted = [name for name in self.links if variables["ids"] is None or name in variables["ids"]]
        start = int(variables["after"] or 0)
        names = wanted[start : start + variables["first"]]
        edges = [
            {"node": {"id": name, "links": self.page(name, int(variables.get("linksAfter") or 0))}} for name in names
        ]
        info = {
            "hasNextPage": len(names) >= variables["first"],
            "endCursor": str(start + len(names)) if names else None,
        }
        page = {"edges": edges, "pageInfo": info}
        if "projects(name" in body["query"]:
            nodes = [{"node": {"name": name, "folders": page}} for name in ("show1x", "show_1")]
            return said({"data": {"projects": {"edges": nodes}}})
        return said({"data": {"project": {"name": self.project, "folders": page}}})

    def page(self, name: str, start: int) -> dict[str, Any]:
        numbers = range(start, min(start + 100, self.links[name]))
        info = {"hasNextPage": start + 100 < self.links[name], "endCursor": str(start + len(numbers))}
        return {"edges": [{"id": f"{name}-{number}"} for number in numbers], "pageInfo": info}


def test_links_are_all_there_in_few_requests(recorder: Recorder, recorded: Pair) -> None:
    counts = {f"folder{number}": number % 3 for number in range(400)} | {"busy": 250, "full": 100}
    recorder.reply = server = Linked(counts)
    found = recorded.ours.get_folders_links("show_1")
    assert list(found) == list(counts)
    assert {name: len(links) for name, links in found.items()} == counts
    assert [link["id"] for link in found["busy"]] == [f"busy-{number}" for number in range(250)]
    assert len(server.asked) <= 4 + 2


def test_entities_by_id_and_one_that_is_not_there(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = server = Linked({"a": 1, "b": 2, "c": 3})
    found = recorded.ours.get_folders_links("show_1", ["a", "c", "a", "gone"])
    assert {name: len(links) for name, links in found.items()} == {"a": 1, "c": 3}
    assert found["gone"] == []
    assert server.asked[0]["ids"] == ["a", "c", "gone"]
    assert recorded.ours.get_folder_links("show_1", "gone") == []


def test_a_project_of_a_similar_name_is_told_apart(recorder: Recorder, recorded: Pair) -> None:
    """The server takes ``_`` in a name for any character."""
    recorder.reply = Linked({"a": 1}, project="show1x")
    assert list(recorded.ours.get_folders_links("show_1")) == ["a"]


def test_F26_values_are_variables_only(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = server = Linked({"a": 1})
    evil = '"]) { id } evil: links(names: ["'
    recorded.ours.get_entities_links("show_1", "folder", [evil], [evil], "in", [evil], evil)
    assert "evil" not in json.loads(recorder.server.requests[-1].body)["query"]
    sent = server.asked[-1]
    assert (sent["ids"], sent["linkTypes"], sent["names"], sent["nameEx"]) == ([evil], [evil], [evil], evil)


def test_F21_a_failing_server_is_no_entity_without_links(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = said({"detail": "broken"}, 500)
    with pytest.raises(HTTPRequestError):
        recorded.ours.get_folder_links("show_1", "a")


# ---- on our gateway


@pytest.fixture(scope="module")
def linked(gateway_pair: Pair) -> Pair:
    """Folders, tasks and versions that hang together, by our client."""
    it, ours, theirs, name = gateway_pair, gateway_pair.ours, gateway_pair.theirs, gateway_pair.project
    for folder in ("one", "two", "three"):
        it.ids[folder] = theirs.create_folder(name, folder, folder_type="Asset")
    it.ids["product"] = theirs.create_product(name, "modelMain", "model", it.ids["one"])
    it.ids["version"] = theirs.create_version(name, 1, it.ids["product"])
    ours.create_link_type(name, "reference", "folder", "folder")
    ours.make_sure_link_type_exists(name, "breakdown", "folder", "version")
    it.ids["link"] = ours.create_link(name, "reference", it.ids["one"], "folder", it.ids["two"], "folder", "hero")["id"]
    made = [
        {"input": it.ids[key], "output": it.ids["version"], "linkType": "breakdown|folder|version"}
        for key in ("one", "two")
    ]
    assert [row["input"] for row in ours.create_links(name, made)] == [it.ids["one"], it.ids["two"]]
    return it


READS: dict[str, Callable[[Any, Pair], Any]] = {
    "get_link_types": lambda api, it: api.get_link_types(it.project),
    "get_link_type": lambda api, it: api.get_link_type(it.project, "reference", "folder", "folder"),
    "get_folders_links": lambda api, it: api.get_folders_links(it.project),
    "get_folders_links out": lambda api, it: api.get_folders_links(it.project, link_direction="out"),
    "get_folder_links in": lambda api, it: api.get_folder_links(it.project, it.ids["two"], link_direction="in"),
    "get_folder_links of a type": lambda api, it: api.get_folder_links(it.project, it.ids["one"], ["reference"]),
    "get_folder_links of none": lambda api, it: api.get_folder_links(it.project, it.ids["three"]),
    "get_version_links": lambda api, it: api.get_version_links(it.project, it.ids["version"]),
    "get_versions_links": lambda api, it: api.get_versions_links(it.project),
    "get_products_links": lambda api, it: api.get_products_links(it.project),
    "get_product_links": lambda api, it: api.get_product_links(it.project, it.ids["product"]),
    "get_tasks_links": lambda api, it: api.get_tasks_links(it.project),
    "get_task_links": lambda api, it: api.get_task_links(it.project, "f" * 32),
    "get_representations_links": lambda api, it: api.get_representations_links(it.project),
    "get_representation_links": lambda api, it: api.get_representation_links(it.project, "f" * 32),
    "by name": lambda api, it: api.get_entities_links(it.project, "folder", link_names={"hero"}),
    "of a wrong type": lambda api, it: api.get_entities_links(it.project, "product type"),
    "sideways": lambda api, it: api.get_entities_links(it.project, "folder", link_direction="up"),
    "of no type": lambda api, it: api.get_entities_links(it.project, "folder", link_types=()),
    "of no name": lambda api, it: api.get_entities_links(it.project, "folder", link_names=[]),
}


@pytest.mark.parametrize("name", READS)
def test_the_same_on_a_server(linked: Pair, name: str) -> None:
    linked.same(lambda api: READS[name](api, linked))


def test_a_link_goes_and_its_type_after_it(linked: Pair) -> None:
    ours, name = linked.ours, linked.project
    ours.create_link_type(name, "passing", "folder", "folder")
    link = ours.create_link(name, "passing", linked.ids["one"], "folder", linked.ids["three"], "folder")["id"]
    assert [row["id"] for row in linked.theirs.get_folder_links(name, linked.ids["three"])] == [link]
    ours.delete_link(name, link)
    assert linked.theirs.get_folder_links(name, linked.ids["three"]) == []
    with pytest.raises(HTTPRequestError) as caught:
        ours.delete_link(name, link)
    assert caught.value.status == 404
    ours.delete_link_type(name, "passing", "folder", "folder")
    assert linked.theirs.get_link_type(name, "passing", "folder", "folder") is None
