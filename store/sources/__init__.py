"""The sources of customer orders."""
