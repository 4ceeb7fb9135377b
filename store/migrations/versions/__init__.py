"""One script for each version of the schema, in the order in which they name each other."""
