"""What a tracker has no place for, kept beside it: entity types and fields that a protocol's callers expect of a site.

``BesideBackend`` is a tracker with a shelf: what the tracker can hold is in the tracker, and the rest beside it.
"""
