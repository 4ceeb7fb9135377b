"""The Web API methods that the sandbox answers, by name, each with the bot scopes that it requires."""

from collections.abc import Mapping

from sandbox.methods import chat, conversations, files, team, views
from sandbox.methods.kit import Method

METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (*team.METHODS, *conversations.METHODS, *chat.METHODS, *views.METHODS, *files.METHODS)
}
