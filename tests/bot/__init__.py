"""Tests of the process around the bot."""
