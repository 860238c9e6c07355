"""Credentials → what is sent with a request; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trackerkit.config import Profile
from trackerkit.errors import ConfigurationError, ProtocolError
from trackerkit.secrets import Secret

Headers = dict[str, str | Secret]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks.

    Args:
        api_key: a user's or a service's key.
        user: a login, with ``password``.
        password: of the user.
        token: of a session that was opened with the login, or elsewhere.
        acting_as: the user that a service acts as.
        sender: the mark that stands on the events of what is written (``Event.origin``).
    """

    api_key: Secret | None = None
    user: str = ""
    password: Secret | None = None
    token: Secret | None = None
    acting_as: str = ""
    sender: str = ""

    @property
    def can_login(self) -> bool:
        """True when a new token can be fetched."""
        return bool(self.user and self.password)

    def headers(self) -> Headers:
        """What goes with every request."""
        made: Headers = {}
        if self.api_key:
            made["X-Api-Key"] = self.api_key
        elif self.token:
            made["Authorization"] = Secret(f"Bearer {self.token.reveal()}")
        if self.acting_as:
            made["X-As-User"] = self.acting_as
        if self.sender:
            made["X-Sender"] = self.sender
        return made

    def login(self) -> dict[str, str]:
        """The body of a login."""
        return {"name": self.user, "password": self.password.reveal() if self.password else ""}

    def with_token(self, answer: Mapping[str, Any]) -> Credentials:
        """With the token that a login answered.

        Raises:
            ProtocolError: the answer holds none.
        """
        token = answer.get("token")
        if not token:
            raise ProtocolError("the login gave no token", backend="ayon")
        return replace(self, token=Secret(str(token)))


def from_profile(profile: Profile) -> Credentials:
    """The credentials of a profile: an ``api_key``, a ``token``, or ``user`` and ``password``.

    Raises:
        ConfigurationError: none of them is there.
    """
    made = Credentials(
        api_key=profile.secret("api_key"),
        user=str(profile.get("user") or ""),
        password=profile.secret("password"),
        token=profile.secret("token"),
        acting_as=str(profile.get("acting_as") or ""),
        sender=str(profile.get("sender") or ""),
    )
    if not (made.api_key or made.token or made.can_login):
        raise ConfigurationError(
            "an AYON server wants a key, or a user and a password",
            hint="give api_key=…, set TRACKERKIT_AYON_API_KEY, or name a profile that has them",
            backend="ayon",
        )
    return made
