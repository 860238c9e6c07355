"""Writes: a neutral operation as the fields of ShotGrid's create, update or delete.

Names that stand for records (tags, steps, types of published files) are looked up beforehand: ``names_in`` says
which, and
``Names`` holds what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trackerkit.errors import DomainError, InvalidInputError, UnsupportedError
from trackerkit.model import KINDS
from trackerkit.operations import Added, Operation, Removed
from trackerkit.values import Attachment, Image, Ref, Url
from trackerkit_shotgrid.compile.reach import Reacher
from trackerkit_shotgrid.mapping.bindings import Binding, TypeBinding
from trackerkit_shotgrid.mapping.fields import KEY_FIELD, NAMED
from trackerkit_shotgrid.mapping.types import BASES, WITHOUT_NATIVE, native_type, native_user_type

Json = dict[str, Any]
Name = tuple[str, str]
"""A native type and the name of one of its records."""

REVIEWABLES: Final = "reviewables"
_LISTS: Final = (Added, Removed)
_MODES: Final = {Added: "add", Removed: "remove"}


@dataclass(frozen=True)
class Names:
    """What was looked up for some operations.

    Args:
        ids: native type and name → the records of that name, each as ``{"id", "entity_type"}``.
        parents: Task → the native type of what it hangs on, for tasks whose type is changed.
        roots: the folders of the site's local storages, on every platform.
    """

    ids: Mapping[Name, Sequence[Json]] = field(default_factory=dict)
    parents: Mapping[Ref, str | None] = field(default_factory=dict)
    roots: Sequence[str] = ()


@dataclass(frozen=True)
class Change:
    """One request of a ``batch``, or a call of its own.

    Args:
        verb: ``create``, ``update``, ``delete`` or ``revive``.
        type: ShotGrid's.
        id: of the record; None for a create.
        fields: ``{"field_name", "value", "multi_entity_update_mode"?}``.
    """

    verb: str
    type: str
    id: int | None = None
    fields: tuple[Json, ...] = ()

    @property
    def argument(self) -> Json:
        """The argument of the call."""
        made: Json = {"type": self.type}
        if self.id is not None:
            made["id"] = self.id
        if self.verb in ("create", "update"):
            made["fields"] = list(self.fields)
        if self.verb == "create":
            made["return_fields"] = ["id"]
        return made

    @property
    def request(self) -> Json:
        """The same as one request of a batch."""
        return {"request_type": self.verb, **self.argument}


def concrete(operation: Operation) -> str:
    """The neutral type that an operation is really about: the kind of a Folder, the kind of a User.

    Raises:
        InvalidInputError: for a Folder or User that does not say.
        UnsupportedError: for a type that ShotGrid has no records of.
    """
    if operation.ref is not None and native_type(operation.ref.type) is not None:
        return operation.ref.type
    name, kind = operation.type, operation.values.get("kind")
    if operation.kind == "create" and name == "User":
        return native_user_type(kind)
    if operation.kind == "create" and name == "Folder" and kind in KINDS:
        return str(kind)
    if name in ("Folder", "User"):
        hint = "say which kind it is, for example Shot" if name == "Folder" else "say HumanUser or ApiUser"
        raise InvalidInputError(f"{operation.kind} of a {name}: ids are each kind's own", hint=hint, backend="shotgrid")
    if name == "Reviewable":
        raise UnsupportedError("a Reviewable is a Version's uploaded movie", hint="upload() one to the Version",
                               backend="shotgrid")  # fmt: skip
    if name in WITHOUT_NATIVE:
        raise UnsupportedError(f"ShotGrid has no {name} records", backend="shotgrid")
    return name


def names_in(reacher: Reacher, operations: Iterable[tuple[str, Operation]]) -> set[Name]:
    """The names that have to be looked up.

    Args:
        reacher: of the site.
        operations: each with its concrete type.
    """
    found: set[Name] = set()
    for owner, operation in operations:
        for name, value in operation.values.items():
            binding = reacher.site.types[owner].fields.get(name)
            if binding is not None and binding.codec in ("name", "tags") and binding.data_type != "tag_list":
                target = NAMED[_table_name(binding)][0]
                values = value.values if isinstance(value, _LISTS) else value if isinstance(value, list) else [value]
                found.update((target, item) for item in values if item is not None)
    return found


def _table_name(binding: Binding) -> str:
    return "tags" if binding.codec == "tags" else binding.native


def home_in(reacher: Reacher, owner: str, operation: Operation) -> Ref | None:
    """The project of a create as far as the operation itself says it: given, or that of a record it links to."""
    given = operation.values.get("project") or operation.project
    if given is not None:
        return given if isinstance(given, Ref) else None
    for ref in links_in(operation):
        if ref.type == "Project" or ref.project is not None:
            return Ref("Project", ref.project or ref.id, ref.project or ref.id, reacher.links.site, "Project")
    return None


def links_in(operation: Operation) -> list[Ref]:
    """The records that an operation's values link to, its parent first."""
    values = [operation.values.get("parent"), *operation.values.values()]
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [
        item
        for item in flat
        if isinstance(item, Ref) and item.type not in BASES.values() and BASES.get(item.type) != "User"
    ]


def needs_home(reacher: Reacher, owner: str) -> bool:
    """True when a record of that type is made in a project."""
    item = reacher.site.types[owner].fields.get("project")
    return item is not None and item.native == "project" and reacher.schema.types[owner].in_project


# --- the fields ------------------------------------------------------------------------------------------------------


def change_of(reacher: Reacher, owner: str, operation: Operation, names: Names, home: Ref | None = None) -> Change:
    """The request of an operation.

    Args:
        reacher: of the site.
        owner: the operation's concrete type.
        operation: checked.
        names: what was looked up.
        home: the project of a create.

    Raises:
        DomainError: for a value that cannot be written.
    """
    types = reacher.site.types[owner]
    number = None if operation.ref is None else reacher.links.number_of(operation.ref)
    verb = {"restore": "revive"}.get(operation.kind, operation.kind)
    if operation.kind in ("delete", "restore"):
        return Change(verb, types.native, number)
    writer = _Writer(reacher, owner, operation, names)
    fields = writer.fields()
    if operation.kind == "create":
        if home is not None and "project" in types.fields and types.fields["project"].native == "project":
            fields["project"] = {"value": writer.link(home)}
        if "uid" in types.fields and operation.key:
            fields[KEY_FIELD] = {"value": operation.key}
    return Change(verb, types.native, number, tuple({"field_name": name, **rest} for name, rest in fields.items()))


class _Writer:
    """The native fields of one operation."""

    def __init__(self, reacher: Reacher, owner: str, operation: Operation, names: Names) -> None:
        self.reacher = reacher
        self.owner = owner
        self.types: TypeBinding = reacher.site.types[owner]
        self.operation = operation
        self.names = names

    def fields(self) -> dict[str, Json]:
        """Native field → value and mode."""
        made: dict[str, Json] = {}
        for name, value in self.operation.values.items():
            binding = self.types.fields[name]
            if name == "project" or self.is_constant(binding) or (name == "label" and self.is_second(binding)):
                continue
            if not binding.native and name == "parent":
                made.update({native: {"value": link} for native, link in self.parent(value).items()})
            elif isinstance(value, _LISTS):
                listed = self.value(binding, list(value.values))
                made[binding.native] = {"value": listed, "multi_entity_update_mode": _MODES[type(value)]}
            else:
                made[binding.native] = {"value": self.value(binding, value)}
        return made

    def is_constant(self, binding: Binding) -> bool:
        """``kind``: what the record is says the type."""
        if binding.native or binding.field.name != "kind":
            return False
        kind = self.operation.values["kind"]
        if self.owner in KINDS and kind not in (None, self.owner):
            raise DomainError(f"{self.owner}.kind is {self.owner}, not {kind}", path=f"{self.owner}.kind")
        return True

    def is_second(self, binding: Binding) -> bool:
        """``label`` where it is another name of ``name``, which is written too."""
        name = self.types.fields.get("name")
        return name is not None and name.native == binding.native and "name" in self.operation.values

    def parent(self, ref: Ref | None) -> dict[str, Json | None]:
        """The native links of a folder's parent; on an update the others are cleared."""
        made: dict[str, Json | None] = {}
        if self.operation.kind == "update":
            made = {link.native: None for link in self.types.parents}
        if ref is None or ref.type == "Project":
            return made
        link = next((item for item in self.types.parents if item.target in (None, ref.type)), None)
        if link is None:
            raise DomainError(
                f"{self.owner}.parent: no {ref.type} here", path=f"{self.owner}.parent", backend="shotgrid"
            )
        return {**made, link.native: self.link(ref)}

    def value(self, binding: Binding, value: Any) -> Any:
        """A value as JSON."""
        path = f"{self.owner}.{binding.field.name}"
        if binding.codec == "tags" and binding.data_type != "tag_list":
            return [self.named("Tag", name, path) for name in value or ()]
        if binding.codec == "name":
            return None if value is None else self.named(NAMED[binding.native][0], value, path)
        if binding.codec == "path" and binding.data_type == "url":
            return self.path(binding, value)
        if binding.field.data_type == "link":
            return self.link(value)
        if binding.field.data_type == "links":
            return [self.link(item) for item in value or ()]
        if isinstance(value, Image) or (isinstance(value, Attachment) and value.kind == "upload"):
            raise DomainError(
                f"{path}: a file is set by upload(), a picture by thumbnail()", path=path, backend="shotgrid"
            )
        if isinstance(value, (Url, Attachment)):
            return self.url(binding, value)
        return binding.encode(self.reacher.links)(value)

    def link(self, ref: Ref | None) -> Json | None:
        """A link's type and id; ShotGrid wants no more."""
        if ref is None:
            return None
        native = self.reacher.links.native_of(ref)
        if native not in self.reacher.site.natives:
            raise DomainError(f"{ref} is no record that ShotGrid has", backend="shotgrid")
        return {"type": native, "id": self.reacher.links.number_of(ref)}

    def url(self, binding: Binding, value: Url | Attachment) -> Json:
        made: Json = binding.encode(self.reacher.links)(value)
        keys = ("local_path", "name") if made.get("local_path") else ("url", "name")
        return {key: made[key] for key in keys if made.get(key) is not None}

    def path(self, binding: Binding, value: str | None) -> Json | None:
        """A path under a local storage's root as such; any other as a link of its own."""
        if value is None:
            return None
        if any(value == root or value.startswith(root.rstrip("/\\") + "/") for root in self.names.roots):
            return {"local_path": value}
        made = binding.encode(self.reacher.links)(value)
        return {"url": made["url"], "name": made["name"]}

    def named(self, target: str, name: str, path: str) -> Json:
        """The record that a name stands for."""
        found = list(self.names.ids.get((target, name), ()))
        if target == "Step" and len(found) > 1:
            kind = self.hangs_on()
            found = [row for row in found if row.get("entity_type") == kind] or [
                row for row in found if row.get("entity_type") is None
            ]
        if not found:
            kind = {"Step": "TaskType"}.get(target, target)
            raise DomainError(f"{path}: there is no {kind} called {name!r}", path=path, backend="shotgrid",
                              hint=f"make it first: create({kind!r}, name=…)")  # fmt: skip
        return {"type": target, "id": found[0]["id"]}

    def hangs_on(self) -> str | None:
        """The native type of what a task hangs on."""
        parent = self.operation.values.get("parent")
        if isinstance(parent, Ref):
            return self.reacher.links.native_of(parent)
        return self.names.parents.get(self.operation.ref) if self.operation.ref is not None else None


def written_values(reacher: Reacher, owner: str, operation: Operation, answer: Json) -> dict[str, Any]:
    """The values as the site says that it holds them; what it does not say, as they were sent."""
    made = {}
    for name, value in operation.values.items():
        binding = reacher.site.types[owner].fields[name]
        is_told = binding.native and binding.native in answer
        if is_told and (isinstance(value, _LISTS) or not (binding.field.is_link or binding.codec or value is None)):
            made[name] = binding.decode(reacher.links)(answer[binding.native])
        elif not isinstance(value, _LISTS):
            made[name] = value
    return made
