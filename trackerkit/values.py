"""The values that records are made of: Ref, Image, Attachment, Url, UNSET, Inherited."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from trackerkit.errors import InvalidInputError

_ID_LIMIT = 255


class _Frozen:
    """Shared by the value classes: slots that are set once, a repr, equality by ``_key``."""

    __slots__: tuple[str, ...] = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed; make a new one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed; make a new one")

    def _key(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and type(other) is type(self) and other._key() == self._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        shown = (f"{n}={getattr(self, n)!r}" for n in self.__slots__ if getattr(self, n) is not None)
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)


class Ref(_Frozen):
    """A record's address: what it is, which one, and where it lives.

    Equality and hash go by ``(site, native or type, id)``, so a folder that changes its kind stays equal to itself.
    ``label`` is for people only (a link's display name as the tracker gave it) and takes no part in equality.

    Args:
        type: the neutral entity type, for example ``"Shot"``.
        id: the tracker's own id; an int is kept as its text. A bool, an empty text or a negative number is refused.
        project: the id of the project that the record belongs to, or None.
        site: where the record lives (a store's uuid, a server's ``host[:port]``), or None in a Ref made by hand.
        native: the tracker's own type name, filled in by the backend.
        label: a display name.

    Raises:
        InvalidInputError: for an id or a type that cannot be one.
    """

    __slots__ = ("type", "id", "project", "site", "native", "label")  # noqa: RUF023 - the constructor's order
    type: str
    id: str
    project: str | None
    site: str | None
    native: str | None
    label: str | None

    def __init__(
        self,
        type: str,
        id: str | int,
        project: str | int | None = None,
        site: str | None = None,
        native: str | None = None,
        label: str | None = None,
    ) -> None:
        if type.__class__ is not str or not type:
            raise InvalidInputError(f"a Ref needs the name of an entity type, not {type!r}")
        _set_type(self, type)
        _set_id(self, id if id.__class__ is str and len(id) < _ID_LIMIT and id.isalnum() else checked_id(id, type))
        _set_project(self, project if project is None or project.__class__ is str else checked_id(project, "Project"))
        _set_site(self, site)
        _set_native(self, native)
        _set_label(self, label)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ref):
            return NotImplemented
        return (
            self.id == other.id
            and (self.native or self.type) == (other.native or other.type)
            and self.site == other.site
        )

    def __hash__(self) -> int:
        return hash((self.site, self.native or self.type, self.id))

    def __str__(self) -> str:
        """The short form ``Type:id`` that the command line takes."""
        return f"{self.type}:{self.id}"

    def replace(self, **changes: Any) -> Ref:
        """A copy with some parts changed."""
        parts = {name: getattr(self, name) for name in self.__slots__}
        return Ref(**{**parts, **changes})

    @classmethod
    def parse(cls, text: str, project: str | None = None) -> Ref:
        """Read the short form ``Type:id``.

        Raises:
            InvalidInputError: when the text is of another form.
        """
        kind, mark, number = text.partition(":")
        if not (mark and kind and number):
            raise InvalidInputError(f"{text!r} is no record's address", hint="write Type:id, for example Shot:12")
        return cls(kind, number, project)


def _setter(name: str) -> Callable[[Ref, Any], None]:
    """The fast way past ``__setattr__``: the slot's own descriptor."""
    setter: Callable[[Ref, Any], None] = Ref.__dict__[name].__set__
    return setter


_set_type = _setter("type")
_set_id = _setter("id")
_set_project = _setter("project")
_set_site = _setter("site")
_set_native = _setter("native")
_set_label = _setter("label")


def checked_id(value: object, type: str) -> str:
    """An id as text.

    Raises:
        InvalidInputError: for a bool, a negative number, an empty or overlong text, or another class.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise InvalidInputError(f"{value!r} is no id of a {type}", hint="an id is a text or a whole number")
    if isinstance(value, int):
        if not 0 <= value < 2**63:
            raise InvalidInputError(f"{value} is no id of a {type}", hint="an id is between 0 and 2**63 - 1")
        return str(value)
    if not value or len(value) > _ID_LIMIT or not value.isprintable() or re.fullmatch(r"-\d+", value):
        raise InvalidInputError(f"{value[:40]!r} is no id of a {type}")
    return value


class _Values(_Frozen):
    """A frozen value whose fields are its slots, in the constructor's order."""

    __slots__: tuple[str, ...] = ()

    def _fill(self, values: Mapping[str, object]) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, values[name])


class Image(_Values):
    """A thumbnail as a record's value. Its pixels are fetched by ``Tracker.download``.

    Args:
        id: the tracker's own id of the picture, if it has one; it changes when the picture does.
        url: where a person can see it, if the tracker says so.
        hash: ``sha256:<hex>`` where the tracker (or the store) knows it.
        pending: True while the tracker is still making it.
    """

    __slots__ = ("id", "url", "hash", "pending")  # noqa: RUF023
    id: str | None
    url: str | None
    hash: str | None
    pending: bool

    def __init__(
        self, id: str | None = None, url: str | None = None, hash: str | None = None, pending: bool = False
    ) -> None:
        self._fill(locals())


class Attachment(_Values):
    """A file that a tracker holds, as a field's value.

    Args:
        id: the id of its Attachment record, if there is one.
        filename: the name it was uploaded under.
        size: bytes, or None where the tracker does not say.
        mime_type: for example ``"video/mp4"``.
        hash: ``sha256:<hex>`` where known.
        url: where it can be fetched; fetch it through ``Tracker.download``.
        kind: ``upload`` (the tracker holds the bytes), ``web`` (a link) or ``local`` (a path).
    """

    __slots__ = ("id", "filename", "size", "mime_type", "hash", "url", "kind")  # noqa: RUF023
    id: str | None
    filename: str | None
    size: int | None
    mime_type: str | None
    hash: str | None
    url: str | None
    kind: str

    def __init__(
        self,
        id: str | None = None,
        filename: str | None = None,
        size: int | None = None,
        mime_type: str | None = None,
        hash: str | None = None,
        url: str | None = None,
        kind: str = "upload",
    ) -> None:
        self._fill(locals())


class Url(_Values):
    """A link to a page or a path, with the name that people see.

    Args:
        url: the address; for a path on a shared disk, ``file:///…``.
        name: what people see.
    """

    __slots__ = ("url", "name")  # noqa: RUF023
    url: str
    name: str | None

    def __init__(self, url: str, name: str | None = None) -> None:
        self._fill(locals())


class Inherited(_Values):
    """A value that a record does not have of its own: it shows its parent's.

    Args:
        value: the value that shows.
    """

    __slots__ = ("value",)
    value: Any

    def __init__(self, value: Any) -> None:
        _set_inherited(self, value)


_set_inherited = Inherited.__dict__["value"].__set__
"""Past the guard of ``_Frozen``: a listing makes one of these for most values."""


class Unset:
    """The type of ``UNSET``: the record has no such value here; not the same as None."""

    __slots__ = ()
    _only: Unset | None = None

    def __new__(cls) -> Unset:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()
