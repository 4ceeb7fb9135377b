"""What a person sees and can do, and what the bot is told about it."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from slack_sdk.web import WebClient

from sandbox.errors import NotThereError
from sandbox.people import Person
from sandbox.values import Channel, ChannelKind, Message, View
from sandbox.workspace import Workspace
from tests.sandbox.tinybot import COLOURS, field, modal, option, plain

# No bot answers in these tests: they look at what was sent, and at what the screen then shows.
SELECTS = {
    "type": "actions",
    "block_id": "menu",
    "elements": [
        {"type": "static_select", "action_id": "colour", "options": COLOURS, "initial_option": COLOURS[0]},
        {"type": "overflow", "action_id": "more", "options": COLOURS},
        {"type": "datepicker", "action_id": "day"},
        {"type": "button", "action_id": "go", "text": plain("Go"), "value": "7", "style": "primary"},
    ],
}


@pytest.fixture
def card(client: WebClient, general: Channel, ann: Person) -> Message:
    client.chat_postMessage(channel=general.id, text="card", blocks=[SELECTS])
    return ann.messages(general.id)[0]


def open_modal(client: WebClient, workspace: Workspace, person: Person, **more: Any) -> View:
    client.views_open(trigger_id=workspace.triggers.make(person.user.id), view=modal(**more))
    return person.modal()


def test_a_choice_in_a_message_is_kept_for_who_made_it(card: Message, ann: Person, ben: Person) -> None:
    delivered = ann.choose(card, "menu", "colour", "Green")

    action = delivered.payload["actions"][0]
    assert action["selected_option"] == COLOURS[1]
    assert action["initial_option"] == COLOURS[0]
    assert (action["type"], action["block_id"], action["action_id"]) == ("static_select", "menu", "colour")
    assert delivered.payload["state"]["values"]["menu"] == {
        "colour": {"type": "static_select", "selected_option": COLOURS[1]},
        "day": {"type": "datepicker", "selected_date": None},
    }
    later = ann.choose(card, "menu", "day", "2026-10-31")
    assert later.payload["state"]["values"]["menu"]["colour"]["selected_option"] == COLOURS[1]
    assert later.payload["actions"][0]["selected_date"] == "2026-10-31"
    assert ben.values(card)["menu"]["colour"]["selected_option"] == COLOURS[0]


def test_a_button_and_a_menu_carry_what_they_are(card: Message, ann: Person) -> None:
    button = ann.click(card, "menu", "go").payload["actions"][0]
    assert {key: button[key] for key in ("type", "value", "style", "text")} == {
        "type": "button",
        "value": "7",
        "style": "primary",
        "text": plain("Go"),
    }
    assert ann.choose(card, "menu", "more", "blue").payload["actions"][0]["selected_option"] == COLOURS[2]


def test_what_is_not_on_the_screen_cannot_be_used(
    card: Message, ann: Person, general: Channel, workspace: Workspace, client: WebClient
) -> None:
    dora = workspace.person(workspace.add_user("dora").id)
    with pytest.raises(NotThereError, match="Pink"):
        ann.choose(card, "menu", "colour", "Pink")
    with pytest.raises(NotThereError, match="menu/gone"):
        ann.click(card, "menu", "gone")
    with pytest.raises(NotThereError, match="dora is not in #general"):
        dora.messages(general.id)
    client.chat_delete(channel=general.id, ts=card.ts)
    with pytest.raises(NotThereError, match="sees no message"):
        ann.click(card, "menu", "go")


def test_an_unanswered_click_is_told(card: Message, ann: Person) -> None:
    assert ann.click(card, "menu", "go").failure == "unreachable"
    assert ann.notices()[0].code == "dispatch_failed"
    ann.dismiss_notices()
    assert ann.notices() == ()


def test_an_unanswered_submission_keeps_the_form(client: WebClient, workspace: Workspace, ann: Person) -> None:
    view = open_modal(client, workspace, ann)
    ann.fill(view.id, "words", "value", "typed")

    assert ann.submit(view.id).failure == "unreachable"

    assert ann.modal().trouble == "We had some trouble connecting. Try again?"
    assert ann.modal().values["words"]["value"]["value"] == "typed"


@pytest.mark.parametrize(
    ("element", "typed", "complaint"),
    [
        ({"type": "plain_text_input", "min_length": 5}, "four", "Please enter at least 5 characters."),
        ({"type": "plain_text_input", "max_length": 3}, "four", "Please enter at most 3 characters."),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a whole number."),
        ({"type": "number_input", "is_decimal_allowed": True}, "many", "Please enter a valid number."),
        ({"type": "number_input", "is_decimal_allowed": True}, "NaN", "Please enter a valid number."),
        (
            {"type": "number_input", "is_decimal_allowed": True, "max_value": "9"},
            "10",
            "Please enter a number that is 9 or less.",
        ),
        ({"type": "email_text_input"}, "nobody", "Please enter a valid email address."),
        ({"type": "url_text_input"}, "nowhere", "Please enter a valid URL."),
        ({"type": "checkboxes", "options": COLOURS}, [], "Please complete this required field."),
    ],
)
def test_the_client_complains_at_the_block(
    client: WebClient, workspace: Workspace, ann: Person, element: dict[str, Any], typed: Any, complaint: str
) -> None:
    view = open_modal(client, workspace, ann, blocks=[field("f", element)])
    ann.fill(view.id, "f", "value", typed)
    assert ann.submit(view.id).failure == "not_sent"
    assert ann.modal().errors == {"f": complaint}


def test_a_first_choice_of_an_external_select_needs_no_asking(
    client: WebClient, workspace: Workspace, ann: Person
) -> None:
    chosen = [option("One"), option("Two")]
    element = {"type": "multi_external_select", "initial_options": chosen}
    view = open_modal(client, workspace, ann, blocks=[field("f", element)])
    assert ann.options(view, "f", "value", "ab").delivered.kind == "nothing"
    ann.fill(view.id, "f", "value", ["one"])
    assert ann.modal().values["f"]["value"]["selected_options"] == chosen[:1]
    with pytest.raises(NotThereError):
        ann.fill(view.id, "f", "value", ["three"])


def test_closing_a_stack_at_once_tells_of_each(client: WebClient, workspace: Workspace, ann: Person) -> None:
    open_modal(client, workspace, ann)
    client.views_push(trigger_id=workspace.triggers.make(ann.user.id, in_modal=True), view=modal(clear_on_close=True))

    delivered = ann.close(ann.modal().id)

    assert delivered.payload["is_cleared"] is True
    assert ann.modals() == ()
    assert [each.kind for each in workspace.delivery.log] == ["view_closed", "view_closed"]


def test_a_stranger_shows_their_own_team(card: Message, general: Channel, workspace: Workspace) -> None:
    stranger = workspace.add_user("sam", team_id="T0OTHER")
    workspace.add_to_channel(general, stranger)
    sam = workspace.person(stranger.id)

    clicked = sam.click(card, "menu", "go").payload
    assert (clicked["user"]["team_id"], clicked["team"]["id"]) == ("T0OTHER", "T0SANDBOX")
    assert sam.command(general.id, "/orders").payload["team_id"] == "T0OTHER"


def test_somebody_deactivated_does_nothing_more(
    card: Message, client: WebClient, ann: Person, general: Channel, workspace: Workspace
) -> None:
    open_modal(client, workspace, ann)
    workspace.deactivate(ann.user)

    assert ann.user.deleted
    assert ann.modals() == ()
    assert ann.user.id not in workspace.channel(general.id).members
    with pytest.raises(NotThereError, match="deactivated"):
        ann.click(card, "menu", "go")
    with pytest.raises(NotThereError, match="deactivated"):
        ann.open_home()
    with pytest.raises(NotThereError, match="deactivated"):
        ann.shortcut("any")


def test_a_message_shortcut_carries_the_message(card: Message, ann: Person) -> None:
    payload = ann.shortcut("look_up", card).payload
    assert (payload["type"], payload["callback_id"], payload["message_ts"]) == ("message_action", "look_up", card.ts)
    assert payload["message"]["text"] == "card"


def test_only_people_sit_at_screens(workspace: Workspace) -> None:
    with pytest.raises(NotThereError, match="bot"):
        workspace.person(workspace.bot.id)
    with pytest.raises(NotThereError, match="U0NOBODY"):
        workspace.person("U0NOBODY")


@pytest.mark.parametrize(("shared", "kind"), [(False, "public"), (False, "private"), (True, "public")])
def test_a_select_of_conversations_begins_with_the_one_that_is_looked_at_where_it_offers_it(
    client: WebClient, workspace: Workspace, ann: Person, shared: bool, kind: ChannelKind
) -> None:
    here = workspace.add_channel("here", [ann.user], kind=kind, is_ext_shared=shared)
    wanted = {"include": ["public", "private"], "exclude_external_shared_channels": True}
    select = {
        "type": "conversations_select",
        "action_id": "value",
        "default_to_current_conversation": True,
        "filter": wanted,
    }
    field = {"type": "input", "block_id": "where", "label": plain("Where"), "element": select}
    for method, trigger in (
        (client.views_open, workspace.triggers.make(ann.user.id, channel=here.id)),
        (client.views_push, workspace.triggers.make(ann.user.id, in_modal=True)),
    ):
        method(trigger_id=trigger, view=modal(blocks=[field]))
        chosen = ann.modal().values["where"]["value"]["selected_conversation"]
        assert chosen == (None if shared else here.id)
    workspace.archive(here)
    client.views_open(trigger_id=workspace.triggers.make(ann.user.id, channel=here.id), view=modal(blocks=[field]))
    assert ann.modal().values["where"]["value"]["selected_conversation"] is None


def test_people_who_join_at_once_are_all_in(workspace: Workspace, general: Channel) -> None:
    several = [workspace.add_user(f"u{number}") for number in range(1_500)]
    every = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(lambda user: workspace.add_to_channel(general.id, user), several))
    finally:
        sys.setswitchinterval(every)
    assert {user.id for user in several} <= workspace.channel(general.id).members
