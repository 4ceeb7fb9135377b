"""The rules of Slack's Block Kit: which blocks and elements exist, what they need, and how long each text may be.

Source: https://docs.slack.dev/reference/block-kit, the page of each block, element and composition object.
"""

from collections.abc import Mapping

from sandbox.schema import (
    Problems,
    Rule,
    anything,
    array,
    boolean,
    both,
    by_type,
    integer,
    one_of,
    record,
    say,
    string,
)
from sandbox.values import Wire

ID_LIMIT = 255
OPTION_VALUE_LIMIT = 150

_ID = string(ID_LIMIT, least=0)


def text(most: int, *kinds: str) -> Rule:
    """A text object of one of these kinds (by default plain_text only), of at most `most` characters."""
    plain = record({"type": anything, "text": string(most)}, {"emoji": boolean})
    mrkdwn = record({"type": anything, "text": string(most)}, {"verbatim": boolean})
    rules = {"plain_text": plain, "mrkdwn": mrkdwn}
    return by_type({kind: rules[kind] for kind in kinds or ("plain_text",)})


_BOTH_TEXTS = ("plain_text", "mrkdwn")
CONFIRM = record(
    {"title": text(100), "text": text(300, *_BOTH_TEXTS), "confirm": text(30), "deny": text(30)},
    {"style": one_of("primary", "danger")},
)
OPTION = record({"text": text(75), "value": string(OPTION_VALUE_LIMIT)}, {"description": text(75)})
_RICH_OPTION = record(
    {"text": text(75, *_BOTH_TEXTS), "value": string(OPTION_VALUE_LIMIT)}, {"description": text(75, *_BOTH_TEXTS)}
)
_MENU_OPTION = record(
    {"text": text(75), "value": string(OPTION_VALUE_LIMIT)}, {"description": text(75), "url": string(3000)}
)
GROUP = record({"label": text(75), "options": array(OPTION, 100)}, {})
_DISPATCH = record(
    {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2)},
    {},
)
_FILTER = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_MANY = {"max_selected_items": integer(1, 100)}
_FOCUS = {"focus_on_load": boolean}
_HINT = {"placeholder": text(150)}


def _element(required: Mapping[str, Rule], optional: Mapping[str, Rule]) -> Rule:
    return record({"type": anything, **required}, {"action_id": _ID, **optional})


def _chosen_are_offered(value: Wire, pointer: str, problems: Problems) -> None:
    offered = list(value.get("options") or ())
    for group in value.get("option_groups") or ():
        offered.extend(group.get("options", ()) if isinstance(group, dict) else ())
    values = {option.get("value") for option in offered if isinstance(option, dict)}
    first = value.get("initial_option")
    for option in [first] if first else value.get("initial_options") or ():
        if isinstance(option, dict) and option.get("value") not in values:
            say(problems, pointer, "initial option must be one of the options")


def _options_or_groups(value: Wire, pointer: str, problems: Problems) -> None:
    if (value.get("options") is None) == (value.get("option_groups") is None):
        say(problems, pointer, "must provide either options or option_groups")


def _select(extra: Mapping[str, Rule], *, many: bool, hint: bool = True) -> Rule:
    return _element({}, {"confirm": CONFIRM, **_FOCUS, **(_HINT if hint else {}), **(_MANY if many else {}), **extra})


_STATIC = {"options": array(OPTION, 100), "option_groups": array(GROUP, 100)}
_QUERY = {"min_query_length": integer(0, 1000)}
_FEW_OPTIONS = {"options": array(_RICH_OPTION, 10)}
_TEXT_INPUT = {"dispatch_action_config": _DISPATCH, **_FOCUS, **_HINT}
_URL_BACK = {"response_url_enabled": boolean, "default_to_current_conversation": boolean}
_STATIC_CHECKS = (_options_or_groups, _chosen_are_offered)
_A_USER = string(ID_LIMIT)

_BUTTON = _element(
    {"text": text(75)},
    {
        "url": string(3000),
        "value": string(2000, least=0),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
_IMAGE_ELEMENT = record(
    {"type": anything, "alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything}
)
_SINGLE_SELECTS: dict[str, Rule] = {
    "static_select": both(_select({**_STATIC, "initial_option": OPTION}, many=False), *_STATIC_CHECKS),
    "external_select": _select({**_QUERY, "initial_option": OPTION}, many=False),
    "users_select": _select({"initial_user": _A_USER}, many=False),
    "conversations_select": _select({"initial_conversation": _A_USER, "filter": _FILTER, **_URL_BACK}, many=False),
    "channels_select": _select({"initial_channel": _A_USER, "response_url_enabled": boolean}, many=False),
}
_MULTI_SELECTS: dict[str, Rule] = {
    "multi_static_select": both(
        _select({**_STATIC, "initial_options": array(OPTION, 100)}, many=True), *_STATIC_CHECKS
    ),
    "multi_external_select": _select({**_QUERY, "initial_options": array(OPTION, 100)}, many=True),
    "multi_users_select": _select({"initial_users": array(_A_USER, 100)}, many=True),
    "multi_conversations_select": _select(
        {
            "initial_conversations": array(_A_USER, 100),
            "filter": _FILTER,
            "default_to_current_conversation": boolean,
        },
        many=True,
    ),
    "multi_channels_select": _select({"initial_channels": array(_A_USER, 100)}, many=True),
}
_PICKERS: dict[str, Rule] = {
    "datepicker": _select({"initial_date": string(10, 10)}, many=False),
    "timepicker": _select({"initial_time": string(5, 5), "timezone": string(100)}, many=False),
    "datetimepicker": _select({"initial_date_time": integer(0, 9999999999)}, many=False, hint=False),
    "radio_buttons": both(
        _select({**_FEW_OPTIONS, "initial_option": _RICH_OPTION}, many=False, hint=False), _chosen_are_offered
    ),
    "checkboxes": both(
        _select({**_FEW_OPTIONS, "initial_options": array(_RICH_OPTION, 10)}, many=False, hint=False),
        _chosen_are_offered,
    ),
}
_OVERFLOW = _element({"options": array(_MENU_OPTION, 5)}, {"confirm": CONFIRM})
_INPUTS: dict[str, Rule] = {
    "plain_text_input": _element(
        {},
        {
            "initial_value": string(3000, least=0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
            **_TEXT_INPUT,
        },
    ),
    "email_text_input": _element({}, {"initial_value": string(3000, least=0), **_TEXT_INPUT}),
    "url_text_input": _element({}, {"initial_value": string(3000, least=0), **_TEXT_INPUT}),
    "number_input": _element(
        {"is_decimal_allowed": boolean},
        {"initial_value": string(3000), "min_value": string(3000), "max_value": string(3000), **_TEXT_INPUT},
    ),
    "rich_text_input": _element({}, {"initial_value": anything, **_TEXT_INPUT}),
    "file_input": _element({}, {"filetypes": array(string(50), 100), "max_files": integer(1, 10)}),
}

_ACCESSORIES = by_type(
    {
        "button": _BUTTON,
        "image": _IMAGE_ELEMENT,
        "overflow": _OVERFLOW,
        **_SINGLE_SELECTS,
        **_MULTI_SELECTS,
        **{kind: rule for kind, rule in _PICKERS.items() if kind != "datetimepicker"},
    }
)
_ACTIONS = by_type({"button": _BUTTON, "overflow": _OVERFLOW, **_SINGLE_SELECTS, **_MULTI_SELECTS, **_PICKERS})
_IN_INPUT = by_type({**_INPUTS, **_SINGLE_SELECTS, **_MULTI_SELECTS, **_PICKERS})
_CELL = by_type(
    {
        "raw_text": record({"type": anything, "text": string(10000)}, {}),
        "rich_text": record({"type": anything, "elements": array(anything, 1000, 0)}, {}),
    }
)
_COLUMN_SETTING = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _column(value: Wire, pointer: str, problems: Problems) -> None:
    if value is not None:
        _COLUMN_SETTING(value, pointer, problems)


def _block(required: Mapping[str, Rule], optional: Mapping[str, Rule]) -> Rule:
    return record({"type": anything, **required}, {"block_id": _ID, **optional})


def _section_says_something(value: Wire, pointer: str, problems: Problems) -> None:
    if value.get("text") is None and value.get("fields") is None:
        say(problems, pointer, "missing required field: text or fields")


_EVERYWHERE: dict[str, Rule] = {
    "section": both(
        _block(
            {},
            {
                "text": text(3000, *_BOTH_TEXTS),
                "fields": array(text(2000, *_BOTH_TEXTS), 10),
                "accessory": _ACCESSORIES,
                "expand": boolean,
            },
        ),
        _section_says_something,
    ),
    "header": _block({"text": text(150)}, {}),
    "divider": _block({}, {}),
    "context": _block(
        {
            "elements": array(
                by_type(
                    {
                        "image": _IMAGE_ELEMENT,
                        "plain_text": text(3000),
                        "mrkdwn": text(3000, "mrkdwn"),
                    }
                ),
                10,
            )
        },
        {},
    ),
    "actions": _block({"elements": array(_ACTIONS, 25)}, {}),
    "input": _block(
        {"label": text(2000), "element": _IN_INPUT},
        {"dispatch_action": boolean, "hint": text(2000), "optional": boolean},
    ),
    "image": _block(
        {"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything, "title": text(2000)}
    ),
    "rich_text": _block({"elements": array(anything, 1000, 0)}, {}),
}

_MESSAGES_ONLY: dict[str, Rule] = {
    "markdown": _block({"text": string(12000)}, {}),
    "table": _block({"rows": array(array(_CELL, 20), 100)}, {"column_settings": array(_column, 20)}),
}

BLOCKS: Mapping[str, Rule] = {
    "message": by_type({**_EVERYWHERE, **_MESSAGES_ONLY}),
    "modal": by_type(_EVERYWHERE),
    "home": by_type(_EVERYWHERE),
}
"""The rule for one block, for each surface that it can appear on."""
