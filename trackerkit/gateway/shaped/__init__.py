"""A tracker in another shape: one space of ids for all records, paths of folders, versions that lie in products.

A protocol whose folders are one type, whose ids are 32 hexadecimal digits and whose versions lie in products is served over
a tracker that has none of these: what can be worked out from its records is, and the rest is kept beside it.

- pure: ``stems`` (versions' names), ``shape`` (the schema), ``compile`` (queries);
- ``trash`` (the tracker, whose deleting is final), ``uids`` (the ids), ``products``, ``reading``, ``writing``;
- ``backend``, which puts them together.
"""
