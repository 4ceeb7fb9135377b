"""The rules of the domain, without a database."""
