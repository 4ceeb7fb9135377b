"""Rules about JSON, in small pieces: each checks one value and adds what Slack would say about it.

The sentences are Slack's ("must be less than 76 characters [json-pointer:/blocks/0/text]"), as in
`response_metadata.messages`.
"""

from collections.abc import Callable, Collection, Mapping

from sandbox.values import Wire

Problems = list[str]
Rule = Callable[[Wire, str, Problems], None]
"""Checks the value at a JSON pointer and adds what is wrong with it."""


def say(problems: Problems, pointer: str, what: str) -> None:
    """Add one complaint, in Slack's form."""
    problems.append(f"[ERROR] {what} [json-pointer:{pointer}]")


def string(most: int, least: int = 1) -> Rule:
    """A string of `least` to `most` characters."""

    def rule(value: Wire, pointer: str, problems: Problems) -> None:
        if not isinstance(value, str):
            say(problems, pointer, "must provide a string")
        elif len(value) > most:
            say(problems, pointer, f"must be less than {most + 1} characters")
        elif len(value) < least:
            say(problems, pointer, f"must be more than {least - 1} characters")

    return rule


def boolean(value: Wire, pointer: str, problems: Problems) -> None:
    """True or false."""
    if not isinstance(value, bool):
        say(problems, pointer, "must provide a boolean")


def integer(least: int, most: int) -> Rule:
    """A whole number within bounds."""

    def rule(value: Wire, pointer: str, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            say(problems, pointer, "must provide a number")
        elif not least <= value <= most:
            say(problems, pointer, f"must be between {least} and {most}")

    return rule


def one_of(*allowed: str) -> Rule:
    """One of these strings."""

    def rule(value: Wire, pointer: str, problems: Problems) -> None:
        if value not in allowed:
            say(problems, pointer, f"must be one of: {', '.join(allowed)}")

    return rule


def anything(_value: Wire, _pointer: str, _problems: Problems) -> None:
    """Any value; Slack may be stricter here."""


def array(item: Rule, most: int, least: int = 1) -> Rule:
    """A list of `least` to `most` items, each checked by `item`."""

    def rule(value: Wire, pointer: str, problems: Problems) -> None:
        if not isinstance(value, list):
            say(problems, pointer, "must provide an array")
            return
        if len(value) > most:
            say(problems, pointer, f"no more than {most} items allowed")
        if len(value) < least:
            say(problems, pointer, f"no less than {least} items required")
        for place, each in enumerate(value):
            item(each, f"{pointer}/{place}", problems)

    return rule


def record(required: Mapping[str, Rule], optional: Mapping[str, Rule], unchecked: Collection[str] = ()) -> Rule:
    """An object with these fields and no others."""
    known = {**required, **optional}

    def rule(value: Wire, pointer: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            say(problems, pointer, "must provide an object")
            return
        for key in required:
            if value.get(key) is None:
                say(problems, pointer, f"missing required field: {key}")
        for key, each in value.items():
            if key not in known and key not in unchecked:
                say(problems, pointer, f"invalid additional property: {key}")
            elif key in known and each is not None:
                known[key](each, f"{pointer}/{key}", problems)

    return rule


def by_type(rules: Mapping[str, Rule]) -> Rule:
    """An object whose `type` selects the rule."""

    def rule(value: Wire, pointer: str, problems: Problems) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(value, dict):
            say(problems, pointer, "must provide an object")
        elif not isinstance(kind, str) or kind not in rules:
            say(problems, f"{pointer}/type", f"unsupported type: {kind}")
        else:
            rules[kind](value, pointer, problems)

    return rule


def both(*rules: Rule) -> Rule:
    """All of these rules, in turn."""

    def rule(value: Wire, pointer: str, problems: Problems) -> None:
        for each in rules:
            each(value, pointer, problems)

    return rule
