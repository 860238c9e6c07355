"""Field values on their way into tables: one record's row of the spine, of its own table, its links and its choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_sqlite.client.records import Records
from trackerkit_sqlite.mapping import ENCODERS, json_text
from trackerkit_sqlite.schema.layout import Layout
from trackerkit_sqlite.schema.places import Place


class Sheet:
    """What is to be written of one record.

    Attributes:
        spine: column → value, of the spine.
        own: column → value, of the type's own table.
        links: field number → ids of the targets, in order.
        tags: field number → choices.
        values: the values themselves, links completed.
    """

    __slots__ = ("_layout", "_records", "links", "own", "spine", "tags", "values")

    def __init__(self, layout: Layout, records: Records) -> None:
        self._layout = layout
        self._records = records
        self.spine: dict[str, Any] = {}
        self.own: dict[str, Any] = {}
        self.links: dict[int, list[int]] = {}
        self.tags: dict[int, list[str]] = {}
        self.values: dict[str, Any] = {}

    def put(self, item: Field, place: Place, value: Any) -> None:
        """Take in one value.

        Raises:
            NotFoundError: a link to a record that does not exist.
        """
        data_type = item.data_type
        if data_type == "link":
            self._put_link(item, place, value)
        elif data_type == "links":
            self._put_links(item, place, value)
        elif place.kind == "choices":
            self._put_choices(item, place, value)
        elif place.kind != "nothing":
            self.values[item.name] = bool(value) if data_type == "checkbox" else value  # a checkbox is never null
            self._put_column(place, data_type, value)

    def _put_column(self, place: Place, data_type: str, value: Any) -> None:
        row = self.spine if place.table == "node" else self.own
        if data_type == "checkbox":
            row[place.column] = 1 if value else 0
            return
        encoder = ENCODERS.get(data_type)
        row[place.column] = encoder(value) if encoder is not None and value is not None else value
        if place.lower:
            row[place.lower] = None if value is None else value.lower()

    def _put_link(self, item: Field, place: Place, value: Ref | None) -> None:
        facts = None if value is None else self._records.find(value)
        row = self.spine if place.table == "node" else self.own
        row[place.column] = None if facts is None else facts.id
        self.values[item.name] = None if facts is None else self._records.ref(facts)

    def _put_links(self, item: Field, place: Place, value: Iterable[Ref]) -> None:
        found = {facts.id: facts for facts in map(self._records.find, value)}
        self.links[place.number] = list(found)
        self.values[item.name] = [self._records.ref(facts) for facts in found.values()]

    def _put_choices(self, item: Field, place: Place, value: Iterable[str]) -> None:
        made = list(value or ())
        self.own[place.column] = json_text(made) if made else None
        self.tags[place.number] = list(dict.fromkeys(made))
        self.values[item.name] = made


def link_rows(id: int, links: Mapping[int, list[int]]) -> list[tuple[int, int, int, int]]:
    """The rows of the link table."""
    return [(id, number, target, at) for number, targets in links.items() for at, target in enumerate(targets)]


def tag_rows(id: int, tags: Mapping[int, list[str]]) -> list[tuple[int, int, str, str]]:
    """The rows of the tag table."""
    return [(id, number, value, value.lower()) for number, values in tags.items() for value in values]
