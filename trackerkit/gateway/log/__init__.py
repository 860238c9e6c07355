"""A tracker's log with dense whole numbers for its events, for protocols that have them and trackers that do not.

The rooms: ``ledger`` (which event has which number, kept in the state), ``numbering`` (gives new events theirs), ``spans``
(which numbers a query can want; pure), ``reading`` (answers queries), ``backend`` (the tracker as it then looks).
"""
