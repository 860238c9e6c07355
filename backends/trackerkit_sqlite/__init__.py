"""The embedded store: everything that trackerkit knows of its SQLite database."""
