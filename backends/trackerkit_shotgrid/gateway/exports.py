"""``export_page``: pages are not drawn here, so there is nothing to export; what is asked is checked all the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import Fault
from trackerkit_shotgrid.gateway.wire import id_of


def export_page(context: Context, given: Mapping[str, Any]) -> NoReturn:
    """The answer to ``export_page``: always a refusal, in the site's words."""
    for name in ("format", "page_id"):
        if given.get(name) is None:
            raise Fault(f"API export_page() required parameter '{name}' missing")
    number = id_of("export_page", given["page_id"], "page_id")
    raise Fault(f"Export for Page id={number} not available")
