"""Values: Ref and its kin."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from trackerkit.errors import InvalidInputError
from trackerkit.values import UNSET, Attachment, Image, Inherited, Ref, Unset, Url


def test_an_id_is_text_whatever_it_was_given_as() -> None:
    assert Ref("Shot", 12).id == Ref("Shot", "12").id == "12"
    assert Ref("Shot", 12) == Ref("Shot", "12")
    assert Ref("Shot", 0).id == "0"
    assert Ref("Shot", 1, project=5).project == "5"


@pytest.mark.parametrize("id", [True, False, -1, "-1", 2**63, "", "a\nb", "x" * 300, None, 1.5, b"1", "\x00"])
def test_what_is_no_id(id: Any) -> None:
    with pytest.raises(InvalidInputError, match="no id of a Shot"):
        Ref("Shot", id)


@pytest.mark.parametrize("id", ["a", "user.name", "user-name_1", "ěš", "a b", "f" * 32, 2**63 - 1])
def test_what_is_an_id(id: Any) -> None:
    assert Ref("Shot", id).id == str(id)


@pytest.mark.parametrize("type_name", ["", None, 5])
def test_what_is_no_type(type_name: Any) -> None:
    with pytest.raises(InvalidInputError, match="entity type"):
        Ref(type_name, 1)


def test_equality_goes_by_site_native_type_and_id() -> None:
    one = Ref("Shot", 1, project=5, site="a", native="Folder", label="x")
    assert one == Ref("Asset", 1, project=6, site="a", native="Folder", label="y")
    assert hash(one) == hash(Ref("Asset", 1, site="a", native="Folder"))
    assert one != Ref("Shot", 1, site="b", native="Folder")
    assert one != Ref("Shot", 2, site="a", native="Folder")
    assert Ref("Shot", 1) != Ref("Asset", 1)
    assert Ref("Shot", 1) != "Shot:1"


def test_a_ref_cannot_be_changed_but_replaced() -> None:
    one = Ref("Shot", 1)
    with pytest.raises(AttributeError):
        one.id = "2"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del one.id
    assert one.replace(label="x", site="a") == Ref("Shot", 1, site="a")
    with pytest.raises(InvalidInputError):
        one.replace(id=-1)


def test_the_short_form() -> None:
    assert str(Ref("Shot", 12, project=5)) == "Shot:12"
    assert Ref.parse("Shot:12") == Ref("Shot", 12)
    assert Ref.parse("User:a:b").id == "a:b"
    for text in ("Shot", "Shot:", ":12", ""):
        with pytest.raises(InvalidInputError, match="Type:id"):
            Ref.parse(text)


@pytest.mark.parametrize(
    "value",
    [Ref("Shot", 1, 2, "site", "Shot", "x"), Image("1", "u", "sha256:0", True), Url("u", "n"), Inherited(5),
     Attachment("1", "f", 5, "m", "h", "u", "web")],
)  # fmt: skip
def test_values_are_copied_and_pickled_whole(value: Any) -> None:
    for twin in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert twin == value
        assert hash(twin) == hash(value)
        assert repr(twin) == repr(value)
    with pytest.raises(AttributeError):
        value.id = 5


def test_unset_is_one_and_false_and_not_none() -> None:
    assert Unset() is UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
    assert not UNSET
    assert UNSET is not None
    assert repr(UNSET) == "UNSET"


def test_values_of_two_kinds_are_never_equal() -> None:
    assert Image("1") != Attachment("1")
    assert Inherited(5) != 5
