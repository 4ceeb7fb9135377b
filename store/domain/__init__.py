"""The rules and terms of the desk, as plain values. Imports only Python and Babel (for currencies)."""
