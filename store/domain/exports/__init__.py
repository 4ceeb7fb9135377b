"""Exports: their values, who may do what with them, and the steps of the work."""
