"""What hangs on folders: their folders at any depth, and whether products or versions lie in them."""

from __future__ import annotations

from collections.abc import Sequence

from trackerkit.filters import Condition
from trackerkit.values import Ref
from trackerkit_ayon.gateway.homes import Home


def descendants(home: Home, ref: Ref) -> list[Ref]:
    """The folders in a folder, at any depth, itself first."""
    found, level = [ref], [ref]
    seen = {ref.id}
    while level:
        level = [item for item in _folders_in(home, level) if item.id not in seen]
        seen.update(item.id for item in level)
        found += level
    return found


def _folders_in(home: Home, refs: Sequence[Ref]) -> list[Ref]:
    condition = Condition("parent", "in", tuple(refs))
    found = home.site.tracker.find(
        "Folder",
        condition,
        fields=["id"],
        state="all",
        archived=True,
        project=home.ref,
        retired_links=home.site.every_link,
    )
    return [item.ref for item in found]


def has_products(home: Home, ref: Ref, gone: Sequence[Ref] = ()) -> bool:
    """Whether a product lies in a folder, at any depth; those that are ``gone`` do not count."""
    return _has(home, "Product", "parent", descendants(home, ref), gone)


def has_versions(home: Home, ref: Ref) -> bool:
    """Whether a version lies in a folder, at any depth."""
    return _has(home, "Version", "product.parent", descendants(home, ref))


def _has(home: Home, base: str, path: str, refs: Sequence[Ref], gone: Sequence[Ref] = ()) -> bool:
    condition = Condition(path, "in", tuple(refs))
    found = home.site.tracker.find(
        base, condition, fields=["id"], limit=1 + len(gone), state="all", archived=True, project=home.ref,
        retired_links=home.site.every_link,
    )  # fmt: skip
    without = set(gone)
    return any(item.ref not in without for item in found)
