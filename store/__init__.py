"""What is true and what is allowed: data and rules. Knows nothing of Slack or of the clock's ticks."""
