"""A real Bolt app runs in the sandbox as it would in Slack, over HTTP and over Socket Mode."""

from collections.abc import Callable

import pytest

from sandbox.errors import NotThereError
from sandbox.people import Person
from sandbox.values import Channel, View
from sandbox.workspace import Workspace
from tests.sandbox.tinybot import COLOURS, TinyBot, modal, plain

Until = Callable[[Callable[[], object]], None]


def open_form(ann: Person, general: Channel, until: Until) -> View:
    delivered = ann.command(general.id, "/form")
    assert delivered.ok, delivered
    until(ann.modals)
    return ann.modal()


def test_a_command_is_answered_to_the_asker_and_by_response_url_to_all(
    bot: TinyBot, ann: Person, ben: Person, general: Channel, until: Until
) -> None:
    delivered = ann.command(general.id, "/say", "hello there")

    assert (delivered.ok, delivered.ack_status) == (True, 200)
    until(lambda: len(ann.messages(general.id)) == 2)
    # Either may come first: the second does not wait for the acknowledgement.
    assert {message.text for message in ann.messages(general.id)} == {"You said hello there", "and later, to all"}
    assert [message.text for message in ben.messages(general.id)] == ["and later, to all"]
    kind, body = bot.heard[0]
    assert (kind, body["user_id"], body["channel_name"], body["text"]) == (
        "command",
        ann.user.id,
        "general",
        "hello there",
    )


def test_a_form_comes_back_as_slack_shapes_it(
    bot: TinyBot, ann: Person, ben: Person, general: Channel, until: Until
) -> None:
    view = open_form(ann, general, until)
    assert view.values["words"]["value"] == {"type": "plain_text_input", "value": "first"}

    ann.fill(view.id, "words", "value", "second")
    ann.fill(view.id, "number", "value", "12.5")
    ann.fill(view.id, "one", "value", "red")
    ann.fill(view.id, "many", "value", ["Green", "blue"])
    suggested = ann.options(ann.modal(), "found", "value", "ac")
    assert [each["value"] for each in suggested.options] == ["ac 1", "ac 2"]
    ann.fill(view.id, "found", "value", "ac 2")
    ann.options(ann.modal(), "founds", "value", "bo")
    ann.fill(view.id, "founds", "value", ["bo 1"])
    ann.fill(view.id, "radio", "value", {"selected_option": COLOURS[2]})
    ann.fill(view.id, "where", "value", general.id)
    ann.fill(view.id, "who", "value", ben.user.id)
    delivered = ann.submit(view.id)

    assert delivered.ok
    assert ann.modals() == ()
    body = bot.heard[-1][1]
    assert body["view"]["state"]["values"] == {
        "words": {"value": {"type": "plain_text_input", "value": "second"}},
        "number": {"value": {"type": "number_input", "value": "12.5"}},
        "one": {"value": {"type": "static_select", "selected_option": COLOURS[0]}},
        "many": {"value": {"type": "multi_static_select", "selected_options": COLOURS[1:]}},
        "found": {"value": {"type": "external_select", "selected_option": {"text": plain("ac 2"), "value": "ac 2"}}},
        "founds": {
            "value": {"type": "multi_external_select", "selected_options": [{"text": plain("bo 1"), "value": "bo 1"}]}
        },
        "day": {"value": {"type": "datepicker", "selected_date": "2026-10-03"}},
        "radio": {"value": {"type": "radio_buttons", "selected_option": COLOURS[2]}},
        "boxes": {"value": {"type": "checkboxes", "selected_options": [COLOURS[0]]}},
        "where": {"value": {"type": "conversations_select", "selected_conversation": general.id}},
        "who": {"value": {"type": "users_select", "selected_user": ben.user.id}},
        "live": {"live": {"type": "plain_text_input", "value": None}},
        "entered": {"live": {"type": "plain_text_input", "value": None}},
    }
    assert [url["channel_id"] for url in body["response_urls"]] == [general.id]
    assert body["user"] == {"id": ann.user.id, "username": "ann", "name": "ann", "team_id": "T0SANDBOX"}
    assert body["team"] == {"id": "T0SANDBOX", "domain": "sandbox"}


def test_the_client_checks_a_form_before_it_sends_it(bot: TinyBot, ann: Person, general: Channel, until: Until) -> None:
    view = open_form(ann, general, until)
    ann.fill(view.id, "words", "value", "")
    ann.fill(view.id, "number", "value", "0.5")

    delivered = ann.submit(view.id)

    assert delivered.failure == "not_sent"
    assert ann.modal().errors == {
        "words": "Please complete this required field.",
        "number": "Please enter a number that is 1 or more.",
    }
    assert not [kind for kind, _ in bot.heard if kind == "submission"]


def test_a_change_goes_out_at_once_only_where_it_was_asked_to(
    bot: TinyBot, ann: Person, general: Channel, until: Until
) -> None:
    view = open_form(ann, general, until)

    assert ann.fill(view.id, "words", "value", "x").kind == "nothing"
    assert ann.fill(view.id, "entered", "live", "y").kind == "nothing"
    assert ann.fill(view.id, "live", "live", "z").kind == "block_actions"
    assert ann.press_enter(view.id, "live", "live").kind == "nothing"
    assert ann.press_enter(view.id, "entered", "live").kind == "block_actions"

    actions = [body for kind, body in bot.heard if kind == "action"]
    assert [body["actions"][0]["value"] for body in actions] == ["z", "y"]
    assert actions[0]["container"] == {"type": "view", "view_id": view.id}
    assert actions[0]["view"]["state"]["values"]["words"]["value"]["value"] == "x"


def test_acknowledged_errors_keep_what_was_typed(bot: TinyBot, ann: Person, general: Channel, until: Until) -> None:
    view = open_form(ann, general, until)
    ann.fill(view.id, "words", "value", "typed")
    bot.on_submit = {"response_action": "errors", "errors": {"words": "No such word."}}

    ann.submit(view.id)

    assert ann.modal().errors == {"words": "No such word."}
    assert ann.modal().values["words"]["value"]["value"] == "typed"
    ann.fill(view.id, "words", "value", "better")
    assert ann.modal().errors == {}


def test_errors_at_an_unknown_block_are_refused(bot: TinyBot, ann: Person, general: Channel, until: Until) -> None:
    view = open_form(ann, general, until)
    bot.on_submit = {"response_action": "errors", "errors": {"elsewhere": "No."}}

    delivered = ann.submit(view.id)

    assert delivered.failure == "refused"
    assert "elsewhere" in delivered.detail
    assert ann.modal().trouble == "We had some trouble connecting. Try again?"


def test_an_acknowledgement_may_push_update_and_clear(
    bot: TinyBot, ann: Person, general: Channel, until: Until
) -> None:
    first = open_form(ann, general, until)
    bot.on_submit = {"response_action": "push", "view": modal("Second")}
    ann.submit(first.id)
    second = ann.modal()
    assert (second.root_view_id, second.previous_view_id) == (first.id, first.id)

    bot.on_submit = {"response_action": "update", "view": modal("Changed")}
    ann.submit(second.id)
    assert ann.modal().id == second.id
    assert ann.modal().title == plain("Changed")
    assert ann.modal().hash != second.hash

    bot.on_submit = {"response_action": "push", "view": modal("Third")}
    ann.submit(second.id)
    assert len(ann.modals()) == 3
    refused = ann.submit(ann.modal().id)
    assert refused.failure == "refused"
    assert "push_limit_reached" in refused.detail

    bot.on_submit = {"response_action": "clear"}
    ann.submit(ann.modal().id)
    assert ann.modals() == ()


def test_closing_tells_the_bot_who_asked_to_be_told(bot: TinyBot, ann: Person, general: Channel, until: Until) -> None:
    view = open_form(ann, general, until)

    delivered = ann.close(view.id)

    assert delivered.kind == "view_closed"
    until(lambda: bot.heard[-1][0] == "closed")
    assert bot.heard[-1][1]["is_cleared"] is False
    assert ann.modals() == ()
    with pytest.raises(NotThereError):
        ann.submit(view.id)


def test_a_button_redraws_its_message(bot: TinyBot, ann: Person, ben: Person, general: Channel, until: Until) -> None:
    ann.command(general.id, "/card")
    until(lambda: ben.messages(general.id))
    card = ben.messages(general.id)[0]

    assert ben.click(card, "buttons", "press").ok

    until(lambda: ann.messages(general.id)[0].text == "pressed")
    assert ann.messages(general.id)[0].blocks == ()
    body = bot.heard[-1][1]
    assert body["user"]["id"] == ben.user.id
    assert body["container"] == {
        "type": "message",
        "message_ts": card.ts,
        "channel_id": general.id,
        "is_ephemeral": False,
    }
    assert body["actions"][0]["value"] == "id-press"
    assert body["message"]["metadata"] == {"event_type": "card", "event_payload": {"number": 7}}
    # A person who has not seen the new card yet can still press the old button.
    assert ann.click(card, "buttons", "press").ok
    with pytest.raises(NotThereError):
        ann.click(ann.messages(general.id)[0], "buttons", "press")


@pytest.mark.usefixtures("bot")
def test_an_ephemeral_is_seen_by_one_and_a_response_url_replaces(
    ann: Person, ben: Person, general: Channel, until: Until
) -> None:
    ann.command(general.id, "/card")
    until(lambda: ann.messages(general.id))

    ann.click(ann.messages(general.id)[0], "buttons", "whisper")

    until(lambda: ben.messages(general.id)[0].text == "replaced")
    assert [message.text for message in ann.messages(general.id)] == ["replaced", "psst"]
    assert [message.text for message in ben.messages(general.id)] == ["replaced"]


def test_a_file_is_uploaded_and_seen_by_the_channel_alone(
    bot: TinyBot, workspace: Workspace, ann: Person, general: Channel, until: Until
) -> None:
    carl = workspace.person(workspace.add_user("carl").id)

    ann.command(general.id, "/file")

    until(lambda: bot.results)
    until(lambda: ann.messages(general.id))
    message = ann.messages(general.id)[0]
    assert (message.text, message.files[0].name, message.files[0].title) == ("here", "t.csv", "T")
    assert ann.file(message.files[0].id).content == b"a,b\n1,2\n"
    with pytest.raises(NotThereError):
        carl.file(message.files[0].id)


def test_events_home_and_shortcuts(
    bot: TinyBot, ann: Person, general: Channel, workspace: Workspace, until: Until
) -> None:
    assert ann.mention(general.id, "hello").ok
    assert ann.say(general.id, "not to the bot").kind == "nothing"
    assert ann.say(workspace.im(ann.user.id).id, "only to you").ok
    assert ann.open_home().ok
    until(ann.home)
    assert ann.shortcut("short").ok

    until(lambda: len(bot.heard) == 4)
    heard = sorted(body["event"]["type"] for kind, body in bot.heard if kind == "event")
    assert heard == ["app_home_opened", "app_mention", "message"]
    home = ann.home()
    assert home is not None
    assert home.blocks[0]["text"] == plain("Welcome home")


def test_a_late_answer_is_told_in_slacks_words(
    bot: TinyBot, workspace: Workspace, ann: Person, general: Channel
) -> None:
    workspace.ack_seconds = 0.2
    bot.gate.clear()

    delivered = ann.command(general.id, "/slow")
    bot.gate.set()

    assert delivered.failure == "timeout"
    assert ann.notices()[0].text == '/slow failed with the error "operation_timeout"'
    assert ann.messages(general.id) == ()


def test_the_same_delivery_can_come_twice(bot: TinyBot, workspace: Workspace, ann: Person, general: Channel) -> None:
    delivered = ann.command(general.id, "/say", "x")

    again = workspace.delivery.duplicate(delivered)

    assert again.ok
    assert [body["trigger_id"] for _, body in bot.heard] == [delivered.id, delivered.id]
