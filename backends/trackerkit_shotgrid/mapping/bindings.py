"""Bindings: the fields of one site's (or one gateway's) entity types, neutral and native side by side.

``schema.read_schema`` makes them from what a ShotGrid site answers, ``schema.bindings_of`` from a neutral Schema,
for a
gateway. Both directions then use the same tables: ``TypeBinding.fields`` by neutral name, ``TypeBinding.natives`` by
ShotGrid's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from trackerkit.schema import Field
from trackerkit_shotgrid.mapping.values import Decode, Encode, Links, decoder, encoder

PARENTS: Final = {
    "Shot": (
        ("sg_sequence", "Sequence"), ("sg_scene|scene", "Scene"), ("episode|sg_episode", "Episode"),
        ("sg_parent", None),
    ),
    "Sequence": (("episode|sg_episode", "Episode"), ("sg_scene|scene", "Scene"), ("sg_parent", None)),
    "Scene": (("episode|sg_episode", "Episode"), ("sg_parent", None)),
    "Episode": (("sg_parent", None),),
    "Asset": (("sg_parent", None),),
}  # fmt: skip
"""The native fields that are the ``parent`` of a kind of Folder, in order of rank, and the type that each links to.

The first that is set is the parent; with none it is the project. ``sg_parent`` takes any type, where a site has it.
"""


@dataclass(frozen=True, slots=True)
class ParentLink:
    """One of the native fields that make the ``parent`` of a kind of Folder.

    Args:
        native: ShotGrid's field name.
        target: the neutral type that it links to; None for any.
    """

    native: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Binding:
    """One neutral field and the ShotGrid field that it is.

    Args:
        field: the neutral field; ``field.native`` is ShotGrid's name.
        native: ShotGrid's name; empty for ``parent`` of a kind (see ``TypeBinding.parents``), ancestors, reverse
        links that
            ShotGrid has no field for, and constants (``type``, ``kind``).
        data_type: ShotGrid's data type; empty where ``native`` is.
        codec: see ``values``.
    """

    field: Field
    native: str = ""
    data_type: str = ""
    codec: str = ""

    def decode(self, links: Links) -> Decode:
        """A function from ShotGrid's JSON value to the neutral one."""
        return decoder(self.data_type, self.field.data_type, self.codec, links)

    def encode(self, links: Links) -> Encode:
        """A function from the neutral value to ShotGrid's JSON value."""
        return encoder(self.data_type, self.field.data_type, self.codec, links)


class TypeBinding:
    """One entity type: its fields by their neutral and by their ShotGrid names.

    Args:
        neutral: the type's neutral name.
        native: ShotGrid's.
        fields: the bindings.
        parents: the native fields of ``parent``, for a kind of Folder.
        aliases: ShotGrid's names that stand for a neutral field besides the binding's own.
    """

    __slots__ = ("fields", "native", "natives", "neutral", "parents")

    def __init__(
        self, neutral: str, native: str, fields: Iterable[Binding], parents: tuple[ParentLink, ...] = ()
    ) -> None:
        self.neutral = neutral
        self.native = native
        self.fields: Mapping[str, Binding] = MappingProxyType({item.field.name: item for item in fields})
        self.parents = parents
        natives: dict[str, Binding] = {}
        for item in self.fields.values():
            is_raw = item.field.name.startswith("native(")
            if item.native and item.codec not in ("mime_type", "link_type") and not is_raw:
                known = natives.get(item.native)
                # `label` reads as `name` where there is one field for both; the field answers to `name`.
                if known is None or known.field.name == "label":
                    natives[item.native] = item
        self.natives: Mapping[str, Binding] = MappingProxyType(natives)

    def parent_link(self, native: str) -> ParentLink | None:
        """The part of ``parent`` that a native field is, or None."""
        return next((item for item in self.parents if item.native == native), None)


_ANY_PARENT: Final = (("sg_parent", None),)


def parent_links(neutral_type: str, native_fields: Mapping[str, str]) -> tuple[ParentLink, ...]:
    """The native fields that make ``parent``, of those that there are.

    Args:
        neutral_type: a kind of Folder.
        native_fields: ShotGrid's field names → data types.
    """
    made = []
    for names, target in PARENTS.get(neutral_type, _ANY_PARENT):
        found = next((name for name in names.split("|") if native_fields.get(name) == "entity"), None)
        if found is not None:
            made.append(ParentLink(found, target))
    return tuple(made)
