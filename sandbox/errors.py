"""Errors of the stand-in workspace: Slack's refusals on the wire, and what a person's screen does not have."""

from collections.abc import Sequence

from sandbox.values import Json, Wire


class SlackError(Exception):
    """A Web API refusal, with Slack's error code and, where Slack sends them, `response_metadata.messages`."""

    def __init__(self, code: str, messages: Sequence[str] = (), **extra: Wire) -> None:
        super().__init__(": ".join((code, "; ".join(messages))) if messages else code)
        self.code = code
        self.messages = tuple(messages)
        self.extra = extra

    def answer(self) -> Json:
        """The JSON body that Slack sends with it."""
        body: Json = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            body["errors"] = [message.removeprefix("[ERROR] ") for message in self.messages]
            body["response_metadata"] = {"messages": list(self.messages)}
        return body


class NotThereError(LookupError):
    """A person tried to use something that is not on their screen: a channel, a button, an option, a modal."""
