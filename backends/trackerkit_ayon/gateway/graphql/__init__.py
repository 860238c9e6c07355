"""AYON's GraphQL: the schema that is served, and what answers it.

A connection reads everything that was selected below it in bulk and hangs it into plain dicts; graphql-core then only walks
them. What is wanted seldom (links, counts, connections below a node) is a function in the dict, called when it is reached.
"""
