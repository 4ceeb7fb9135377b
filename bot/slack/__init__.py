"""Slack's Web API as the bot uses it: people, channels, files, calls after an answer, and the meaning of its errors."""
