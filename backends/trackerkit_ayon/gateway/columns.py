"""Which neutral fields each key of AYON's nodes is made of. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from trackerkit.schema import EntityType
from trackerkit_ayon.gateway.attributes import DATA_FIELD
from trackerkit_ayon.mapping.places import Place

HELD: Final = "ayon:"
"""Keys of a record's ``data`` that are not AYON's ``data``: what has no field of its own."""

HELD_ATTRIBUTES: Final = f"{HELD}attrib"
HELD_MOMENTS: Final = f"{HELD}moments"
HELD_FILES: Final = f"{HELD}files"
HELD_TRAITS: Final = f"{HELD}traits"

ATTRIBUTE_KEYS: Final = frozenset({"attrib", "allAttrib", "ownAttrib"})
INHERITING: Final = frozenset({"Folder", "Task"})

_SHOWN_IN: Final = {"attrib": ATTRIBUTE_KEYS, "data": frozenset({"data"})}

_EXTRA: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "Folder": {"parent": ("parent",), "parents": ("path",), "hasVersions": ()},
    "Task": {"folder": ("parent",), "path": ("name", "parent.path"), "parents": ("parent.path",)},
    "Product": {"folder": ("parent",), "path": ("name", "parent.path"), "parents": ("parent.path",)},
    "Version": {
        "name": ("number", "name"), "version": ("number", "name"), "product": ("product", "parent", "name"),
        "productId": ("product", "parent", "name"), "task": ("task",),
        "path": ("number", "name", "product.name", "product.parent.path", "parent.path"),
        "parents": ("product.name", "product.parent.path"),
    },
    "File": {
        "version": ("version",), "context": (DATA_FIELD,), "traits": (DATA_FIELD,),
        "files": ("paths", "path", "size", "hash", DATA_FIELD), "fileCount": ("paths", "path", DATA_FIELD),
        "path": ("name", "version.number", "version.product.name", "version.product.parent.path"),
        "parents": ("version.number", "version.product.name", "version.product.parent.path"),
    },
    "Workfile": {"task": ("task",), "name": ("path",), "parents": ("task.name", "task.parent.path")},
}  # fmt: skip
_THUMBNAIL: Final = ("thumbnail", "thumbnailHash", "thumbnailId")
_KEPT_NAME: Final = frozenset({"Version", "Workfile"})


def columns_of(base: str, view: EntityType, places: Mapping[str, Place], keys: Collection[str] | None) -> list[str]:
    """The fields to read for some keys of a node (every key for None), deep ones included.

    Args:
        base: the neutral type.
        view: its fields.
        places: where AYON keeps each of them.
        keys: what a client asked for.
    """
    wanted: dict[str, None] = {}
    for name, place in places.items():
        shown_in = _SHOWN_IN.get(place.home, frozenset({place.key} if place.home == "column" else ()))
        if shown_in and (keys is None or not shown_in.isdisjoint(keys)):
            wanted[name] = None
    wanted.update(dict.fromkeys(_extra(base, view, keys)))
    wanted.pop("id", None)
    return [name for name in wanted if name != "project" and _is_field(view, name.partition(".")[0])]


def _is_field(view: EntityType, name: str) -> bool:
    """A task's and a product's own type are fields; the type of the record is none that AYON has."""
    return name in view.fields and view.fields[name].data_type != "entity_type"


def _extra(base: str, view: EntityType, keys: Collection[str] | None) -> Iterable[str]:
    if "uid" in view.fields:
        yield "uid"
    if keys is None or ({"data", "context"} | ATTRIBUTE_KEYS) & set(keys):
        yield DATA_FIELD
    if base in _KEPT_NAME and (keys is None or "data" in keys):
        yield from ("name", "number", "product.name") if base == "Version" else ("name", "path")
    if base in INHERITING and (keys is None or ATTRIBUTE_KEYS & set(keys)):
        yield "parent"
    if keys is None or any(key in keys for key in _THUMBNAIL):
        yield "thumbnail"
    for key, names in _EXTRA.get(base, {}).items():
        if keys is None or key in keys:
            yield from names
