"""A stand-in Slack workspace on loopback, for `demo` and for the tests.

It plays Slack on the wire (Web API, signed HTTP, Socket Mode) and the people at their screens.
It must not know what any bot is for.
"""
