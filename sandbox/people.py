"""A person at the screen: what they do.

Each act goes over the wire to the bot and blocks until the bot has acknowledged it or Slack has given up, so call it
from a thread that may wait. It must not know what the bot is for.
"""

from __future__ import annotations

from sandbox import forms, limits, payloads, state
from sandbox.backend import Backend
from sandbox.errors import NotThereError, SlackError
from sandbox.objects import message_object
from sandbox.screen import Key, Screen, key_of
from sandbox.values import Channel, Delivered, Json, Message, Suggested, View, Wire

TROUBLE = "We had some trouble connecting. Try again?"
_NOTHING = Delivered("nothing")


class Person(Screen):
    """One person of the workspace: `Screen` has what they see, this class what they do.

    Never act on the thread of the server's event loop: it could not answer the bot's own calls in the meantime.

    Acts return the outcome; they raise `NotThereError` for what is not on the screen.
    """

    def __init__(self, backend: Backend, user_id: str) -> None:
        super().__init__(backend, user_id)
        self._offered: dict[Key, tuple[Json, ...]] = {}

    # --- words and commands ------------------------------------------------------------------------------------

    def say(self, channel_id: str, text: str, thread_ts: str | None = None) -> Delivered:
        """Post a message, or run it as a command if it starts with a slash.

        The bot gets an event if it is subscribed to one (app_mention, message.im, message.channels, message.groups).
        """
        if text.startswith("/"):
            name, _, rest = text.partition(" ")
            if thread_ts is not None:
                return self._refused(channel_id, "not_in_thread", f"{name} is not supported in threads. Sorry!")
            return self.command(channel_id, name, rest.strip())
        channel = self._channel(channel_id)
        if channel.is_archived:
            raise NotThereError(f"#{channel.name} is archived; nobody can post to it.")
        message = self._backend.messages.post(channel_id, self._id, payloads.escaped(text), thread_ts=thread_ts)
        results = [self._event(channel, inner) for inner in payloads.message_events(self._backend, channel, message)]
        return results[0] if results else _NOTHING

    def mention(self, channel_id: str, text: str = "", thread_ts: str | None = None) -> Delivered:
        """Write to the bot by name."""
        return self.say(channel_id, f"<@{self._backend.bot.id}> {text}".strip(), thread_ts)

    def command(self, channel_id: str, command: str, text: str = "") -> Delivered:
        """Run a slash command in one of the person's channels; the bot's answer is posted there."""
        channel = self._channel(channel_id)
        known = self._backend.commands
        if known is not None and command not in known:
            return self._refused(channel_id, "invalid_command", f"{command} is not a valid command.")
        payload = payloads.command(self._backend, self.user, channel, command, text)
        delivered = self._backend.delivery.send("command", payload)
        if delivered.ok and delivered.ack_body:
            try:
                self._backend.responses.answer_command(payload["response_url"], delivered.ack_body)
            except SlackError as error:
                delivered = self._backend.delivery.refuse(delivered, str(error))
        if not delivered.ok:
            code = _error_code(delivered)
            self._notify(code, f'{command} failed with the error "{code}"', channel_id)
        return delivered

    def shortcut(self, callback_id: str, message: Message | None = None) -> Delivered:
        """Use a global shortcut, or a message shortcut on a message."""
        backend = self._backend
        self._signed_in()
        kind = "shortcut" if message is None else "message_action"
        payload = {**payloads.interaction(backend, kind, self.user), "callback_id": callback_id}
        payload["action_ts"] = backend.messages.new_ts()
        if message is not None:
            channel = self._channel(message.channel)
            payload |= {
                "message_ts": message.ts,
                "message": message_object(backend, message),
                "channel": {"id": channel.id, "name": payloads.channel_name(channel)},
                "response_url": backend.responses.make("app", channel.id, self._id, message.ts),
            }
        return self._sent(kind, payload, None)

    def open_home(self) -> Delivered:
        """Open the bot's Home tab; the bot gets an event."""
        self._signed_in()
        channel, home = self._backend.im(self._id), self.home()
        inner: Json = {"type": "app_home_opened", "user": self._id, "channel": channel.id, "tab": "home"}
        if home is not None:
            inner["view"] = home.payload()
        inner["event_ts"] = self._backend.messages.new_ts()
        return self._event(channel, inner) if "app_home_opened" in self._backend.events else _NOTHING

    # --- elements ----------------------------------------------------------------------------------------------

    def click(
        self, container: Message | View, block_id: str, action_id: str, *, agreed: bool = False, **value: Wire
    ) -> Delivered:
        """Use an element as this person saw it, on a view or a message (even a stale copy of the message).

        `value` is the choice, by Slack's keys: `selected_option=…`, `selected_date=…`, `value=…`; nothing for a button.
        The bot gets a block_actions payload. If the element asks first (`confirm`), the payload is sent only if the
        person has `agreed`; otherwise the question stays open.
        """
        self._alive(container)
        place = state.find(container.blocks, block_id, action_id)
        if place.element.get("confirm") and not agreed:
            return Delivered("nothing", failure="not_sent", detail=place.element["confirm"]["text"]["text"])
        chosen: Json = dict(value)
        if place.stateful:
            chosen = state.as_state(place.element, value or None, self._offers(container, place))
            self._keep(container, place, chosen)
        elif place.element["type"] == "overflow":
            chosen = {"selected_option": state.pick(value.get("selected_option"), place.element["options"])}
        return self._act(container, place, chosen)

    def choose(
        self, container: Message | View, block_id: str, action_id: str, value: Wire, *, agreed: bool = False
    ) -> Delivered:
        """Like `click` or `fill`, with the bare value: an option's value or text, a list of them, a date, an id."""
        place = state.find(container.blocks, block_id, action_id)
        if not place.stateful:
            return self.click(container, block_id, action_id, agreed=agreed, selected_option=value)
        return self._fill(container, place, value, enter=False)

    def fill(self, view: View | Message | str, block_id: str, action_id: str, element_value: Wire) -> Delivered:
        """Put a value into an element of a view (or its id) or message: a text, a date, an option's value …

        `element_value` is bare, or in Slack's own shape. The bot is told only if a change of this element dispatches:
        always outside of inputs, in inputs if `dispatch_action` is set (a text then by `dispatch_action_config`: on
        each character, or on `press_enter`). An external select needs `options` before.
        """
        container = self._backend.views.get(view) if isinstance(view, str) else view
        return self._fill(container, state.find(container.blocks, block_id, action_id), element_value, enter=False)

    def press_enter(self, view: View | Message | str, block_id: str, action_id: str) -> Delivered:
        """Press Enter in a text element; the bot is told if the element dispatches on Enter."""
        container = self._backend.views.get(view) if isinstance(view, str) else view
        place = state.find(container.blocks, block_id, action_id)
        current = state.value_of(self.values(container)[block_id][action_id])
        return self._fill(container, place, current, enter=True)

    def options(self, container: Message | View, block_id: str, action_id: str, query: str = "") -> Suggested:
        """Type into an external select; the bot gets a block_suggestion when the query is long enough."""
        self._alive(container)
        place = state.find(container.blocks, block_id, action_id)
        if len(query) < place.element.get("min_query_length", 3):
            return Suggested(_NOTHING)
        payload = payloads.interaction(self._backend, "block_suggestion", self.user, trigger=False)
        payload |= {"action_id": action_id, "block_id": block_id, "value": query}
        payload = payloads.with_container(self._backend, payload, container, dict(self.values(container)))
        delivered = self._backend.delivery.send("block_suggestion", payload)
        if not delivered.ok:
            return Suggested(delivered)
        try:
            options, groups = limits.check_suggestions(delivered.ack_body)
        except SlackError as error:
            return Suggested(self._backend.delivery.refuse(delivered, str(error)))
        key = (*key_of(container), block_id, action_id)
        self._offered[key] = (*self._offered.get(key, ()), *options)
        return Suggested(delivered, options, groups)

    # --- modals ------------------------------------------------------------------------------------------------

    def submit(self, view_id: str) -> Delivered:
        """Press the submit button of the top modal.

        The client's own checks come first, as in Slack: their complaints are in the view's `errors`, and nothing is
        sent (`failure` is "not_sent").
        """
        backend = self._backend
        view = self._top(view_id)
        if view.submit is None:
            raise NotThereError("This modal has no submit button.")
        complaints = forms.complaints(view)
        backend.views.complain(view_id, complaints)
        if complaints:
            return Delivered("nothing", failure="not_sent", detail="; ".join(complaints.values()))
        payload = payloads.interaction(backend, "view_submission", self.user, in_modal=True)
        payload |= {
            "view": backend.views.get(view_id).payload(),
            "response_urls": payloads.response_urls(backend, view),
        }
        delivered = backend.delivery.send("view_submission", payload)
        if delivered.ok:
            try:
                backend.views.answer_submission(view_id, delivered.ack_body)
            except SlackError as error:
                delivered = backend.delivery.refuse(delivered, str(error))
        if not delivered.ok:
            backend.views.complain(view_id, trouble=TROUBLE)
            self._notify("trouble_connecting", TROUBLE)
        return delivered

    def close(self, view_id: str, *, whole_stack: bool = False) -> Delivered:
        """Close the top modal (`whole_stack`: all of them). The bot is told if it asked for that."""
        view = self._top(view_id)
        whole = whole_stack or view.clear_on_close
        result = _NOTHING
        for closed in self._backend.views.close(view_id, whole_stack=whole):
            if closed.notify_on_close:
                payload = payloads.interaction(self._backend, "view_closed", self.user, trigger=False)
                payload |= {"view": closed.payload(), "is_cleared": whole}
                result = self._backend.delivery.send("view_closed", payload)
        return result

    # --- inside ------------------------------------------------------------------------------------------------

    def _fill(self, container: Message | View, place: state.Place, value: Wire, *, enter: bool) -> Delivered:
        self._alive(container)
        chosen = state.as_state(place.element, value, self._offers(container, place))
        self._keep(container, place, chosen)
        return self._act(container, place, chosen) if place.goes_out(enter=enter) else _NOTHING

    def _offers(self, container: Message | View, place: state.Place) -> tuple[Json, ...]:
        """The options that an external select has offered so far, and those now chosen in it, such as initial ones."""
        block_id, action_id = place.block["block_id"], place.element["action_id"]
        if not place.element["type"].endswith("external_select"):
            return ()
        current = self.values(container).get(block_id, {}).get(action_id)
        held = state.value_of(current) if current else None
        chosen = held if isinstance(held, list) else [held] if held else []
        return (*self._offered.get((*key_of(container), block_id, action_id), ()), *chosen)

    def _act(self, container: Message | View, place: state.Place, chosen: Json) -> Delivered:
        backend = self._backend
        in_modal = isinstance(container, View) and container.type == "modal"
        channel = container.channel if isinstance(container, Message) else ""
        payload = payloads.interaction(backend, "block_actions", self.user, in_modal=in_modal, channel=channel)
        payload = payloads.with_container(backend, payload, container, dict(self.values(container)))
        payload["actions"] = [payloads.action(place, chosen, backend.messages.new_ts())]
        if isinstance(container, Message):
            payload["response_url"] = backend.responses.make("actions", container.channel, self._id, container.ts)
        return self._sent("block_actions", payload, container)

    def _sent(self, kind: str, payload: Json, container: Message | View | None) -> Delivered:
        delivered = self._backend.delivery.send(kind, payload)
        if not delivered.ok:
            code = _error_code(delivered)
            if isinstance(container, View):
                self._backend.views.complain(container.id, container.errors, trouble=TROUBLE)
                self._notify(code, TROUBLE)
            else:
                where = container.channel if container else None
                self._notify(code, f'The app did not respond: "{code}". Try again?', where)
        return delivered

    def _event(self, channel: Channel, inner: Json) -> Delivered:
        return self._backend.delivery.send_event(payloads.event(self._backend, inner, shared=channel.is_ext_shared))

    def _notify(self, code: str, text: str, channel: str | None = None) -> None:
        self._backend.notify(self._id, code, text, channel)

    def _refused(self, channel_id: str, code: str, text: str) -> Delivered:
        self._notify(code, text, channel_id)
        return Delivered("nothing", failure="not_sent", detail=text)


def _error_code(delivered: Delivered) -> str:
    """Slack's code for a failed delivery."""
    match delivered.failure:
        case "timeout":
            return "operation_timeout"
        case str(failure) if failure.startswith("http 4"):
            return "http_client_error"
        case str(failure) if failure.startswith("http "):
            return "http_service_error"
        case _:
            return "dispatch_failed"
