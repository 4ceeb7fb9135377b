"""Adjust a price, decide it in chat, read its history."""
