"""Orders and customers, what they are searched by, and the money of an order."""
