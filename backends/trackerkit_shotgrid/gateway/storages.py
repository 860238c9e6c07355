"""Local files: paths under the roots of LocalStorages, found and told as ShotGrid does."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from trackerkit.tracker import Tracker
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.faults import Fault, shown
from trackerkit_shotgrid.gateway.ids import Ids
from trackerkit_shotgrid.mapping.bindings import TypeBinding

STORAGE: Final = "LocalStorage"
PLATFORMS: Final = ("linux", "mac", "windows")


@dataclass(frozen=True, slots=True)
class Root:
    """One storage.

    Args:
        ref: its record.
        name: what it is called.
        paths: by platform; without a slash at the end.
    """

    ref: Ref
    name: str
    paths: Mapping[str, str]


class Storages:
    """The LocalStorages of a site, read once a call.

    Args:
        tracker: whose.
        types: ShotGrid's types of its schema.
        ids: whole numbers for its records.
    """

    def __init__(self, tracker: Tracker, types: Mapping[str, TypeBinding], ids: Ids) -> None:
        self._tracker = tracker
        self._types = types
        self._ids = ids

    @property
    def is_known(self) -> bool:
        """Whether the tracker has LocalStorages at all."""
        return STORAGE in self._types

    @cached_property
    def roots(self) -> list[Root]:
        """All of them."""
        owner = self._types[STORAGE]
        binding = owner.natives
        wanted = {name: binding[f"{name}_path"].field.name for name in PLATFORMS if f"{name}_path" in binding}
        display = self._tracker.schema.type(owner.neutral).display
        found = self._tracker.find(owner.neutral, fields=[display, *wanted.values()], archived=True)
        return [
            Root(
                item.ref,
                str(item[display]),
                {name: _plain(item[field]) for name, field in wanted.items() if item[field]},
            )
            for item in found
        ]

    def find(self, path: str) -> tuple[Root, str] | None:
        """The storage with the deepest root above a path, of any platform, and the path below it."""
        plain = path.replace("\\", "/")
        best: tuple[int, Root, str] | None = None
        for root in self.roots:
            for platform, start in root.paths.items():
                given, wanted = (plain.lower(), start.lower()) if platform == "windows" else (plain, start)
                if given.startswith(wanted + "/") and (best is None or len(start) > best[0]):
                    best = (len(start), root, plain[len(start) + 1 :])
        return None if best is None else best[1:]

    def told(self, path: str, name: str | None = None, content_type: str | None = None) -> dict[str, Any] | None:
        """The url dict of a path; None for one under no storage."""
        found = self.find(path) if self.is_known else None
        if found is None:
            return None
        root, relative = found
        paths = {
            f"local_path_{key}": _below(root.paths[key], relative, key) if key in root.paths else None
            for key in PLATFORMS
        }
        return {
            "content_type": content_type or mimetypes.guess_type(path)[0], "link_type": "local",
            "name": name or relative.rpartition("/")[2], "relative_path": relative, **paths,
            "local_storage": {"type": STORAGE, "id": self._ids.number(root.ref), "name": root.name},
        }  # fmt: skip

    def path_of(self, verb: str, where: str, value: Mapping[str, Any]) -> str:
        """The path that a url dict names, as the first platform of its storage has it.

        Raises:
            Fault: no storage has it.
        """
        if value.get("relative_path") and value.get("local_storage"):
            return self._joined(verb, where, value)
        path = next(
            (value[name] for name in ("local_path", *(f"local_path_{key}" for key in PLATFORMS)) if value.get(name)), ""
        )
        if not isinstance(path, str) or self.find(path) is None:
            raise Fault(f"API {verb}() {where}: Path {shown(path)} doesn't match any defined Local Storage.")
        return path.replace("\\", "/")

    def _joined(self, verb: str, where: str, value: Mapping[str, Any]) -> str:
        given, relative = value["local_storage"], value["relative_path"]
        for root in self.roots if isinstance(given, Mapping) and isinstance(relative, str) else ():
            if given.get("id") == self._ids.number(root.ref) or (
                given.get("id") is None and given.get("name") == root.name
            ):
                start = next((root.paths[key] for key in PLATFORMS if key in root.paths), "")
                return f"{start}/{relative.lstrip('/')}"
        raise Fault(f"API {verb}() {where}: there is no Local Storage {shown(given)}")


def _plain(path: Any) -> str:
    return str(path).replace("\\", "/").rstrip("/")


def _below(start: str, relative: str, platform: str) -> str:
    path = f"{start}/{relative}"
    return path.replace("/", "\\") if platform == "windows" else path
