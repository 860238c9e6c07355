"""What a test of trackerkit, or of a backend, is made of; every room is imported by its own name."""
