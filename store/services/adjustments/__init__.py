"""Price adjustments: submitted, decided, applied, read."""
