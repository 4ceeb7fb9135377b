"""Finding, reading and sharing customer orders."""
