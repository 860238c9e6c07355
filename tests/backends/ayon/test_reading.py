"""Reading over a real socket: what is asked of a server with many projects, pages, the list of all folders, events."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from trackerkit.config import Profile, parse_address
from trackerkit.errors import NotFoundError
from trackerkit.filters import field
from trackerkit.testing.clock import FakeClock
from trackerkit.testing.loopback import Incoming, LoopbackServer, Reply
from trackerkit.tracker import Tracker
from trackerkit.values import Inherited
from trackerkit_ayon.backend import AyonBackend, folders, stored

RECORDED = json.loads((Path(__file__).parent / "data" / "server.json").read_text("utf-8"))
OLD = "2026-01-01T00:00:00+00:00"


def said(body: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def connection(nodes: list[dict[str, Any]], is_more: bool = False) -> dict[str, Any]:
    edges = [{"node": node, "cursor": node.get("cursor")} for node in nodes]
    return {"edges": edges, "pageInfo": {"hasNextPage": is_more, "endCursor": str(len(nodes)) if nodes else None}}


def folder(number: int, **more: Any) -> dict[str, Any]:
    """A folder, as GraphQL gives it."""
    return {
        "id": f"{number:032x}", "name": f"sh{number:03}", "label": None, "folderType": "Shot", "active": True,
        "parentId": None, "parent": None, "path": f"/sh{number:03}", "status": "Not ready", "tags": [], "data": None,
        "allAttrib": json.dumps({"fps": 25.0, "description": "d"}), "ownAttrib": ["description"],
        "createdAt": f"2026-01-01T00:00:00.{number:06}+00:00", "updatedAt": OLD, "thumbnailId": None, **more,
    }  # fmt: skip


class Ayon:
    """Some projects with folders, served as AYON does; what was asked is kept."""

    def __init__(self, *names: str) -> None:
        known = {
            **RECORDED["project"],
            "active": True,
            "updatedAt": OLD,
            "createdAt": OLD,
            "label": None,
            "allAttrib": "{}",
        }
        self.projects = {name: {**known, "name": name} for name in names}
        self.folders: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        self.tasks: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        self.gone: set[str] = set()
        self.events: list[dict[str, Any]] = []
        self.flat: Callable[[str], Reply] | None = None
        self.asked: list[str] = []
        self.told = 0
        self.given: list[dict[str, Any]] = []

    def __call__(self, request: Incoming) -> Reply:
        if request.path == "/graphql":
            return self.graphql(json.loads(request.body))
        self.asked.append(f"{request.method} {request.path}")
        if request.path == "/api/info":
            return said({"version": "1.16.0", "attributes": RECORDED["attributes"]})
        if request.path == "/api/users/me":
            return said({"name": "svc", "data": {"isService": True}})
        name = request.path.split("/")[3]
        if name not in self.projects or name in self.gone:
            return said({"code": 404, "detail": f"Project {name} not found"}, 404)
        if request.path.endswith("/links/types"):
            return said({"types": []})
        if request.path.endswith("/folders"):
            return self.flat(name) if self.flat is not None else said({"code": 404, "detail": "no such list"}, 404)
        return said(self.projects[name])

    def graphql(self, body: dict[str, Any]) -> Reply:
        query, given = body["query"], body["variables"]
        self.asked.append(query.partition("(")[0].removeprefix("query "))
        if query.startswith("query Projects"):
            listed = [node for name, node in self.projects.items() if name not in self.gone]
            return said({"data": {"page": connection(listed)}})
        if query.startswith("query Events"):
            self.given.append(given)
            after = json.loads(base64.b64decode(given["after"]))[0]
            found = [event for event in self.events if event["order"] > after][: given["first"]]
            self.told += len(found)
            return said({"data": {"page": connection(found, len(found) == given["first"])}})
        if query.startswith("query Anatomies"):
            if self.gone & set(given.values()):
                return said({"data": None, "errors": [{"message": "relation does not exist", "path": ["p1"]}]})
            return said({"data": {f"p{name[1:]}": self.projects[value] for name, value in given.items()}})
        self.asked[-1] += f" {given['project']} {given['first']}"
        if given["project"] in self.gone:
            return said({"data": None, "errors": [{"message": "Project not found", "extensions": {"status": 404}}]})
        rows = (self.tasks if "page:tasks(" in query else self.folders)[given["project"]]
        return said({"data": {"project": {"name": given["project"], "page": self.page(rows, given)}}})

    def page(self, rows: list[dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
        ids = given.get("ids")
        states = [part["value"] for part in json.loads(given.get("filter") or "{}").get("conditions", ())
                  if part["key"] == "active"]  # fmt: skip
        wanted = states or ["true", "false"]
        every = [item for item in rows if str(item["active"]).lower() in wanted and (ids is None or item["id"] in ids)]
        start = int(given["after"] or 0)
        some = every[start : start + given["first"]]
        made = connection(some, len(some) == given["first"])
        made["pageInfo"]["endCursor"] = str(start + len(some))
        return made

    def list_of(self, name: str) -> Reply:
        """The list of all folders: no order, no word of what is retired, a path without its first slash."""
        keys = (
            "id",
            "name",
            "label",
            "folderType",
            "parentId",
            "status",
            "tags",
            "createdAt",
            "updatedAt",
            "ownAttrib",
        )
        made = [
            {**{key: item[key] for key in keys}, "path": item["path"][1:], "attrib": json.loads(item["allAttrib"])}
            for item in reversed(self.folders[name])
        ]
        return said({"folders": made})


@pytest.fixture
def opened() -> Iterator[Callable[[Ayon], Tracker]]:
    made: list[Any] = []

    def open_(server: Ayon) -> Tracker:
        loopback = LoopbackServer(server)
        loopback.__enter__()
        address, _ = parse_address(f"ayon+{loopback.url}")
        backend = AyonBackend.open(address, Profile(settings={"api_key": "a" * 32}))
        made.extend([backend.close, lambda: loopback.__exit__(None, None, None)])
        return Tracker(backend)

    yield open_
    for close in made:
        close()


# ---- what is known of projects


def test_many_projects_are_described_in_few_requests(opened: Any) -> None:
    server = Ayon(*(f"show{at:03}" for at in range(120)))
    tracker = opened(server)
    assert "Shot" in tracker.backend.schema()
    asked = ["GET /api/info", "Projects", "GET /api/users/me", "Anatomies", "Anatomies", "Anatomies"]
    assert server.asked == asked, "who is asked for tells whether a page of projects can lack some"
    tracker.backend.schema()
    assert server.asked == asked


def test_only_a_project_that_changed_is_described_again(opened: Any) -> None:
    server = Ayon("show1", "show2", "show3")
    tracker = opened(server)
    clock = tracker.backend._server.clock = FakeClock()
    tracker.backend._server._projects._clock = clock
    before = tracker.backend.schema()
    server.projects["show2"] |= {"updatedAt": "2026-02-02T00:00:00+00:00", "folderTypes": [{"name": "Reel"}]}
    clock.advance(61)
    server.asked.clear()
    after = tracker.backend.schema()
    assert server.asked == ["GET /api/info", "Projects", "Anatomies"]
    assert "Reel" not in before
    assert "Reel" in after


def test_a_schema_that_says_nothing_new_stays_the_same(opened: Any) -> None:
    server = Ayon("show1", "show2")
    tracker = opened(server)
    before = tracker.backend.schema()
    tracker.backend._server.changed("show2")
    assert tracker.backend.schema() is before


def test_a_project_that_is_deleted_meanwhile_is_left_out(opened: Any) -> None:
    server = Ayon("show1", "show2", "show3")
    tracker = opened(server)
    listed = server.graphql

    def delete_after_the_list(body: dict[str, Any]) -> Reply:
        answer = listed(body)
        if body["query"].startswith("query Projects"):
            server.gone.add("show2")
        return answer

    server.graphql = delete_after_the_list  # type: ignore[method-assign]
    assert "Shot" in tracker.backend.schema()
    assert "GET /api/projects/show3" in server.asked


def test_a_find_over_all_projects_goes_on_when_one_is_deleted_meanwhile(opened: Any) -> None:
    server = Ayon("show1", "show2", "show3")
    for at, name in enumerate(server.folders):
        server.folders[name] = [folder(at + 1)]
    tracker = opened(server)
    found = tracker.find("Shot", limit=10)
    assert next(found).name == "sh001"
    server.gone.add("show3")
    assert [item.name for item in found][:1] == ["sh002"]


@pytest.mark.parametrize("type_name", ["Status", "TaskType", "Tag"])
def test_definitions_of_a_project_that_is_deleted_meanwhile_are_left_out(opened: Any, type_name: str) -> None:
    server = Ayon("show1", "show2", "show3")
    tracker = opened(server)
    found = tracker.read(tracker.query(type_name, fields=["name"]))
    server.gone.add("show2")
    assert {ref.project for page in found for ref in page.refs()} == {"show1", "show3"}


def test_the_doctor_leaves_out_a_project_that_is_deleted_meanwhile(opened: Any) -> None:
    server = Ayon("show1", "show2")
    tracker = opened(server)
    found = iter(tracker.backend.checks())
    texts = [next(found).text for _ in range(3)]
    server.gone.add("show2")
    assert "show2" in texts[-1]
    assert not any("show2" in check.name for check in found)


def test_a_find_in_a_project_that_is_not_there_says_so(opened: Any) -> None:
    server = Ayon("show1")
    tracker = opened(server)
    project = tracker.project("show1")
    server.gone.add("show1")
    with pytest.raises(NotFoundError):
        list(tracker.find("Shot", project=project, limit=1))


def test_one_project_is_asked_for_by_its_name(opened: Any) -> None:
    server = Ayon("show1", "show2")
    tracker = opened(server)
    tracker.backend.schema()
    server.asked.clear()
    assert tracker.project("show2").id == "show2"
    assert server.asked == ["Projects"]


# ---- pages


def test_pages_grow_within_their_limits(opened: Any) -> None:
    server = Ayon("show1")
    server.folders["show1"] = [folder(at + 1) for at in range(4_000)]
    tracker = opened(server)
    assert sum(1 for _ in tracker.find("Shot", field("status") == "Not ready", project="show1")) == 4_000
    sizes = [int(asked.split()[-1]) for asked in server.asked if asked.startswith("List ")]
    assert sizes[0] == 1_000
    assert set(sizes) <= {1_000, 2_000, 4_000}
    assert sizes == sorted(sizes)


def test_a_page_size_that_is_given_is_kept(opened: Any) -> None:
    server = Ayon("show1")
    server.folders["show1"] = [folder(at + 1) for at in range(25)]
    tracker = opened(server)
    assert sum(1 for _ in tracker.find("Shot", project="show1", page_size=10)) == 25
    assert {asked.split()[-1] for asked in server.asked if asked.startswith("List ")} == {"10"}


# ---- all folders at once


@pytest.fixture
def three(opened: Any) -> tuple[Ayon, Tracker]:
    server = Ayon("show1")
    retired = folder(2, active=False, folderType="Sequence", name="sq")
    server.folders["show1"] = [folder(1), retired, folder(3, parentId=retired["id"]), folder(4, folderType="Asset")]
    server.flat = server.list_of
    return server, opened(server)


FLAT = ["name", "path", "fps", "description", "parent", "created_at"]


def test_all_folders_come_in_the_order_of_their_making(three: tuple[Ayon, Tracker]) -> None:
    server, tracker = three
    found = list(tracker.find("Folder", fields=FLAT, project="show1"))
    assert [item.name for item in found] == ["sh001", "sh003", "sh004"]
    assert [item.name for item in tracker.find("Shot", fields=FLAT, project="show1")] == ["sh001", "sh003"]
    assert [item.name for item in tracker.find("Folder", fields=FLAT, project="show1", state="retired")] == ["sq"]
    assert "GET /api/projects/show1/folders" in server.asked


def test_the_list_of_all_folders_says_what_pages_say(three: tuple[Ayon, Tracker]) -> None:
    server, tracker = three
    at_once = [item.to_dict() for item in tracker.find("Folder", fields=FLAT, project="show1", state="all")]
    server.flat = None
    tracker.backend._server.paged_only.clear()  # type: ignore[attr-defined]
    server.folders["show1"][2]["parent"] = server.folders["show1"][1]
    paged = [item.to_dict() for item in tracker.find("Folder", fields=FLAT, project="show1", state="all")]
    assert at_once == paged
    assert at_once[0]["fps"] == Inherited(25.0)
    assert at_once[0]["description"] == "d"
    assert at_once[2]["parent"] is None, "its parent is retired"


def test_a_value_that_is_not_inherited_is_not_taken_from_the_list(three: tuple[Ayon, Tracker]) -> None:
    server, tracker = three
    own_only = next(item for item in RECORDED["attributes"] if item["name"] == "description")
    own_only = {**own_only, "data": {**own_only["data"], "inherit": False}}
    rest = [item for item in RECORDED["attributes"] if item["name"] != "description"]
    tracker.backend._server._attributes = [*rest, own_only]  # type: ignore[attr-defined]
    tracker.backend._server._read_at = tracker.backend._server.clock.monotonic()  # type: ignore[attr-defined]
    server.folders["show1"][0]["ownAttrib"] = []
    found = next(tracker.find("Shot", fields=["description"], project="show1"))
    assert found.description is None


@pytest.mark.parametrize("why", ["two were made at one moment", "too long", "a guest gets none", "no such list"])
def test_where_the_list_does_not_do_pages_are_read(
    three: tuple[Ayon, Tracker], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, tracker = three
    if why == "two were made at one moment":
        server.folders["show1"][3]["createdAt"] = server.folders["show1"][0]["createdAt"]
    elif why == "too long":
        monkeypatch.setattr(folders, "LARGEST_LIST", 10)
    elif why == "a guest gets none":
        server.flat = lambda name: said({"detail": "Guest users cannot access this endpoint", "folders": []})
    else:
        server.flat = None
    found = [item.name for item in tracker.find("Folder", fields=FLAT, project="show1")]
    assert found == ["sh001", "sh003", "sh004"]
    server.asked.clear()
    list(tracker.find("Folder", fields=FLAT, project="show1"))
    assert not any(asked.startswith("GET") for asked in server.asked), "it is not tried again"


def test_a_find_goes_on_behind_a_page_of_the_list(three: tuple[Ayon, Tracker], monkeypatch: pytest.MonkeyPatch) -> None:
    _, tracker = three
    monkeypatch.setattr(folders, "PAGE", 2)
    query = tracker.query("Folder", fields=["name"], project="show1")
    first, second = tracker.read(query)
    assert (len(first), len(second), second.next) == (2, 1, None)
    (rest,) = tracker.read(query.with_(after=json.loads(json.dumps(first.next))))
    assert rest.tuples() == second.tuples()


@pytest.mark.parametrize("parts", [{"fields": ["category"]}, {"limit": 2}, {"page_size": 2}])
def test_what_the_list_lacks_is_read_in_pages(three: tuple[Ayon, Tracker], parts: dict[str, Any]) -> None:
    server, tracker = three
    list(tracker.find("Folder", project="show1", **parts))
    assert "GET /api/projects/show1/folders" not in server.asked


# ---- the folders of tasks


def task(number: int, parent: dict[str, Any]) -> dict[str, Any]:
    """A task, as GraphQL gives it."""
    return {**folder(number), "name": f"task{number}", "taskType": "Animation", "assignees": [], "folderId": parent["id"],
            "folder": parent}  # fmt: skip


@pytest.mark.parametrize("count", [3, 250])
@pytest.mark.parametrize("has_list", [True, False])
def test_the_folder_of_each_task_is_read_once(opened: Any, count: int, has_list: bool) -> None:
    server = Ayon("show1")
    server.folders["show1"] = [folder(at + 1, label=f"Shot {at}", active=at != 1) for at in range(count)]
    server.tasks["show1"] = [task(at + 1_000, server.folders["show1"][at % count]) for at in range(2 * count)]
    server.flat = server.list_of if has_list else None
    tracker = opened(server)
    names = ["name", "parent", "description"]
    found = [item.to_dict() for item in tracker.find("Task", project="show1", fields=names)]
    nested = [item.to_dict() for item in tracker.find("Task", project="show1", fields=names, limit=10_000)]
    assert found == nested
    assert [item["parent"] and item["parent"].label for item in found[:3]] == ["Shot 0", None, "Shot 2"]
    assert {item["parent"].type for item in found if item["parent"]} == {"Shot"}
    assert ("GET /api/projects/show1/folders" in server.asked) is (count > 100)


def test_a_folder_that_is_gone_is_asked_for_once(opened: Any) -> None:
    asked: list[list[str]] = []

    class Watched(Ayon):
        def page(self, rows: list[dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
            if given.get("ids"):
                asked.append(given["ids"])
            return super().page(rows, given)

    server = Watched("show1")
    server.tasks["show1"] = [task(at, folder(1)) for at in range(2_500)]
    found = list(opened(server).find("Task", project="show1", fields=["name", "parent"]))
    assert {item["parent"] for item in found} == {None}
    assert len(found) == 2_500
    assert asked == [[folder(1)["id"]]]


def test_the_next_page_is_on_its_way_while_one_is_looked_at(opened: Any) -> None:
    """Nobody asks for a second page, and the server is asked for it nonetheless."""
    asked = threading.Event()

    class Watched(Ayon):
        def page(self, rows: list[dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
            if given.get("after") == "1000":
                asked.set()
            return super().page(rows, given)

    server = Watched("show1")
    server.tasks["show1"] = [task(at, folder(1)) for at in range(2_500)]
    found = opened(server).find("Task", project="show1", fields=["name"])
    assert next(found).name == "task0"
    assert asked.wait(30)
    assert len(list(found)) == 2_499


def test_a_query_on_events_says_which(opened: Any) -> None:
    """The server selects by project, user and time; the pages of what it selects follow one another."""
    server = Ayon("show1")
    server.events = [event(at + 1) for at in range(1_200)]
    tracker = opened(server)
    when = datetime(2025, 12, 31, tzinfo=timezone.utc)
    found = [item["number"] for item in tracker.find("Event", field("at") > when, fields=["number"])]
    assert found == list(range(1, 1_201))
    assert {given.get("newerThan") for given in server.given} == {"2025-12-30T23:59:59+00:00"}


# ---- events


def event(number: int) -> dict[str, Any]:
    cursor = base64.b64encode(json.dumps([number]).encode()).decode()
    return {
        "id": f"{number:032x}", "order": number, "cursor": cursor, "topic": "custom.thing", "project": None, "user": None,
        "sender": None, "dependsOn": None, "status": "finished", "description": "", "summary": "{}", "payload": None,
        "createdAt": OLD,
    }  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 3_700])
def test_every_event_is_read_once_and_in_order(opened: Any, count: int) -> None:
    server = Ayon()
    server.events = [event(at + 1) for at in range(count)]
    assert [item.number for item in opened(server).events()] == list(range(1, count + 1))
    asked = server.asked.count("Events")
    assert asked <= 2 + count // stored.GIVEN, "pages grow"


def test_events_that_come_while_others_are_read_are_read_too(opened: Any) -> None:
    server = Ayon()
    server.events = [event(at + 1) for at in range(1_600)]
    found = opened(server).events()
    first = [next(found).number for _ in range(1_550)]
    server.events += [event(at + 1) for at in range(1_600, 1_700)]
    assert first + [item.number for item in found] == list(range(1, 1_701))


@pytest.mark.parametrize("limit", [0, 1, 600, 1_600])
def test_no_more_events_are_asked_for_than_are_wanted(opened: Any, limit: int) -> None:
    server = Ayon()
    server.events = [event(at + 1) for at in range(5_000)]
    assert [item.number for item in opened(server).events(limit=limit)] == list(range(1, limit + 1))
    assert server.told == limit


def test_a_page_of_events_goes_on_within_an_event_of_many_facts(opened: Any) -> None:
    server = Ayon()
    changed = {"topic": "entity.project.attrib_changed", "project": "show1"}
    old, new = ({f"x{at}": value for at in range(7)} for value in (1, 2))
    payload = json.dumps({"oldValue": old, "newValue": new})
    server.events = [event(at + 1) | changed | {"payload": payload} for at in range(300)]
    cursors = [item.cursor for item in opened(server).events()]
    assert len(cursors) == len(set(cursors)) == 2_100
    assert [item.cursor for item in opened(server).events(limit=1_000)] == cursors[:1_000]
    assert [item.cursor for item in opened(server).events(after=cursors[99])] == cursors[100:]


def test_one_event_at_a_time_asks_for_nothing_ahead(opened: Any) -> None:
    server = Ayon()
    server.events = [event(at + 1) for at in range(2_000)]
    backend = opened(server).backend
    backend.schema()
    server.asked.clear()
    (first,) = backend.read_events(None, limit=1)
    (second,) = backend.read_events(first.cursor, limit=1)
    assert (first.number, second.number) == (1, 2)
    assert server.asked == ["Events"]
