"""Neutral queries and operations as ShotGrid's: pure.

``reach`` says how a path is read out of native rows, ``filters`` what of a filter the site can answer, ``reads``
puts the
two together for a query, ``writes`` makes the fields of a create or an update.
"""

from __future__ import annotations
