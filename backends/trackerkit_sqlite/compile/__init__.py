"""Query → SQL and what SQL leaves over: compiled once for each shape of query, then run with other values."""
