"""Names and values, ShotGrid ↔ neutral, both ways: pure tables and functions.

- ``types``: entity types (``native_type``, ``neutral_type``);
- ``fields``: which native field a neutral one is (``field_maps``), and ``check`` for the tables;
- ``values``: JSON values (``decoder``, ``encoder``, ``Links``);
- ``bindings``: the two together for the types that a site (or a gateway's tracker) really has;
- ``paths``: a native path as a neutral one (``neutral_path``).

A backend reads a site's schema (``schema.read_schema``) and goes neutral → native for filters and writes, native →
neutral
for rows. A gateway makes bindings of its tracker's schema (``schema.bindings_of``) and goes native → neutral for
requests
(``neutral_path``, ``Binding.decode``) and neutral → native for answers (``Binding.encode``), with ``Links`` of its
own where
its ids are made up.
"""

from __future__ import annotations
