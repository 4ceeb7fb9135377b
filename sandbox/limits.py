"""Slack's limits on messages, views, options and errors: what it refuses, and in which words.

The checks return what they accept as Slack keeps it: as sent, with missing block and action ids filled in.
"""

import copy
import json
from collections.abc import Mapping, Sequence

from sandbox import schema
from sandbox.blockkit import BLOCKS, GROUP, OPTION, text
from sandbox.errors import SlackError
from sandbox.names import short_id
from sandbox.schema import Problems, say
from sandbox.state import INTERACTIVE, places
from sandbox.values import Json, ViewType, Wire

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
TEXT_LIMIT = 40_000
BLOCKS_TEXT_LIMIT = 13_200
"""Characters in all blocks of a message except tables, which have their own limit. Source: https://github.com/slackapi/bolt-js/issues/2509"""
MARKDOWN_LIMIT = 12_000
TABLE_TEXT_LIMIT = 10_000

_VIEW_FIELDS = {
    "private_metadata": schema.string(3000, least=0),
    "callback_id": schema.string(255, least=0),
    "external_id": schema.string(255, least=0),
}
_VIEWS: Mapping[ViewType, schema.Rule] = {
    "modal": schema.record(
        {"type": schema.one_of("modal"), "title": text(24), "blocks": schema.array(BLOCKS["modal"], VIEW_BLOCKS, 0)},
        {
            "submit": text(24),
            "close": text(24),
            "clear_on_close": schema.boolean,
            "notify_on_close": schema.boolean,
            "submit_disabled": schema.boolean,
            **_VIEW_FIELDS,
        },
    ),
    "home": schema.record(
        {"type": schema.one_of("home"), "blocks": schema.array(BLOCKS["home"], VIEW_BLOCKS, 0)}, _VIEW_FIELDS
    ),
}
_MESSAGE = schema.array(BLOCKS["message"], MESSAGE_BLOCKS, 0)
_OPTIONS = schema.array(OPTION, 100, 0)
_GROUPS = schema.array(GROUP, 100, 0)


def check_view(sent: Wire, kind: ViewType) -> Json:
    """A view as Slack keeps it. Raises invalid_arguments, with the reasons, or view_too_large."""
    if isinstance(sent, Mapping) and len(json.dumps(sent, ensure_ascii=False).encode()) > VIEW_BYTES:
        raise SlackError("view_too_large")
    problems: Problems = []
    _VIEWS[kind](sent, "/view", problems)
    if not problems:
        _check_ids(sent["blocks"], "/view/blocks", problems)
        if kind == "modal" and not sent.get("submit") and any(block["type"] == "input" for block in sent["blocks"]):
            say(problems, "/view", "missing required field: submit, which a view with input blocks needs")
        focused = [place for place in places(sent["blocks"]) if place.element.get("focus_on_load")]
        if len(focused) > 1:
            say(problems, "/view/blocks", "only one element can have focus_on_load set to true")
    if problems:
        raise SlackError("invalid_arguments", problems)
    return {**sent, "blocks": _with_ids(sent["blocks"])}


def check_message(words: str, blocks: Wire) -> list[Json]:
    """A message's blocks as Slack keeps them. Raises msg_too_long, invalid_blocks, msg_blocks_too_long."""
    if len(words) > TEXT_LIMIT:
        raise SlackError("msg_too_long")
    problems: Problems = []
    _MESSAGE(blocks, "/blocks", problems)
    if not problems:
        _check_ids(blocks, "/blocks", problems)
        _check_tables(blocks, problems)
    if problems:
        raise SlackError("invalid_blocks", problems)
    counted = [block for block in blocks if block["type"] != "table"]
    if sum(len(each) for each in _texts(counted)) > BLOCKS_TEXT_LIMIT:
        raise SlackError("msg_blocks_too_long")
    return _with_ids(blocks)


def check_suggestions(body: Wire) -> tuple[tuple[Json, ...], tuple[Json, ...]]:
    """The options and groups in an answer to a block_suggestion. Raises SlackError if Slack cannot show them."""
    problems: Problems = []
    body = body if isinstance(body, Mapping) else {}
    if "option_groups" in body:
        _GROUPS(body["option_groups"], "/option_groups", problems)
    elif "options" in body:
        _OPTIONS(body["options"], "/options", problems)
    else:
        say(problems, "", "must provide either options or option_groups")
    if problems:
        raise SlackError("invalid_arguments", problems)
    groups = tuple(body.get("option_groups", ()))
    flat = body["options"] if "options" in body else [option for group in groups for option in group["options"]]
    return tuple(flat), groups


def check_errors(errors: Wire, blocks: Sequence[Json]) -> dict[str, str]:
    """The `errors` of an acknowledgement: sentences by the ids of input blocks. Raises SlackError."""
    inputs = {block["block_id"] for block in blocks if block["type"] == "input"}
    problems: Problems = []
    if not isinstance(errors, Mapping) or not errors:
        raise SlackError("invalid_arguments", ["[ERROR] must provide an object of errors [json-pointer:/errors]"])
    for block_id, words in errors.items():
        if block_id not in inputs:
            say(problems, f"/errors/{block_id}", "there is no input block with this block_id")
        elif not isinstance(words, str) or not words:
            say(problems, f"/errors/{block_id}", "must be more than 0 characters")
    if problems:
        raise SlackError("invalid_arguments", problems)
    return dict(errors)


def _check_ids(blocks: Sequence[Json], pointer: str, problems: Problems) -> None:
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            say(problems, f"{pointer}/{place}/block_id", f"block_id `{block_id}` already exists")
        seen.add(block_id or "")
        actions = [each.element.get("action_id") for each in places([block])]
        for action_id in {each for each in actions if each and actions.count(each) > 1}:
            say(problems, f"{pointer}/{place}", f"action_id `{action_id}` already exists in this block")


def _check_tables(blocks: Sequence[Json], problems: Problems) -> None:
    tables = [(place, block) for place, block in enumerate(blocks) if block["type"] == "table"]
    for place, _ in tables[1:]:
        say(problems, f"/blocks/{place}", "only_one_table_allowed")
    for place, table in tables:
        if sum(len(each) for each in _texts(table)) > TABLE_TEXT_LIMIT:
            say(problems, f"/blocks/{place}", f"must be less than {TABLE_TEXT_LIMIT + 1} characters in all cells")
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MARKDOWN_LIMIT:
        say(problems, "/blocks", f"must be less than {MARKDOWN_LIMIT + 1} characters in all markdown blocks")


def _texts(value: Wire) -> list[str]:
    if isinstance(value, Mapping):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [each for inner in value.values() for each in _texts(inner)]
    if isinstance(value, list | tuple):
        return [each for inner in value for each in _texts(inner)]
    return []


def _with_ids(blocks: Sequence[Json]) -> list[Json]:
    kept = copy.deepcopy(list(blocks))
    for block in kept:
        if not block.get("block_id"):
            block["block_id"] = short_id()
        elements = [block.get("element"), block.get("accessory"), *(block.get("elements") or ())]
        for element in elements:
            if isinstance(element, dict) and element.get("type") in INTERACTIVE and not element.get("action_id"):
                element["action_id"] = short_id()
    return kept
