"""The pytest plugin: loaded in every pytest run of everyone who has trackerkit installed, so it imports nothing at load."""
