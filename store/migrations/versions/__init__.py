"""One script for each version of the schema; each names the one before."""
