"""The secrets that a server keeps for its services."""

from __future__ import annotations

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.rest import done, list_of, object_of, path


class SecretsAPI(BaseServerAPI):
    """``GET``, ``PUT`` and ``DELETE`` of ``/secrets``."""

    def get_secrets(self) -> list[dict[str, str]]:
        """Every secret, as ``{"name", "value"}``."""
        return list_of(self.get("secrets"))

    def get_secret(self, secret_name: str) -> dict[str, str]:
        """One secret, as ``{"name", "value"}``."""
        return object_of(self.get(path("secrets", secret_name)))

    def save_secret(self, secret_name: str, secret_value: str) -> None:
        """Make a secret, or give it another value."""
        done(self.put(path("secrets", secret_name), name=secret_name, value=secret_value))

    def delete_secret(self, secret_name: str) -> None:
        """Forget a secret."""
        done(self.delete(path("secrets", secret_name)))
