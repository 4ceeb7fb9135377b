"""Slack's Web API as the bot uses it: people, channels, files, what follows an answer, and what its errors mean."""
