"""The tests: they mirror the code, with what they share in `tests.support`."""
