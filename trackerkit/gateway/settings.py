"""The limits that a gateway keeps, with the defaults that it starts with."""

from __future__ import annotations

from dataclasses import dataclass

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
