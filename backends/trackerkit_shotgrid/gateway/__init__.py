"""ShotGrid's own protocol, served over any Tracker: what ``shotgun_api3`` connects to."""
