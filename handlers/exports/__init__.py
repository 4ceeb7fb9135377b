"""Export orders to Excel: request an export, watch it, find it again."""

# Registers the words of this feature's errors.
from handlers.exports import refusals as refusals
