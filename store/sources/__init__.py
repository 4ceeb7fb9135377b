"""Where customer orders come from."""
