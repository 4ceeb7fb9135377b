"""SQL of customer orders: searches, details, customers, product types."""
