"""paging: every record once, while others come and go; a page's cursor can be kept and gone on from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestPaging"]

ORDERS = {"creation": [], "name": ["name"], "falling_name": ["-name"], "id": ["id"], "tied": ["status"]}


@needs("find", "create", "order")
class TestPaging(Cases):
    @pytest.fixture(params=list(ORDERS))
    def order(self, request: pytest.FixtureRequest) -> list[str]:
        return ORDERS[request.param]

    @pytest.fixture
    def nine(self, show: Show) -> dict[str, Ref]:
        names = [f"sh{at}" for at in (5, 1, 9, 3, 7, 2, 8, 4, 6)]
        status = show.statuses()[0]
        return dict(zip(names, show.shots(*({"name": name, "status": status} for name in names)), strict=True))

    def resumed(self, show: Show, order: list[str], *conditions: Any) -> Iterator[list[str]]:
        """Pages of two, each asked for anew with the cursor of the one before, which has been through JSON."""
        query = show.tracker.query("Shot", *conditions, fields=["name"], order=order, project=show.project, page_size=2)
        for _ in range(30):
            page = next(iter(show.tracker.read(query)), None)
            if page is None:
                return
            yield [name for (name,) in page.tuples()]
            if page.next is None:
                return
            query = query.with_(after=json.loads(json.dumps(page.next)))
        raise AssertionError("the pages never end")

    def test_pages_hold_what_one_answer_holds(self, show: Show, nine: dict[str, Ref], order: list[str]) -> None:
        whole = show.names("Shot", order=order)
        assert sorted(whole) == sorted(nine)
        assert show.names("Shot", order=order, page_size=2) == whole
        assert show.names("Shot", order=order, page_size=1) == whole
        assert show.names("Shot", order=order, page_size=9) == whole
        assert [name for page in self.resumed(show, order) for name in page] == whole

    def test_pages_with_a_filter(self, show: Show, nine: dict[str, Ref], order: list[str]) -> None:
        wanted = field("name").not_in(["sh1", "sh2", "sh3", "sh9"])
        whole = show.names("Shot", wanted, order=order)
        assert sorted(whole) == ["sh4", "sh5", "sh6", "sh7", "sh8"]
        assert show.names("Shot", wanted, order=order, page_size=2) == whole
        assert [name for page in self.resumed(show, order, wanted) for name in page] == whole

    def test_pages_with_a_limit(self, show: Show, nine: dict[str, Ref], order: list[str]) -> None:
        whole = show.names("Shot", order=order)
        assert show.names("Shot", order=order, page_size=2, limit=5) == whole[:5]
        assert show.names("Shot", order=order, page_size=5, limit=2) == whole[:2]

    @needs("delete")
    def test_rows_that_go_and_come_while_one_answer_is_read(
        self, show: Show, nine: dict[str, Ref], order: list[str]
    ) -> None:
        whole = show.names("Shot", order=order)
        answer = show.tracker.find("Shot", fields=["name"], order=order, project=show.project, page_size=2)
        seen = [next(answer).name, next(answer).name]
        show.tracker.delete(nine[whole[0]])
        show.tracker.delete(nine[whole[6]])
        show.shot("sh0")
        seen += [item.name for item in answer]
        survivors = [name for name in whole if name != whole[6]]
        assert [name for name in seen if name not in ("sh0", whole[6])] == survivors

    @needs("delete")
    def test_rows_that_go_and_come_between_pages(self, show: Show, nine: dict[str, Ref], order: list[str]) -> None:
        whole = show.names("Shot", order=order)
        pages = self.resumed(show, order)
        seen = list(next(pages))
        show.tracker.delete(nine[whole[0]])
        show.tracker.delete(nine[whole[6]])
        show.shot("sh0", status=show.statuses()[0])
        seen += [name for page in pages for name in page]
        survivors = [name for name in whole if name != whole[6]]
        assert [name for name in seen if name != "sh0"] == survivors
        assert len(seen) == len(set(seen))

    @needs("delete")
    def test_the_very_row_of_the_cursor_goes(self, show: Show, nine: dict[str, Ref], order: list[str]) -> None:
        whole = show.names("Shot", order=order)
        pages = self.resumed(show, order)
        seen = list(next(pages)) + list(next(pages))
        show.tracker.delete(nine[seen[-1]])
        seen += [name for page in pages for name in page]
        assert seen == whole

    @needs("delete")
    def test_a_whole_page_goes(self, show: Show, nine: dict[str, Ref], order: list[str]) -> None:
        whole = show.names("Shot", order=order)
        pages = self.resumed(show, order)
        seen = list(next(pages)) + list(next(pages))
        for name in seen[2:]:
            show.tracker.delete(nine[name])
        seen += [name for page in pages for name in page]
        assert seen == whole

    @needs("update")
    def test_rows_that_change_between_pages_are_given_once(
        self, show: Show, nine: dict[str, Ref], order: list[str]
    ) -> None:
        whole = show.names("Shot", order=order)
        text = self.field_of(show, "text")
        pages = self.resumed(show, order)
        seen = list(next(pages))
        for ref in nine.values():
            show.change(ref, {text: "changed"})
        seen += [name for page in pages for name in page]
        assert seen == whole

    def test_pages_of_every_kind_of_folder(self, show: Show) -> None:
        for at, make in enumerate((show.shot, show.sequence, show.asset, show.shot, show.asset)):
            make(f"it{9 - at}")
        assert show.names("Folder", page_size=2) == ["it9", "it8", "it7", "it6", "it5"]
        assert show.names("Folder", order=["name"], page_size=2) == ["it5", "it6", "it7", "it8", "it9"]
