"""What is true and what is allowed: data and rules. Knows nothing of Slack, nor of the clock's ticking."""
