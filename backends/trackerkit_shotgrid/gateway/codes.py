"""ShotGrid's short codes for the statuses of a tracker that knows them by their names: ``ip`` for ``In progress``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit.schema import Field
from trackerkit_shotgrid.gateway.starting import STATUSES

_BY_NAME: Final[Mapping[str, str]] = {
    **{name.casefold(): code for code, (name, _, _) in STATUSES.items()}, "not ready": "wtg", "omitted": "omt",
}  # fmt: skip


class StatusCodes:
    """The codes of status fields.

    Args:
        is_on: without, every status keeps the tracker's own word.
    """

    def __init__(self, is_on: bool = False) -> None:
        self._is_on = is_on
        self._made: dict[tuple[str, ...], Mapping[str, str]] = {}

    def of(self, field: Field) -> Mapping[str, str]:
        """The tracker's word → the code, for a field's statuses; empty where nothing is to be done."""
        if not self._is_on or field.data_type != "status":
            return {}
        if field.choices not in self._made:
            self._made[field.choices] = _table(field)
        return self._made[field.choices]

    def encode(self, field: Field, value: Any) -> Any:
        """The code of a status."""
        return self.of(field).get(value, value) if isinstance(value, str) else value

    def decode(self, field: Field, value: Any) -> Any:
        """The tracker's word for a code, whatever its case; what is no code stays as it is."""
        if not isinstance(value, str):
            return value
        return next((word for word, code in self.of(field).items() if code.casefold() == value.casefold()), value)

    def decode_all(self, field: Field, values: Sequence[Any]) -> list[Any]:
        """The values of a condition, lists in them too."""
        if not self.of(field):
            return list(values)
        return [
            [self.decode(field, part) for part in item] if isinstance(item, list) else self.decode(field, item)
            for item in values
        ]

    def describe(self, field: Field, given: dict[str, Any]) -> dict[str, Any]:
        """A field's description with the codes in place of the words; the words are what people see."""
        table = self.of(field)
        if not table:
            return given
        properties = dict(given["properties"])
        properties["valid_values"] = {**properties["valid_values"], "value": list(table.values())}
        properties["display_values"] = {
            **properties["display_values"],
            "value": {code: word for word, code in table.items()},
        }
        default = properties["default_value"]
        properties["default_value"] = {**default, "value": self.encode(field, default["value"])}
        return {**given, "properties": properties}


def _table(field: Field) -> Mapping[str, str]:
    """A code for each status: ShotGrid's for that name, else the tracker's own short name, else its word."""
    short = {word: alias for alias, word in field.aliases.items()}
    made: dict[str, str] = {}
    for word in field.choices:
        for code in (_BY_NAME.get(word.casefold(), ""), short.get(word, "").lower(), word):
            if code and code not in made.values():
                made[word] = code
                break
    return made
