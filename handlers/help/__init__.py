"""What this person can do here, with examples: `/orders help` and the Home tab."""
