"""What a user gets by installing: light imports, entry points that resolve, typed packages."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest

IN_TREE = ("trackerkit_sqlite", "trackerkit_shotgrid", "trackerkit_ayon")

HEAVY = ("pydantic", "requests", "sqlalchemy", "shotgun_api3", "starlette", "graphql", "keyring", "typer", "hypothesis")


def loaded_after(statement: str) -> set[str]:
    """The names in ``sys.modules`` after ``statement`` ran in a new interpreter."""
    code = f"{statement}\nimport sys\nprint(*sys.modules, sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("package", ["trackerkit", *IN_TREE])
def test_import_loads_nothing_heavy(package: str) -> None:
    loaded = loaded_after(f"import {package}")
    assert package in loaded
    assert not loaded.intersection(HEAVY)


def test_import_of_the_pytest_plugin_loads_nothing_else() -> None:
    """It is loaded in every pytest run of everyone who has trackerkit installed, so pytest itself is there by then."""
    loaded = loaded_after("import trackerkit.testing.plugin")
    ours = {name for name in loaded - loaded_after("import trackerkit") if name.startswith("trackerkit")}
    assert ours == {"trackerkit.testing", "trackerkit.testing.plugin"}
    assert not loaded.intersection(HEAVY)


def test_entry_points_list_the_in_tree_backends_and_load() -> None:
    found = {point.name: point for point in entry_points(group="trackerkit")}
    assert {"sqlite", "shotgrid", "ayon"} <= found.keys()
    for name in ("sqlite", "shotgrid", "ayon"):
        assert found[name].load().__name__ == f"trackerkit_{name}"


def test_command_resolves() -> None:
    (command,) = entry_points(group="console_scripts", name="trackerkit")
    assert callable(command.load())


@pytest.mark.parametrize("package", ["trackerkit", *IN_TREE])
def test_package_is_typed(package: str) -> None:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert (Path(spec.origin).parent / "py.typed").is_file()
