"""The limits that a gateway keeps, with the defaults that it starts with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

from trackerkit.errors import ConfigurationError, did_you_mean
from trackerkit.web.settings import MIB, WebSettings


@dataclass(frozen=True, kw_only=True)
class GatewaySettings(WebSettings):
    """Limits of a gateway, besides those of any server.

    Attributes:
        filters: how many conditions one query may have.
        batch: how many operations one request may carry.
        page: how many records one page may have.
        upload_bytes: the largest file that is taken.
        field_bytes: the largest value of a form's field that is no file.
        form_fields: how many fields a form may have.
        link_s: how many seconds a signed link to a file is good for.
        session_s: how many seconds a session is good for.
        callers: how many callers' Trackers are kept open in a process.
        failures: how often one caller may present a wrong secret in five minutes; ten times as often from one address.
    """

    filters: int = 1000
    batch: int = 1000
    page: int = 5000
    upload_bytes: int = 64 * 1024 * MIB
    field_bytes: int = MIB
    form_fields: int = 1000
    link_s: float = 600.0
    session_s: float = 86_400.0
    callers: int = 64
    failures: int = 10


Settings = TypeVar("Settings", bound=GatewaySettings)
_FLAGS: Final = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def settings_of(kind: type[Settings], words: Iterable[str]) -> Settings:
    """Settings out of words such as ``rate_per_s=50``; the others are as by default.

    Raises:
        ConfigurationError: there is no such setting, or the value is none of its kind.
    """
    defaults = {item.name: item.default for item in fields(kind)}
    given: dict[str, Any] = {}
    for word in words:
        name, mark, text = (part.strip() for part in word.partition("="))
        if not mark or name not in defaults:
            hint = did_you_mean(name, list(defaults)) or f"there are {', '.join(sorted(defaults))}"
            raise ConfigurationError(f"there is no setting {name!r}", hint=hint)
        given[name] = _value(name, text, defaults[name])
    return kind(**given)


def _value(name: str, text: str, default: Any) -> Any:
    """A setting's value by the kind of its default; numbers are not negative."""
    try:
        if isinstance(default, bool):
            return _FLAGS[text.lower()]
        if isinstance(default, (int, float)):
            number = type(default)(text)
            if not 0 <= number < 2**53:
                raise ValueError(text)
            return number
        return text
    except (KeyError, ValueError):
        what = (
            "true or false"
            if isinstance(default, bool)
            else "a whole number"
            if isinstance(default, int)
            else "a number"
        )
        raise ConfigurationError(f"{name} is {what}, not {text!r}", hint=f"by default it is {default}") from None
