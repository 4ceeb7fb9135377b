"""Imports of bundles: staged, judged, merged."""
