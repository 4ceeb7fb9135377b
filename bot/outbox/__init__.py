"""Sends what waits in the outbox: messages, and files."""
