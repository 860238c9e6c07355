"""Tests of fields that AYON has in another shape: types of folders, labels, names of versions, what notes hang on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from trackerkit.query import Test
from trackerkit.values import Ref
from trackerkit_ayon.compile.natives import ENDS, HEX_ID, NOTHING, Native, Pushed, condition, every, like, pattern, some
from trackerkit_ayon.mapping.codecs import address
from trackerkit_ayon.mapping.names import RESERVED, base_of
from trackerkit_ayon.mapping.notes import BODY_KEY, NOTE_KEY
from trackerkit_ayon.mapping.places import KEPT
from trackerkit_ayon.mapping.versions import NAME_KEY, read_name


def type_test(test: Test, owner: str) -> Pushed | None:
    """``type`` of a folder is its folder type, but where that is another neutral type's name."""
    if base_of(owner) != "Folder":
        return None
    names = test.value if test.operator == "in" else (test.value,)
    if any(name is None or name in RESERVED for name in names):
        return None
    return Pushed(some(condition("folderType", "eq", name) for name in names))


def _label_test(test: Test) -> Pushed | None:
    """A label that is not there reads as the name."""
    absent = condition("label", "isnull")
    if test.operator == "is":
        if test.value is None:
            return Pushed(NOTHING)
        return Pushed(
            some([condition("label", "eq", test.value), every([absent, condition("name", "eq", test.value)])])
        )
    if test.operator in ENDS:
        label, name = (like(key, test.value, *ENDS[test.operator]) for key in ("label", "name"))
        return Pushed(some([label.native, every([absent, name.native])]), False)
    return None


def _each(make: Callable[[Test], Pushed | None]) -> Callable[[Test], Pushed | None]:
    """The same for any of several values: each as a test of its own."""

    def made(test: Test) -> Pushed | None:
        if test.operator not in _SINGLE:
            return make(test)
        found = [make(Test(test.path, _SINGLE[test.operator], value)) for value in test.value]
        known = [each for each in found if each is not None]
        if len(known) < len(found) or len(found) > _MANY:
            return None
        return Pushed(some(each.native for each in known), all(each.is_exact for each in known))

    return made


_SINGLE: Final = {"in": "is", "in_ignoring_case": "equals_ignoring_case"}
_MANY: Final = 50


def _version_name_test(test: Test) -> Pushed | None:
    """A version's name is kept in its data; one made in AYON itself is named by its product and number."""
    key = f"data.{NAME_KEY}"
    own = condition(key, "isnull")
    if test.operator == "is" and test.value is not None:
        number = read_name(test.value).number
        made_in_ayon = [every([own, condition("version", "eq", number)])] if number is not None else []
        heroes = [own] if test.value.endswith("HERO") else []
        return Pushed(some([condition(key, "eq", test.value), *made_in_ayon, *heroes]), False)
    if test.operator in ENDS:
        return Pushed(some([like(key, test.value, *ENDS[test.operator]).native, own]), False)
    return None


def _hangs_on(keys: Sequence[str]) -> Callable[[Test], Pushed | None]:
    """What an activity hangs on: its origin, what trackerkit keeps under some keys, what its body mentions."""

    def make(test: Test) -> Pushed | None:
        refs = test.value if test.operator == "in" else (test.value,)
        if test.operator not in ("is", "in") or None in refs:
            return None
        return Pushed(some(_hung(ref, keys) for ref in refs), False)

    return make


def _hung(ref: Ref, keys: Sequence[str]) -> Native:
    origin = [condition("entityId", "eq", ref.id)] if HEX_ID.fullmatch(ref.id) else []
    kept = [condition(f"activityData.{KEPT}{key}", "includes", address(ref)) for key in keys]
    return some([*origin, *kept, condition("body", "like", pattern(f"({address(ref)})", "%", "%"))])


def _note_test(test: Test) -> Pushed | None:
    if test.operator not in ("is", "in"):
        return None
    refs = test.value if test.operator == "in" else (test.value,)
    return Pushed(some(condition(f"activityData.{NOTE_KEY}", "eq", ref.id) for ref in refs if ref is not None), False)


def _author_test(test: Test) -> Pushed | None:
    if test.operator != "is" or test.value is None:
        return None
    return Pushed(condition("activityData.author", "eq", test.value.id))


def _kept_test(field: str) -> Callable[[Test], Pushed | None]:
    """A text of a note that trackerkit keeps in the comment's data; a None there may be written or missing."""
    key = f"activityData.{KEPT}{field}"

    def make(test: Test) -> Pushed | None:
        if test.operator == "is" and test.value is not None:
            return Pushed(condition(key, "eq", test.value))
        return like(key, test.value, *ENDS[test.operator]) if test.operator in ENDS else None

    return make


def _body_test(test: Test) -> Pushed | None:
    """A body stands before the mentions; one that is too long for AYON is kept whole in the data."""
    if test.operator not in (*ENDS, "is") or not isinstance(test.value, str):
        return None
    before = "" if test.operator in ("is", "starts_with", "equals_ignoring_case") else "%"
    shown = like("body", test.value.lower(), before, "%").native
    return Pushed(some([shown, condition(f"activityData.{BODY_KEY}", "notnull")]), False)


def _attached_test(test: Test) -> Pushed | None:
    """What a file hangs on: its comment, or the comment's origin where that does nothing but hold it."""
    refs = test.value if test.operator == "in" else (test.value,)
    if test.operator not in ("is", "in") or None in refs:
        return None
    ids = [ref.id for ref in refs if HEX_ID.fullmatch(ref.id)]
    return Pushed(some(condition(key, "in", ids) for key in ("entityId", "activityId")) if ids else NOTHING, False)


SHAPES: Final[dict[tuple[str, str], Callable[[Test], Pushed | None]]] = {
    ("Folder", "label"): _each(_label_test), ("Task", "label"): _each(_label_test),
    ("Version", "name"): _each(_version_name_test), ("Version", "label"): _each(_version_name_test),
    **{("Note", field): _each(_kept_test(field)) for field in ("subject", "status", "kind")},
    ("Note", "body"): _body_test, ("Reply", "body"): _body_test, ("Attachment", "links"): _attached_test,
    ("Note", "links"): _hangs_on(("links",)), ("Note", "tasks"): _hangs_on(("tasks",)),
    ("Reply", "note"): _note_test, ("Reviewable", "version"): _hangs_on(()),
    **{(name, field): _each(_author_test) for name in ("Note", "Reply", "Reviewable") for field in ("author", "created_by")},
}  # fmt: skip
"""Tests by type and field: each a function from a test to what AYON can do about it."""
