"""Settings of a gateway, given as texts."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from trackerkit.errors import ConfigurationError
from trackerkit.gateway.settings import GatewaySettings, own_settings, read_settings


@dataclass(frozen=True, kw_only=True)
class Mine(GatewaySettings):
    grace_s: float = 0.0
    is_open: bool = False
    greeting: str = ""


def test_read_settings_knows_those_of_any_gateway_and_leaves_the_others() -> None:
    found = read_settings({"batch": "7", "deadline_s": "1.5", "is_open": "yes"})
    assert (found.batch, found.deadline_s) == (7, 1.5)
    assert dict(found.own) == {"is_open": "yes"}


def test_own_settings_reads_the_others_by_their_class() -> None:
    found = own_settings(read_settings({"batch": "7", "grace_s": "2", "is_open": "on", "greeting": "hi"}), Mine)
    assert (found.batch, found.grace_s, found.is_open, found.greeting) == (7, 2.0, True, "hi")
    assert own_settings(found, Mine) is found
    assert own_settings(None, Mine) == Mine()


@pytest.mark.parametrize("texts", [{"batch": "many"}, {"deadline_s": "soon"}])
def test_read_settings_refuses(texts: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="cannot be"):
        read_settings(texts)


def test_own_settings_refuses_a_name_that_there_is_not_and_names_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="no setting 'is_opn'") as caught:
        own_settings(read_settings({"is_opn": "yes"}), Mine)
    assert "is_open" in str(caught.value)
    with pytest.raises(ConfigurationError, match="yes or no"):
        own_settings(read_settings({"is_open": "perhaps"}), Mine)
