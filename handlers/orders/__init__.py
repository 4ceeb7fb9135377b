"""Find customer orders, open one, read what was paid, share it."""

# Registers the words of this feature's errors.
from handlers.orders import refusals as refusals
