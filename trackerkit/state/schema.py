"""The tables of a state database, as SQL that SQLite and PostgreSQL both take.

Every name starts with ``tk_``, so that a state may share a PostgreSQL database with other things. Moments are seconds
since 1970, UTC.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 1

VERSIONS: Final = "CREATE TABLE IF NOT EXISTS tk_versions (room TEXT NOT NULL PRIMARY KEY, version BIGINT NOT NULL)"

TABLES: Final = (
    # The last number given out in a space. The row is held to the end of the transaction: numbers are dense.
    "CREATE TABLE IF NOT EXISTS tk_counters (space TEXT NOT NULL PRIMARY KEY, last BIGINT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS tk_numbers (
        space TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL,
        PRIMARY KEY (space, number), UNIQUE (space, name))""",
    """CREATE TABLE IF NOT EXISTS tk_keys (
        id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, login TEXT,
        can_act_as BIGINT NOT NULL, digest TEXT NOT NULL UNIQUE,
        created_at DOUBLE PRECISION NOT NULL, used_at DOUBLE PRECISION, revoked_at DOUBLE PRECISION)""",
    """CREATE TABLE IF NOT EXISTS tk_sessions (
        digest TEXT NOT NULL PRIMARY KEY, key_id BIGINT NOT NULL, acting_as TEXT,
        created_at DOUBLE PRECISION NOT NULL, expires_at DOUBLE PRECISION NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS tk_sessions_key ON tk_sessions (key_id)",
    "CREATE INDEX IF NOT EXISTS tk_sessions_expires ON tk_sessions (expires_at)",
    """CREATE TABLE IF NOT EXISTS tk_failures (
        source TEXT NOT NULL PRIMARY KEY, failures BIGINT NOT NULL, since DOUBLE PRECISION NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS tk_cursors (
        name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, moved_at DOUBLE PRECISION NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS tk_leases (
        name TEXT NOT NULL PRIMARY KEY, owner TEXT, token BIGINT NOT NULL, expires_at DOUBLE PRECISION NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS tk_documents (
        space TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
        written_at DOUBLE PRECISION NOT NULL, expires_at DOUBLE PRECISION, PRIMARY KEY (space, name))""",
    "CREATE INDEX IF NOT EXISTS tk_documents_expires ON tk_documents (expires_at)",
    "CREATE TABLE IF NOT EXISTS tk_secrets (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
)
