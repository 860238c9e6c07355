"""Every document and every path that is sent exists on a real AYON 1.16 server, by its own description of itself."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trackerkit.schema import Schema
from trackerkit_ayon.compile import documents
from trackerkit_ayon.mapping.names import native_of

HERE = Path(__file__).resolve()
CONTRACTS = HERE.parents[4] / "shared" / "contracts" / "ayon-1.16.0"
PACKAGE = HERE.parents[3] / "backends" / "trackerkit_ayon"


@pytest.fixture(scope="module")
def contracts() -> Path:
    if not CONTRACTS.is_dir():
        pytest.skip(f"the recorded contracts of AYON 1.16.0 are not beside the repository ({CONTRACTS.name})")
    return CONTRACTS


def every_document(schema: Schema) -> Iterator[str]:
    """Every document that can be made: each field by itself, and all of them, with every argument."""
    yield from documents.EVERY_DOCUMENT
    for type_name in documents.ALWAYS:
        names = list(schema.type(type_name).fields)
        selections = [documents.selection(type_name, some) for some in ([], names, *([name] for name in names))]
        for selected in selections:
            if type_name == "User":
                yield documents.users_document(selected)
            elif type_name == "Project":
                yield documents.projects_document(f"{selected} {documents.ANATOMY}")
                yield documents.projects_document(selected, by_name=True)
                yield documents.anatomies_document(len(names))
            else:
                arguments = tuple(documents.ARGUMENTS[native_of(type_name).plural])
                yield documents.listing(type_name, selected, arguments)
                yield documents.listing(type_name, selected, arguments, False)


def test_every_document_is_valid(schema: Schema, contracts: Path) -> None:
    from graphql import build_schema, parse, validate

    served = build_schema((contracts / "schema.graphql").read_text("utf-8"))
    made = list(dict.fromkeys(every_document(schema)))
    assert len(made) > 200
    for document in made:
        assert validate(served, parse(document)) == [], document


def test_own_attributes_are_asked_for_before_effective_ones(schema: Schema) -> None:
    """The server mixes inherited values into the own ones when it gives the former."""
    for document in every_document(schema):
        if "ownAttrib" in document:
            assert document.index("ownAttrib") < document.index("allAttrib")


def test_no_document_holds_a_value(schema: Schema) -> None:
    for document in every_document(schema):
        assert '"' not in document
        assert not re.search(r":\s*\d{2,}", document)


CALLS = {"get": "get", "post": "post", "upload": "post"}


def sent_paths() -> Iterator[tuple[str, list[str | None]]]:
    """Verb and path of every REST call in the package's source; what is not a literal is None."""
    for source in sorted([*PACKAGE.glob("*.py"), *PACKAGE.glob("backend/*.py")]):
        tree = ast.parse(source.read_text("utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            tuples: dict[str, list[ast.Tuple]] = {}
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
                    tuples.setdefault(ast.unparse(node.targets[0]), []).append(node.value)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_client(node.func):
                    yield from _call(node, tuples)


def _is_client(func: ast.Attribute) -> bool:
    owner = func.value
    name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return name == "client" and func.attr in ("get", "post", "send", "upload")


def _call(node: ast.Call, tuples: dict[str, list[ast.Tuple]]) -> Iterator[tuple[str, list[str | None]]]:
    assert isinstance(node.func, ast.Attribute)
    arguments = list(node.args)
    verb = CALLS.get(node.func.attr)
    if verb is None:
        first = arguments.pop(0)
        assert isinstance(first, ast.Constant), ast.unparse(node)
        verb = str(first.value).lower()
    elif node.func.attr == "upload":
        arguments.pop(0)
    starred = [item.value for item in arguments if isinstance(item, ast.Starred)]
    for path in tuples[ast.unparse(starred[0])] if starred else [ast.Tuple()]:
        spread = [path.elts if isinstance(item, ast.Starred) else [item] for item in arguments]
        yield verb, [_literal(item) for some in spread for item in some]


def _literal(node: ast.expr) -> str | None:
    return str(node.value) if isinstance(node, ast.Constant) else None


def test_every_path_is_served_with_that_verb(contracts: Path) -> None:
    api: dict[str, Any] = json.loads((contracts / "openapi.json").read_text("utf-8"))["paths"]
    served = [(path.removeprefix("/api/").split("/"), methods) for path, methods in api.items()]
    found = list(sent_paths())
    assert len(found) > 40
    for verb, parts in found:
        fits = [
            methods for path, methods in served
            if len(path) == len(parts) and all(_fits(one, other) for one, other in zip(path, parts))  # noqa: B905 - Python 3.10
        ]  # fmt: skip
        assert any(verb in methods for methods in fits), (verb, parts)


def _fits(served: str, sent: str | None) -> bool:
    return served.startswith("{") or sent is None or served == sent
