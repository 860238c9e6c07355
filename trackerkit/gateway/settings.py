"""The limits that a gateway keeps, with the defaults that it starts with, and how they are given as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
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
        own: settings that only one protocol's gateway has, by name, as texts; its factory reads them.
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
    own: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


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


def read_settings(texts: Mapping[str, str]) -> GatewaySettings:
    """Settings given as texts; those that no gateway has in common are left in ``own``.

    Raises:
        ConfigurationError: for a value that the setting cannot have.
    """
    known = {item.name for item in fields(GatewaySettings)} - {"own"}
    given = {
        name: _value(name, text, type(getattr(GatewaySettings, name))) for name, text in texts.items() if name in known
    }
    return GatewaySettings(**given, own={name: text for name, text in texts.items() if name not in known})


def own_settings(settings: GatewaySettings | None, kind: type[Settings]) -> Settings:
    """The settings of one protocol's gateway: those of any gateway, and ``own`` read as its class has them.

    Args:
        settings: as the factory got them; of that class already, or of any gateway.
        kind: a dataclass with defaults.

    Raises:
        ConfigurationError: for a name that the gateway has no setting of, and for a value that it cannot have.
    """
    if isinstance(settings, kind):
        return settings
    common = settings or GatewaySettings()
    names = [item.name for item in fields(kind) if item.name not in GatewaySettings.__dataclass_fields__]
    made: dict[str, Any] = {item.name: getattr(common, item.name) for item in fields(GatewaySettings)}
    for name, text in common.own.items():
        if name not in names:
            raise ConfigurationError(f"this gateway has no setting {name!r}", hint=_hint(name, kind))
        made[name] = _value(name, text, type(getattr(kind, name)))
    return kind(**made)


def _hint(name: str, kind: type[GatewaySettings]) -> str:
    known = [item.name for item in fields(kind) if item.name != "own"]
    return did_you_mean(name, known) or f"there are {', '.join(known)}"


def _value(name: str, text: str, kind: type) -> Any:
    try:
        return _FLAGS[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        what = {bool: "yes or no", int: "a whole number", float: "a number"}[kind]
        raise ConfigurationError(f"the setting {name!r} cannot be {text!r}", hint=f"it is {what}") from None
