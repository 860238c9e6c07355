"""Pages: by cursor, in sizes that fit, one ahead; no row lost, none given twice."""

from __future__ import annotations

import itertools
import json
import random
import threading
from typing import Any

import pytest
from ayon_pair import Recorder

from trackerkit.testing.loopback import Incoming
from trackerkit_ayon.server_api import ServerAPI, lanes, paging
from trackerkit_ayon.server_api import exceptions as errors


class Rows:
    """A connection of numbered rows behind ``Recorder.reply``.

    Args:
        count: how many there are.
        name: of the connection.
        project: that the server says it found.
    """

    def __init__(self, count: int, name: str = "folders", project: str = "p") -> None:
        self.count, self.name, self.project = count, name, project
        self.asked: list[tuple[int, str | None]] = []
        self.hidden: set[int] = set()

    def __call__(self, incoming: Incoming) -> Any:
        sent = json.loads(incoming.body)
        first, after = sent["variables"]["first"], sent["variables"]["after"]
        self.asked.append((first, after))
        return {"data": {"project": {"name": self.project, self.name: self.page(first, after)}}}

    def page(self, first: int, after: str | None) -> dict[str, Any]:
        """One page; it announces another when it is full."""
        begin = int(after) if after else 0
        window = [number for number in range(begin, min(self.count, begin + 2 * first)) if number not in self.hidden]
        edges = [{"node": self.node(number)} for number in window[:first]]
        end = str(window[: len(edges)][-1] + 1) if edges else None
        return {"edges": edges, "pageInfo": {"hasNextPage": len(edges) >= first, "endCursor": end}}

    def node(self, number: int) -> dict[str, Any]:
        return {"id": f"{number:032x}", "name": f"n{number}", "active": number % 10 != 3}


# ---- pages


@pytest.mark.parametrize("count", [0, 1, 999, 1_000, 1_001, 5_000, 5_001, 12_345])
def test_every_row_once(server: Recorder, api: ServerAPI, count: int) -> None:
    server.reply = rows = Rows(count)
    found = [row["name"] for row in api.get_folders("p", folder_names=["x"], active=None, fields={"id", "name"})]
    assert found == [f"n{number}" for number in range(count)]
    assert rows.asked[0] == (paging.FIRST_SIZE, None)
    assert all(first <= paging.LARGEST_SIZE for first, _ in rows.asked)


def test_a_filter_by_ids_asks_for_no_more_than_they_are(server: Recorder, api: ServerAPI) -> None:
    server.reply = rows = Rows(3)
    assert len(list(api.get_folders("p", folder_ids=["a", "b", "c"], active=None, fields={"id"}))) == 3
    assert rows.asked == [(4, None)]


def test_the_first_row_alone_costs_one_page(server: Recorder, api: ServerAPI) -> None:
    server.reply = rows = Rows(5_000)
    found = api.get_folders("p", folder_names=["x"], fields={"id"})
    assert next(found)["id"] == f"{0:032x}"
    found.close()
    assert len(rows.asked) == 1


def test_the_next_page_is_on_its_way_while_one_is_read(server: Recorder, api: ServerAPI) -> None:
    rows, asked_again = Rows(5_000), threading.Event()

    def reply(incoming: Incoming) -> Any:
        answer = rows(incoming)
        if len(rows.asked) == 2:
            asked_again.set()
        return answer

    server.reply = reply
    found = api.get_folders("p", folder_names=["x"], active=None, fields={"id"})
    next(found), next(found)
    assert asked_again.wait(10)  # though the first page is far from read
    assert sum(1 for _ in found) == 4_998


def test_retired_rows_are_left_out_or_chosen(server: Recorder, api: ServerAPI) -> None:
    server.reply = Rows(1_500)
    assert len(list(api.get_folders("p", folder_names=["x"], fields={"name"}))) == 1_350
    assert len(list(api.get_folders("p", folder_names=["x"], fields={"name"}, active=False))) == 150


def test_f20_short_pages_go_on_until_an_empty_one(server: Recorder, api: ServerAPI) -> None:
    rows = Rows(4_500, "activities")
    rows.hidden = set(range(500, 2_000))  # the server's own window of the first page ends within them
    server.reply = rows
    seen = [edge for page in api._pages("activities", "p", {}, "id") for edge in page.edges]
    assert [edge["node"]["id"] for edge in seen] == [f"{n:032x}" for n in range(4_500) if n not in rows.hidden]


def test_a_failing_page_is_an_error_of_its_reader(server: Recorder, api: ServerAPI) -> None:
    rows = Rows(2_500)
    server.reply = lambda incoming: rows(incoming) if len(rows.asked) < 1 else {"errors": [{"message": "gone"}]}
    found = api.get_folders("p", folder_names=["x"], active=None, fields={"id"})
    assert len(list(itertools.islice(found, 1_000))) == 1_000
    with pytest.raises(errors.GraphQlQueryFailed, match="gone"):
        next(found)


@pytest.mark.parametrize("cursor", [None, "7"])
def test_a_server_that_turns_in_a_circle_is_left(server: Recorder, api: ServerAPI, cursor: str | None) -> None:
    page = {"edges": [{"node": {"id": "a"}}], "pageInfo": {"hasNextPage": True, "endCursor": cursor}}
    server.reply = {"data": {"project": {"name": "p", "tasks": page}}}
    with pytest.raises(errors.GraphQlQueryError, match="cursor"):
        list(api.get_tasks("p", active=None, fields={"id"}))


def test_a_slow_page_is_asked_for_again_smaller(server: Recorder, api: ServerAPI) -> None:
    rows, busy = Rows(300, "tasks"), threading.Event()

    def reply(incoming: Incoming) -> Any:
        if json.loads(incoming.body)["variables"]["first"] > 250:
            busy.wait(20)
        return rows(incoming)

    server.reply = reply
    api.set_timeout(0.4)
    api.set_max_retries(1)
    found = [row["name"] for row in api.get_tasks("p", active=None, fields={"name"})]
    busy.set()
    assert found == [f"n{number}" for number in range(300)]
    assert rows.asked[0] == (250, None)


def test_page_sizes_follow_the_server() -> None:
    size = paging.PageSize()
    size.note(1_000, 1_000, 0.2)  # 5,000 rows a second: try more
    assert size.rows == 2_000
    size.note(2_000, 2_000, 0.39)  # hardly more: stay
    assert size.rows == 2_000
    size.note(2_000, 17, 0.001)  # the last page tells nothing
    assert size.rows == 2_000
    size.note(2_000, 2_000, 9.0)  # slow
    assert size.rows == 1_000
    for _ in range(20):
        size.shrink(size.rows)
    assert size.rows == paging.LEAST_SIZE
    assert not size.shrink(size.rows)


# ---- side by side


class Placed(Rows):
    """Rows at places in creation order with gaps between them, and AYON's own cursors."""

    def __init__(self, places: list[int], name: str = "tasks") -> None:
        super().__init__(len(places), name)
        self.places = places

    def page(self, first: int, after: str | None) -> dict[str, Any]:
        reached = lanes.number_of(after) if after else 0
        assert reached is not None
        chosen = [place for place in self.places if place > reached][:first]
        edges = [{"cursor": lanes.cursor_of(place), "node": self.node(place)} for place in chosen]
        end = edges[-1]["cursor"] if edges else None
        return {"edges": edges, "pageInfo": {"hasNextPage": len(edges) >= first, "endCursor": end}}


@pytest.mark.parametrize("count", [0, 7, 1_000, 1_001, 9_000])
@pytest.mark.parametrize("gap", [1, 2, 40])
@pytest.mark.parametrize("parallel", [2, 3])
def test_every_row_once_side_by_side(server: Recorder, api: ServerAPI, count: int, gap: int, parallel: int) -> None:
    chance = random.Random(f"{count} {gap}")
    places = sorted(chance.sample(range(1, count * gap + 1), count)) if count else []
    server.reply = Placed(places)
    api.parallel_reads = parallel
    found = [row["name"] for row in api.get_tasks("p", active=None, fields={"name"})]
    assert found == [f"n{place}" for place in places]


def test_pages_are_on_their_way_at_once(server: Recorder, api: ServerAPI) -> None:
    rows, meeting = Placed(list(range(1, 5_001))), threading.Barrier(2, timeout=20)

    def reply(incoming: Incoming) -> Any:
        if json.loads(incoming.body)["variables"]["after"] in (lanes.cursor_of(1_000), lanes.cursor_of(2_000)):
            meeting.wait()  # breaks unless two are here
        return rows(incoming)

    server.reply = reply
    api.parallel_reads = 2
    api._page_size("tasks").note(1_000, 1_000, 5)  # stays at small pages
    api._page_size("tasks").rows = 1_000
    api._page_size("tasks")._largest = 1_000
    assert len(list(api.get_tasks("p", active=None, fields={"id"}))) == 5_000


def test_a_listing_that_is_left_asks_for_no_more(server: Recorder, api: ServerAPI) -> None:
    rows, go_on = Placed(list(range(1, 40_001))), threading.Event()

    def reply(incoming: Incoming) -> Any:
        answer = rows(incoming)
        if len(rows.asked) > 3:
            go_on.wait(20)
        return answer

    server.reply = reply
    api.parallel_reads = 2
    found = api.get_tasks("p", active=None, fields={"id"})
    assert len(list(itertools.islice(found, 1_001))) == 1_001
    found.close()
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "ayon-page":
            thread.join(20)
    assert len(rows.asked) <= 6  # the first page, two at once, and those that had begun; the others never ask


def test_two_lanes_have_connections_of_their_own(server: Recorder, api: ServerAPI) -> None:
    server.reply = Placed(list(range(1, 9_001)))
    api.parallel_reads, closed = 2, []
    api._transport.close = lambda: closed.append(True)  # type: ignore[method-assign]
    assert len(list(api.get_tasks("p", active=None, fields={"id"}))) == 9_000
    assert closed == [True]


def test_cursors_of_another_order_are_followed_one_by_one(server: Recorder, api: ServerAPI) -> None:
    server.reply = Rows(3_500, "tasks")
    api.parallel_reads = 4
    assert len({row["id"] for row in api.get_tasks("p", active=None, fields={"id"})}) == 3_500


@pytest.mark.parametrize("cursor", [None, "", "7", "WyJhIl0=", "WzEsMl0=", "W3RydWVd", "!!"])
def test_what_is_no_place_in_creation_order(cursor: str | None) -> None:
    assert lanes.number_of(cursor) is None
    assert lanes.number_of("WzFd") == 1


# ---- projects and links


def test_f26_a_name_with_an_underscore_is_that_name(server: Recorder, api: ServerAPI) -> None:
    mine, other = Rows(2), Rows(5, project="axb")

    def reply(incoming: Incoming) -> Any:
        if "projects(" not in json.loads(incoming.body)["query"]:
            return other(incoming)  # the server takes _ for any character
        both = {"axb": other.page(9, None), "a_b": mine.page(9, None)}
        edges = [{"node": {"name": name, "folders": page}} for name, page in both.items()]
        return {"data": {"projects": {"edges": edges}}}

    server.reply = reply
    assert [row["name"] for row in api.get_folders("a_b", fields={"name"}, active=None, folder_names=["x"])] == [
        "n0",
        "n1",
    ]
    with pytest.raises(errors.GraphQlQueryFailed, match="a_c not found"):
        list(api.get_folders("a_c", folder_names=["x"], fields={"name"}))


def test_links_of_one_entity_are_paged_too(server: Recorder, api: ServerAPI) -> None:
    def links(begin: int, count: int, more: bool) -> dict[str, Any]:
        edges = [{"id": str(number), "node": {"name": f"to{number}"}} for number in range(begin, begin + count)]
        return {"edges": edges, "pageInfo": {"hasNextPage": more, "endCursor": str(begin + count)}}

    def reply(incoming: Incoming) -> Any:
        after = json.loads(incoming.body)["variables"]["after"]
        found = links(0, 100, True) if after is None else links(int(after), 30, int(after) < 130)
        page = {"edges": [{"node": {"id": "a", "links": found}}], "pageInfo": {"hasNextPage": False, "endCursor": "x"}}
        return {"data": {"project": {"name": "p", "versions": page}}}

    server.reply = reply
    (version,) = api.get_versions("p", active=None, fields={"links.id", "links.name"})
    assert [link["id"] for link in version["links"]] == [str(number) for number in range(160)]
    (version,) = api.get_versions("p", active=None, fields={"links.id", "links.createdAt"})
    assert version["links"][7] == {"id": "7", "name": "to7"}  # what the other end told, beside what the link did
