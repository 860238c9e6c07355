"""AYON's entity URIs, both ways."""

from __future__ import annotations

from typing import Any

import pytest

HOME = "ayon+entity://uris/sq01/sh010"


@pytest.fixture(scope="module")
def ids(gateway: Any) -> dict[str, str]:
    path = gateway.project("uris")

    def make(kind: str, **body: Any) -> str:
        return str(gateway.ok("POST", f"{path}/{kind}", json=body)["id"])

    made = {"sequence": make("folders", name="sq01", folderType="Sequence")}
    made["folder"] = make("folders", name="sh010", folderType="Shot", parentId=made["sequence"])
    made["task"] = make("tasks", name="comp", taskType="Compositing", folderId=made["folder"])
    made["product"] = make("products", name="renderMain", productType="render", folderId=made["folder"])
    made["v1"] = make("versions", version=1, productId=made["product"], status="Approved")
    made["v2"] = make("versions", version=2, productId=made["product"])
    data = {"context": {"folder": {"name": "sh010"}, "ext": "exr"}}
    attrib = {"template": "{root[work]}/{folder[name]}/x.{ext}"}
    made["file"] = make("representations", name="exr", versionId=made["v2"], data=data, attrib=attrib)
    made["workfile"] = make("workfiles", path="{root[work]}/sh010/comp_v001.nk", taskId=made["task"])
    return made


@pytest.mark.parametrize(
    ("query", "wanted", "target"),
    [
        ("", ["folder"], "folder"), ("?task=comp", ["task"], "task"), ("?product=renderMain", ["product"], "product"),
        ("?product=renderMain&version=v001", ["v1"], "version"), ("?product=renderMain&version=2", ["v2"], "version"),
        ("?product=renderMain&version=latest", ["v2"], "version"), ("?product=*&version=latestdone", ["v1"], "version"),
        ("?product=*&version=*", ["v1", "v2"], "version"), ("?product=renderMain&version=hero", [], ""),
        ("?product=renderMain&version=latest&representation=exr", ["file"], "representation"),
        ("?product=renderMain&version=v001&representation=exr", [], ""),
        ("?task=comp&workfile=comp_v001.nk", ["workfile"], "workfile"),
        ("?task=nope", [], ""),
    ],
)  # fmt: skip
def test_a_uri_is_resolved(gateway: Any, ids: dict[str, str], query: str, wanted: list[str], target: str) -> None:
    (found,) = gateway.ok("POST", "/api/resolve", json={"uris": [HOME + query]})
    assert "error" not in found
    assert sorted(item[f"{target}Id"] for item in found["entities"]) == sorted(ids[name] for name in wanted)
    for item in found["entities"]:
        assert (item["target"], item["folderId"], item["projectName"]) == (target, ids["folder"], "uris")


def test_a_path_is_made_of_its_template(gateway: Any, ids: dict[str, str]) -> None:
    uris = [f"{HOME}?product=renderMain&version=v002&representation=exr"]
    (found,) = gateway.ok("POST", "/api/resolve", json={"uris": uris})
    assert found["entities"][0]["filePath"] == "{root[work]}/sh010/x.exr"
    (found,) = gateway.ok("POST", "/api/resolve?pathOnly=true", json={"uris": uris})
    assert found["entities"] == [{"filePath": "{root[work]}/sh010/x.exr"}]


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("", "Invalid scheme: "), ("http://uris/x", "Invalid scheme: http"), ("ayon+entity://", "Invalid project name: "),
        ("ayon+entity://nope/x", "Project nope not found"), (f"{HOME}?version=x", "Invalid version name: x"),
        (f"{HOME}?product=a'b", "Invalid name: a'b"), ("ayon+entity://uris/*", "Invalid path element: *"),
        (f"{HOME}?task=comp&product=x", "Tasks and workfiles cannot be queried with products"),
        ("ayon+entity://[", "Invalid URI"), ("ayon+entity://uris/../../x", "Invalid path element: .."),
    ],
)  # fmt: skip
def test_a_bad_uri_is_told(gateway: Any, ids: dict[str, str], uri: str, error: str) -> None:
    (found,) = gateway.ok("POST", "/api/resolve", json={"uris": [uri]})
    assert found == {"uri": uri, "entities": [], "error": error}


@pytest.mark.parametrize("body", [{}, {"uris": 7}, {"uris": [{}]}, [], 7, None])
def test_a_bad_request_is_refused(gateway: Any, body: Any) -> None:
    assert gateway.call("POST", "/api/resolve", json=body).status_code == 400


def test_entities_have_uris(gateway: Any, ids: dict[str, str]) -> None:
    wanted = {
        "folder": ("folder", ""), "task": ("task", "?task=comp"), "product": ("product", "?product=renderMain"),
        "v2": ("version", "?product=renderMain&version=v002"),
        "file": ("representation", "?product=renderMain&version=v002&representation=exr"),
        "workfile": ("workfile", "?task=comp&workfile=comp_v001.nk"),
    }  # fmt: skip
    for name, (kind, query) in wanted.items():
        body = {"entityType": kind, "ids": [ids[name], "ab" * 16]}
        assert gateway.ok("POST", "/api/projects/uris/uris", json=body)["uris"] == [
            {"id": ids[name], "uri": HOME + query}
        ]
        (found,) = gateway.ok("POST", "/api/resolve", json={"uris": [HOME + query]})
        assert [item[f"{kind}Id"] for item in found["entities"]] == [ids[name]]
    assert gateway.call("POST", "/api/projects/uris/uris", json={"entityType": "x", "ids": []}).status_code == 400
