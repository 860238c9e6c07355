"""Writing: operations as calls of a site, each sent once; what is not known to be done is looked for by its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trackerkit import operations as ops
from trackerkit.backend import failed
from trackerkit.capabilities import Capabilities
from trackerkit.clock import Clock
from trackerkit.errors import (
    BatchError,
    DomainError,
    OutcomeUnknown,
    ProtocolError,
    ServerError,
    TrackerError,
    UnsupportedError,
)
from trackerkit.operations import Added, Operation, Removed, Result, folded
from trackerkit.retry import is_outcome_unknown
from trackerkit.values import Ref
from trackerkit_shotgrid.client import Client, Json
from trackerkit_shotgrid.compile.reach import CONNECTION, Reacher
from trackerkit_shotgrid.compile.writes import (
    Change,
    Name,
    Names,
    change_of,
    concrete,
    home_in,
    links_in,
    names_in,
    needs_home,
    written_values,
)
from trackerkit_shotgrid.errors import BACKEND, outcome_unknown
from trackerkit_shotgrid.mapping.fields import KEY_FIELD, NAMED

LOOKS: Final = 3
LOOK_PAUSE_S: Final = 1.0
"""How often, and how long apart, a create whose answer was lost is looked for."""

_MADE_BY_NAME: Final = frozenset({"Tag", "PublishedFileType"})
"""Records that stand for a name alone: one that is missing is made."""


@dataclass
class _Work:
    """One operation on its way.

    Args:
        at: its positions in what the caller gave.
        owner: its concrete type.
        operation: checked.
        change: the request.
        home: the project of a create.
        result: what became of it.
    """

    at: list[int]
    owner: str
    operation: Operation
    change: Change | None = None
    home: Ref | None = None
    result: Result | None = None


class Writer:
    """Makes the changes of one backend.

    Args:
        client: of the site.
        reacher: of its schema.
        capabilities: for what is refused before anything is sent.
        clock: waits between two looks for a lost create.
        fetch: bulk read by Ref.
        hanging: what hangs on a record.
        roots: the folders of the site's local storages.
    """

    def __init__(
        self,
        client: Client,
        reacher: Reacher,
        capabilities: Capabilities,
        clock: Clock,
        fetch: Callable[..., Any],
        hanging: Callable[[Ref], Sequence[Ref]],
        roots: Callable[[], Sequence[str]],
    ) -> None:
        self.client = client
        self.reacher = reacher
        self.capabilities = capabilities
        self.clock = clock
        self.fetch = fetch
        self.hanging = hanging
        self.roots = roots

    def write(self, operations: Sequence[Operation], atomic: bool) -> list[Result]:
        """The changes, in order."""
        works = [work for operation, at in folded(operations) for work in self._works(operation, at)]
        if atomic and len(works) > 1:
            self._refuse_revivals(works)
        if not atomic or len(works) == 1:
            for work in works:
                self._alone(work, operations)
        else:
            self._together(works, operations)
        results: list[Result] = [Result(Ref("Shot", "0"))] * len(operations)
        for work in works:
            for at in work.at:
                assert work.result is not None
                results[at] = work.result
        return results

    def _works(self, operation: Operation, at: list[int]) -> list[_Work]:
        """An operation, behind those that it brings along: what hangs on a record goes before it."""
        work = _Work(at, self._concrete(operation), operation)
        if operation.kind != "delete" or not operation.recursive:
            return [work]
        below = [ops.delete(ref) for ref in reversed(self.hanging(self._completed(work)))]
        return [*(_Work([], concrete(item), item) for item in below), work]

    def _concrete(self, operation: Operation) -> str:
        if operation.permanent:
            self.capabilities.require("delete.permanent", BACKEND)
        return concrete(operation)

    def _refuse_revivals(self, works: Sequence[_Work]) -> None:
        if any(work.operation.kind == "restore" for work in works):
            raise UnsupportedError(
                "ShotGrid's batch cannot bring records back", hint="restore them one by one, or give atomic=False",
                backend=BACKEND,
            )  # fmt: skip

    # --- getting ready -------------------------------------------------------------------------------------------

    def _prepare(self, works: Sequence[_Work]) -> None:
        """Look up what the requests need, and make them."""
        self._find_known(works)
        open_works = [work for work in works if work.result is None]
        names = self._names(open_works)
        for work in open_works:
            if work.operation.kind == "create":
                work.home = self._home(work)
            work.change = change_of(self.reacher, work.owner, work.operation, names, work.home)

    def _find_known(self, works: Sequence[_Work]) -> None:
        """A create whose key the site has is done already."""
        for owner in {work.owner for work in works if work.operation.kind == "create"}:
            keyed = {
                work.operation.key: work
                for work in works
                if work.owner == owner and work.operation.kind == "create" and work.operation.key
            }
            for key, row in self._by_key(owner, list(keyed)).items():
                work = keyed[key]
                ref = self._ref(owner, row["id"], work, None)
                work.result = Result(ref, dict(work.operation.values), done=False)

    def _by_key(self, owner: str, keys: Sequence[str | None]) -> dict[str, Json]:
        """The records of a type that were made with some keys."""
        if not keys or "uid" not in self.reacher.site.types[owner].fields:
            return {}
        native = self.reacher.site.types[owner].native
        answer = self._all(native, [[KEY_FIELD, "in", list(keys)]], [KEY_FIELD])
        return {row[KEY_FIELD]: row for row in answer if row.get(KEY_FIELD) in keys}

    def _all(self, native: str, filters: Sequence[Any], fields: Sequence[str]) -> list[Json]:
        """All records that some filters select."""
        made: list[Json] = []
        size = self.client.page_size
        while True:
            behind = [["id", "greater_than", made[-1]["id"]]] if made else []
            argument = {
                "type": native,
                "return_fields": list(fields),
                "filters": self.client.translated([*filters, *behind]),
                "return_only": "active",
                "paging": {"entities_per_page": size, "current_page": 1},
                "sorts": [{"field_name": "id", "direction": "asc"}],
            }
            rows = self.client.read(argument)["entities"]
            made += rows
            if len(rows) < size:
                return made

    def _names(self, works: Sequence[_Work]) -> Names:
        wanted = names_in(self.reacher, [(work.owner, work.operation) for work in works])
        ids: dict[Name, list[Json]] = {}
        for target in sorted({target for target, _ in wanted}):
            names = sorted(name for kind, name in wanted if kind == target)
            ids.update(self._named(target, names))
        has_paths = any(self._has_path(work) for work in works)
        return Names(ids, self._hangs_on(works, ids), self.roots() if has_paths else ())

    def _named(self, target: str, names: Sequence[str]) -> dict[Name, list[Json]]:
        """The records of some names, exactly; those that only stand for a name are made where they are missing."""
        if target not in self.reacher.site.natives:
            return {}
        field = next(field for kind, field in NAMED.values() if kind == target)
        fields = [field, "entity_type"] if target == "Step" else [field]
        rows = self._all(target, [[field, "in", list(names)]], fields)
        found: dict[Name, list[Json]] = {}
        for row in rows:
            found.setdefault((target, row[field]), []).append(row)
        for name in names if target in _MADE_BY_NAME else ():
            if (target, name) not in found:
                made = self.client.call(
                    "create",
                    Change("create", target, None, ({"field_name": field, "value": name},)).argument,
                    safe=False,
                )
                found[target, name] = [made]
        return found

    def _hangs_on(self, works: Sequence[_Work], ids: Mapping[Name, Sequence[Json]]) -> dict[Ref, str | None]:
        """What the tasks hang on whose type is changed to a name that several kinds of record have."""
        refs = [
            work.operation.ref
            for work in works
            if work.operation.ref is not None
            and "parent" not in work.operation.values
            and len(ids.get(("Step", str(work.operation.values.get("type"))), ())) > 1
        ]
        if not refs:
            return {}
        rows = self._all("Task", [["id", "in", [self.reacher.links.number_of(ref) for ref in refs]]], ["entity"])
        kinds = {row["id"]: (row.get("entity") or {}).get("type") for row in rows}
        return {ref: kinds.get(self.reacher.links.number_of(ref)) for ref in refs}

    def _has_path(self, work: _Work) -> bool:
        fields = self.reacher.site.types[work.owner].fields
        return any(fields[name].codec == "path" for name in work.operation.values)

    def _home(self, work: _Work) -> Ref | None:
        """The project that a create belongs to: said, or that of what it links to."""
        if not needs_home(self.reacher, work.owner):
            return None
        home = home_in(self.reacher, work.owner, work.operation)
        if home is None:
            home = self._home_of_links(links_in(work.operation))
        if home is None and "project" not in work.operation.values and work.owner in _IN_PROJECTS:
            raise DomainError(
                f"a {work.owner} needs a project", path=f"{work.owner}.project", hint="give project=…", backend=BACKEND
            )
        return home

    def _home_of_links(self, refs: Sequence[Ref]) -> Ref | None:
        for ref in refs:
            found = self.fetch([ref], ["project"]).get(ref)
            if found is not None and found.get("project") is not None:
                home: Ref = found["project"]
                return home
        return None

    # --- sending -------------------------------------------------------------------------------------------------

    def _alone(self, work: _Work, operations: Sequence[Operation]) -> None:
        """One change in a call of its own."""
        self._prepare([work])
        if work.result is not None:
            return
        change = work.change
        assert change is not None
        try:
            answer = self.client.call(change.verb, change.argument, safe=False)
        except TrackerError as error:
            self._settle([work], error, operations)
            return
        self._done([work], [answer], operations)

    def _together(self, works: Sequence[_Work], operations: Sequence[Operation]) -> None:
        """Several changes in one transaction."""
        self._prepare(works)
        waiting = [work for work in works if work.result is None]
        if not waiting:
            return
        requests = [work.change.request for work in waiting if work.change is not None]
        try:
            answers = self.client.call("batch", requests, safe=False)
        except BatchError as error:
            at = min(error.index, len(waiting) - 1)
            place = next((each.at[0] for each in waiting[at:] if each.at), 0)
            raise failed(place, waiting[at].operation, error.cause) from error
        except TrackerError as error:
            self._settle(waiting, error, operations)
            return
        if not isinstance(answers, list) or len(answers) != len(waiting):
            self._settle(waiting, ProtocolError("the site's answer to a batch is none", backend=BACKEND), operations)
            return
        self._done(waiting, answers, operations)

    def _done(self, works: Sequence[_Work], answers: Sequence[Any], operations: Sequence[Operation]) -> None:
        """Take what the site says that it did."""
        for work, answer in zip(works, answers):  # noqa: B905 - Python 3.10, same length
            if work.operation.kind in ("delete", "restore"):
                assert work.operation.ref is not None
                work.result = Result(self._completed(work), done=answer is not False)
                continue
            row = answer[0] if isinstance(answer, list) and answer else answer
            if not isinstance(row, dict) or "id" not in row:
                self._settle(works, ProtocolError("the site's answer to a change is none", backend=BACKEND), operations)
                return
            work.result = Result(
                self._ref(work.owner, row["id"], work, row),
                written_values(self.reacher, work.owner, work.operation, row),
            )
        self._order(works)

    def _settle(self, works: Sequence[_Work], error: TrackerError, operations: Sequence[Operation]) -> None:
        """A call failed: look whether it was done where nobody knows, else raise."""
        if not (is_outcome_unknown(error) or (isinstance(error, ServerError) and _is_status(error))):
            raise error
        if not self._look(works):
            raise self._unknown(works, error, operations) from error

    def _look(self, works: Sequence[_Work]) -> bool:
        """True when every one of the changes is found to be done: they are one transaction, so one create tells."""
        creates = [work for work in works if work.operation.kind == "create" and work.operation.key]
        creates = [work for work in creates if "uid" in self.reacher.site.types[work.owner].fields]
        if not creates:
            return False
        for look in range(LOOKS):
            if look:
                self.clock.sleep(LOOK_PAUSE_S)
            if self._found(creates[:1]):
                self._take(works, creates)
                return all(work.result is not None for work in works)
        return False

    def _found(self, creates: Sequence[_Work]) -> bool:
        try:
            return all(self._by_key(work.owner, [work.operation.key]) for work in creates)
        except TrackerError:
            return False

    def _take(self, works: Sequence[_Work], creates: Sequence[_Work]) -> None:
        for owner in {work.owner for work in creates}:
            mine = {work.operation.key: work for work in creates if work.owner == owner}
            for key, row in self._by_key(owner, list(mine)).items():
                work = mine[key]
                work.result = Result(self._ref(owner, row["id"], work, None), dict(work.operation.values))
        for work in works:
            if work.operation.kind != "create":
                values = {
                    name: value
                    for name, value in work.operation.values.items()
                    if not isinstance(value, (Added, Removed))
                }
                work.result = Result(self._completed(work), values)

    def _unknown(self, works: Sequence[_Work], error: TrackerError, operations: Sequence[Operation]) -> OutcomeUnknown:
        keyed = all(
            work.operation.kind == "create" and "uid" in self.reacher.site.types[work.owner].fields for work in works
        )
        hint = (
            "the same create with the same key is safe to repeat"
            if keyed
            else "read the records back, then decide; `trackerkit doctor --prepare` makes creates safe to repeat"
        )
        request = [operations[at] for work in works for at in work.at]
        return outcome_unknown(error, request[0] if len(request) == 1 else request, hint=hint)

    # --- results -------------------------------------------------------------------------------------------------

    def _ref(self, owner: str, number: Any, work: _Work, row: Json | None) -> Ref:
        types, links = self.reacher.site.types[owner], self.reacher.links
        if work.operation.ref is not None:
            return self._completed(work)
        id = links.id_of(types.native, number)
        home = id if owner == "Project" else work.home.id if work.home is not None else None
        display = self.reacher.schema.types[owner].display
        label = work.operation.values.get(display)
        return Ref(owner, id, home, links.site, types.native, label if isinstance(label, str) else None)

    def _completed(self, work: _Work) -> Ref:
        ref = work.operation.ref
        assert ref is not None
        types = self.reacher.site.types[work.owner]
        return ref.replace(type=work.owner, native=types.native, site=self.reacher.links.site)

    # --- playlists -----------------------------------------------------------------------------------------------

    def _order(self, works: Iterable[_Work]) -> None:
        """A playlist's order stands in its connections, which the site makes by itself."""
        if CONNECTION not in self.reacher.site.natives:
            return
        for work in works:
            items = work.operation.values.get("items")
            if work.owner == "Playlist" and isinstance(items, list) and items and work.result is not None:
                self._rank(work.result.ref, items)

    def _rank(self, playlist: Ref, items: Sequence[Ref]) -> None:
        links = self.reacher.links
        ranks = {links.number_of(ref): at for at, ref in enumerate(items, 1)}
        link = {"type": "Playlist", "id": links.number_of(playlist)}
        requests = []
        for row in self._all(CONNECTION, [["playlist", "is", link]], ["version", "sg_sort_order"]):
            rank = ranks.get((row.get("version") or {}).get("id", -1))
            if rank is not None and row.get("sg_sort_order") != rank:
                fields = ({"field_name": "sg_sort_order", "value": rank},)
                requests.append(Change("update", CONNECTION, row["id"], fields).request)
        if requests:
            self.client.call("batch", requests, safe=True)


_IN_PROJECTS: Final = frozenset(
    {"Episode", "Sequence", "Scene", "Shot", "Asset", "Task", "Version", "File", "Note", "Playlist", "TimeLog"}
)


def _is_status(error: ServerError) -> bool:
    """True for a gateway's or server's own HTTP failure, behind which the change may be done."""
    return isinstance(error.status, int) and 500 <= error.status < 600


__all__ = ["Writer"]
