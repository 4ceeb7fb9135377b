"""A person at the screen: what they see, and what they do.

Everything they do goes over the wire to the bot, and blocks until the bot has acknowledged or Slack has given up on
it; so call it from a thread that may wait. It must not know what the bot is for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.sandbox import forms, limits, payloads, state
from bot.sandbox.errors import NotThereError, SlackError
from bot.sandbox.values import Channel, Delivered, File, Json, Message, Notice, StateValues, Suggested, User, View

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"
_NOTHING = Delivered("nothing")
_Key = tuple[str, ...]


class Person:
    """One human of the workspace. Acts return what became of them; a `NotThereError` is raised for what the screen lacks."""

    def __init__(self, workspace: Workspace, user_id: str) -> None:
        self._workspace = workspace
        self._id = user_id
        self._typed: dict[_Key, StateValues] = {}
        self._offered: dict[_Key, tuple[Json, ...]] = {}

    @property
    def user(self) -> User:
        """Who this is, as of now."""
        return self._workspace.user(self._id)

    # --- what they see -----------------------------------------------------------------------------------------

    def channels(self) -> tuple[Channel, ...]:
        """The channels they are in, direct messages with the bot included."""
        return tuple(channel for channel in self._workspace.channels() if self._id in channel.members)

    def messages(self, channel_id: str) -> tuple[Message, ...]:
        """What stands in a channel of theirs: oldest first, replies right after what they reply to, and of the
        ephemeral ones only their own. Raises NotThereError."""
        self._channel(channel_id)
        return self._workspace.messages.seen_by(self._id, channel_id)

    def message(self, channel_id: str, ts: str) -> Message:
        """One message they see. Raises NotThereError."""
        for message in self.messages(channel_id):
            if message.ts == ts:
                return message
        raise NotThereError(f"{self.user.name} sees no message {ts} there.")

    def modals(self) -> tuple[View, ...]:
        """Their open modals, at most three, the one on top last."""
        return self._workspace.views.modals(self._id)

    def modal(self) -> View:
        """The modal on top. Raises NotThereError where none is open."""
        modals = self.modals()
        if not modals:
            raise NotThereError(f"{self.user.name} has no modal open.")
        return modals[-1]

    def home(self) -> View | None:
        """The bot's Home tab, if it has published one for them."""
        return self._workspace.views.home(self._id)

    def file(self, file_id: str) -> File:
        """A file shared in a channel of theirs, its content included. Raises NotThereError."""
        try:
            file = self._workspace.files.get(file_id)
        except SlackError as error:
            raise NotThereError(f"There is no file {file_id}.") from error
        if not any(channel.id in file.channels for channel in self.channels()):
            raise NotThereError(f"{self.user.name} is in no channel where file {file_id} is shared.")
        return file

    def notices(self) -> tuple[Notice, ...]:
        """What Slack's client told them in its own words, oldest first."""
        return self._workspace.notices(self._id)

    def dismiss_notices(self) -> None:
        """Clear those."""
        self._workspace.dismiss_notices(self._id)

    def values(self, container: Message | View) -> StateValues:
        """What they have put into the elements of a message or view, as Slack's `state.values`."""
        if isinstance(container, View):
            return self._workspace.views.get(container.id).values
        return state.fold(container.blocks, self._typed.get((container.channel, container.ts), {}))

    # --- words and commands ------------------------------------------------------------------------------------

    def say(self, channel_id: str, text: str, thread_ts: str | None = None) -> Delivered:
        """Post a message, or run it as a command if it starts with a slash. The bot is told of it by an event if it
        is subscribed to such (app_mention, message.im, message.channels, message.groups)."""
        if text.startswith("/"):
            name, _, rest = text.partition(" ")
            if thread_ts is not None:
                return self._refused(channel_id, "not_in_thread", f"{name} is not supported in threads. Sorry!")
            return self.command(channel_id, name, rest.strip())
        channel = self._channel(channel_id)
        if channel.is_archived:
            raise NotThereError(f"#{channel.name} is archived; nobody can write there.")
        message = self._workspace.messages.post(channel_id, self._id, text, thread_ts=thread_ts)
        results = [self._event(channel, inner) for inner in self._told(channel, message)]
        return results[0] if results else _NOTHING

    def mention(self, channel_id: str, text: str = "", thread_ts: str | None = None) -> Delivered:
        """Write to the bot by its name."""
        return self.say(channel_id, f"<@{self._workspace.bot.id}> {text}".strip(), thread_ts)

    def command(self, channel_id: str, command: str, text: str = "") -> Delivered:
        """Run a slash command in a channel of theirs; what the bot answers with is posted there."""
        channel = self._channel(channel_id)
        known = self._workspace.commands
        if known is not None and command not in known:
            return self._refused(channel_id, "invalid_command", f"{command} is not a valid command.")
        payload = payloads.command(self._workspace, self.user, channel, command, text)
        delivered = self._workspace.delivery.send("command", payload)
        if not delivered.ok:
            code = _command_error(delivered)
            self._notify(code, f'{command} failed with the error "{code}"', channel_id)
        elif delivered.ack_body:
            self._workspace.responses.answer_command(payload["response_url"], delivered.ack_body)
        return delivered

    def shortcut(self, callback_id: str, message: Message | None = None) -> Delivered:
        """Use a global shortcut, or a message shortcut on a message."""
        workspace = self._workspace
        kind = "shortcut" if message is None else "message_action"
        payload = {**payloads.interaction(workspace, kind, self.user), "callback_id": callback_id}
        payload["action_ts"] = workspace.messages.new_ts()
        if message is not None:
            channel = self._channel(message.channel)
            payload |= {
                "message_ts": message.ts,
                "message": workspace.messages.payload(message),
                "channel": {"id": channel.id, "name": payloads.channel_name(channel)},
                "response_url": workspace.responses.make("app", channel.id, self._id, message.ts),
            }
        return self._sent(kind, payload, None)

    def open_home(self) -> Delivered:
        """Open the bot's Home tab, which tells it by an event."""
        channel, home = self._workspace.im(self._id), self.home()
        inner: Json = {"type": "app_home_opened", "user": self._id, "channel": channel.id, "tab": "home"}
        if home is not None:
            inner["view"] = home.payload()
        inner["event_ts"] = self._workspace.messages.new_ts()
        return self._event(channel, inner) if "app_home_opened" in self._workspace.events else _NOTHING

    # --- elements ----------------------------------------------------------------------------------------------

    def click(self, container: Message | View, block_id: str, action_id: str, **value: Any) -> Delivered:
        """Use an element as this person saw it, on a message (even a stale copy of it) or view.

        `value` is what was chosen, by Slack's keys: `selected_option=…`, `selected_date=…`, `value=…`; nothing for a
        button. The bot gets a block_actions payload.
        """
        self._alive(container)
        place = state.find(container.blocks, block_id, action_id)
        chosen: Json = dict(value)
        if place.stateful:
            offered = self._offered.get((*_key(container), block_id, action_id), ())
            chosen = state.as_state(place.element, value or None, offered)
            self._keep(container, place, chosen)
        elif place.element["type"] == "overflow":
            chosen = {"selected_option": state.pick(value["selected_option"], place.element["options"])}
        return self._act(container, place, chosen)

    def choose(self, container: Message | View, block_id: str, action_id: str, value: Any) -> Delivered:
        """Like `click` or `fill`, with the bare value: an option's value or text, a list of them, a date, an id."""
        place = state.find(container.blocks, block_id, action_id)
        if place.element["type"] == "overflow":
            return self.click(container, block_id, action_id, selected_option=value)
        return self._fill(container, place, value, enter=False)

    def fill(self, view: View | Message | str, block_id: str, action_id: str, element_value: Any) -> Delivered:
        """Put something into an element of a view (or its id) or message: a text, a date, an option's value …

        `element_value` is bare, or in Slack's own shape. Goes to the bot only where a change of this element does:
        outside of inputs always, in inputs where `dispatch_action` is set (a text then by
        `dispatch_action_config`: each character, or `press_enter`). An external select needs `options` before.
        """
        container = self._workspace.views.get(view) if isinstance(view, str) else view
        return self._fill(container, state.find(container.blocks, block_id, action_id), element_value, enter=False)

    def press_enter(self, view: View | Message | str, block_id: str, action_id: str) -> Delivered:
        """Press Enter in a text element; goes to the bot where the element dispatches on that."""
        container = self._workspace.views.get(view) if isinstance(view, str) else view
        place = state.find(container.blocks, block_id, action_id)
        current = state.value_of(self.values(container)[block_id][action_id])
        return self._fill(container, place, current, enter=True)

    def options(self, container: Message | View, block_id: str, action_id: str, query: str = "") -> Suggested:
        """Type into an external select; the bot is asked (block_suggestion) once the query is long enough."""
        self._alive(container)
        place = state.find(container.blocks, block_id, action_id)
        if len(query) < place.element.get("min_query_length", 3):
            return Suggested(_NOTHING)
        payload = payloads.interaction(self._workspace, "block_suggestion", self.user, trigger=False)
        payload |= {"action_id": action_id, "block_id": block_id, "value": query}
        payload = payloads.with_container(self._workspace, payload, container, dict(self.values(container)))
        delivered = self._workspace.delivery.send("block_suggestion", payload)
        if not delivered.ok:
            return Suggested(delivered)
        try:
            options, groups = limits.check_suggestions(delivered.ack_body)
        except SlackError as error:
            return Suggested(self._workspace.delivery.refuse(delivered, str(error)))
        key = (*_key(container), block_id, action_id)
        self._offered[key] = (*self._offered.get(key, ()), *options)
        return Suggested(delivered, options, groups)

    # --- modals ------------------------------------------------------------------------------------------------

    def submit(self, view_id: str) -> Delivered:
        """Press the submit button of the modal on top. The client's own checks come first, as in Slack: what they
        find stands in the view's `errors`, and nothing goes out (`failure` "not_sent")."""
        workspace = self._workspace
        view = self._top(view_id)
        if view.submit is None:
            raise NotThereError("This modal has no submit button.")
        complaints = forms.complaints(view)
        workspace.views.complain(view_id, complaints)
        if complaints:
            return Delivered("nothing", failure="not_sent", detail="; ".join(complaints.values()))
        payload = payloads.interaction(workspace, "view_submission", self.user)
        payload |= {"view": workspace.views.get(view_id).payload(), "response_urls": self._response_urls(view)}
        delivered = workspace.delivery.send("view_submission", payload)
        if delivered.ok:
            try:
                workspace.views.answer_submission(view_id, delivered.ack_body)
            except SlackError as error:
                delivered = workspace.delivery.refuse(delivered, str(error))
        if not delivered.ok:
            workspace.views.complain(view_id, trouble=TROUBLE)
            self._notify("trouble_connecting", TROUBLE)
        return delivered

    def close(self, view_id: str, *, whole_stack: bool = False) -> Delivered:
        """Close the modal on top (`whole_stack`: all of them). The bot is told where it asked to be."""
        view = self._top(view_id)
        whole = whole_stack or view.clear_on_close
        result = _NOTHING
        for closed in self._workspace.views.close(view_id, whole_stack=whole):
            if closed.notify_on_close:
                payload = payloads.interaction(self._workspace, "view_closed", self.user, trigger=False)
                payload |= {"view": closed.payload(), "is_cleared": whole}
                result = self._workspace.delivery.send("view_closed", payload)
        return result

    # --- inside ------------------------------------------------------------------------------------------------

    def _channel(self, channel_id: str) -> Channel:
        channel = self._workspace.channel(channel_id)
        if self.user.deleted:
            raise NotThereError(f"{self.user.name} is deactivated.")
        if self._id not in channel.members:
            raise NotThereError(f"{self.user.name} is not in #{channel.name}.")
        return channel

    def _top(self, view_id: str) -> View:
        view = self.modal()
        if view.id != view_id:
            raise NotThereError(f"The modal on top is {view.id}, not {view_id}.")
        return view

    def _alive(self, container: Message | View) -> None:
        if isinstance(container, Message):
            self.message(container.channel, container.ts)
        elif self._workspace.views.get(container.id).user != self._id:
            raise NotThereError(f"View {container.id} is on somebody else's screen.")

    def _keep(self, container: Message | View, place: state.Place, chosen: Json) -> None:
        block_id, action_id = place.block["block_id"], place.element["action_id"]
        if isinstance(container, View):
            self._workspace.views.put_value(container.id, block_id, action_id, chosen)
            return
        values = {block: dict(actions) for block, actions in self.values(container).items()}
        values.setdefault(block_id, {})[action_id] = chosen
        self._typed[_key(container)] = values

    def _fill(self, container: Message | View, place: state.Place, value: Any, *, enter: bool) -> Delivered:
        self._alive(container)
        block_id, action_id = place.block["block_id"], place.element["action_id"]
        offered = self._offered.get((*_key(container), block_id, action_id), ())
        chosen = state.as_state(place.element, value, offered)
        self._keep(container, place, chosen)
        return self._act(container, place, chosen) if place.goes_out(enter=enter) else _NOTHING

    def _act(self, container: Message | View, place: state.Place, chosen: Json) -> Delivered:
        workspace = self._workspace
        payload = payloads.interaction(workspace, "block_actions", self.user)
        payload = payloads.with_container(workspace, payload, container, dict(self.values(container)))
        payload["actions"] = [payloads.action(place, chosen, workspace.messages.new_ts())]
        if isinstance(container, Message):
            payload["response_url"] = workspace.responses.make("actions", container.channel, self._id, container.ts)
        return self._sent("block_actions", payload, container)

    def _sent(self, kind: str, payload: Json, container: Message | View | None) -> Delivered:
        delivered = self._workspace.delivery.send(kind, payload)
        if not delivered.ok:
            code = _command_error(delivered)
            if isinstance(container, View):
                self._workspace.views.complain(container.id, container.errors, trouble=TROUBLE)
                self._notify(code, TROUBLE)
            else:
                where = container.channel if container else None
                self._notify(code, f'The app did not respond: "{code}". Try again?', where)
        return delivered

    def _event(self, channel: Channel, inner: Json) -> Delivered:
        return self._workspace.delivery.send_event(
            payloads.event(self._workspace, inner, shared=channel.is_ext_shared)
        )

    def _told(self, channel: Channel, message: Message) -> Sequence[Json]:
        if self._workspace.bot.id not in channel.members:
            return []
        subscribed, told = self._workspace.events, []
        base: Json = self._workspace.messages.payload(message)
        base |= {"channel": channel.id, "event_ts": message.ts}
        if f"<@{self._workspace.bot.id}>" in message.text and channel.kind != "im" and "app_mention" in subscribed:
            told.append({**base, "type": "app_mention"})
        name = {"im": "message.im", "private": "message.groups", "public": "message.channels"}[channel.kind]
        if name in subscribed:
            kind = {"im": "im", "private": "group", "public": "channel"}[channel.kind]
            told.append({**base, "channel_type": kind})
        return told

    def _response_urls(self, view: View) -> list[Json]:
        urls = []
        for place in state.places(view.blocks):
            if place.element.get("response_url_enabled"):
                block_id, action_id = place.block["block_id"], place.element["action_id"]
                channel = state.value_of(view.values[block_id][action_id])
                if channel:
                    url = self._workspace.responses.make("app", channel, self._id)
                    urls.append(
                        {"block_id": block_id, "action_id": action_id, "channel_id": channel, "response_url": url}
                    )
        return urls

    def _notify(self, code: str, text: str, channel: str | None = None) -> None:
        self._workspace.notify(self._id, code, text, channel)

    def _refused(self, channel_id: str, code: str, text: str) -> Delivered:
        self._notify(code, text, channel_id)
        return Delivered("nothing", failure="not_sent", detail=text)


def _key(container: Message | View) -> _Key:
    return (container.id,) if isinstance(container, View) else (container.channel, container.ts)


def _command_error(delivered: Delivered) -> str:
    """Slack's word for a delivery that failed."""
    match delivered.failure:
        case "timeout":
            return "operation_timeout"
        case str(failure) if failure.startswith("http 4"):
            return "http_client_error"
        case str(failure) if failure.startswith("http "):
            return "http_service_error"
        case _:
            return "dispatch_failed"
