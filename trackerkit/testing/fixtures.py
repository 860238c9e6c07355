"""The fixtures for everybody's tests: a ShotGrid site and an AYON server of one's own. Nothing heavy is imported at load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackerkit.testing.double import Double


@pytest.fixture
def shotgrid_site() -> Iterator[Double]:
    """A ShotGrid site on the loopback with a small show in it, fresh for each test; see ``trackerkit.testing.double.Double``."""
    with _served("shotgrid") as made:
        yield made


@pytest.fixture
def ayon_server() -> Iterator[Double]:
    """An AYON server on the loopback with a small show in it, fresh for each test; see ``trackerkit.testing.double.Double``."""
    with _served("ayon") as made:
        yield made


@contextmanager
def _served(protocol: str) -> Iterator[Double]:
    try:
        from trackerkit.testing.double import double
    except ModuleNotFoundError as error:
        from trackerkit.errors import MissingExtraError

        raise MissingExtraError(
            f"a test double needs the package {error.name}", hint="pip install 'trackerkit[testing]'"
        ) from error
    with double(protocol) as made:
        yield made
