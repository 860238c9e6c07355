"""The tables of the store, the catalogue of its types and fields, and where each field lies."""
