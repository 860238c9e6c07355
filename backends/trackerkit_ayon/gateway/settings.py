"""What can be set of an AYON gateway."""

from __future__ import annotations

from dataclasses import dataclass

from trackerkit.gateway.settings import GatewaySettings


@dataclass(frozen=True, kw_only=True)
class AyonSettings(GatewaySettings):
    """The limits of any gateway, and one habit.

    Attributes:
        beside: what AYON is made of and the tracker has not is worked out, and kept beside the tracker.
    """

    beside: bool = False
