"""Names and values between AYON and the neutral model, both ways; pure.

The rooms: ``names`` (types, what a name may be), ``places`` (where AYON keeps each neutral field), ``codecs`` (values),
``rows`` (whole records), ``versions`` and ``notes`` (the two types whose shapes differ most), ``refs`` (links).

The backend reads AYON's nodes (``rows.Rows.getter``, ``rows.Rows.ref``) and writes neutral values (``rows.Rows.payload``).
A gateway goes the other way with the same tables: ``rows.Rows.values`` turns what a client sent into neutral values, and
``rows.Rows.node`` turns a neutral record into the node that a client expects.
"""
