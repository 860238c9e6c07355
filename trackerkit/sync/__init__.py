"""Moves a show from one tracker to another, with every record accounted for."""
