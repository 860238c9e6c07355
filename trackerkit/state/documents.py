"""Small JSON documents by name, for what a server has to remember."""

from __future__ import annotations

import json
import secrets
from typing import Any

from trackerkit.errors import InvalidInputError
from trackerkit.state.room import Room, checked_name, checked_ttl


class Documents(Room):
    """The part of the state that keeps documents, in spaces that know nothing of one another."""

    def get_document(self, space: str, key: str) -> Any:
        """A document, or None when there is none, or when its time is over."""
        read = (
            "SELECT value FROM tk_documents WHERE space = :space AND name = :name"
            " AND (expires_at IS NULL OR expires_at > :now)"
        )
        row = self._db.row(read, space=space, name=key, now=self._db.now_s())
        return None if row is None else json.loads(row[0])

    def put_document(self, space: str, key: str, value: Any, ttl_s: float | None = None) -> None:
        """Keep any JSON value, for ever or for ``ttl_s`` seconds; what was there is replaced.

        Raises:
            InvalidInputError: for a name that cannot be one, or a value that JSON cannot hold.
        """
        self._write(space, key, value, ttl_s, replace=True)

    def add_document(self, space: str, key: str, value: Any, ttl_s: float | None = None) -> bool:
        """Keep a value unless there is one: True when it was kept. One of many callers at once gets True."""
        return self._write(space, key, value, ttl_s, replace=False)

    def delete_document(self, space: str, key: str) -> bool:
        """Forget a document: True when there was one."""
        with self._db.transaction() as connection:
            forget = "DELETE FROM tk_documents WHERE space = :space AND name = :name"
            return self._db.changed(connection, forget, space=space, name=key) > 0

    def list_documents(self, space: str, prefix: str = "") -> dict[str, Any]:
        """Every document of a space whose name starts with ``prefix``, in name order."""
        read = "SELECT name, value FROM tk_documents WHERE space = :space AND (expires_at IS NULL OR expires_at > :now)"
        rows = self._db.rows(read, space=space, now=self._db.now_s())
        return {name: json.loads(value) for name, value in sorted(rows) if name.startswith(prefix)}

    def server_secret(self, name: str) -> bytes:
        """256 random bits that every process of this state shares, made when they are first asked for."""
        read = "SELECT value FROM tk_secrets WHERE name = :name"
        row = self._db.row(read, name=checked_name(name, "the name of a secret"))
        if row is None:
            with self._db.transaction() as connection:
                add = "INSERT INTO tk_secrets (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING"
                self._db.run(connection, add, name=name, value=secrets.token_hex(32))
                row = self._db.run(connection, read, name=name)[0]
        return bytes.fromhex(row[0])

    def _write(self, space: str, key: str, value: Any, ttl_s: float | None, *, replace: bool) -> bool:
        checked_name(space, "a space of documents", 100)
        checked_name(key, "the name of a document")
        now = self._db.now_s()
        until = None if ttl_s is None else now + checked_ttl(ttl_s)
        insert = (
            "INSERT INTO tk_documents (space, name, value, written_at, expires_at)"
            " VALUES (:space, :name, :value, :now, :until) ON CONFLICT (space, name) DO "
        )
        replaced = "UPDATE SET value = excluded.value, written_at = :now, expires_at = excluded.expires_at"
        with self._db.transaction() as connection:
            self._db.run(connection, "DELETE FROM tk_documents WHERE expires_at <= :now", now=now)
            statement = insert + (replaced if replace else "NOTHING")
            values = {"space": space, "name": key, "value": _as_json(value), "now": now, "until": until}
            return self._db.changed(connection, statement, **values) > 0


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(f"a document must be a JSON value: {error}") from None
