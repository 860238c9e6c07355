"""The sample show: its records, its pictures and movies, and the report of its move between two trackers."""
