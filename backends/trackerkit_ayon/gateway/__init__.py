"""AYON's own protocol, served over any Tracker: what ``ayon_api`` and AYON's tools connect to.

The rooms, from the bottom up:

- pure: ``faults`` (refusals in AYON's words), ``check`` (what a request's body may say), ``anatomy`` (a project's definitions),
  ``attributes``, ``wire`` (REST's forms of a record), ``conditions`` (AYON's query filter → a neutral one);
- ``site`` (a Tracker seen as an AYON server), ``homes`` (its projects), ``nodes`` (records as AYON's nodes), ``pages``;
- ``writes`` (what clients send → neutral operations), ``media``;
- ``graphql`` (schema and resolvers) and one room for each family of routes; ``app`` puts them together.
"""
