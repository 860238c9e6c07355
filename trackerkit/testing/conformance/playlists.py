"""Playlists: versions in an order."""

from __future__ import annotations

from trackerkit.filters import field
from trackerkit.operations import add, remove
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestPlaylists"]


@needs("find", "create", types=["Playlist"])
class TestPlaylists(Cases):
    def versions(self, show: Show, count: int) -> list[Ref]:
        shot = show.shot()
        return [show.version(shot, f"comp{at}_v001") for at in range(count)]

    def test_a_playlist_of_versions(self, show: Show) -> None:
        one, two = self.versions(show, 2)
        playlist = show.make("Playlist", name="Dailies", items=[one, two])
        record = show.get(playlist, ["name", "items"])
        assert record.name == "Dailies"
        assert sorted(ref.id for ref in record["items"]) == sorted([one.id, two.id])

    @needs("links.order")
    def test_items_keep_their_order(self, show: Show) -> None:
        made = self.versions(show, 4)
        wanted = [made[2], made[0], made[3], made[1]]
        playlist = show.make("Playlist", name="Dailies", items=wanted)
        assert show.value(playlist, "items") == wanted

    @needs("links.order", "update")
    def test_items_are_put_into_another_order(self, show: Show) -> None:
        made = self.versions(show, 3)
        playlist = show.make("Playlist", name="Dailies", items=made)
        show.tracker.update(playlist, items=made[::-1])
        assert show.value(playlist, "items") == made[::-1]

    @needs("update", "update.modes")
    def test_items_come_and_go(self, show: Show) -> None:
        one, two, three = self.versions(show, 3)
        playlist = show.make("Playlist", name="Dailies", items=[one, two])
        show.tracker.update(playlist, items=add(three))
        show.tracker.update(playlist, items=remove(one))
        assert {ref.id for ref in show.value(playlist, "items")} == {two.id, three.id}

    def test_an_empty_playlist(self, show: Show) -> None:
        playlist = show.make("Playlist", name="Empty")
        assert show.value(playlist, "items") == []

    @needs("find.deep")
    def test_playlists_are_found_by_what_is_in_them(self, show: Show) -> None:
        one, two = self.versions(show, 2)
        show.make("Playlist", name="a", items=[one])
        show.make("Playlist", name="b", items=[one, two])
        assert show.names("Playlist", field("items") == two) == ["b"]
        assert show.names("Playlist", field("items") == one) == ["a", "b"]
        assert show.names("Playlist", field("items") != two) == ["a"]
        assert show.names("Playlist", field("items[Version].name") == "comp1_v001") == ["b"]

    @needs("find.reverse", fields=["Version.playlists"])
    def test_a_version_knows_its_playlists(self, show: Show) -> None:
        one, two = self.versions(show, 2)
        playlist = show.make("Playlist", name="Dailies", items=[one])
        assert show.value(one, "playlists") == [playlist]
        assert show.value(two, "playlists") == []
