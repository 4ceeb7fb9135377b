"""A person's input in the elements of a surface: Slack's `state.values`, element by element.

Source of the shapes: https://docs.slack.dev/reference/block-kit/block-elements and
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.errors import NotThereError
from sandbox.values import Channel, Json, StateValues, Wire

# element type: (key in the state, key of the initial value, the value when nothing is chosen)
_SHAPES: Mapping[str, tuple[str, str, Any]] = {
    "plain_text_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "rich_text_input": ("rich_text_value", "initial_value", None),
    "static_select": ("selected_option", "initial_option", None),
    "external_select": ("selected_option", "initial_option", None),
    "users_select": ("selected_user", "initial_user", None),
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "channels_select": ("selected_channel", "initial_channel", None),
    "multi_static_select": ("selected_options", "initial_options", []),
    "multi_external_select": ("selected_options", "initial_options", []),
    "multi_users_select": ("selected_users", "initial_users", []),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", []),
    "multi_channels_select": ("selected_channels", "initial_channels", []),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "checkboxes": ("selected_options", "initial_options", []),
    "file_input": ("files", "initial_files", []),
}

INTERACTIVE = frozenset({*_SHAPES, "button", "overflow"})
"""Types of elements that have an action_id."""
_TEXTS = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})


@dataclass(frozen=True, slots=True)
class Place:
    """An interactive element with its block."""

    block: Json
    element: Json

    @property
    def dispatches(self) -> bool:
        """Whether a change of it goes to the bot at once (in an input block only if asked for)."""
        return self.block["type"] != "input" or bool(self.block.get("dispatch_action"))

    def goes_out(self, *, enter: bool) -> bool:
        """Whether this change of it is sent: a text by its dispatch_action_config (by default on Enter)."""
        if not self.dispatches:
            return False
        if self.element["type"] not in _TEXTS:
            return True
        when = self.element.get("dispatch_action_config", {}).get("trigger_actions_on", ["on_enter_pressed"])
        return ("on_enter_pressed" if enter else "on_character_entered") in when

    @property
    def stateful(self) -> bool:
        """Whether it keeps a value; a button or an overflow menu does not."""
        return self.element["type"] in _SHAPES


def places(blocks: Sequence[Json]) -> Iterator[Place]:
    """All interactive elements of these blocks, top to bottom."""
    for block in blocks:
        if block.get("type") == "input":
            yield Place(block, block["element"])
        elif block.get("type") == "section" and "action_id" in block.get("accessory", {}):
            yield Place(block, block["accessory"])
        elif block.get("type") in {"actions", "context_actions"}:
            for element in block["elements"]:
                yield Place(block, element)


def find(blocks: Sequence[Json], block_id: str, action_id: str) -> Place:
    """The element with these ids. Raises NotThereError."""
    for place in places(blocks):
        if place.block["block_id"] == block_id and place.element["action_id"] == action_id:
            return place
    raise NotThereError(f"There is no element {block_id}/{action_id} on this surface.")


def may_pick(element: Json, channel: Channel) -> bool:
    """Whether a select of conversations offers this one: by its `filter`, and never an archived one.

    Source: https://docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object
    """
    wanted = element.get("filter") or {}
    if channel.is_archived or channel.kind not in wanted.get("include", ("public", "private", "im")):
        return False
    return not (wanted.get("exclude_external_shared_channels") and channel.is_ext_shared)


def initial(element: Json, here: Channel | None = None) -> Json:
    """The state of an untouched element; `here` is the conversation in which it is shown."""
    key, first, empty = _SHAPES[element["type"]]
    value = element.get(first, list(empty) if isinstance(empty, list) else empty)
    if element.get("default_to_current_conversation"):
        found = here.id if here is not None and may_pick(element, here) else None
        value = ([found] if found else []) if isinstance(empty, list) else found
    return {"type": element["type"], key: value}


def value_of(state: Json) -> Wire:
    """The bare value in an element's state: a text, an option, a list, a date … or None."""
    return state.get(_SHAPES[state["type"]][0])


def fold(blocks: Sequence[Json], before: StateValues, here: Channel | None = None) -> dict[str, dict[str, Json]]:
    """The state for new blocks: kept where block_id, action_id and type are the same, else the initial values.

    Slack ignores a new initial value on an element whose ids stay the same; so does this.
    Source: https://github.com/slackapi/bolt-python/issues/1064
    """
    values: dict[str, dict[str, Json]] = {}
    for place in places(blocks):
        if not place.stateful:
            continue
        block_id, action_id = place.block["block_id"], place.element["action_id"]
        old = before.get(block_id, {}).get(action_id)
        keep = old is not None and old["type"] == place.element["type"]
        values.setdefault(block_id, {})[action_id] = old if keep and old else initial(place.element, here)
    return values


def options_of(element: Json) -> list[Json]:
    """All options of an element, including those of its groups."""
    options = list(element.get("options", ()))
    for group in element.get("option_groups", ()):
        options.extend(group["options"])
    return options


def as_state(element: Json, value: Wire, offered: Sequence[Json] = ()) -> Json:
    """An element's state after a person put `value` in.

    `value` has Slack's own shape (`{"selected_option": {...}}`, `{"value": "..."}`), or is bare: a text, a date, an id,
    an option object or an option's value or text, or a list of those. `offered` are the options that an external select
    showed. Raises NotThereError for an option that is not offered.
    """
    kind = element["type"]
    key, _, empty = _SHAPES[kind]
    bare = value[key] if isinstance(value, Mapping) and key in value else value
    if key in {"selected_option", "selected_options"}:
        choices = [*options_of(element), *offered]
        if key == "selected_option":
            bare = None if bare is None else pick(bare, choices)
        else:
            bare = [pick(one, choices) for one in bare or ()]
    elif isinstance(empty, list):
        bare = list(bare or ())
    elif key == "value":
        bare = None if bare is None or bare == "" else str(bare)
    return {"type": kind, key: bare}


def pick(wanted: Wire, choices: Sequence[Json]) -> Json:
    """The option that an option object, or an option's value or text, means. Raises NotThereError."""
    for option in choices:
        if isinstance(wanted, Mapping):
            if option.get("value") == wanted.get("value"):
                return option
        elif wanted in {option.get("value"), option["text"]["text"]}:
            return option
    offered = ", ".join(option["text"]["text"] for option in choices) or "nothing"
    raise NotThereError(f"{wanted!r} is not offered here; offered: {offered}.")
