"""The neutral data types: their Python values, their operators and their domains.

A value is converted by its field's data type, never by its look: the text ``"2024-01-01"`` stays text in a text field
and is a date in a date field.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

from trackerkit.errors import DomainError, InvalidInputError
from trackerkit.values import Attachment, Image, Ref, Url

_EQUAL: Final = frozenset({"is", "in"})
_FOLDED: Final = frozenset({"equals_ignoring_case", "in_ignoring_case"})
_TEXT: Final = _EQUAL | _FOLDED | {"contains", "starts_with", "ends_with"}
_ORDERED: Final = _EQUAL | {"less_than", "greater_than", "at_most", "at_least", "between"}
_DATED: Final = _ORDERED | {
    "in_last", "in_next", "in_calendar_day", "in_calendar_week", "in_calendar_month", "in_calendar_year",
}  # fmt: skip
_NAMED: Final = frozenset(
    {"name_is", "name_equals_ignoring_case", "name_contains", "name_starts_with", "name_ends_with"}
)
_LINK: Final = _EQUAL | _NAMED | {"type_is"}
_NULL: Final = frozenset({"is"})

OPERATORS: Final[dict[str, frozenset[str]]] = {
    "id": _ORDERED,
    "text": _TEXT,
    "integer": _ORDERED,
    "float": _ORDERED,
    "percent": _ORDERED,
    "currency": _ORDERED,
    "checkbox": frozenset({"is"}),
    "date": _DATED,
    "datetime": _DATED,
    "duration": _ORDERED,
    "timecode": _ORDERED,
    "choice": _EQUAL | _FOLDED,
    "choices": _EQUAL | _FOLDED,
    "status": _EQUAL | _FOLDED,
    "link": _LINK,
    "links": _LINK,
    "image": _NULL,
    "file": _NULL,
    "url": _NULL,
    "json": _NULL,
    "uuid": _EQUAL,
    "color": _EQUAL,
    "entity_type": _EQUAL,
    "secret": frozenset(),
    "computed": frozenset(),
}
"""The positive operators of each data type; every one of them has its negative (``not_…``, ``is_not``)."""

DATA_TYPES: Final = tuple(OPERATORS)
LINK_TYPES: Final = frozenset({"link", "links"})
MANY_TYPES: Final = frozenset({"links", "choices"})
ORDERABLE: Final = frozenset(OPERATORS) - {
    "link",
    "links",
    "choices",
    "image",
    "file",
    "url",
    "json",
    "secret",
    "computed",
}
NULL_ONLY: Final = frozenset({"image", "file", "url", "json"})

_INT64 = (-(2**63), 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Domain:
    """What a tracker can hold in one field, beyond its data type.

    Args:
        max_length: characters of a text, or None.
        minimum: smallest number, date or datetime.
        maximum: largest number, date or datetime.
        resolution: the smallest step of a datetime or duration, in seconds; None for microseconds.
        decimals: digits kept after the point, or None.
        trims: the tracker strips blanks at both ends of a text, so such a text does not come back as it went in.
        empty_is_null: the tracker keeps an empty text as null.
        nullable: False when the field cannot be null (a ShotGrid checkbox).
        pattern: a regular expression that a text must match whole, with ``rule`` saying it in words.
        rule: the pattern in words; or what ``allows`` allows.
        allows: a further test of a value that is no text (a JSON field that takes lists of integers only).
        fix: the nearest text that fits, for an error's hint and for ``lossy="report"``.
    """

    max_length: int | None = None
    minimum: Any = None
    maximum: Any = None
    resolution: float | None = None
    decimals: int | None = None
    trims: bool = False
    empty_is_null: bool = False
    nullable: bool = True
    pattern: str | None = None
    rule: str = ""
    fix: Callable[[str], str] | None = None
    allows: Callable[[Any], bool] | None = None


ANY: Final = Domain()


def check_value(data_type: str, value: Any, path: str, domain: Domain = ANY) -> Any:
    """The value as the data type holds it, or an error that names ``path`` and the rule.

    Raises:
        DomainError: for a value of the wrong class or outside the domain.
    """
    if value is None:
        if not domain.nullable:
            raise DomainError(f"{path} cannot be null", path=path)
        return None
    try:
        checked = _CHECKS[data_type](value)
    except DomainError as error:
        raise DomainError(f"{path}: {error.message}", path=path, hint=error.hint) from None
    except InvalidInputError as error:
        raise DomainError(f"{path}: {error.message}", path=path, hint=error.hint) from None
    return checked if domain is ANY else _in_domain(checked, path, domain)


def _in_domain(value: Any, path: str, domain: Domain) -> Any:
    problem = ""
    if isinstance(value, str) and domain.allows is None:
        problem = _text_problem(value, domain)
    elif domain.minimum is not None and value < domain.minimum:
        problem = f"is smaller than {domain.minimum}"
    elif domain.maximum is not None and value > domain.maximum:
        problem = f"is larger than {domain.maximum}"
    elif domain.resolution and _finer(value, domain.resolution):
        problem = f"is finer than {domain.resolution:g} s, which this tracker cannot keep"
    elif domain.decimals is not None and isinstance(value, float) and round(value, domain.decimals) != value:
        problem = f"has more than {domain.decimals} decimals"
    elif domain.allows is not None and not domain.allows(value):
        problem = domain.rule
    if problem:
        shown = repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "…"
        fixed = domain.fix(value) if domain.fix is not None and isinstance(value, str) else ""
        raise DomainError(f"{path}: {shown} {problem}", path=path, hint=f"for example {fixed!r}" if fixed else "")
    return value


def _text_problem(value: str, domain: Domain) -> str:
    import re

    if domain.max_length is not None and len(value) > domain.max_length:
        return f"has {len(value)} characters, at most {domain.max_length} are kept"
    if domain.trims and value != value.strip():
        return "begins or ends with a blank, which this tracker strips"
    if domain.empty_is_null and not value:
        return "is empty, which this tracker keeps as null: give None"
    if domain.pattern is not None and not re.fullmatch(domain.pattern, value):
        return domain.rule or f"does not match {domain.pattern}"
    return ""


def _finer(value: Any, resolution: float) -> bool:
    if isinstance(value, datetime):
        return value.microsecond % round(resolution * 1e6) != 0 if resolution <= 1 else bool(value.microsecond)
    if isinstance(value, timedelta):
        return (value / timedelta(seconds=resolution)) % 1 != 0
    return False


def nearest_value(data_type: str, value: Any, domain: Domain) -> Any:
    """The value inside the domain that is nearest to ``value`` (for ``lossy="report"``)."""
    if value is None or domain is ANY:
        return value
    if isinstance(value, str):
        shorter = domain.fix(value) if domain.fix is not None else value
        shorter = shorter.strip() if domain.trims else shorter
        shorter = shorter[: domain.max_length] if domain.max_length is not None else shorter
        return None if domain.empty_is_null and not shorter else shorter
    if domain.minimum is not None and value < domain.minimum:
        return domain.minimum
    if domain.maximum is not None and value > domain.maximum:
        return domain.maximum
    if isinstance(value, datetime) and domain.resolution:
        step_us = max(1, round(min(domain.resolution, 1) * 1e6))
        return value.replace(microsecond=value.microsecond // step_us * step_us)
    if isinstance(value, timedelta) and domain.resolution:
        step = timedelta(seconds=domain.resolution)
        return round(value / step) * step
    if isinstance(value, float) and domain.decimals is not None:
        return round(value, domain.decimals)
    return value


def check_text(value: Any) -> str:
    """A text that every tracker can store: no NUL, no lone surrogate."""
    if not isinstance(value, str):
        raise DomainError(f"a text is wanted, not {_shown(value)}")
    if "\x00" in value:
        raise DomainError("a text cannot hold the character NUL")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DomainError("the text holds half of a surrogate pair, which is no character") from None
    return value


def check_integer(value: Any) -> int:
    """A whole number of 64 bits; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise DomainError(f"a whole number is wanted, not {_shown(value)}")
    if not _INT64[0] <= value <= _INT64[1]:
        raise DomainError("the number does not fit in 64 bits")
    return value


def _check_float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DomainError(f"a number is wanted, not {_shown(value)}")
    if isinstance(value, int) and abs(value) > 2**53:
        raise DomainError("the number cannot be kept exactly as a float")
    if not math.isfinite(value):
        raise DomainError("NaN and infinity are no values of a field")
    return float(value)


def _check_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise DomainError(f"True or False is wanted, not {_shown(value)}")
    return value


def _check_date(value: Any) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value if (len(value), value[4:5], value[7:8]) == (10, "-", "-") else "")
        except ValueError:
            raise DomainError(f"{value!r} is no date", hint="write YYYY-MM-DD") from None
    if isinstance(value, datetime) or not isinstance(value, date):
        raise DomainError(f"a date is wanted, not {_shown(value)}", hint="take .date() of a datetime")
    return value


def _check_datetime(value: Any) -> datetime:
    if isinstance(value, str):
        value = parse_datetime(value)
    if not isinstance(value, datetime):
        raise DomainError(f"a datetime is wanted, not {_shown(value)}")
    if value.tzinfo is None or value.utcoffset() is None:
        raise DomainError(
            f"{value.isoformat()} has no time zone", hint="give an aware datetime, for example in timezone.utc"
        )
    try:
        return value.astimezone(timezone.utc)
    except OverflowError:
        raise DomainError(f"{value.isoformat()} lies outside the years 1 to 9999 in UTC") from None


_FRACTION: Final = re.compile(r"(?<=:\d\d)[.,](\d+)")


def from_iso(text: str) -> datetime:
    """``datetime.fromisoformat`` as later Pythons have it: 3.10 reads no ``Z``, and a fraction of 3 or 6 digits only.

    Raises:
        ValueError: for any other text.
    """
    plain = text[:-1] + "+00:00" if text[-1:] in ("Z", "z") else text
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        return datetime.fromisoformat(_FRACTION.sub(lambda found: f".{found[1]:0<6.6}", plain, count=1))


def parse_datetime(text: str) -> datetime:
    """An ISO 8601 date and time with its offset (``Z`` too, which Python 3.10 does not read).

    Raises:
        DomainError: for any other text, one without an offset included.
    """
    try:
        moment: datetime | None = from_iso(text)
    except ValueError:
        moment = None
    # Later Pythons read weeks (2024-W01-1), forms without dashes, and a date as its midnight; every Python reads this one.
    if moment is None or (text[4:5], text[7:8], text[10:11].upper(), text[13:14]) not in _SEPARATORS:
        raise DomainError(f"{text[:60]!r} is no date and time", hint="write YYYY-MM-DDTHH:MM:SSZ")
    return moment


_SEPARATORS: Final = frozenset({("-", "-", "T", ":"), ("-", "-", " ", ":")})


def _check_duration(value: Any) -> timedelta:
    if not isinstance(value, timedelta):
        raise DomainError(f"a timedelta is wanted, not {_shown(value)}", hint="for example timedelta(minutes=90)")
    return value


def _check_choices(value: Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, (list, tuple, set, frozenset)):
        raise DomainError(f"a list of texts is wanted, not {_shown(value)}")
    return [check_text(item) for item in value]


def as_ref(value: Any) -> Ref:
    """The Ref of a record: a Ref itself, or anything with a ``ref`` (an Entity)."""
    ref = value if isinstance(value, Ref) else getattr(value, "ref", None)
    if not isinstance(ref, Ref):
        raise DomainError(f"a Ref or a record is wanted, not {_shown(value)}", hint="for example Ref('Shot', 12)")
    return ref


def _check_links(value: Any) -> list[Ref]:
    if isinstance(value, (str, Ref)) or not isinstance(value, (list, tuple, set, frozenset)):
        raise DomainError(f"a list of records is wanted, not {_shown(value)}")
    return list(dict.fromkeys(as_ref(item) for item in value))


def _check_url(value: Any) -> Url | Attachment:
    if isinstance(value, str):
        value = Url(check_text(value))
    if not isinstance(value, (Url, Attachment)):
        raise DomainError(f"a Url is wanted, not {_shown(value)}")
    return value


def _check_image(value: Any) -> Image:
    if not isinstance(value, Image):
        raise DomainError("a picture is set by thumbnail() or upload()", hint="None clears it")
    return value


def _check_file(value: Any) -> Attachment:
    if not isinstance(value, Attachment):
        raise DomainError("a file is set by upload()", hint="None clears it")
    return value


def check_json(value: Any, depth: int = 64) -> Any:
    """A value that JSON can hold exactly: no NaN, no keys but texts, at most ``depth`` levels."""
    if depth < 0:
        raise DomainError("the value is nested deeper than 64 levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return check_text(value)
    if isinstance(value, int):
        return check_integer(value)
    if isinstance(value, float):
        return _check_float(value)
    if isinstance(value, (list, tuple)):
        return [check_json(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {check_text(key): check_json(item, depth - 1) for key, item in value.items()}
    raise DomainError(f"JSON cannot hold {_shown(value)}")


def _refuse(value: Any) -> Any:
    raise DomainError("the tracker computes this field itself")


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "id": lambda value: as_ref(Ref("id", value)).id,
    "text": check_text, "integer": check_integer, "float": _check_float, "percent": check_integer,
    "currency": _check_float, "checkbox": _check_bool, "date": _check_date, "datetime": _check_datetime,
    "duration": _check_duration, "timecode": check_integer, "choice": check_text, "choices": _check_choices,
    "status": check_text, "link": as_ref, "links": _check_links, "image": _check_image, "file": _check_file,
    "url": _check_url, "json": check_json, "uuid": check_text, "color": check_text, "entity_type": check_text,
    "secret": check_text, "computed": _refuse,
}  # fmt: skip


def from_text(data_type: str, text: str) -> Any:
    """A value typed by a person on a command line, read by the field's data type. Empty text is None.

    Raises:
        DomainError: when the text is no value of that type.
    """
    if text == "":
        return None
    reader = _READERS.get(data_type)
    if reader is None:
        return check_value(data_type, text, data_type)
    try:
        return reader(text)
    except (ValueError, KeyError):
        raise DomainError(f"{text!r} is no {data_type}") from None


def _read_bool(text: str) -> bool:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]


def _read_json(text: str) -> Any:
    import json

    return check_json(json.loads(text))


_READERS: dict[str, Callable[[str], Any]] = {
    "integer": int, "percent": int, "timecode": int, "float": float, "currency": float, "checkbox": _read_bool,
    "duration": lambda text: timedelta(minutes=float(text)), "json": _read_json,
    "choices": lambda text: [part.strip() for part in text.split(",")],
    "link": Ref.parse, "links": lambda text: [Ref.parse(part.strip()) for part in text.split(",")],
}  # fmt: skip


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '…'}"


def sort_key(data_type: str, value: Any) -> tuple[Any, ...]:
    """The key by which every backend orders: null first, text by code point, ids natively (2 before 10)."""
    if value is None:
        return (0,)
    if data_type == "id":
        # A number has at most 19 digits; 32 hex digits that happen to be decimal ones are text like their kin.
        return (1, len(value), value) if len(value) < 20 and value.isdecimal() else (2, value)
    return (1, value)


def operators_of(data_type: str) -> Sequence[str]:
    """The names of a data type's operators as a person would write them, negatives included."""
    positives = sorted(OPERATORS[data_type])
    return [*positives, *("is_not" if name == "is" else f"not_{name}" for name in positives)]
