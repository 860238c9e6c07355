"""Compiling, without a database: the normal form, the shape of conditions, the values that are bound."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from trackerkit.filters import And, Filter, Or, field
from trackerkit.model import neutral_schema
from trackerkit.query import build
from trackerkit.values import Ref
from trackerkit_sqlite.compile.normal import DEEPEST, Group, Leaf, as_filter, depth, normal, split
from trackerkit_sqlite.compile.operands import operand
from trackerkit_sqlite.mapping import packed, unpacked


def checked(tree: Filter, type_name: str = "Shot") -> Any:
    return build(neutral_schema(), type_name, tree).filter


def shape(tree: Filter, type_name: str = "Shot") -> Any:
    leaf = normal(checked(tree, type_name))
    assert isinstance(leaf, Leaf)
    return operand(leaf.test, "here")


def text(tree: Filter) -> str:
    return repr(as_filter(normal(checked(tree))))


def test_normal_form_pushes_negation_down() -> None:
    a, b = field("name") == "a", field("cut_order") > 1
    assert text(~(a & (b | ~a))) == "(not name is 'a' or (not cut_order greater_than 1 and name is 'a'))"


def test_normal_form_flattens_and_folds() -> None:
    a, b, c = (field("name") == name for name in "abc")
    assert text(a | (b | c)) == "name in ('a', 'b', 'c')"
    assert text(a | field("name").is_in(["b", "a", None])) == "name in ('a', 'b', None)"
    assert text(~a & ~b & (field("cut_order") == 1)) == "(not name in ('a', 'b') and cut_order is 1)"
    assert text(a & b) == "(name is 'a' and name is 'b')"
    assert text(Or([])) == "nothing"
    assert text(And([])) == "everything"


def test_normal_form_of_what_is_nested_as_deep_as_filters_go() -> None:
    tree: Filter = field("name") == "a"
    for at in range(295):
        tree = (And if at % 2 else Or)((tree, field("cut_order") == at))
    node = normal(checked(tree))
    assert depth(node) > DEEPEST
    taken, left = split(node, lambda leaf: True)
    assert (taken, left) == (Group(True, ()), [node])


def test_split_keeps_the_parts_that_sql_takes() -> None:
    a, b = field("name") == "a", field("fps") == 24.0
    taken, left = split(normal(checked(a & b)), lambda leaf: leaf.test.path.text == "name")
    assert repr(as_filter(taken)) == "name is 'a'"
    assert [repr(as_filter(part)) for part in left] == ["fps is 24.0"]
    taken, left = split(normal(checked(a | b)), lambda leaf: leaf.test.path.text == "name")
    assert (taken, len(left)) == (Group(True, ()), 1)


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (field("name") == "Äß", (("is",), ("äß", "Äß"))),
        (field("name") == None, (("null",), ())),  # noqa: E711
        (field("name").is_in(["a", None]), (("in", 1, True), ("a", "a"))),
        (field("name").is_in([]), (("in", 0, False), ())),
        (field("name").is_in(list("abcde")), (("in", -1, False), ('["a","b","c","d","e"]',) * 2)),
        (field("name").starts_with("ab"), (("range",), ("ab", "ac"))),
        (field("name").starts_with(""), (("filled",), ())),
        (field("name").starts_with("a\ud7ff"), (("range",), ("a\ud7ff", "a\ue000"))),
        (field("name").starts_with("a\U0010ffff"), (("range",), ("a\U0010ffff", "b"))),
        (field("name").starts_with("\U0010ffff"), (("from",), ("\U0010ffff",))),
        (field("name").ends_with("ab"), (("ends_with",), (-2, "ab"))),
        (field("id") == "12", (("is",), (12,))),
        (field("id") == "012", (("never",), ())),
        (field("id") == "9" * 30, (("never",), ())),
        (field("id") == "a" * 32, (("uid",), ("a" * 32,))),
        (field("id") < "x", (("less_than",), (2**63 - 1,))),
        (field("id").is_in(["1", "x"]), (("in", 1, False), (1,))),
        (field("cut_order").between(1, 2), (("between",), (1, 2))),
        (field("parent") == Ref("Sequence", 5), (("refs", False, (("Sequence", False, 1),)), (5,))),
        (field("parent") == Ref("Sequence", 5, site="elsewhere"), (("refs", False, ()), ())),
        (field("parent").type_is("Sequence"), (("type_is", ("Sequence",)), ())),
    ],
)  # fmt: skip
def test_shapes_and_values(tree: Filter, expected: Any) -> None:
    assert shape(tree) == expected


def test_ids_are_compared_by_length_then_text() -> None:
    """``007`` comes behind ``99`` and before ``100``."""
    assert shape(field("id") > "007") == (("greater_than",), (99,))
    assert shape(field("id") >= "007") == (("at_least",), (100,))
    assert shape(field("id") < "007") == (("less_than",), (100,))
    assert shape(field("id") <= "007") == (("at_most",), (99,))


@pytest.mark.parametrize("value", ['a"\\\n\u2028é\U0001f600', 0, -(2**63), True, False, 0.1, 5e-324, 1e300])
def test_values_in_events_survive(value: Any) -> None:
    back = unpacked("text", packed("text", value), None)
    assert (back, type(back)) == (value, type(value))


def test_compile_and_schema_open_nothing() -> None:
    """They may use SQLAlchemy's expressions; the driver is the client's."""
    code = (
        "import sys, trackerkit_sqlite.compile.plan, trackerkit_sqlite.compile.changes, trackerkit_sqlite.events;"
        "sys.exit('sqlite3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
