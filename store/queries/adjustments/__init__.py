"""SQL of price adjustments: read, written, what they keep as JSON."""
