"""What is written: ShotGrid's values of one record as neutral ones, each checked by its field's data type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as _field
from typing import Any, Final

from trackerkit.errors import ProtocolError
from trackerkit.operations import Added, Removed
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway import colors, open_notes
from trackerkit_shotgrid.gateway.conditions import read_entity
from trackerkit_shotgrid.gateway.faults import CRUD, Fault, no_field, no_identifier, shown, update_failed, wrong_class
from trackerkit_shotgrid.gateway.fields import DISPLAY, linked_type
from trackerkit_shotgrid.gateway.lookups import Lookups
from trackerkit_shotgrid.gateway.personal import PERSONAL, check_value
from trackerkit_shotgrid.gateway.relations import scalar
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.wire import Write
from trackerkit_shotgrid.mapping.bindings import Binding, ParentLink, TypeBinding
from trackerkit_shotgrid.mapping.fields import KEY_FIELD
from trackerkit_shotgrid.schema.standard import identifier_of

_FILES: Final = ("file", "url")
_WORDS: Final = {"status": ("status", "statuses"), "choice": ("list value", "list values")}
_STRIP: Final = "filmstrip_image"
_DROPPED: Final = frozenset({DISPLAY, "filmstrip_image"})
"""Fields of every type that take a write and keep nothing of it."""


@dataclass
class Values:
    """The neutral values of one write.

    Attributes:
        fields: neutral field → value.
        parents: the parts of ``parent`` that were given, by ShotGrid's name; None clears one.
        reverse: reverse links that were given: neutral field → (mode, records).
        key: of a create that may be repeated.
        password: of a user.
        personal: fields that depend on who writes.
    """

    fields: dict[str, Any] = _field(default_factory=dict)
    parents: dict[str, Ref | None] = _field(default_factory=dict)
    reverse: dict[str, tuple[str, list[Ref]]] = _field(default_factory=dict)
    key: str | None = None
    password: str | None = None
    personal: dict[str, Any] = _field(default_factory=dict)


class Reader:
    """Reads the values of one call's writes.

    Args:
        site: where they go.
        verb: ``create`` or ``update``, for faults.
        lookups: of the call.
    """

    def __init__(self, site: Site, verb: str, lookups: Lookups) -> None:
        self._site = site
        self._verb = verb
        self._lookups = lookups

    def read(self, write: Write) -> Values:
        """The values of a write.

        Raises:
            Fault: for a field that there is not or that cannot be written, and for a value that it does not take.
        """
        owner = self._site.type(self._verb, write.type)
        made = Values()
        for name, value in write.fields.items():
            self._one(owner, made, name, value, write.modes.get(name, "set"))
        if "image" in write.fields and _STRIP in owner.natives:
            made.fields.setdefault(owner.natives[_STRIP].field.name, None)  # without a picture there is no strip
        return made

    def _one(self, owner: TypeBinding, made: Values, name: str, value: Any, mode: str) -> None:
        where = f"{owner.native}.{name}"
        link = owner.parent_link(name)
        if (owner.native, name) in PERSONAL:
            made.personal[name] = check_value(self._verb, owner.native, name, value)
        elif link is not None:
            made.parents[name] = self._parent(where, link, value)
        elif name == KEY_FIELD:
            made.key = self._key(where, value)
        elif name == "password_proxy":
            made.password = self._password(where, value)
        elif name in owner.natives:
            self._bound(owner, owner.natives[name], where, made, value, mode)
        elif name not in _DROPPED:
            open_notes.check_unwritten(self._site, self._verb, owner.native, name)
            raise no_field(self._verb, owner.native, name[:100])

    def _bound(self, owner: TypeBinding, binding: Binding, where: str, made: Values, value: Any, mode: str) -> None:
        field = binding.field
        if field.reverse_of is not None and binding.codec != "reviewable":
            made.reverse[field.name] = (mode, self._refs(where, value))
            return
        if where == "Note.client_note":
            self._check_client_note(where, value)
            return
        self._check_writable(field, binding, where)
        if value in (None, "") and binding.native == identifier_of(owner.native):
            raise no_identifier(self._verb, owner.native, where)
        read = self._value(binding, where, value)
        if field.is_many and mode != "set":
            read = Added(tuple(read)) if mode == "add" else Removed(tuple(read))
        made.fields[field.name] = read

    def _check_client_note(self, where: str, value: Any) -> None:
        """Do nothing for a Note that is made as none: there is no other way to write this."""
        if self._verb == "update":
            raise Fault(f"API {self._verb}() {where} is editable on create only.")
        if value is not False:
            raise Fault(f"API {self._verb}() Client Notes can not be created through the API")

    def _check_writable(self, field: Field, binding: Binding, where: str) -> None:
        name = where.rpartition(".")[2]
        if name in ("updated_at", "updated_by") or (field.create_only and self._verb == "update"):
            raise Fault(f"API {self._verb}() {where} is editable on create only.")
        if name == "id" or binding.codec == "reviewable" or field.read_only or field.data_type == "computed":
            raise Fault(f"API {self._verb}() {where} is read only.")

    # --- values --------------------------------------------------------------------------------------------------

    def _value(self, binding: Binding, where: str, value: Any) -> Any:
        field = binding.field
        if binding.codec in ("name", "tags"):
            return self._named(binding, where, value)
        if field.is_link:
            refs = self._refs(where, value) if field.is_many else self._ref(where, value)
            self._check_targets(field, where, refs if isinstance(refs, list) else [refs])
            return refs
        if field.data_type == "choices":
            return self._texts(where, value)
        if field.data_type == "image":
            return self._no_image(where, value)
        if field.data_type in _FILES or binding.codec == "path":
            return self._url(binding, where, value)
        if field.data_type == "json":
            return value
        if field.data_type == "checkbox" and value is None:
            raise wrong_class(self._verb, where, ("String", "FalseClass", "TrueClass"), value)
        return self._scalar(binding, where, value)

    def _scalar(self, binding: Binding, where: str, value: Any) -> Any:
        field = binding.field
        if binding.codec == "active" and value not in ("act", "dis"):
            raise self._no_choice(where, value, ("act", "dis"))
        value = self._site.codes.decode(field, value)
        if isinstance(value, str) and field.data_type in ("text", "choice", "status"):
            value = value.strip() if field.data_type == "text" else value
            value = value or None
        is_bound = isinstance(value, str) and field.choices and not binding.codec
        if (
            is_bound
            and value not in field.choices
            and (value not in field.aliases or value in self._site.names_of_statuses(field))
        ):
            legal = [self._site.codes.encode(field, choice) for choice in field.choices]
            raise self._no_choice(where, value, legal, _WORDS.get(field.data_type, _WORDS["choice"]))
        if binding.data_type == "color":
            value = colors.written(self._verb, where, value)
        return scalar(self._verb, where, binding.data_type, field.data_type, binding.codec, value)

    def _no_choice(
        self, where: str, value: Any, choices: Sequence[str], words: tuple[str, str] = ("list value", "list values")
    ) -> Fault:
        legal = ", ".join(f"'{choice}'" for choice in choices[:50])
        shown_value = f"'{value}'" if isinstance(value, str) else shown(value)
        return update_failed(self._verb, where, f"{shown_value} is not a valid {words[0]}. Valid {words[1]}: {legal}.")

    def _ref(self, where: str, value: Any) -> Ref | None:
        if value is None:
            return None
        ref = read_entity(self._site, self._verb, where, value)
        if ref is None:
            raise update_failed(self._verb, where, "Value is not legal.")
        return ref

    def _check_targets(self, field: Field, where: str, refs: Sequence[Ref | None]) -> None:
        """Do nothing for records of the types that a field may link to."""
        legal = self._site.schema.targets(field)
        for ref in refs:
            if ref is not None and ref.type not in legal:
                names = [native for native, item in self._site.types.items() if item.neutral in legal]
                got = self._site.native_of(ref)
                raise update_failed(self._verb, where, f"{' or '.join(names[:10])} expected, got {got}")

    def _refs(self, where: str, value: Any) -> list[Ref]:
        if not isinstance(value, list):
            raise wrong_class(self._verb, where, ("Array", "Hash"), value)
        refs = []
        for item in value:
            if not isinstance(item, dict):
                raise Fault(f"API {self._verb}() invalid/missing entity hash: {shown(item)}")
            refs.append(self._ref(where, item))
        return [ref for ref in dict.fromkeys(refs) if ref is not None]

    def _named(self, binding: Binding, where: str, value: Any) -> Any:
        native = linked_type(binding)
        if binding.codec == "name":
            return None if value is None else self._lookups.name_of(self._verb, where, native, value)
        if binding.data_type == "tag_list":
            return self._texts(where, value)
        if not isinstance(value, list):
            raise wrong_class(self._verb, where, ("Array", "Hash"), value)
        names = [
            item if isinstance(item, str) else self._lookups.name_of(self._verb, where, native, item) for item in value
        ]
        return list(dict.fromkeys(names))

    def _texts(self, where: str, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise wrong_class(self._verb, where, ("Array",), value)
        return list(dict.fromkeys(value))

    def _no_image(self, where: str, value: Any) -> None:
        if value is not None:
            raise Fault(
                f"API {self._verb}() {where}: an image is set by an upload; only null can be written here.", CRUD
            )

    def _url(self, binding: Binding, where: str, value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise wrong_class(self._verb, where, ("Hash", "NilClass"), value)
        if not any(value.get(name) for name in _ADDRESSES):
            raise Fault(f"API {self._verb}() invalid/missing url hash string 'url': {shown(value)}")
        if value.get("link_type") == "upload":
            raise update_failed(self._verb, where, "an uploaded file is set by an upload.")
        if self._site.storages.is_known and any(value.get(name) for name in _ADDRESSES[1:]):
            path = self._site.storages.path_of(self._verb, where, value)
            value = {"local_path": path, "name": value.get("name"), "content_type": value.get("content_type")}
        try:
            return binding.decode(self._site)(dict(value))
        except (ProtocolError, TypeError, ValueError, AttributeError):
            raise update_failed(self._verb, where, "Value is not legal.") from None

    def _parent(self, where: str, link: ParentLink, value: Any) -> Ref | None:
        ref = self._ref(where, value)
        if ref is not None and link.target is not None and ref.type != link.target:
            raise update_failed(self._verb, where, f"{link.target} expected, got {value['type']}")
        return ref

    def _key(self, where: str, value: Any) -> str | None:
        if value is None:
            return None
        if self._verb != "create" or not isinstance(value, str) or len(value) != 32:
            raise update_failed(self._verb, where, "32 hexadecimal digits, given when the record is made.")
        return value.lower()

    def _password(self, where: str, value: Any) -> str | None:
        if value is not None and not isinstance(value, str):
            raise Fault(
                f"API {self._verb}() {where} expected [String, NilClass] data type(s)"
            )  # a password is not shown
        return value


_ADDRESSES: Final = ("url", "local_path", "relative_path", "local_path_linux", "local_path_mac", "local_path_windows")
