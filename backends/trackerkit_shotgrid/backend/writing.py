"""Writing: operations as calls of a site, each sent once; what is not known to be done is looked for by its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from trackerkit import operations as ops
from trackerkit.backend import failed
from trackerkit.capabilities import Capabilities
from trackerkit.clock import Clock
from trackerkit.errors import (
    BatchError,
    OutcomeUnknown,
    ProtocolError,
    ServerError,
    TrackerError,
    UnsupportedError,
)
from trackerkit.operations import Added, Operation, Removed, Result, folded
from trackerkit.retry import is_outcome_unknown
from trackerkit.values import Ref
from trackerkit_shotgrid.backend.lookups import Lookups
from trackerkit_shotgrid.client import Client, Json
from trackerkit_shotgrid.compile.reach import CONNECTION, Reacher
from trackerkit_shotgrid.compile.writes import (
    Change,
    change_of,
    concrete,
    written_values,
)
from trackerkit_shotgrid.errors import BACKEND, outcome_unknown

LOOKS: Final = 3
LOOK_PAUSE_S: Final = 1.0
"""How often, and how long apart, a create whose answer was lost is looked for."""


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
        lookups: finds what the requests need.
        hanging: what hangs on a record.
    """

    def __init__(
        self,
        client: Client,
        reacher: Reacher,
        capabilities: Capabilities,
        clock: Clock,
        lookups: Lookups,
        hanging: Callable[[Ref], Sequence[Ref]],
    ) -> None:
        self.client = client
        self.reacher = reacher
        self.capabilities = capabilities
        self.clock = clock
        self.lookups = lookups
        self.hanging = hanging

    def write(self, operations: Sequence[Operation], atomic: bool) -> list[Result]:
        """The changes, in order."""
        every = [work for operation, at in folded(operations) for work in self._works(operation, at)]
        works, repeats = _without_repeats(every)
        if atomic and len(works) > 1:
            self._refuse_revivals(works)
        if not atomic or len(works) == 1:
            for work in works:
                self._alone(work, operations)
        else:
            self._together(works, operations)
        for work, first in repeats:
            assert first.result is not None  # each way above sets it or raises
            work.result = replace(first.result, done=False)
        made = {at: work.result for work in every for at in work.at if work.result is not None}
        return [made[at] for at in range(len(operations))]

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
        for work in open_works:
            if work.operation.kind == "create":
                work.home = self.lookups.home(work.owner, work.operation)
        names = self.lookups.names([(work.owner, work.operation) for work in open_works])
        for work in open_works:
            work.change = change_of(self.reacher, work.owner, work.operation, names, work.home)

    def _find_known(self, works: Sequence[_Work]) -> None:
        """A create whose key the site has is done already."""
        for owner in {work.owner for work in works if work.operation.kind == "create"}:
            keyed = {
                work.operation.key: work
                for work in works
                if work.owner == owner and work.operation.kind == "create" and work.operation.key
            }
            for key, row in self.lookups.by_key(owner, list(keyed)).items():
                work = keyed[key]
                ref = self._ref(owner, row["id"], work, None)
                work.result = Result(ref, dict(work.operation.values), done=False)

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
            return all(self.lookups.by_key(work.owner, [work.operation.key]) for work in creates)
        except TrackerError:
            return False

    def _take(self, works: Sequence[_Work], creates: Sequence[_Work]) -> None:
        for owner in {work.owner for work in creates}:
            mine = {work.operation.key: work for work in creates if work.owner == owner}
            for key, row in self.lookups.by_key(owner, list(mine)).items():
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
        for row in self.lookups.all(CONNECTION, [["playlist", "is", link]], ["version", "sg_sort_order"]):
            rank = ranks.get((row.get("version") or {}).get("id", -1))
            if rank is not None and row.get("sg_sort_order") != rank:
                fields = ({"field_name": "sg_sort_order", "value": rank},)
                requests.append(Change("update", CONNECTION, row["id"], fields).request)
        if requests:
            self.client.call("batch", requests, safe=True)


def _without_repeats(works: Sequence[_Work]) -> tuple[list[_Work], list[tuple[_Work, _Work]]]:
    """The works that are sent, and those that repeat a create among them, each with the one that it repeats."""
    firsts: dict[tuple[str, str], _Work] = {}
    kept: list[_Work] = []
    repeats: list[tuple[_Work, _Work]] = []
    for work in works:
        key = work.operation.key if work.operation.kind == "create" else None
        first = firsts.setdefault((work.owner, key), work) if key else work
        if first is work:
            kept.append(work)
        else:
            repeats.append((work, first))
    return kept, repeats


def _is_status(error: ServerError) -> bool:
    """True for a gateway's or server's own HTTP failure, behind which the change may be done."""
    return isinstance(error.status, int) and 500 <= error.status < 600
