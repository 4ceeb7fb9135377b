"""SQL of imports: staging, checks, merging."""
