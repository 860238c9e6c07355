"""Neutral queries and operations → what AYON is asked and told; pure.

The rooms: ``documents`` (GraphQL documents), ``conditions`` (one test as AYON's query filter), ``reads`` (a whole query: what
is pushed down and what is left), ``writes`` (operations).
"""
