"""The tracker's records as they are shown, and back: types and projects stay, ids become digits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trackerkit.evaluate import effective
from trackerkit.gateway.shaped.shape import FOLDER, Shape
from trackerkit.gateway.shaped.uids import Uids, is_uid
from trackerkit.values import Image, Inherited, Ref


class Naming:
    """Both ways between the tracker's Refs and those that are shown.

    Args:
        shape: of the tracker.
        uids: of its records.
    """

    def __init__(self, shape: Shape, uids: Uids) -> None:
        self._shape, self.uids = shape, uids

    # ---- in

    def meant(self, refs: Iterable[Ref]) -> dict[str, Ref | None]:
        """The tracker's records, by the digits that they were named by; None for what the tracker does not number."""
        return self.uids.meant(list(dict.fromkeys(ref.id for ref in refs if is_uid(ref.id))))

    def inner(self, ref: Ref, meant: Mapping[str, Ref | None]) -> Ref:
        """The tracker's record."""
        found = meant.get(ref.id)
        return found if found is not None else ref

    def both(self, refs: Iterable[Ref]) -> dict[Ref, Ref]:
        """Records named by any of their ids, as they are shown."""
        wanted = list(dict.fromkeys(refs))
        meant = self.meant(wanted)
        inner = {ref: self.inner(ref, meant) for ref in wanted}
        full = {ref: each if each.site else each.replace(site=self.uids.site) for ref, each in inner.items()}
        # An id that is neither a number nor digits was made up: nothing has it.
        shown = self.shown(each for each in full.values() if is_uid(each.id) or each.id.isdecimal())
        return {ref: shown.get(full[ref], full[ref]) for ref in wanted}

    # ---- out

    def shown(self, refs: Iterable[Ref]) -> dict[Ref, Ref]:
        """The tracker's records as they are shown."""
        wanted = [ref for ref in refs if self._shape.has_uid(ref.type)]
        ids = self.uids.of(wanted)
        return {ref: self._as_shown(ref, ids[ref]) for ref in wanted}

    def _as_shown(self, ref: Ref, id: str) -> Ref:
        native = FOLDER if self._shape.is_folder(ref.type) else ref.native
        return Ref(ref.type, id, ref.project, ref.site, native, ref.label)

    def records(self, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Records with everything in them as it is shown; their Refs too."""
        refs: dict[Ref, None] = {}
        for record in records:
            for value in record.values():
                refs.update(dict.fromkeys(_refs(effective(value))))
        labels = self.shown(refs)
        return [{name: self._value(value, labels, record) for name, value in record.items()} for record in records]

    def _value(self, value: Any, shown: Mapping[Ref, Ref], record: Mapping[str, Any]) -> Any:
        if value.__class__ is Ref:
            found = shown.get(value)
            return value if found is None else found if found.label == value.label else found.replace(label=value.label)
        if isinstance(value, (list, tuple)) and any(item.__class__ is Ref for item in value):
            return [self._value(item, shown, record) for item in value]
        if value.__class__ is Inherited:
            return Inherited(self._value(value.value, shown, record))
        return picture(value, record["ref"]) if value.__class__ is Image and record["ref"].id.isdigit() else value


def picture(image: Image, ref: Ref) -> Image:
    """A picture with an id that says whose it is: sixteen digits of the picture's own, and the record's number."""
    own = image.hash or image.id or (image.url or "").partition("?")[0]  # a link is signed anew each time, behind the ?
    digits = hashlib.sha256(own.encode()).hexdigest()[:16]
    return Image(f"{digits}{int(ref.id):016x}", image.url, image.hash, image.pending)


def _refs(value: Any) -> list[Ref]:
    if value.__class__ is Ref:
        return [value]
    return [item for item in value if item.__class__ is Ref] if isinstance(value, (list, tuple)) else []
