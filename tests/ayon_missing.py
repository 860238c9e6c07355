"""What the schema of a real AYON has and another one has not."""

from __future__ import annotations

from graphql import GraphQLSchema


def unserved(real: GraphQLSchema, served: GraphQLSchema) -> list[tuple[str, str, str]]:
    """What a real server has on types that are served: type, field, argument or nothing."""
    found = []
    for name, kind in served.type_map.items():
        theirs, ours = getattr(real.type_map.get(name), "fields", {}), getattr(kind, "fields", {})
        for field, known in theirs.items():
            if field not in ours:
                found.append((name, field, ""))
            else:
                found += [(name, field, key) for key in getattr(known, "args", {}) if key not in ours[field].args]
    return found
