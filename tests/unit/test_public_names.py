"""The public names: what ``import trackerkit`` gives, and what it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import trackerkit

HEAVY = {"pydantic", "requests", "sqlalchemy", "shotgun_api3", "starlette", "pluggy", "stamina", "urllib3", "importlib.metadata",
         "graphql", "orjson", "msgspec", "keyring", "pytest", "sqlite3", "ssl", "asyncio"}  # fmt: skip


def loaded_after(code: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules, sep='\\n')"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(ran.stdout.split())


def test_import_loads_nothing_heavy() -> None:
    assert not loaded_after("import trackerkit") & HEAVY


@pytest.mark.parametrize(
    "code",
    [
        "import trackerkit as tk; (tk.field('a') == 1) & tk.native('b').is_in(['x'])",
        "import trackerkit as tk; tk.Ref('Shot', 1); tk.UNSET; tk.Url('x'); tk.errors.NotFoundError('x')",
        "import trackerkit as tk; tk.create('Shot', {}); tk.update(tk.Ref('Shot', 1), {'a': tk.add('b')})",
    ],
)
def test_what_needs_no_tracker_loads_nothing_heavy(code: str) -> None:
    assert not loaded_after(code) & HEAVY


def test_every_public_name_is_there() -> None:
    for name in trackerkit.__all__:
        assert getattr(trackerkit, name) is not None
        assert name in dir(trackerkit)


def test_every_public_name_has_its_words() -> None:
    for name in trackerkit.__all__:
        if name != "UNSET":
            assert getattr(trackerkit, name).__doc__, name


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = trackerkit.nothing


def test_star_import_gives_what_all_names() -> None:
    space: dict[str, object] = {}
    exec("from trackerkit import *", space)
    assert set(trackerkit.__all__) <= set(space)


def test_the_type_checker_sees_the_same_names() -> None:
    """The lazy names stand a second time in a TYPE_CHECKING block."""
    import ast
    from pathlib import Path

    assert trackerkit.__file__
    tree = ast.parse(Path(trackerkit.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    names = {alias.asname for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert names == set(trackerkit.__all__)
