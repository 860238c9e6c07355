"""config: addresses and profiles, and where a credential comes from."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from trackerkit.config import Address, Profile, load_profile, parse_address, user_folder
from trackerkit.errors import ConfigurationError, MissingExtraError
from trackerkit.secrets import Secret


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No profile file and no variable of the developer's own."""
    monkeypatch.setenv("TRACKERKIT_CONFIG", str(tmp_path / "trackerkit.toml"))


def write(text: str) -> None:
    import os

    Path(os.environ["TRACKERKIT_CONFIG"]).write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("sqlite:///show.db", Address("sqlite", "", "show.db", text="sqlite:///show.db")),
        ("sqlite:////tmp/show.db", Address("sqlite", "", "/tmp/show.db", text="sqlite:////tmp/show.db")),
        ("sqlite:///a%20b.db", Address("sqlite", "", "a b.db", text="sqlite:///a%20b.db")),
        (
            "ayon+https://AYON.Studio.example/",
            Address("ayon", "https://ayon.studio.example", "/", "ayon.studio.example", None, {},
                    "ayon+https://ayon.studio.example/"),
        ),
        (
            "ayon+http://localhost:5000",
            Address("ayon", "http://localhost:5000", "", "localhost", 5000, {}, "ayon+http://localhost:5000"),
        ),
        (
            "shotgrid://studio.example/sub/path/?a=1&b=x%20y",
            Address("shotgrid", "https://studio.example/sub/path", "/sub/path/", "studio.example", None,
                    {"a": "1", "b": "x y"}, "shotgrid://studio.example/sub/path/"),
        ),
        (
            "ayon+http://[::1]:5000",
            Address("ayon", "http://[::1]:5000", "", "::1", 5000, {}, "ayon+http://[::1]:5000"),
        ),
        (
            "ayon+https://bücher.example",
            Address("ayon", "https://xn--bcher-kva.example", "", "xn--bcher-kva.example", None, {},
                    "ayon+https://xn--bcher-kva.example"),
        ),
    ],
)  # fmt: skip
def test_parse_address(text: str, wanted: Address) -> None:
    assert parse_address(text) == (wanted, {})


def test_credentials_are_taken_out_of_an_address() -> None:
    address, given = parse_address("ayon+https://ann:s%40cret@ayon.example:8443/x")
    assert given == {"user": "ann", "password": "s@cret"}
    assert "cret" not in repr(address)
    assert address.text == "ayon+https://ayon.example:8443/x"


@pytest.mark.parametrize(
    ("text", "site"),
    [("ayon+https://a.example", "a.example"), ("ayon+https://a.example:443", "a.example"),
     ("ayon+http://a.example:80", "a.example"), ("ayon+https://a.example:80", "a.example:80"),
     ("ayon+http://A.example:5000", "a.example:5000")],
)  # fmt: skip
def test_site(text: str, site: str) -> None:
    assert parse_address(text)[0].site == site


@pytest.mark.parametrize(
    "text",
    ["", "show.db", "ayon.example", None, 5, "://x", "ayon+https://", "ayon+ftp://x.example", "ayon+https://x:port",
     "AY ON://x", "ayon+https://[::1", "1x://y"],
)  # fmt: skip
def test_what_is_no_address(text: Any) -> None:
    with pytest.raises(ConfigurationError):
        parse_address(text)


CANARY = "s3cret-canary-91"


@pytest.mark.parametrize(
    "text",
    [f"ayon+ftp://ann:{CANARY}@x.example", f"ayon+https://ann:{CANARY}", f"ann:{CANARY}@x.example",
     f"ayon+https://ann:{CANARY}@", f"a y://ann:{CANARY}@x", f"ayon+https://x.example?api_key={CANARY}",
     f"sqlite:///x.db?password={CANARY}", f"ayon+https://ann:{CANARY}@[::1"],
)  # fmt: skip
def test_an_address_that_is_refused_shows_no_credential(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_address(text)
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value)


def test_a_setting_comes_from_code_then_environment_then_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('[profile.main]\nscript_name = "file"\ntimezone = "file"\n')
    monkeypatch.setenv("TRACKERKIT_MAIN_SCRIPT_NAME", "environment")
    profile = load_profile("main", "shotgrid")
    assert profile.get("script_name") == "environment"
    assert profile.get("timezone") == "file"
    assert profile.get("nothing") is None
    assert profile.get("nothing", 5) == 5
    given = load_profile("main", "shotgrid", {"script_name": "code", "timezone": None})
    assert given.get("script_name") == "code"
    assert given.get("timezone") == "file"


def test_a_profile_takes_only_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is meant for another server never goes to this one."""
    write("[profile.other]\n")
    monkeypatch.setenv("TRACKERKIT_AYON_API_KEY", "of the studio's server")
    assert load_profile("other", "ayon").secret("api_key") is None
    plain = load_profile("", "ayon").secret("api_key")
    assert plain is not None
    assert plain.reveal() == "of the studio's server"


def test_a_profile_may_live_in_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKERKIT_STUDIO_B_API_KEY", "key")
    found = load_profile("studio-b", "ayon").secret("api_key")
    assert found == Secret("key")


def test_secrets_are_named_in_the_file_never_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SG_KEY", "from-the-environment")
    write('[profile.main]\napi_key = { env = "SG_KEY" }\n')
    found = load_profile("main").secret("api_key")
    assert found == Secret("from-the-environment")
    assert load_profile("main").get("api_key") == "from-the-environment"
    write(f'[profile.main]\napi_key = "{CANARY}"\n')
    with pytest.raises(ConfigurationError, match="plain text") as caught:
        load_profile("main")
    assert CANARY not in str(caught.value)


def test_a_secret_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SG_KEY", raising=False)
    write('[profile.main]\napi_key = { env = "SG_KEY" }\n')
    with pytest.raises(ConfigurationError, match="SG_KEY, which is not set"):
        load_profile("main").secret("api_key")
    write('[profile.main]\napi_key = { vault = "x" }\n')
    with pytest.raises(ConfigurationError, match="keyring"):
        load_profile("main").secret("api_key")


def test_a_secret_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {("shotgrid", "main.api_key"): "from-the-keyring"}
    stand_in = ModuleType("keyring")
    stand_in.get_password = lambda service, name: kept.get((service, name))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", stand_in)
    write('[profile.main]\napi_key = { keyring = "shotgrid" }\npassword = { keyring = "shotgrid" }\n')
    assert load_profile("main").secret("api_key") == Secret("from-the-keyring")
    with pytest.raises(ConfigurationError, match=r"no main\.password"):
        load_profile("main").secret("password")
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MissingExtraError, match=r"trackerkit\[keyring\]"):
        load_profile("main").secret("api_key")


def test_an_unknown_profile_names_the_nearest() -> None:
    write("[profile.pipeline]\n")
    with pytest.raises(ConfigurationError, match="'pipeline'"):
        load_profile("pipelin")
    with pytest.raises(ConfigurationError, match=r"\[profile\.zzz\]"):
        load_profile("zzz")


@pytest.mark.parametrize(
    ("text", "says"),
    [("[profile", "cannot be read"), ("[profil.x]\n", "unknown table 'profil'"), ("profile = 5\n", "table"),
     ("[profile]\nx = 5\n", "table"), ('x = "1"\n', "unknown table 'x'")],
)  # fmt: skip
def test_a_file_that_cannot_be_used(text: str, says: str) -> None:
    write(text)
    with pytest.raises(ConfigurationError, match=says):
        load_profile("main")


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "trackerkit.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_profile("main")


def test_a_profile_shows_no_secret() -> None:
    profile = load_profile("", "ayon", {"api_key": CANARY, "password": CANARY, "user": "ann"})
    assert CANARY not in repr(profile)
    assert CANARY not in str(profile)
    assert CANARY not in f"{profile.settings}"
    assert profile.secret("api_key") == Secret(CANARY)
    assert Profile().secret("api_key") is None


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_the_users_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("APPDATA", str(tmp_path / "AppData"))
    assert user_folder("config").is_relative_to(tmp_path)
    assert user_folder("config").name == "trackerkit"
    assert user_folder("state").is_relative_to(tmp_path)
