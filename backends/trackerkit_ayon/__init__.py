"""Everything that trackerkit knows of AYON."""
