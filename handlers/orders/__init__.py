"""Find customer orders, open one, read what was paid."""
