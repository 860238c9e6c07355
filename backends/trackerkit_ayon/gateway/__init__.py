"""AYON's own protocol, served over any Tracker: what ``ayon_api`` and AYON's tools connect to.

The rooms, from the bottom up:

- pure: ``faults`` (refusals in AYON's words), ``models`` and ``check`` (what a request's body may say), ``anatomy`` (a project's
  definitions), ``attributes``, ``columns`` (what AYON's keys need of a record), ``wire`` (REST's forms of a record),
  ``conditions`` (AYON's query filter → a neutral one), ``steps`` (a request's operations), ``media`` (ranges of a file);
- ``site`` (a Tracker seen as an AYON server; it says where what only AYON knows is kept), ``homes`` (its projects),
  ``nodes`` (records as AYON's nodes), ``targets`` (conditions on them), ``pages`` (in order, a page at a time), ``trees``;
- ``payloads``, ``lookups`` and ``writes`` (what clients send → neutral operations), ``definitions`` (an anatomy →
  the tracker's statuses, types and tags);
- ``feed`` and ``remarks`` (activities), ``linking`` (links), ``listing`` (entity lists), ``sent`` and ``history`` (events),
  ``rights`` (what a user may do);
- ``gate`` (who asks, and the answer), one room for each family of routes (``auth``, ``users``, ``accounts``, ``projects``,
  ``teams``, ``entities``, ``operations``, ``activities``, ``files``, ``thumbnails``, ``reviewables``, ``lists``, ``links``,
  ``events``, ``enroll``, ``uris``, ``shelves``, ``choosing``), ``sockets`` (the websocket), ``graphql`` (schema and resolvers),
  ``openapi`` (the description of all this), and ``app``, which puts them together.
"""
