"""The rules and the words of the desk, as plain values. Imports nothing but Python and Babel (for currencies)."""
