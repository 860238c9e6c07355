"""Executes documents quickly: a document becomes nested functions once, which then copy what was asked for out of the dicts.

It answers what goes well, exactly as graphql-core does. Whatever else there is (an error, a null where none may be, a value of
another class, a directive) raises ``Plain``: then graphql-core answers, with its own errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from graphql.execution.values import get_argument_values, get_variable_values

Complete = Callable[[Any, "Run"], Any]
_LARGEST: Final = 2**31 - 1


class Plain(Exception):
    """graphql-core has to answer."""


@dataclass(frozen=True)
class Info:
    """What a function in a dict learns of the field that it answers: as graphql-core's, as far as we look."""

    field_nodes: Sequence[FieldNode]
    fragments: Mapping[str, FragmentDefinitionNode]


@dataclass(frozen=True)
class Run:
    """One execution: the variables."""

    variables: Any


class Plan:
    """A document, ready to be executed.

    Args:
        schema: that the document is valid for.
        document: the document.

    Raises:
        Plain: it has something that is not done here.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        query = schema.query_type
        if len(operations) != 1 or operations[0].operation is not OperationType.QUERY or query is None:
            raise Plain
        self._schema = schema
        self._operation = operations[0]
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._root = self._object(query, [self._operation.selection_set])

    def run(self, root: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data.

        Raises:
            Plain: something did not go well.
        """
        definitions = list(self._operation.variable_definitions or ())
        found = get_variable_values(self._schema, definitions, dict(variables))
        if isinstance(found, list):
            raise Plain
        try:
            made: dict[str, Any] = self._root(root, Run(found))
        except Plain:
            raise
        except Exception as error:
            raise Plain from error
        return made

    # ---- objects

    def _object(self, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> Complete:
        fields: dict[str, list[FieldNode]] = {}
        for selection in sets:
            self._collect(kind, selection, fields)
        steps = [self._step(kind, key, nodes) for key, nodes in fields.items()]
        type_keys = [key for key, nodes in fields.items() if nodes[0].name.value == "__typename"]

        def complete(source: Any, run: Run) -> Any:
            made: dict[str, Any] = {}
            for key, name, call, finish in steps:
                value = source.get(name)
                if callable(value):
                    value = call(value, run)
                made[key] = finish(value, run)
            return made

        if not type_keys:
            return complete
        order = list(fields)

        def typed(source: Any, run: Run) -> Any:
            made = complete(source, run)
            made.update(dict.fromkeys(type_keys, kind.name))
            return {key: made[key] for key in order}

        return typed

    def _collect(self, kind: GraphQLObjectType, selection: SelectionSetNode, made: dict[str, list[FieldNode]]) -> None:
        for node in selection.selections:
            if node.directives:
                raise Plain
            if isinstance(node, FieldNode):
                made.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
                continue
            part: Any = node
            if isinstance(node, FragmentSpreadNode):
                part = self._fragments[node.name.value]
            elif not isinstance(node, InlineFragmentNode):
                raise Plain
            condition = part.type_condition
            if condition is None or self._applies(condition.name.value, kind):
                self._collect(kind, part.selection_set, made)

    def _applies(self, name: str, kind: GraphQLObjectType) -> bool:
        return name == kind.name or any(each.name == name for each in kind.interfaces)

    def _step(
        self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]
    ) -> tuple[str, str, Callable[[Any, Run], Any], Complete]:
        name = nodes[0].name.value
        if name == "__typename":
            return key, name, _uncalled, _as_it_is
        if name.startswith("__"):
            raise Plain
        definition = kind.fields[name]
        info = Info(nodes, self._fragments)

        def call(function: Any, run: Run) -> Any:
            return function(info, **get_argument_values(definition, nodes[0], run.variables))

        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        return key, name, call, self._finish(definition.type, sets)

    # ---- values

    def _finish(self, kind: Any, sets: Sequence[SelectionSetNode]) -> Complete:
        if isinstance(kind, GraphQLNonNull):
            return _never_null(self._finish(kind.of_type, sets))
        if isinstance(kind, GraphQLList):
            return _each(self._finish(kind.of_type, sets))
        if isinstance(kind, GraphQLObjectType):
            return _nullable(self._object(kind, sets))
        if isinstance(kind, GraphQLInterfaceType):
            return _nullable(self._interface(kind, sets))
        if isinstance(kind, GraphQLLeafType):
            return _LEAVES.get(kind.name, _as_it_is)
        raise Plain

    def _interface(self, kind: GraphQLInterfaceType, sets: Sequence[SelectionSetNode]) -> Complete:
        known = {each.name: self._object(each, sets) for each in self._schema.get_possible_types(kind)}

        def complete(source: Any, run: Run) -> Any:
            return known[source["__typename"]](source, run)

        return complete


def _uncalled(value: Any, run: Run) -> Any:
    return value


def _as_it_is(value: Any, run: Run) -> Any:
    return value


def _never_null(finish: Complete) -> Complete:
    def complete(value: Any, run: Run) -> Any:
        made = finish(value, run)
        if made is None:
            raise Plain
        return made

    return complete


def _nullable(finish: Complete) -> Complete:
    def complete(value: Any, run: Run) -> Any:
        return None if value is None else finish(value, run)

    return complete


def _each(finish: Complete) -> Complete:
    def complete(value: Any, run: Run) -> Any:
        return None if value is None else [finish(item, run) for item in value]

    return complete


def _of_class(*classes: type) -> Complete:
    def complete(value: Any, run: Run) -> Any:
        if value is not None and value.__class__ not in classes:
            raise Plain
        return value

    return complete


def _integer(value: Any, run: Run) -> Any:
    if value is not None and (value.__class__ is not int or not -_LARGEST - 1 <= value <= _LARGEST):
        raise Plain
    return value


def _float(value: Any, run: Run) -> Any:
    if value is None or value.__class__ is float:
        return value
    if value.__class__ is not int:
        raise Plain
    return float(value)


_LEAVES: Final[Mapping[str, Complete]] = {
    "String": _of_class(str), "Boolean": _of_class(bool), "Int": _integer, "Float": _float, "DateTime": _of_class(str),
}  # fmt: skip
