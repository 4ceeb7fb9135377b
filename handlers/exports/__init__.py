"""Export orders to Excel: ask for it, watch it, find it again."""
