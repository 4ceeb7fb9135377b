"""Exports: what they are, who may do what with them, how the work goes."""
