"""AYON's events ↔ neutral ones; pure. One event of AYON may be several facts: one for each attribute that changed.

The rooms: ``cursors`` (running numbers), ``changes`` (what the change of a place tells), ``facts`` (AYON → neutral), ``natives``
(neutral → AYON: what a gateway needs).
"""
