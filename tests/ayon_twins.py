"""Two clients of AYON side by side on one server: the same calls to AYON's own and to ours, and what both made of them."""

from __future__ import annotations

import json
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ayon_api

from trackerkit_ayon.server_api import ServerAPI

AWKWARD = 'Übergröße “q” "double" {curly} ěšč 日本 \\ $x'
"""Text that a pasted query would break on. (AYON takes no ' and no ; in labels.)"""

Call = Callable[[Any, "Show"], Any]


@dataclass
class Show:
    """A project with something of everything; ids by a short name.

    Args:
        project: its name.
        user: a user who can be assigned.
        ids: of what is in it.
    """

    project: str
    user: str
    ids: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.ids[name]


def clients(url: str, key: str) -> tuple[ServerAPI, ayon_api.ServerAPI]:
    """Ours and theirs."""
    return ServerAPI(url, token=key), ayon_api.ServerAPI(url, token=key)


def make_show(api: Any, project: str, user: str) -> Show:
    """Make a show with a client."""
    api.create_project(project, project[-8:], preset_name=None)
    show = Show(project, user)
    statuses = api.get_project(project)["statuses"]
    api.update_project(project, statuses=[*statuses, {"name": "On hold again", "shortName": "OHA", "state": "blocked"}])

    def make(name: str, kind: str, *args: Any, **more: Any) -> str:
        function = getattr(api, f"create_{kind}")
        show.ids[name] = function(project, *args, **more)
        return show.ids[name]

    _make_tree(make)
    _make_published(make, show)
    return show


def _make_tree(make: Callable[..., str]) -> None:
    assets = make("assets", "folder", "assets", "Folder", label=AWKWARD)
    make("hero", "folder", "hero", "Asset", assets, tags=["hero", "ü \"q\""], data={"deep": {"list": [1, "ü", None]}},
         attrib={"description": AWKWARD + "\nline two", "fps": 23.976, "frameStart": 1001,
                 "startDate": "2026-03-01T10:00:00Z", "endDate": "2026-04-01T00:00:00.5+02:00"})  # fmt: skip
    make("retired", "folder", "retired", "Asset", assets, active=False)
    shots = make("shots", "folder", "shots", "Folder", attrib={"fps": 48.0, "resolutionWidth": 4096})
    sequence = make("sq010", "folder", "sq010", "Sequence", shots, status="On hold again")
    for number in range(1, 6):
        make(f"sh{number}", "folder", f"sh{number:03}", "Shot", sequence, attrib={"frameEnd": 1000 + number})
    make("empty", "folder", "empty", "Folder")


def _make_published(make: Callable[..., str], show: Show) -> None:
    for number in range(1, 4):
        shot = show[f"sh{number}"]
        task = make(f"comp{number}", "task", "comp", "Compositing", shot, label=f"{AWKWARD} {number}",
                    assignees=[show.user] if number == 1 else None, tags=["rush"], attrib={"priority": "high"})  # fmt: skip
        product = make(f"render{number}", "product", "renderMain", "render", shot, attrib={"description": AWKWARD})
        for version in range(1, 3):
            made = make(f"v{number}{version}", "version", version, product, task_id=task, attrib={"comment": AWKWARD},
                        tags=["t"] if version == 2 else None, data={"note": AWKWARD})  # fmt: skip
            for kind in ("exr", "mov"):
                make(f"r{number}{version}{kind}", "representation", kind, made, **_files(kind, number, version))
        make(f"work{number}", "workfile_entity", f"{{root[work]}}/show/{AWKWARD}/sh{number:03}_v001.nk", task,
             data={"artist": "ü"})  # fmt: skip
    make("retired_task", "task", "old", "Animation", show["sh1"], active=False)
    make("retired_product", "product", "oldMain", "model", show["sh1"], active=False)
    make("retired_version", "version", 3, show["render1"], active=False)
    make("retired_repre", "representation", "abc", show["v11"], active=False)
    make("hero_version", "version", -2, show["render1"])


def _files(kind: str, number: int, version: int) -> dict[str, Any]:
    path = f"{{root[work]}}/show/sh{number:03}/v{version:03}/{AWKWARD}.{kind}"
    files = [{"id": uuid.uuid4().hex, "name": f"{AWKWARD}.{kind}", "path": path, "size": 2**33 + number, "hash": "0"}]
    context = {"ext": kind, "folder": {"name": f"sh{number:03}"}, "user": "ü"}
    return {"files": files, "data": {"context": context}, "attrib": {"path": path}}


# ---- what both answer


@dataclass(frozen=True)
class Failed:
    """That a call failed, and how."""

    kind: str
    message: str = field(compare=False, default="")


def outcome(call: Callable[[], Any], ignoring: frozenset[str] = frozenset()) -> Any:
    """What a call answers, comparable; or its failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return plain(call(), ignoring)
        except Exception as error:
            return Failed(_kind(error), str(error)[:300])


def _kind(error: Exception) -> str:
    """The name that AYON's users catch: ours are its subclasses."""
    known = {"GraphQlQueryFailed", "HTTPRequestError", "UnauthorizedError", "ValueError", "TypeError", "KeyError"}
    return next((c.__name__ for c in type(error).__mro__ if c.__name__ in known), type(error).__name__)


def plain(value: Any, ignoring: frozenset[str] = frozenset()) -> Any:
    """A value as data: generators read, texts of attributes read, keys that are to be ignored left out."""
    if isinstance(value, dict):
        if "hierarchy" in value:
            ignoring = ignoring | {"detail"}  # it tells how long it took
        return {
            key: json.loads(item) if key == "allAttrib" and isinstance(item, str) else _part(key, item, ignoring)
            for key, item in value.items()
            if key not in ignoring
        }
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return (type(value).__name__, value._fields, [plain(item, ignoring) for item in value])
    if isinstance(value, (list, tuple, Iterator)):
        return [plain(item, ignoring) for item in value]
    if isinstance(value, set):
        return sorted(value)
    return value


def _part(key: str, item: Any, ignoring: frozenset[str]) -> Any:
    made = plain(item, ignoring)
    return sorted(made, key=str) if key in ("links", "ownAttrib") and isinstance(made, list) else made


def entity(api: Any, project: str, kind: str, entity_id: str) -> Any:
    """What REST says of an entity, without what differs between two of them anyway."""
    found = api.get(f"projects/{project}/{kind}s/{entity_id}")
    if found.status_code != 200:
        return found.status_code
    own = frozenset({"id", "createdAt", "updatedAt", "name", "path", "version", "files", "trackerkit_name"})
    return plain(found.data, own)


def project_name() -> str:
    """A name for a project of this run's own."""
    return f"tkfam_{uuid.uuid4().hex[:8]}"


def data_file(folder: Path, name: str) -> Any:
    """A JSON file."""
    return json.loads((folder / name).read_text("utf-8"))
