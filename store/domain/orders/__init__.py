"""Orders and customers, the criteria to search for them, and the money of an order."""
