"""What the server says of itself: ``info``, and the preferences of a site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trackerkit_shotgrid.gateway.wire import names_of

VERSION: Final = (8, 68, 0)
"""The version of ShotGrid whose RPC this is: it decides what the official client sends."""


def info(page_size: int = 500, *, direct_uploads: bool = False) -> dict[str, Any]:
    """The answer to ``info``, which needs no credential."""
    uploads = {"*": ["*"]} if direct_uploads else {}
    return {
        "version": list(VERSION),
        "full_version": [*VERSION, 0],
        "user_authentication_method": "default",
        "s3_uploads_enabled": direct_uploads,
        "s3_direct_uploads_enabled": direct_uploads,
        "s3_enabled_upload_types": uploads,
        "api_max_entities_per_page": page_size,
        "unified_login_flow_enabled": False,
        "authentication_app_session_launcher_enabled": False,
    }


PREFERENCES: Final[Mapping[str, Any]] = {
    "date_component_order": "month_day",
    "duration_units": "days",
    "format_currency_fields_decimal_options": "$1,000.99",
    "format_currency_fields_display_dollar_sign": False,
    "format_currency_fields_negative_options": "- $1,000",
    "format_date_fields": "08/04/22 OR 04/08/22 (depending on the Month order preference)",
    "format_float_fields": "9,999.99",
    "format_float_fields_rounding": "9.999999",
    "format_footage_fields": "10-05",
    "format_number_fields": "1,000",
    "format_time_hour_fields": "12 hour",
    "hours_per_day": 8.0,
    "support_local_storage": True,
    "enable_rv_integration": True,
    "enable_shotgun_review_for_rv": False,
    "view_master_settings": {},
    "creative_review_settings": {},
}
"""A site's preferences as a new one has them."""


def preferences_read(given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``preferences_read``: those asked for, all when none is; unknown ones are left out."""
    names = names_of("preferences_read", given, "prefs")
    return {name: value for name, value in PREFERENCES.items() if not names or name in names}
