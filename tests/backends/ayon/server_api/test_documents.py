"""Documents: no value can break one, a real server takes each; and the methods that send them have AYON's signatures."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from pathlib import Path

import ayon_api
import pytest
from ayon_pair import Recorder

from trackerkit_ayon.server_api import ServerAPI, fields, graphql

HERE = Path(__file__).resolve()
CONTRACTS = HERE.parents[5] / "shared" / "contracts" / "ayon-1.16.0"


# ---- documents


@pytest.mark.parametrize("name", ["id}} {x", "a b", "", "ä", "name(first:1)", "a..b", 'n"', "1a"])
def test_f26_a_field_cannot_slip_into_a_document(server: Recorder, api: ServerAPI, name: str) -> None:
    with pytest.raises(ValueError, match="is no field"):
        list(api.get_tasks("p", fields={"id", name}))
    assert not [request for request in server.server.requests if request.path == "/graphql"]


def test_f26_values_are_not_in_the_document(server: Recorder, api: ServerAPI) -> None:
    page = {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    server.reply = {"data": {"project": {"name": "p", "folders": page}}}
    awkward = 'x") { id } evil: folders(ids: "'
    list(api.get_folders("p", folder_ids=[awkward], folder_path_regex=awkward, filters=awkward))
    sent = json.loads(server.server.requests[-1].body)
    assert "evil" not in sent["query"]
    assert sent["variables"]["ids"] == [awkward]
    assert sent["variables"]["pathEx"] == awkward


def test_own_attributes_are_asked_for_before_inherited_ones_join_them() -> None:
    shown = graphql.selection({"allAttrib", "ownAttrib", "a"})
    assert shown.index("ownAttrib") < shown.index("allAttrib")


def test_every_document_is_valid_on_a_real_server() -> None:
    if not CONTRACTS.is_dir():
        pytest.skip(f"the recorded contracts of AYON 1.16.0 are not beside the repository ({CONTRACTS.name})")
    from graphql import build_schema, parse, validate

    served = build_schema((CONTRACTS / "schema.graphql").read_text("utf-8"))
    kinds = {"folders": "folder", "tasks": "task", "products": "product", "versions": "version", "users": "user",
             "representations": "representation", "workfiles": "workfile", "projects": "project", "events": "event",
             "activities": "activity", "entityLists": "entityList"}  # fmt: skip
    for connection, kind in kinds.items():
        wanted = fields.default_fields(kind, (1, 16, 0))
        wanted = fields.project_parts(wanted, (1, 16, 0)) if kind == "project" else wanted
        if connection not in ("users", "projects", "events", "activities", "entityLists"):
            wanted = fields.with_links(wanted | {"links"}, True)
        shown = graphql.selection(wanted)
        for newest_first in (False, True):
            arguments = tuple(graphql.ARGUMENTS[connection])
            text = graphql.document(connection, arguments, shown, "cursor", newest_first)
            assert validate(served, parse(text)) == [], text
            if connection not in graphql.OF_THE_SERVER:
                assert validate(served, parse(graphql.in_every_project(text))) == [], text
    links = graphql.links_selection({}, "first:100,after:$after")
    assert validate(served, parse(graphql.links_document("folders", links))) == []


# ---- signatures

FAMILIES = ("projects", "folders", "tasks", "products", "versions", "representations", "workfiles")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_method_can_be_called_as_ayons(family: str) -> None:
    room = import_module(f"ayon_api._api_helpers.{family}")
    theirs = getattr(room, f"{family.title()}API")
    names = [name for name, value in vars(theirs).items() if callable(value) and not name.startswith("_")]
    assert names
    for name in names:
        mine, original = (inspect.signature(getattr(kind, name)) for kind in (ServerAPI, theirs))
        assert list(mine.parameters) == list(original.parameters), name
        for parameter, other in zip(mine.parameters.values(), original.parameters.values(), strict=True):
            assert parameter.kind == other.kind, (name, parameter)
            if type(other.default) is object:
                assert type(parameter.default) is object, (name, parameter)
            else:
                assert parameter.default == other.default, (name, parameter)
        assert inspect.isgeneratorfunction(getattr(ServerAPI, name)) == inspect.isgeneratorfunction(
            getattr(ayon_api.ServerAPI, name)
        ), name
