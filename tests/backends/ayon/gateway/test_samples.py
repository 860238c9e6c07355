"""The recorded requests of a real server, sent to the gateway in their order: same status, same shape, same words.

Each is a case of its own; all are sent once. What is not served, or is by design otherwise, is listed with the reason.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[5] / "shared" / "contracts" / "ayon-1.16.0" / "samples"
NAMES = sorted((path.stem for path in SAMPLES.glob("*.json")), key=lambda name: int(name.partition("_")[0]))

UNSERVED: dict[str, str] = json.loads(Path(__file__).with_name("samples_not_as_recorded.json").read_text("utf-8"))
"""The samples that are not answered as they were recorded, and why."""

_HEX = re.compile(r"[0-9a-f]{32}")
_DASHED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx"
    b"\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0\x00\x00\x00\x00IEND\xaeB`\x82"
)
_OTHER_SHAPE = {
    # What is seen here depends on what the tracker is, not on the protocol.
    "04_info_service": {"data", "attrib"}, "05_users_me_service": {"data", "attrib"}, "06_users_me_as_user": {"data", "attrib"},
    "02_auth_login": {"data", "attrib"}, "10_projects_list": set(), "112_reviewable_upload": {"mediaInfo"},
    "113_reviewables_list_version": {"mediaInfo"}, "114_reviewables_list_product": {"mediaInfo"},
    "107_graphql_activities": {"reactions"},
}  # fmt: skip


class Replay:
    """Sends the samples and remembers what was answered."""

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.ids: dict[str, str] = {}
        self.token = ""
        self.tokens: dict[str, str] = {}
        self.answers: dict[str, Any] = {}

    def known(self, value: Any) -> Any:
        """A recorded value with our ids in the place of the recorded ones."""
        if isinstance(value, str):
            return _HEX.sub(lambda found: self.ids.get(found[0], found[0]), value)
        if isinstance(value, list):
            return [self.known(item) for item in value]
        return {key: self.known(item) for key, item in value.items()} if isinstance(value, dict) else value

    def learn(self, recorded: Any, ours: Any) -> None:
        """Which of our ids stand for recorded ones."""
        if isinstance(recorded, str) and isinstance(ours, str) and _HEX.fullmatch(recorded) and _HEX.fullmatch(ours):
            self.ids.setdefault(recorded, ours)
        elif isinstance(recorded, dict) and isinstance(ours, dict):
            for key in recorded.keys() & ours.keys():
                self.learn(recorded[key], ours[key])
        elif isinstance(recorded, list) and isinstance(ours, list):
            for one, other in zip(recorded, ours, strict=False):
                self.learn(one, other)

    def send(self, name: str, sample: dict[str, Any]) -> None:
        self._prepare(name)
        request = sample["request"]
        more: dict[str, Any] = {"params": request.get("params"), "headers": dict(request.get("headers") or {})}
        key: str | None = ""
        for header in [header for header, value in more["headers"].items() if "<redacted" in value]:
            del more["headers"][header]
        number = int(name.partition("_")[0])
        if number in (1, 2, 3, 32, 72):
            key = None
        elif number == 33:
            key = "0" * 32
        elif number == 34:
            key, more["headers"]["authorization"] = None, "Bearer nonsense"
        elif number in (35, 36, 84):
            key, more["headers"]["authorization"] = None, f"Bearer {self.tokens['admin' if number == 84 else 'artist']}"
        elif number == 140:
            key, more["headers"]["authorization"] = None, f"Bearer {self.token}"
        more.update(self._body(name, request))
        answer = self.gateway.call(request["method"], self.known(request["path"]), key, **more)
        self.answers[name] = answer
        try:
            ours = answer.json()
        except ValueError:
            return
        if number == 2:
            self.token = ours["token"]
        self.learn(sample["response"].get("body"), ours)

    def _body(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        if "json" in request:
            body = self.known(request["json"])
            if name.startswith(("02_", "03_")):
                body = {"name": "admin", "password": self.gateway.password if name.startswith("02_") else "wrong"}
            if name.startswith("13_"):  # recorded in part: the whole is what the project has
                body = self.gateway.ok("GET", "/api/projects/demo_tk/anatomy")
            return {"json": body}
        if "content" not in request:
            return {}
        kind = (request.get("headers") or {}).get("content-type", "")
        if name.startswith("25_"):
            return {"data": b"{bad}"}
        size = int(re.sub(r"\D", "", request["content"]))
        return {"data": _PNG if kind == "image/png" else b"x" * size}

    def _let_in(self, user: str, data: dict[str, Any]) -> None:
        """The token of a user who may do what the data says."""
        password = self.gateway.password
        if user != "admin":
            self.gateway.ok("PATCH", f"/api/users/{user}", json={"data": data})
            self.gateway.ok("PATCH", f"/api/users/{user}/password", json={"password": password})
        said = self.gateway.ok("POST", "/api/auth/login", json={"name": user, "password": password}, key=None)
        self.tokens[user] = said["token"]

    def _prepare(self, name: str) -> None:
        """What happened between the recordings."""
        if name.startswith("35_"):
            self._let_in("artist", {"isAdmin": False, "accessGroups": {"demo_tk": ["artist"]}})
        if name.startswith("37_"):
            self.gateway.ok("PATCH", "/api/users/artist", json={"data": {"isAdmin": True}})
        if name.startswith("84_"):
            self._let_in("admin", {})
        if name.startswith("120_") and "84b4b02ee66d11f18e8d02fc00000001" in self.ids:
            product = self.ids["84b4b02ee66d11f18e8d02fc00000001"]
            made = self.gateway.ok("POST", "/api/projects/demo_tk/versions", json={"version": 2, "productId": product})
            self.ids["86767beae66d11f18e8d02fc00000001"] = made["id"]
        if name.startswith("61_"):
            time.sleep(0.5)


@pytest.fixture(scope="module")
def replay(gateway: Any) -> Replay:
    if not NAMES:
        pytest.skip(f"the recorded samples of a real server are not at {SAMPLES}")
    made = Replay(gateway)
    for name in NAMES:
        if name in UNSERVED:
            continue
        made.send(name, json.loads((SAMPLES / f"{name}.json").read_text("utf-8")))
    return made


def _differences(recorded: Any, ours: Any, where: str, loose: set[str]) -> list[str]:
    """Where our answer has another shape; a null stands for any value, since it depends on the data."""
    if recorded is None or ours is None:
        return []
    if isinstance(recorded, dict) and isinstance(ours, dict):
        if where.rpartition(".")[2] in loose:
            return []
        found = [f"{where}.{key} is missing" for key in recorded.keys() - ours.keys()]
        found += [f"{where}.{key} is ours alone" for key in ours.keys() - recorded.keys()]
        for key in recorded.keys() & ours.keys():
            found += _differences(recorded[key], ours[key], f"{where}.{key}", loose)
        return found
    if isinstance(recorded, list) and isinstance(ours, list):
        pairs = [(one, other) for one, other in zip(recorded, ours, strict=False) if not _is_mark(one)][:1]
        return [text for one, other in pairs for text in _differences(one, other, f"{where}[]", loose)]
    if isinstance(recorded, bool) != isinstance(ours, bool) or _kind(recorded) != _kind(ours):
        return [f"{where}: {recorded!r} was recorded, ours is {ours!r}"]
    return []


def _is_mark(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("... ")


def _kind(value: Any) -> str:
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def _plain(text: str) -> str:
    return _HEX.sub("<id>", _DASHED.sub("<id>", text))


@pytest.mark.parametrize("name", NAMES or ["none"])
def test_sample(replay: Replay, name: str) -> None:
    if name in UNSERVED:
        pytest.skip(f"not as recorded: {UNSERVED[name]}")
    recorded = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))["response"]
    answer = replay.answers[name]
    assert answer.status_code == recorded["status"], answer.text[:500]
    if not isinstance(recorded.get("body"), (dict, list)):
        return
    ours = answer.json()
    differences = _differences(recorded["body"], ours, "", _OTHER_SHAPE.get(name, set()))
    assert differences == []
    if recorded["status"] >= 400 and isinstance(recorded["body"], dict):
        assert _plain(ours["detail"]) == _plain(recorded["body"]["detail"])
        assert _plain(ours.get("traceback", "")) == _plain(recorded["body"].get("traceback", ""))
    if recorded["status"] == 200 and isinstance(recorded["body"], dict) and "errors" in recorded["body"]:
        assert [item["message"] for item in ours["errors"]] == [item["message"] for item in recorded["body"]["errors"]]


def test_every_reason_is_of_a_sample() -> None:
    if not NAMES:
        pytest.skip(f"the recorded samples of a real server are not at {SAMPLES}")
    assert set(UNSERVED) <= set(NAMES)
