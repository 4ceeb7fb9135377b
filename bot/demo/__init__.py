"""`demo`: the sandbox workspace with sample data and the bot in it."""
