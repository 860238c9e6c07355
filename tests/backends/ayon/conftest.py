"""What AYON's tests share: a schema made of what a real 1.16 server says of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trackerkit.schema import Schema
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.schema import Anatomy, schema_of

SITE = "ayon.example"


@pytest.fixture(scope="session")
def recorded() -> dict[str, Any]:
    """The attributes and one project of a server, as it gave them."""
    made: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "server.json").read_text("utf-8"))
    return made


@pytest.fixture(scope="session")
def schema(recorded: dict[str, Any]) -> Schema:
    """The neutral schema of that server."""
    return schema_of(recorded["attributes"], [Anatomy.of(recorded["project"])])


@pytest.fixture
def context() -> Context:
    """Records of the project ``big_buck``."""
    return Context(SITE, "big_buck")
