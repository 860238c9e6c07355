"""What a document selects below a field, as a tree of names. Pure.

Directives and types of fragments are not looked at: the tree may hold more than is answered, never less.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode

Info: TypeAlias = "GraphQLResolveInfo[Any]"
"""What graphql-core tells a resolver."""

Tree = dict[str, Any]
"""A name → the tree below it."""


def selected(info: Info) -> Tree:
    """The tree below the field that is being resolved."""
    made: Tree = {}
    for node in info.field_nodes:
        _gather(node.selection_set, info, made)
    return made


def _gather(nodes: SelectionSetNode | None, info: Info, made: Tree) -> None:
    for node in nodes.selections if nodes is not None else ():
        if isinstance(node, FieldNode):
            _gather(node.selection_set, info, made.setdefault(node.name.value, {}))
        elif isinstance(node, InlineFragmentNode):
            _gather(node.selection_set, info, made)
        elif isinstance(node, FragmentSpreadNode):
            fragment = info.fragments.get(node.name.value)
            if fragment is not None:
                _gather(fragment.selection_set, info, made)


def below(tree: Tree, *names: str) -> Tree:
    """The tree at the end of some names; empty when they are not selected."""
    for name in names:
        tree = tree.get(name) or {}
    return tree
