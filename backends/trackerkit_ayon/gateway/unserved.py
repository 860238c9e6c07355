"""What a real AYON server has and a gateway does not serve, each with the reason. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unserved:
    """Some of AYON's paths.

    Args:
        what: they are, for people.
        reason: why they are not served, and what to do instead.
        pattern: what their paths are like; those that are served go before.
    """

    what: str
    reason: str
    pattern: re.Pattern[str]


def _row(what: str, reason: str, *patterns: str) -> Unserved:
    return Unserved(what, reason, re.compile("|".join(f"(?:/api/{pattern}(?:/.*)?$)" for pattern in patterns)))


PATHS: Final = (
    _row(
        "addons, their settings and bundles", "a gateway runs no addons: clients are told that there are none",
        "addons", "bundles", "settings", "migrateSettingsByBundle", "projects/[^/]+/bundles?", "anatomy/schema",
    ),
    _row("actions", "actions belong to addons; a client is told that there are none", "actions"),
    _row(
        "installers, dependency packages", "trackerkit installs nothing on people's machines: the launcher is AYON's own",
        "desktop",
    ),
    _row(
        "services and their hosts", "AYON's own worker runs the services of addons; other programs call a gateway with a key",
        "services", "hosts", "system/sites",
    ),
    _row(
        "the server's configuration and metrics",
        "a gateway is set up by whoever runs it (`trackerkit serve --set`); `/metrics` and `/healthz` tell how it is",
        "config", "metrics",
    ),
    _row(
        "Ynput's market, cloud and onboarding", "they belong to a server that Ynput knows", "market", "connect", "onboarding",
    ),
    _row(
        "views, dashboards, pages and preferences of AYON's own pages", "a gateway has no pages but the one at `/`",
        "views", "frontendModules", "users/[^/]+/frontendPreferences", "projects/[^/]+/dashboard", "accessGroups/_schema",
    ),
    _row("CSV in and out", "`trackerkit` reads and writes trackers itself; scripts use `find` and `create`", "csv"),
    _row(
        "invitations, guests, forgotten passwords, single sign-on, sharing",
        "a gateway sends no mail, and keys and passwords are the only way in (`trackerkit keys add`)",
        "users/[^/]+/invite", "users/acceptInvite", "users/passwordReset(?:Request)?", "projects/[^/]+/guests", "auth/pools",
        "auth/tokenauth", "share",
    ),
    _row(
        "lists of sessions", "the state keeps hashes of tokens, which cannot be shown; `auth/logout` ends a session",
        "auth/sessions", "users/[^/]+/sessions",
    ),
    _row(
        "stills of movies", "a gateway runs no ffmpeg: set a thumbnail on the version", "projects/[^/]+/files/[^/]+/still",
    ),
    _row("materialized lists", "AYON 1.16 itself does not serve it yet", "projects/[^/]+/lists/[^/]+/materialize"),
)  # fmt: skip
"""By the paths of AYON's REST."""

FIELDS: Final = {
    "fieldStats": "statistics of columns, which AYON's own tables show: `summarize` of trackerkit makes such",
    "calculateStatistics": "it asks for `fieldStats`",
    "calculateSpecificStatistics": "it asks for `fieldStats`",
    "columnMetadata": "it names the columns of AYON's own tables",
    "isSupport": "no user of a gateway is Ynput's support",
    "Entity": "`node` is the same", "Forbidden": "who may read a list may read what is in it",
    "Parents": "a misspelt twin of `parents`",
}  # fmt: skip
"""By the names of fields and arguments of AYON's GraphQL."""


def why_not(path: str) -> Unserved | None:
    """What a path is that is not served; None for one that AYON has not."""
    return next((row for row in PATHS if row.pattern.match(path)), None)
