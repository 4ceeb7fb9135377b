"""Whole stories, over the wire, through the sandbox workspace."""
