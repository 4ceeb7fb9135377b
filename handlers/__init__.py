"""What people and the clock can ask, and what they are shown."""
