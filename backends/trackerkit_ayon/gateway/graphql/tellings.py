"""Events."""
from __future__ import annotations
from typing import Any
def events_connection(site: Any, info: Any, **args: Any) -> Any:
    return {"edges": [], "pageInfo": {"hasNextPage": False, "hasPreviousPage": False}}
