"""Lookups: what a change needs to know before it is sent: records by key and by name, the project of a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from trackerkit.errors import DomainError
from trackerkit.operations import Operation
from trackerkit.values import Ref
from trackerkit_shotgrid.client import Client, Json
from trackerkit_shotgrid.compile.reach import Reacher
from trackerkit_shotgrid.compile.writes import Change, Name, Names, home_in, links_in, names_in, needs_home
from trackerkit_shotgrid.errors import BACKEND
from trackerkit_shotgrid.mapping.fields import KEY_FIELD, NAMED

Typed = tuple[str, Operation]
"""An operation with its concrete type."""

_MADE_BY_NAME: Final = frozenset({"Tag", "PublishedFileType"})
"""Records that stand for a name alone: one that is missing is made."""

_IN_PROJECTS: Final = frozenset(
    {"Episode", "Sequence", "Scene", "Shot", "Asset", "Task", "Version", "File", "Note", "Playlist", "TimeLog"}
)


class Lookups:
    """Finds what the changes of one backend need.

    Args:
        client: of the site.
        reacher: of its schema.
        fetch: bulk read by Ref.
        roots: the folders of the site's local storages.
    """

    def __init__(
        self, client: Client, reacher: Reacher, fetch: Callable[..., Any], roots: Callable[[], Sequence[str]]
    ) -> None:
        self.client = client
        self.reacher = reacher
        self.fetch = fetch
        self.roots = roots

    def by_key(self, owner: str, keys: Sequence[str | None]) -> dict[str, Json]:
        """The records of a type that were made with some keys."""
        if not keys or "uid" not in self.reacher.site.types[owner].fields:
            return {}
        native = self.reacher.site.types[owner].native
        answer = self.all(native, [[KEY_FIELD, "in", list(keys)]], [KEY_FIELD])
        return {row[KEY_FIELD]: row for row in answer if row.get(KEY_FIELD) in keys}

    def all(self, native: str, filters: Sequence[Any], fields: Sequence[str]) -> list[Json]:
        """All records that some filters select."""
        made: list[Json] = []
        size = self.client.page_size
        while True:
            behind = [["id", "greater_than", made[-1]["id"]]] if made else []
            argument = {
                "type": native,
                "return_fields": list(fields),
                "filters": self.client.translated([*filters, *behind]),
                "return_only": "active",
                "paging": {"entities_per_page": size, "current_page": 1},
                "sorts": [{"field_name": "id", "direction": "asc"}],
            }
            rows = self.client.read(argument)["entities"]
            made += rows
            if len(rows) < size:
                return made

    def names(self, works: Sequence[Typed]) -> Names:
        """The records that the operations' names stand for, and what else their values need to be written."""
        wanted = names_in(self.reacher, works)
        ids: dict[Name, list[Json]] = {}
        homes = self._homes(works)
        for target in sorted({target for target, _ in wanted}):
            names = sorted(name for kind, name in wanted if kind == target)
            ids.update(self._named(target, names, homes))
        has_paths = any(self._has_path(*work) for work in works)
        return Names(ids, self._hangs_on(works, ids), self.roots() if has_paths else ())

    def _homes(self, works: Sequence[Typed]) -> dict[Name, Ref]:
        """Names of records that live in projects on this site (tags do where an AYON is behind it) → the project."""
        found: dict[Name, Ref] = {}
        for owner, operation in works:
            ref = operation.ref
            home = Ref("Project", ref.project, ref.project) if ref is not None and ref.project else None
            home = home or home_in(self.reacher, owner, operation)
            if home is not None:
                named = names_in(self.reacher, [(owner, operation)])
                found.update((name, home) for name in named if self._is_in_project(name[0]))
        return found

    def _is_in_project(self, native: str) -> bool:
        binding = self.reacher.site.natives.get(native)
        return binding is not None and self.reacher.site.schema.type(binding.neutral).in_project

    def _missing(self, target: str, field: str, name: str, home: Ref | None) -> Json:
        """A record that stands for a name, made."""
        fields: list[Json] = [{"field_name": field, "value": name}]
        if home is not None:
            fields.append({"field_name": "project", "value": {"type": "Project", "id": int(home.id)}})
        made: Json = self.client.call("create", Change("create", target, None, tuple(fields)).argument, safe=False)
        return made

    def _named(self, target: str, names: Sequence[str], homes: Mapping[Name, Ref]) -> dict[Name, list[Json]]:
        """The records of some names, exactly; those that only stand for a name are made where they are missing."""
        if target not in self.reacher.site.natives:
            return {}
        field = next(field for kind, field in NAMED.values() if kind == target)
        fields = [field, "entity_type"] if target == "Step" else [field]
        rows = self.all(target, [[field, "in", list(names)]], fields)
        found: dict[Name, list[Json]] = {}
        for row in rows:
            found.setdefault((target, row[field]), []).append(row)
        for name in names if target in _MADE_BY_NAME else ():
            if (target, name) not in found:
                found[target, name] = [self._missing(target, field, name, homes.get((target, name)))]
        return found

    def _hangs_on(self, works: Sequence[Typed], ids: Mapping[Name, Sequence[Json]]) -> dict[Ref, str | None]:
        """What the tasks hang on whose type is changed to a name that several kinds of record have."""
        refs = [
            operation.ref
            for _, operation in works
            if operation.ref is not None
            and "parent" not in operation.values
            and len(ids.get(("Step", str(operation.values.get("type"))), ())) > 1
        ]
        if not refs:
            return {}
        rows = self.all("Task", [["id", "in", [self.reacher.links.number_of(ref) for ref in refs]]], ["entity"])
        kinds = {row["id"]: (row.get("entity") or {}).get("type") for row in rows}
        return {ref: kinds.get(self.reacher.links.number_of(ref)) for ref in refs}

    def _has_path(self, owner: str, operation: Operation) -> bool:
        fields = self.reacher.site.types[owner].fields
        return any(fields[name].codec == "path" for name in operation.values)

    def home(self, owner: str, operation: Operation) -> Ref | None:
        """The project that a create belongs to: said, or that of what it links to.

        Raises:
            DomainError: for a record that needs one and says none.
        """
        if not needs_home(self.reacher, owner):
            return None
        home = home_in(self.reacher, owner, operation)
        if home is None:
            home = self._home_of_links(links_in(operation))
        if home is None and "project" not in operation.values and owner in _IN_PROJECTS:
            raise DomainError(
                f"a {owner} needs a project", path=f"{owner}.project", hint="give project=…", backend=BACKEND
            )
        return home

    def _home_of_links(self, refs: Sequence[Ref]) -> Ref | None:
        for ref in refs:
            found = self.fetch([ref], ["project"]).get(ref)
            if found is not None and found.get("project") is not None:
                home: Ref = found["project"]
                return home
        return None
