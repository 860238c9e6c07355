"""The conformance suite: what every backend keeps, one file a verb.

A backend's author runs it by one small test module::

    import pytest, trackerkit
    from trackerkit.testing.conformance import *


    @pytest.fixture(scope="module")
    def stack(tmp_path_factory):
        with trackerkit.connect(f"csv:///{tmp_path_factory.mktemp('csv')}") as tracker:
            yield Stack("csv", tracker)

A case names the capabilities that it needs. A stack whose backend marks one as missing skips the case with the mark's own
reason; any other skip fails the run. At the end what ran, passed and was skipped is printed for each stack, and with
``--conformance-report=FILE`` written as JSON.
"""

from __future__ import annotations

from trackerkit.testing.conformance import (
    acting_as,
    batch,
    count,
    create,
    deep,
    delete,
    download,
    errors,
    events,
    explain,
    filters,
    find,
    follow,
    get,
    links,
    logic,
    notes,
    order,
    paging,
    playlists,
    restore,
    schema,
    summarize,
    thumbnail,
    update,
    upload,
)
from trackerkit.testing.conformance.acting_as import *
from trackerkit.testing.conformance.batch import *
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.count import *
from trackerkit.testing.conformance.create import *
from trackerkit.testing.conformance.deep import *
from trackerkit.testing.conformance.delete import *
from trackerkit.testing.conformance.download import *
from trackerkit.testing.conformance.errors import *
from trackerkit.testing.conformance.events import *
from trackerkit.testing.conformance.explain import *
from trackerkit.testing.conformance.filters import *
from trackerkit.testing.conformance.find import *
from trackerkit.testing.conformance.follow import *
from trackerkit.testing.conformance.get import *
from trackerkit.testing.conformance.links import *
from trackerkit.testing.conformance.logic import *
from trackerkit.testing.conformance.notes import *
from trackerkit.testing.conformance.order import *
from trackerkit.testing.conformance.paging import *
from trackerkit.testing.conformance.playlists import *
from trackerkit.testing.conformance.restore import *
from trackerkit.testing.conformance.schema import *
from trackerkit.testing.conformance.stack import Show, Stack
from trackerkit.testing.conformance.summarize import *
from trackerkit.testing.conformance.thumbnail import *
from trackerkit.testing.conformance.update import *
from trackerkit.testing.conformance.upload import *

VERBS = (
    acting_as,
    batch,
    count,
    create,
    deep,
    delete,
    download,
    errors,
    events,
    explain,
    filters,
    find,
    follow,
    get,
    links,
    logic,
    notes,
    order,
    paging,
    playlists,
    restore,
    schema,
    summarize,
    thumbnail,
    update,
    upload,
)
"""The files of the suite."""

__all__ = ["Cases", "Show", "Stack", "needs", *(name for verb in VERBS for name in verb.__all__)]
