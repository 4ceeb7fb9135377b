"""A stand-in Slack workspace on loopback: what `demo` runs in, and what the tests drive the bot through.

It plays Slack's part on the wire (Web API, signed HTTP, Socket Mode) and the people's part at the screen.
It must not know what any bot is for; only `data.py` and the page may.
"""
