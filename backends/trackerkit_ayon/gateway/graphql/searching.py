"""The ``search`` of a connection: the words of a text, each in one of the texts that a record is known by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Final

from trackerkit.filters import And, Condition, Filter, Or
from trackerkit_ayon.gateway.conditions import EVERYTHING
from trackerkit_ayon.gateway.homes import Home

_FOLDER: Final = ("parent.path",)
_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "Folder": ("name", "label", "path"), "Task": ("name", "label", *_FOLDER), "Product": ("name", *_FOLDER),
    "Version": ("product.name", "product.parent.path", *_FOLDER),
    "File": ("name", "version.product.name", "version.product.parent.path"),
    "Workfile": ("path", "task.name", "task.parent.path"),
}  # fmt: skip
_TYPED: Final = {
    "Task": "type", "Product": "type", "Version": "product.type", "File": "version.product.type", "Workfile": "task.type",
}  # fmt: skip
_NUMBERS: Final = {"Version": "number", "File": "version.number"}
_SHORTEST: Final = {"Version": 2, "File": 2, "Workfile": 2}
"""Shorter words say nothing."""

_SEPARATORS: Final = r" ,./\\;:!|*^#@~+\-_="
_SAID: Final = re.compile(rf"[^a-z0-9{_SEPARATORS}]")


def searched(home: Home, base: str, text: str) -> Filter:
    """What has all words of a text; of folders and tasks, all words of one of the parts that commas part."""
    parts = text.split(",") if base in ("Folder", "Task") else [text]
    found = [_all(home, base, words) for part in parts if (words := words_of(base, part))]
    return Or(found) if found else EVERYTHING


def words_of(base: str, text: str) -> list[str]:
    """The words that are looked for, without accents and signs."""
    plain = unicodedata.normalize("NFKD", text).lower()
    apart = rf"[{_SEPARATORS}]+" if base == "Workfile" else " +"
    words = re.split(apart, _SAID.sub("", plain))
    return list(dict.fromkeys(word for word in words if len(word) >= _SHORTEST.get(base, 1)))


def _all(home: Home, base: str, words: list[str]) -> Filter:
    fields = home.site.schema.type(base).fields
    paths = [path for path in _IN[base] if path.partition(".")[0] in fields]
    types = _types(home, base)
    return And([
        Or([
            *(Condition(path, "contains", word) for path in paths),
            Condition(_TYPED[base], "in", tuple(name for name in types if word in name.lower())) if types else Or(()),
            *_numbered(base, word),
        ])
        for word in words
    ])  # fmt: skip


def _types(home: Home, base: str) -> Collection[str]:
    """The types, of tasks or of products, that the project's records have."""
    path = _TYPED.get(base)
    if path is None:
        return ()
    if path.startswith("task") or base == "Task":
        return home.names_of("task_types")
    found = home.site.tracker.find(
        "Product", fields=["type"], project=home.ref, state="all", archived=True, retired_links=home.site.every_link
    )
    return {str(item["type"]) for item in found if item["type"]}


def _numbered(base: str, word: str) -> list[Filter]:
    digits = word.removeprefix("v")
    if base not in _NUMBERS or not digits.isdecimal():
        return []
    return [Condition(_NUMBERS[base], "is", int(digits))]
