"""Everything that trackerkit knows of ShotGrid (Flow Production Tracking)."""
