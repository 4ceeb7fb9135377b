"""What Slack refuses in messages and views, with the pointer and the reason."""

from typing import Any

import pytest

from sandbox.errors import SlackError
from sandbox.limits import check_message, check_suggestions, check_view
from tests.sandbox.tinybot import COLOURS, field, modal, option, plain

Json = dict[str, Any]


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "a", "text": plain("b"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "x", "elements": list(elements)}


def select(options: list[Json]) -> Json:
    return field("s", {"type": "static_select", "options": options})


def section(text: str = "words", **more: Any) -> Json:
    return {"type": "section", "text": plain(text), **more}


def table(rows: int = 1, columns: int = 1, cell: str = "x") -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": cell}] * columns] * rows}


MESSAGES = [
    ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "section"}], "missing required field: text or fields [json-pointer:/blocks/0]"),
    (
        [{"type": "section", "fields": [plain("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    ([{"type": "header", "text": plain("x" * 151)}], "must be less than 151 characters"),
    ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported type: mrkdwn"),
    ([{"type": "poem"}], "unsupported type: poem [json-pointer:/blocks/0/type]"),
    ([section(colour="red")], "invalid additional property: colour"),
    ([section(block_id="x" * 256)], "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    ([section(block_id="one"), section(block_id="one")], "block_id `one` already exists"),
    ([actions(button(), button())], "action_id `a` already exists in this block"),
    ([actions(*[button(action_id=str(n)) for n in range(26)])], "no more than 25 items allowed"),
    ([actions(button(text=plain("x" * 76)))], "must be less than 76 characters"),
    ([actions(button(value="x" * 2001))], "must be less than 2001 characters"),
    ([actions(button(action_id="x" * 256))], "must be less than 256 characters"),
    ([actions(button(style="loud"))], "must be one of: primary, danger"),
    ([actions({"type": "plain_text_input"})], "unsupported type: plain_text_input"),
    ([actions({"type": "overflow", "options": [option(str(n)) for n in range(6)]})], "no more than 5 items allowed"),
    ([{"type": "context", "elements": [plain("x")] * 11}], "no more than 10 items allowed"),
    ([table(101)], "no more than 100 items allowed"),
    ([table(1, 21)], "no more than 20 items allowed"),
    ([table(cell="")], "must be more than 0 characters"),
    ([table(10, 1, "x" * 1001)], "must be less than 10001 characters in all cells"),
    ([table(), table()], "only_one_table_allowed"),
    ([{"type": "markdown", "text": "x" * 6001}] * 2, "must be less than 12001 characters in all markdown blocks"),
    ("nonsense", "must provide an array [json-pointer:/blocks]"),
]


@pytest.mark.parametrize(("blocks", "reason"), MESSAGES, ids=[reason for _, reason in MESSAGES])
def test_a_message_is_refused(blocks: Any, reason: str) -> None:
    with pytest.raises(SlackError) as caught:
        check_message("", blocks)
    assert caught.value.code == "invalid_blocks"
    assert any(message.startswith("[ERROR] ") and reason in message for message in caught.value.messages)
    assert caught.value.answer()["response_metadata"]["messages"] == list(caught.value.messages)


VIEWS = [
    (modal("x" * 25), "must be less than 25 characters [json-pointer:/view/title/text]"),
    (modal(submit=plain("x" * 25)), "[json-pointer:/view/submit/text]"),
    (modal(close=plain("x" * 25)), "[json-pointer:/view/close/text]"),
    (modal(submit=None), "missing required field: submit"),
    (modal(private_metadata="x" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
    (modal(callback_id="x" * 256), "[json-pointer:/view/callback_id]"),
    (modal(external_id="x" * 256), "[json-pointer:/view/external_id]"),
    (modal(blocks=[section()] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
    (modal(blocks=[table()]), "unsupported type: table"),
    (modal(blocks=[select([option(str(n)) for n in range(101)])]), "no more than 100 items allowed"),
    (modal(blocks=[select([])]), "no less than 1 items required"),
    (modal(blocks=[select([option("x" * 76)])]), "must be less than 76 characters"),
    (modal(blocks=[field("r", {"type": "radio_buttons", "options": COLOURS * 4})]), "no more than 10 items allowed"),
    (
        modal(blocks=[field("s", {"type": "static_select", "options": COLOURS, "initial_option": option("Pink")})]),
        "initial option must be one of the options",
    ),
    (modal(blocks=[field("s", {"type": "static_select"})]), "must provide either options or option_groups"),
    (modal(blocks=[field("x" * 5, {"type": "plain_text_input", "placeholder": plain("x" * 151)})]), "151 characters"),
    (modal(blocks=[field("n", {"type": "number_input"})]), "missing required field: is_decimal_allowed"),
    (
        modal(blocks=[field(name, {"type": "plain_text_input", "focus_on_load": True}) for name in ("a", "b")]),
        "only one element can have focus_on_load",
    ),
    ({**modal(), "type": "home"}, "must be one of: modal"),
    (None, "must provide an object [json-pointer:/view]"),
]


@pytest.mark.parametrize(("view", "reason"), VIEWS, ids=[reason for _, reason in VIEWS])
def test_a_view_is_refused(view: Any, reason: str) -> None:
    with pytest.raises(SlackError) as caught:
        check_view(view, "modal")
    assert caught.value.code == "invalid_arguments"
    assert any(reason in message for message in caught.value.messages), caught.value.messages


def test_sizes_as_a_whole() -> None:
    with pytest.raises(SlackError, match="view_too_large"):
        check_view(modal(blocks=[section("x" * 3000)] * 84), "modal")
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_message("", [section("x" * 2700)] * 5)
    with pytest.raises(SlackError, match="msg_too_long"):
        check_message("x" * 40_001, [])


def test_what_passes_is_kept_as_sent_with_ids_filled_in() -> None:
    sent = [actions({"type": "button", "text": plain("b")}), section(), {"type": "divider", "block_id": "end"}]
    kept = check_message("", sent)
    assert kept[0]["elements"][0].pop("action_id")
    assert kept[1].pop("block_id")
    assert kept == sent


def test_suggestions() -> None:
    assert check_suggestions({"options": COLOURS}) == (tuple(COLOURS), ())
    group = {"label": plain("Group"), "options": COLOURS}
    assert check_suggestions({"option_groups": [group]}) == (tuple(COLOURS), (group,))
    for wrong in ({"options": [option(str(n)) for n in range(101)]}, {"options": [option("x" * 76)]}, {}, None):
        with pytest.raises(SlackError):
            check_suggestions(wrong)
