"""``query_display_name_cache``: records whose name holds every word of a text (``text_search``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trackerkit.filters import And, Condition, Filter, Or
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import Fault, missing
from trackerkit_shotgrid.gateway.fields import display_of
from trackerkit_shotgrid.gateway.read import condition_of
from trackerkit_shotgrid.gateway.records import read_fields
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.wire import filters_of, id_of, list_of, text_of

_VERB: Final = "query_display_name_cache"
_USUAL: Final = 10
_MOST: Final = 500
_WORDS: Final = 20
_SCANNED: Final = 500
_FIELDS: Final = ("cached_display_name", "image", "sg_status_list", "project", "entity")


def query_display_name_cache(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``query_display_name_cache``: the shortest names first, whatever the type."""
    text = text_of(_VERB, given, "text")
    terms = text.lower().split()[:_WORDS]
    if not terms:
        raise missing(_VERB, "string", "text", given=text)
    limit = _limit(given)
    types = given.get("entity_types")
    if not isinstance(types, dict):
        raise missing(_VERB, "hash", "entity_types", given=types)
    projects = [id_of(_VERB, number, "project_ids") for number in list_of(_VERB, given, "project_ids", 1_000)]
    ranked: list[tuple[int, int, dict[str, Any]]] = []
    for place, (native, filters) in enumerate(types.items()):
        matches = _matches(context, native, filters, terms, projects)
        ranked.extend((len(str(item["name"])), place, item) for item in matches)
    ranked.sort(key=lambda item: item[:2])
    return {"terms": terms, "matches": [item for _, _, item in ranked[:limit]]}


def _limit(given: Mapping[str, Any]) -> int:
    limit = given.get("max_results")
    if limit is None:
        return _USUAL
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 < limit <= _MOST:
        raise Fault(f"API {_VERB}() 'max_results' must be a whole number from 1 to {_MOST}")
    return limit


def _matches(
    context: Context, native: str, filters: Any, terms: list[str], projects: list[int]
) -> Iterator[dict[str, Any]]:
    site = context.site
    site.type(_VERB, native)
    neutral, display = site.neutral(native), display_of(site, native)
    group = filters_of(_VERB, filters, context.shared.limits)
    if site.schema.field(neutral, display).data_type != "text":
        return
    words = And([_holds(site, neutral, display, term) for term in terms])
    homes = [ref for number in projects if (ref := site.find_ref("Project", number)) is not None]
    if projects and not homes:
        return
    query = site.tracker.query(
        neutral, words, condition_of(context, _VERB, native, group), fields=["id"], limit=_SCANNED, archived=False,
        project=homes or None,
    )  # fmt: skip
    refs = [page.plan.ref(row) for page in site.tracker.read(query) for row in page.rows]
    for item in read_fields(context, native, refs, _FIELDS):
        yield _told(native, item)


def _holds(site: Site, neutral: str, display: str, term: str) -> Filter:
    """A word stands in the name, or in the name of what the record is about, as far as a store answers that at once."""
    own = Condition(display, "contains", term)
    link = site.schema.type(neutral).fields.get("parent")
    if link is None or not site.ids.is_own or site.schema.is_a(neutral, "Folder"):
        return own
    return Or((own, Condition("parent", "name_contains", term)))


def _told(native: str, item: Mapping[str, Any]) -> dict[str, Any]:
    project, entity = item.get("project"), item.get("entity")
    home = item["id"] if native == "Project" else project["id"] if project else None
    return {
        "id": item["id"], "type": native, "name": item.get("cached_display_name"), "project_id": home,
        "image": item.get("image"), "links": [entity["type"], entity["name"]] if entity else ["", ""],
        "status": item.get("sg_status_list"),
    }  # fmt: skip
