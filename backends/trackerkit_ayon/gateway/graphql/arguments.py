"""The arguments of a connection → which page of what: conditions for the tracker, and tests of what it cannot decide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from trackerkit.filters import And, Condition, Filter, Not, Or
from trackerkit.values import Ref
from trackerkit_ayon.gateway.conditions import (
    EVERYTHING,
    NOTHING,
    Many,
    One,
    is_like,
    keys,
    like,
    parse,
    push,
    regex,
    state_of,
    tester,
)
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.filterkeys import check_keys
from trackerkit_ayon.gateway.graphql.latest import chosen, latest
from trackerkit_ayon.gateway.graphql.searching import searched
from trackerkit_ayon.gateway.linking import linked_ids
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.pages import Ask
from trackerkit_ayon.gateway.targets import Target
from trackerkit_ayon.gateway.trees import descendants
from trackerkit_ayon.mapping.names import native_of

Test = Callable[[Mapping[str, Any]], bool]
Args = Mapping[str, Any]

SORTS: Final[Mapping[str, frozenset[str]]] = {
    "Folder": frozenset({"name", "createdAt", "updatedAt", "createdBy", "updatedBy", "folderType", "status"}),
    "Task": frozenset({"name", "taskType", "assignees", "status", "createdAt", "updatedAt", "createdBy", "updatedBy"}),
    "Product": frozenset({
        "name", "productType", "productBaseType", "status", "createdAt", "updatedAt", "createdBy", "updatedBy", "tags", "path",
    }),
    "Version": frozenset({"author", "version", "createdAt", "updatedAt", "createdBy", "updatedBy", "tags", "path", "status"}),
    "File": frozenset(), "Workfile": frozenset({"name", "status", "createdAt", "updatedAt"}),
}  # fmt: skip
_BY_LINK: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("Folder", "parentIds"): ("parent", "Folder"), ("Task", "folderIds"): ("parent", "Folder"),
    ("Product", "folderIds"): ("parent", "Folder"), ("Version", "productIds"): ("product", "Product"),
    ("Version", "taskIds"): ("task", "Task"), ("Version", "folderIds"): ("product.parent", "Folder"),
    ("File", "versionIds"): ("version", "Version"), ("Workfile", "taskIds"): ("task", "Task"),
}  # fmt: skip
_FLAGS: Final = frozenset({"includeFolderChildren", "heroOnly", "latestOnly", "heroOrLatestOnly"})
"""Arguments whose False says nothing."""

_BY_VALUE: Final[Mapping[tuple[str, str], str]] = {
    ("", "names"): "name", ("Folder", "folderTypes"): "kind", ("Task", "taskTypes"): "type",
    ("Product", "productTypes"): "type", ("Product", "productBaseTypes"): "base_type", ("Version", "versions"): "number",
    ("Workfile", "paths"): "path",
}  # fmt: skip


class Reader:
    """Reads the arguments of one connection.

    Args:
        nodes: of the project.
        base: the neutral type.
        args: as GraphQL gives them.
        fixed: what holds for all records, for a connection below a node.
    """

    def __init__(self, nodes: Nodes, base: str, args: Args, fixed: Filter = EVERYTHING) -> None:
        self.nodes = nodes
        self.home = nodes.home
        self.site = nodes.site
        self.base = base
        self.args = args
        self.parts: list[Filter] = [fixed]
        self.tests: list[Test] = []
        self.keys: set[str] = set()
        self.state = "all"

    def ask(self, wanted: Collection[str]) -> Ask:
        """The page that is asked for, its nodes with these keys.

        Raises:
            Fault: 400, an argument that cannot be.
        """
        for name, value in self.args.items():
            if value is not None and not (value is False and name in _FLAGS):
                self._take(name, value)
        tests = self.tests
        left = (lambda node: all(test(node) for test in tests)) if tests else None
        condition = And(self.parts)
        return Ask(
            self.base, condition, left, {*wanted, *self.keys}, self.args.get("first"), self.args.get("after"),
            self.args.get("last"), self.args.get("before"), self._sort(), self.state,
        )  # fmt: skip

    def _sort(self) -> str | None:
        said = self.args.get("sortBy")
        if not said:
            return None
        if said in SORTS[self.base] or said.startswith("attrib."):
            return str(said)
        raise Fault(400, f"Invalid sort_by value: {said}", "bad-request")

    def _take(self, name: str, value: Any) -> None:
        link = _BY_LINK.get((self.base, name))
        path = _BY_VALUE.get((self.base, name)) or _BY_VALUE.get(("", name))
        if link is not None:
            self.linked(link[0], link[1], value)
        elif path is not None:
            item = self.site.schema.type(self.base).fields.get(path)
            known = tuple(one for one in value if item is None or not item.choices or one in item.choices)
            self.parts.append(Condition(path, "in", known) if known else NOTHING)
        elif name in _TAKERS:
            _TAKERS[name](self, value)

    def linked(self, path: str, target: str, ids: Sequence[str]) -> None:
        """Keep what links to one of some records, or to what lies below them."""
        wanted = [id for id in ids if id and id != "root"]
        refs = self.site.refs(target, wanted)
        if self.args.get("includeFolderChildren") and target == "Folder":
            refs = [found for ref in refs for found in descendants(self.home, ref)]
        parts: list[Filter] = [Condition(path, "in", tuple(refs))] if refs else []
        if path == "product.parent":  # what was published without a product lies in its folder
            parts.append(
                And([Condition("product", "is", None), Condition("parent", "in", tuple(refs))]) if refs else NOTHING
            )
        if "root" in ids:
            parts.append(Not(Condition(path, "type_is", "Folder")))
        self.parts.append(Or(parts))

    def test(self, check: Test, *names: str) -> None:
        """Test each node, whose keys ``names`` are needed for it."""
        self.tests.append(check)
        self.keys.update(names)

    def checked(self, text: str, base: str) -> One | Many | None:
        """A query filter on a type.

        Raises:
            Fault: 400, it is none, or names a key that there is not.
        """
        node = parse(text)
        check_keys(node, base)
        return node

    def pushed(self, node: One | Many | None, base: str) -> tuple[Filter, bool]:
        """A query filter as far as the tracker can decide it, and whether that is all of it."""
        return (EVERYTHING, True) if node is None else push(node, Target(self.home, base))


# ---- single arguments


def _ids(reader: Reader, value: Sequence[str]) -> None:
    condition = reader.nodes.has_id(reader.base, value)
    if reader.base == "Folder" and reader.args.get("includeFolderChildren"):
        refs = [found for ref in reader.site.refs("Folder", value) for found in descendants(reader.home, ref)]
        condition = Condition("id", "in", tuple(ref.id for ref in refs))
    reader.parts.append(condition)


def _parent_id(reader: Reader, value: str) -> None:
    reader.linked("parent", "Folder", [value])


def _statuses(reader: Reader, value: Sequence[str]) -> None:
    wanted = reader.home.known_statuses(value)
    reader.parts.append(Or([Condition("status", "in", wanted), Condition("status", "is", None)]))
    reader.test(lambda node: node["status"] in value, "status")


def _all_of(path: str) -> Callable[[Reader, Sequence[str]], None]:
    def take(reader: Reader, value: Sequence[str]) -> None:
        if not value:
            reader.parts.append(Condition(path, "is", None))
        reader.parts += [Condition(path, "is", item) for item in _members(reader, path, value)]

    return take


def _any_of(path: str) -> Callable[[Reader, Sequence[str]], None]:
    def take(reader: Reader, value: Sequence[str]) -> None:
        made: list[Filter] = [Condition(path, "is", item) for item in _members(reader, path, value)]
        reader.parts.append(Or(made) if value else Not(Condition(path, "is", None)))

    return take


def _members(reader: Reader, path: str, value: Sequence[str]) -> list[Any]:
    if path.rpartition(".")[2] != "assignees":
        return list(value)
    known = reader.site.users_of_names(value)
    return [known.get(name, Ref("User", "0" * 32)) for name in value]


def _tags(reader: Reader, value: Sequence[str]) -> None:
    """All of some tags; none of them is no tag to tasks, no wish to folders, and nothing to the others."""
    if value or reader.base == "Task":
        _all_of("tags")(reader, value)
    elif reader.base != "Folder":
        reader.parts.append(NOTHING)


def _assignees(reader: Reader, value: Sequence[str]) -> None:
    """Tasks of all of some people; folders with such a task."""
    if reader.base == "Task":
        _all_of("assignees")(reader, value)
        return
    everyone = And([Condition("assignees", "is", ref) for ref in _members(reader, "assignees", value)])
    found = reader.nodes.find("Task", everyone, keys=("id",))
    reader.parts.append(Condition("tasks", "in", tuple(item["ref"] for item in found)) if found else NOTHING)


def _name(reader: Reader, value: str) -> None:
    made, _ = like("name", value)
    reader.parts.append(made)
    reader.test(lambda node: is_like(node["name"], value), "name")


def _regex(key: str) -> Callable[[Reader, str], None]:
    def take(reader: Reader, value: str) -> None:
        pattern = regex(value)
        reader.test(lambda node: pattern.search(str(node.get(key) or "")) is not None, key)

    return take


def _path_ex(reader: Reader, value: str) -> None:
    """Folders and workfiles by their own paths, products by their folders'."""
    if reader.base != "Product":
        return _regex("path")(reader, value)
    pattern = regex(value)
    reader.test(lambda node: pattern.search("/" + "/".join(node.get("parents") or ())) is not None, "parents")
    return None


def _paths(reader: Reader, value: Sequence[str]) -> None:
    wanted = {item.strip("/") for item in value}
    names = tuple(item.rpartition("/")[2] for item in wanted)
    reader.parts.append(Condition("name", "in", names))
    reader.test(lambda node: str(node.get("path") or "").strip("/") in wanted, "path")


def _has(path: str) -> Callable[[Reader, bool], None]:
    def take(reader: Reader, value: bool) -> None:
        empty = Condition(path, "is", None)
        reader.parts.append(Not(empty) if value else empty)

    return take


def _search(reader: Reader, value: str) -> None:
    reader.parts.append(searched(reader.home, reader.base, value))


def _filter(reader: Reader, value: str) -> None:
    reader.state, node = state_of(reader.checked(value, reader.base))
    condition, exact = reader.pushed(node, reader.base)
    reader.parts.append(condition)
    if node is not None and not exact:
        reader.test(tester(node), *keys(node), *(("ownAttrib",) if "attrib" in keys(node) else ()))


_THROUGH: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("Folder", "taskFilter"): ("Task", "tasks"), ("Task", "folderFilter"): ("Folder", "parent"),
    ("Product", "versionFilter"): ("Version", "versions"), ("Product", "taskFilter"): ("Task", "versions.task"),
    ("Version", "taskFilter"): ("Task", "task"), ("Version", "productFilter"): ("Product", "product"),
}  # fmt: skip


def _through(name: str) -> Callable[[Reader, str], None]:
    """Records whose neighbours a filter finds: the neighbours first, then by their ids."""

    def take(reader: Reader, value: str) -> None:
        base, path = _THROUGH[reader.base, name]
        state, node = state_of(reader.checked(value, base))
        if node is None and state == "all":
            return
        condition, exact = reader.pushed(node, base)
        wanted = {"id"} if exact or node is None else {"id", "ownAttrib", *keys(node)}
        found = reader.nodes.find(base, condition, keys=wanted, state=state)
        if node is not None and not exact:
            is_wanted = tester(node)
            found = [item for item in found if is_wanted(item)]
        refs = tuple(item["ref"] for item in found)
        reader.parts.append(Condition(path, "in", refs) if refs else NOTHING)

    return take


def _attributes(reader: Reader, value: Sequence[Mapping[str, Any]]) -> None:
    wanted = {item["name"]: set(item["values"]) for item in value}
    reader.test(lambda node: all(str(node["attrib"].get(name)) in texts for name, texts in wanted.items()), "attrib")


def _authors(reader: Reader, value: Sequence[str]) -> None:
    refs = tuple(reader.site.users_of_names(value).values())
    reader.parts.append(Condition("author", "in", refs) if refs else NOTHING)


def _version(reader: Reader, value: int) -> None:
    """A number; to AYON, zero is none."""
    if value:
        reader.parts.append(Condition("number", "is", value))


def _hero(reader: Reader, value: bool) -> None:
    reader.parts.append(Condition("number", "less_than", 0))


def _latest(reader: Reader, value: bool) -> None:
    reader.parts.append(Condition("id", "in", tuple(latest(reader.nodes))))


def _hero_or_latest(reader: Reader, value: bool) -> None:
    found = Condition("id", "in", tuple(latest(reader.nodes)))
    reader.parts.append(Or([Condition("number", "less_than", 0), found]))


def _featured(reader: Reader, value: Sequence[str]) -> None:
    reader.parts.append(Condition("id", "in", tuple(chosen(reader.nodes, value))))


def _has_links(reader: Reader, value: str) -> None:

    ins, outs = linked_ids(reader.home, native_of(reader.base).name)
    wanted = {"IN": ins, "OUT": outs, "ANY": ins | outs, "BOTH": ins & outs}.get(value)
    if wanted is None:
        reader.parts.append(Not(Condition("id", "in", tuple(ins | outs))))
    else:
        reader.parts.append(Condition("id", "in", tuple(wanted)))


_TAKERS: Final[Mapping[str, Callable[[Reader, Any], None]]] = {
    "ids": _ids, "parentId": _parent_id, "statuses": _statuses, "tags": _tags, "tagsAny": _any_of("tags"),
    "assignees": _assignees, "assigneesAny": _any_of("assignees"), "name": _name, "nameEx": _regex("name"),
    "pathEx": _path_ex, "paths": _paths, "hasChildren": _has("children"), "hasProducts": _has("products"),
    "hasTasks": _has("tasks"), "hasReviewables": _has("reviewables"), "search": _search, "filter": _filter,
    "taskFilter": _through("taskFilter"), "folderFilter": _through("folderFilter"),
    "versionFilter": _through("versionFilter"), "productFilter": _through("productFilter"), "attributes": _attributes,
    "authors": _authors, "version": _version, "heroOnly": _hero, "latestOnly": _latest, "heroOrLatestOnly": _hero_or_latest,
    "hasLinks": _has_links, "featuredOnly": _featured,
    "namesCi": lambda reader, value: reader.parts.append(Condition("name", "in_ignoring_case", tuple(value))),
}  # fmt: skip
