"""Filters: the part of a neutral filter that the site answers, and whether its answer is exact.

A part is pushed down only when it selects a superset of what the neutral filter does. ShotGrid's text matching
ignores case
(``is`` included), and what it does with a null on the way of a deep path is not certain: such parts are *loose*,
their rows
are looked at again here, and nothing that is loose is ever negated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from trackerkit.evaluate import value_test
from trackerkit.filters import And, Filter, Not, Or
from trackerkit.query import Test
from trackerkit.schema import Field
from trackerkit_shotgrid.compile.conditions import condition, link_in, link_types
from trackerkit_shotgrid.compile.pushed import (
    ALL,
    EVERYTHING,
    NONE,
    Pushed,
    every,
    group,
    loose,
    negated,
    shallow,
    some,
)
from trackerkit_shotgrid.compile.reach import Reacher, Unreachable, constant_of
from trackerkit_shotgrid.mapping.bindings import Binding, TypeBinding
from trackerkit_shotgrid.mapping.types import native_type

MOST_ALTERNATIVES: Final = 24
"""More native paths than this for one condition are not asked: the rows are looked at here."""


class Pusher:
    """Pushes filters on the rows of one concrete type.

    Args:
        reacher: of the site.
        owner: the neutral type.
    """

    def __init__(self, reacher: Reacher, owner: str) -> None:
        self.reacher = reacher
        self.owner = owner
        self.types = reacher.site.types[owner]

    def split(self, node: Filter) -> tuple[Pushed, Filter]:
        """What the site is asked, and what has to be looked at here."""
        parts = node.parts if isinstance(node, And) else (node,)
        pushed = [(part, shallow(self.push(part))) for part in parts]
        left = [part for part, found in pushed if not found.exact]
        return every([found for _, found in pushed]), left[0] if len(left) == 1 else And(left)

    def push(self, node: Filter) -> Pushed:
        """The part of a tree that the site answers."""
        if isinstance(node, And):
            return every([self.push(part) for part in node.parts]) if node.parts else ALL
        if isinstance(node, Or):
            return some([self.push(part) for part in node.parts]) if node.parts else NONE
        if isinstance(node, Not):
            return negated(self.push(node.part))
        assert isinstance(node, Test)
        return self.test(node)

    def test(self, test: Test) -> Pushed:
        """One condition."""
        if test.path.steps:
            return self.deep(test)
        item = test.path.leaves.get(self.owner)
        if item is None:
            return ALL if value_test(test)(None) else NONE
        return self.own("", self.types, item, test)

    def own(self, prefix: str, types: TypeBinding, item: Field, test: Test) -> Pushed:
        """A condition on a field of the record that a prefix leads to."""
        binding = types.fields[item.name]
        if binding.codec == "reviewable" and types.neutral == "Reviewable":
            return self.reviewable(prefix, item.name, test)
        if binding.codec in ("event", "reviewable"):
            return EVERYTHING
        if binding.native:
            found = condition(self.reacher, prefix + binding.native, binding, test)
            return found if types.neutral != "Reply" or item.name != "project" else loose(found)
        if item.name == "parent":
            return self.parent(prefix, types, test)
        if item.ancestor is not None:
            return self.ancestor(prefix, types.neutral, item, test)
        constant = constant_of(types, item.name)
        if constant is None:
            return EVERYTHING
        return ALL if value_test(test)(constant) else NONE

    def reviewable(self, prefix: str, name: str, test: Test) -> Pushed:
        """A Reviewable is its Version: by its id, or by the link to it."""
        binding = self.reacher.site.types["Version"].fields["id"]
        if name == "id":
            return condition(self.reacher, f"{prefix}id", binding, test)
        if name == "version" and test.operator in ("is", "in"):
            refs = test.value if isinstance(test.value, tuple) else (test.value,)
            numbers = [self.reacher.links.number_of(ref) for ref in refs if ref is not None]
            return Pushed([f"{prefix}id", "in", numbers], exact=False) if numbers else loose(NONE)
        return EVERYTHING

    # --- parents and ancestors -----------------------------------------------------------------------------------

    def parent(self, prefix: str, types: TypeBinding, test: Test) -> Pushed:
        """A condition on the parent of a folder, which is the first of several native links that is set."""
        names = [prefix + link.native for link in types.parents]
        targets = [link.target for link in types.parents]
        names.append(f"{prefix}project")
        targets.append("Project")
        if test.operator == "is" and test.value is None:
            return Pushed(group("all", [[name, "is", None] for name in names]), exact=True)
        made = []
        for rank, (name, target) in enumerate(zip(names, targets)):  # noqa: B905 - Python 3.10, same length
            above = [Pushed([other, "is", None], exact=True) for other in names[:rank]]
            made.append(every([*above, self._parent_at(name, target, test)]))
        if test.operator == "in" and None in test.value:
            made.append(self.parent(prefix, types, Test(test.path, "is", None)))
        return some(made)

    def _parent_at(self, name: str, target: str | None, test: Test) -> Pushed:
        if test.operator == "type_is":
            if target is not None:
                return Pushed([name, "is_not", None], exact=True) if target in test.value else NONE
            return link_types(self.reacher, name, test.value)
        values = test.value if test.operator == "in" else (test.value,)
        return link_in(self.reacher, name, [ref for ref in values if ref is not None and target in (None, ref.type)])

    def ancestor(self, prefix: str, owner: str, item: Field, test: Test) -> Pushed:
        """A condition on the nearest parent of a kind: it holds only where one of the ways up does."""
        if value_test(test)(None):
            return EVERYTHING
        try:
            hop = self.reacher.hop(prefix, owner, item)
        except Unreachable:
            return EVERYTHING
        binding = Binding(item, data_type="entity")
        return loose(some([condition(self.reacher, at, binding, test) for at, _ in hop.ends]))

    # --- deep paths ----------------------------------------------------------------------------------------------

    def deep(self, test: Test) -> Pushed:
        """A condition behind links: the same condition on every native path that may lead there."""
        if value_test(test)([] if test.path.leaf.is_many else None):
            return EVERYTHING
        try:
            ends = self._ends(test, "", self.owner, 0)
        except Unreachable:
            return EVERYTHING
        if len(ends) > MOST_ALTERNATIVES:
            return EVERYTHING
        found = [
            self.own(prefix, self.reacher.site.types[owner], test.path.leaves[owner], test) for prefix, owner in ends
        ]
        return loose(some(found)) if found else loose(NONE)

    def _ends(self, test: Test, prefix: str, owner: str, depth: int) -> list[tuple[str, str]]:
        """The native prefixes, each with its type, that lead to the field at the end."""
        if depth == len(test.path.steps):
            return [(prefix, owner)] if owner in test.path.leaves else []
        step = test.path.steps[depth]
        item = step.fields.get(owner)
        if item is None:
            return []
        made = []
        for at, targets in self._links(prefix, owner, item):
            for target in targets:
                native = native_type(target)
                if target in step.targets and native is not None and target in self.reacher.site.types:
                    made += self._ends(test, f"{at}.{native}.", target, depth + 1)
        return made

    def _links(self, prefix: str, owner: str, item: Field) -> Sequence[tuple[str, tuple[str, ...]]]:
        if item.data_type != "links":
            return self.reacher.hop(prefix, owner, item).ends
        binding = self.reacher.site.types[owner].fields[item.name]
        if not binding.native or binding.codec:
            raise Unreachable
        return ((prefix + binding.native, self.reacher.schema.targets(item)),)
