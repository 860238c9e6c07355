"""Schemas: ShotGrid's answers to schema calls as a neutral Schema (``read``), and a neutral Schema as such answers
(``make``).

A backend calls ``read_schema``; a gateway ``bindings_of``, ``schema_read``, ``schema_entity_read``,
``schema_field_read``.
"""

from __future__ import annotations

from trackerkit_shotgrid.schema.make import (
    bindings_of,
    field_schema,
    schema_entity_read,
    schema_field_read,
    schema_read,
)
from trackerkit_shotgrid.schema.read import SiteSchema, read_schema

__all__ = [
    "SiteSchema", "bindings_of", "field_schema", "read_schema", "schema_entity_read", "schema_field_read",
    "schema_read",
]  # fmt: skip
