"""Links between records: assets of shots, tasks that wait for others, and links with a kind of their own."""

from __future__ import annotations

from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show

__all__ = ["TestBreakdown", "TestDependencies", "TestLinkRecords"]


@needs("find", "create", "update", fields=["Shot.assets"])
class TestBreakdown(Cases):
    def test_the_assets_of_a_shot(self, show: Show) -> None:
        hero, prop = show.asset("hero"), show.asset("prop")
        shot = show.shot("sh0010", assets=[hero, prop])
        assert {ref.id for ref in show.value(shot, "assets")} == {hero.id, prop.id}
        assert show.names("Shot", field("assets") == hero) == ["sh0010"]
        show.tracker.update(shot, assets=[prop])
        assert show.value(shot, "assets") == [prop]
        assert show.names("Shot", field("assets") == hero) == []

    @needs("find.reverse", fields=["Asset.shots"])
    def test_the_shots_of_an_asset(self, show: Show) -> None:
        hero, prop = show.asset("hero"), show.asset("prop")
        one, two = show.shot("sh1", assets=[hero]), show.shot("sh2", assets=[hero, prop])
        assert {ref.id for ref in show.value(hero, "shots")} == {one.id, two.id}
        assert show.names("Asset", field("shots") == two) == ["hero", "prop"]
        assert show.names("Asset", field("shots.name") == "sh1") == ["hero"]
        assert show.names("Asset", field("shots") != one) == ["prop"]

    @needs("find.deep")
    def test_paths_through_them(self, show: Show) -> None:
        hero = show.asset("hero")
        show.shot("sh1", assets=[hero])
        show.shot("sh2")
        assert show.names("Shot", field("assets.name").contains("ERO")) == ["sh1"]
        assert show.names("Shot", field("assets.name").is_null()) == ["sh2"]
        assert show.column("Shot", "assets.name") == [["hero"], []]


@needs("find", "create", fields=["Task.depends_on"])
class TestDependencies(Cases):
    def test_a_task_waits_for_another(self, show: Show) -> None:
        shot = show.shot()
        anim = show.task(shot, "anim")
        comp = show.task(shot, "comp", depends_on=[anim])
        assert show.value(comp, "depends_on") == [anim]
        assert show.names("Task", field("depends_on") == anim) == ["comp"]
        if show.stack.has("find.reverse"):
            assert show.value(anim, "dependents") == [comp]

    @needs("find.deep")
    def test_through_the_dependency(self, show: Show) -> None:
        shot = show.shot()
        anim = show.task(shot, "anim")
        show.task(shot, "comp", depends_on=[anim])
        assert show.names("Task", field("depends_on.name") == "anim") == ["comp"]
        assert show.names("Task", field("depends_on.name") != "anim") == ["anim"]


@needs("find", "create", types=["Link"])
class TestLinkRecords(Cases):
    def test_a_link_of_a_kind(self, show: Show) -> None:
        hero, shot = show.asset("hero"), show.shot("sh0010")
        (kind,) = show.choices("Link", "kind", ["breakdown"])
        link = show.make("Link", kind=kind, source=hero, target=shot)
        record = show.get(link, ["kind", "source", "target"])
        assert (record.kind, record.source, record.target) == (kind, hero, shot)
        assert [item.ref for item in show.find("Link", field("source") == hero)] == [link]
        assert show.find("Link", field("source") == shot) == []

    @needs("delete.permanent")
    def test_a_link_is_taken_away(self, show: Show) -> None:
        (kind,) = show.choices("Link", "kind", ["breakdown"])
        link = show.make("Link", kind=kind, source=show.asset(), target=show.shot())
        assert show.tracker.delete(link, permanent=True) is True
        assert show.find("Link") == []
