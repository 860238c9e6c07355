"""Who acts: the User records of the store, by login."""

from __future__ import annotations

from trackerkit.backend import Me
from trackerkit.errors import AuthenticationError, NotFoundError
from trackerkit.operations import create
from trackerkit.values import Ref
from trackerkit_sqlite.client.store import Store
from trackerkit_sqlite.client.writes import write
from trackerkit_sqlite.errors import SCHEME

_FIND = (
    "SELECT id, name FROM node WHERE type = 'User' AND name_lower = ? AND name = ? AND retired = 0 ORDER BY id LIMIT 1"
)


def log_in(store: Store, login: str, *, create: bool) -> Me:
    """Who acts under a login; nobody in particular without one.

    Raises:
        AuthenticationError: there is no such User, and none is to be made.
    """
    if not login:
        return Me("")
    found = _find(store, login)
    if found is None and create:
        found = _make(store, login)
    if found is None:
        raise AuthenticationError(
            f"the store has no user {login!r}", hint="give create_user=True to make one", backend=SCHEME, sent="no"
        )
    return Me(login, found)


def act_as(store: Store, login: str) -> Me:
    """Another user.

    Raises:
        NotFoundError: there is none of that login.
    """
    found = _find(store, login)
    if found is None:
        raise NotFoundError(f"there is no user {login!r}", backend=SCHEME)
    return Me(login, found)


def _find(store: Store, login: str) -> Ref | None:
    rows = store.connections.rows(_FIND, (login.lower(), login))
    return Ref("User", str(rows[0][0]), None, store.site, "User", rows[0][1]) if rows else None


def _make(store: Store, login: str) -> Ref:
    """Two processes may log in at once: the key makes both of them make the same User."""
    from uuid import NAMESPACE_URL, uuid5

    key = uuid5(NAMESPACE_URL, f"{store.site}/user/{login}").hex
    values = {"name": login, "active": True, "kind": "human"}
    return write(store, [create("User", values, key=key)], atomic=True)[0].ref
