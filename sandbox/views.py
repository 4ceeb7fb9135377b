"""Modals and Home tabs: each person's stack of at most three modals, and what an acknowledgement does to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sandbox import limits, state
from sandbox.errors import NotThereError, SlackError
from sandbox.names import make_id, short_id
from sandbox.team import Team
from sandbox.values import Change, Json, View, ViewType, Wire

STACK_LIMIT = 3


class Views:
    """The views of a workspace. Sources: https://docs.slack.dev/surfaces/modals and the views.* methods."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._views: dict[str, View] = {}
        self._stacks: dict[str, list[str]] = {}
        self._homes: dict[str, str] = {}

    # --- what the app asks for ---------------------------------------------------------------------------------

    def open(self, user_id: str, sent: Wire, channel: str = "") -> View:
        """Open a modal in place of the person's open modals, over that conversation. Raises SlackError."""
        with self._team.changing():
            view = self._make(user_id, "modal", sent, channel)
            for old in self._stacks.pop(user_id, []):
                del self._views[old]
            self._stack(view)
        return view

    def push(self, user_id: str, sent: Wire) -> View:
        """Put a modal on top of the person's stack. Raises push_limit_reached, not_found and the errors of limits."""
        with self._team.changing():
            stack = self._stacks.get(user_id, [])
            if not stack:
                raise SlackError("not_found")
            if len(stack) >= STACK_LIMIT:
                raise SlackError("push_limit_reached")
            root, top = self._views[stack[0]], self._views[stack[-1]]
            view = replace(
                self._make(user_id, "modal", sent, root.channel), root_view_id=root.id, previous_view_id=top.id
            )
            self._stack(view)
        return view

    def update(self, sent: Wire, *, view_id: str | None, external_id: str | None, expected: str | None) -> View:
        """Change an open view; `expected` is the hash that it must still have. Raises SlackError."""
        with self._team.changing():
            current = self._lookup(view_id, external_id)
            if expected and expected != current.hash:
                raise SlackError("hash_conflict")
            return self._replace(current, sent)

    def publish(self, user_id: str, sent: Wire, expected: str | None) -> View:
        """Set the person's Home tab. Raises SlackError."""
        with self._team.changing():
            current = self.home(user_id)
            if current and expected and expected != current.hash:
                raise SlackError("hash_conflict")
            if current:
                return self._replace(current, sent)
            view = self._make(user_id, "home", sent)
            self._homes[user_id] = view.id
            self._put(view)
        return view

    # --- what the person's screen has --------------------------------------------------------------------------

    def get(self, view_id: str) -> View:
        """An open view. Raises NotThereError."""
        with self._team.lock:
            if view_id not in self._views:
                raise NotThereError(f"View {view_id} is not open.")
            return self._views[view_id]

    def modals(self, user_id: str) -> tuple[View, ...]:
        """The person's modals, the top one last."""
        with self._team.lock:
            return tuple(self._views[view_id] for view_id in self._stacks.get(user_id, ()))

    def home(self, user_id: str) -> View | None:
        """The person's Home tab, if the app has published one."""
        with self._team.lock:
            view_id = self._homes.get(user_id)
            return None if view_id is None else self._views[view_id]

    def put_value(self, view_id: str, block_id: str, action_id: str, value: Json) -> View:
        """Keep the person's input in an element, and remove the complaint at its block.

        Nothing is kept for an element that the view no longer has.
        """
        with self._team.changing():
            view = self.get(view_id)
            if action_id not in view.values.get(block_id, {}):
                return view
            values = {block: dict(actions) for block, actions in view.values.items()}
            values.setdefault(block_id, {})[action_id] = value
            errors = {block: text for block, text in view.errors.items() if block != block_id}
            changed = replace(view, values=values, errors=errors, trouble=None)
            self._put(changed)
        return changed

    def complain(self, view_id: str, errors: Mapping[str, str] = {}, trouble: str | None = None) -> None:
        """Show sentences at blocks, or one for the whole modal, if it is still open."""
        with self._team.changing():
            if view_id in self._views:
                self._put(replace(self._views[view_id], errors=dict(errors), trouble=trouble))

    def close(self, view_id: str, *, whole_stack: bool = False) -> tuple[View, ...]:
        """Close the modal and those above it, or its whole stack; returns the closed modals, the top one first."""
        with self._team.changing():
            view = self.get(view_id)
            stack = self._stacks.get(view.user, [])
            cut = 0 if whole_stack else stack.index(view_id)
            closed = tuple(self._views.pop(each) for each in reversed(stack[cut:]))
            self._stacks[view.user] = stack[:cut]
            self._team.note(Change("view", frozenset({view.user}), view=view_id))
        return closed

    def close_all(self, user_id: str) -> None:
        """Close all modals of a person."""
        for view in self.modals(user_id)[:1]:
            self.close(view.id, whole_stack=True)

    def answer_submission(self, view_id: str, body: Wire) -> None:
        """Apply the acknowledgement of a submission. Raises SlackError if Slack could not use it.

        Nothing happens if the view has been closed in the meantime.
        Source: https://docs.slack.dev/surfaces/modals#response_actions
        """
        with self._team.changing():
            if view_id not in self._views:
                return
            view = self._views[view_id]
            action = body.get("response_action") if isinstance(body, Mapping) else None
            if action is None:
                self.close(view_id)
            elif action == "clear":
                self.close(view_id, whole_stack=True)
            elif action == "update":
                self._replace(view, body.get("view"))
            elif action == "push":
                self.push(view.user, body.get("view"))
            elif action == "errors":
                self.complain(view_id, limits.check_errors(body.get("errors"), view.blocks))
            else:
                raise SlackError("invalid_arguments", [f"[ERROR] unknown response_action: {action}"])

    # --- inside ------------------------------------------------------------------------------------------------

    def _make(self, user_id: str, kind: ViewType, sent: Wire, channel: str = "") -> View:
        content = limits.check_view(sent, kind)
        view_id = make_id("V")
        self._check_external_id(content.get("external_id", ""), view_id)
        team = self._team
        blank = View(
            view_id,
            "",
            user_id,
            kind,
            team.team_id,
            team.app_id,
            team.bot_id,
            root_view_id=view_id,
            channel=channel,
        )
        return self._with_content(blank, content)

    def _replace(self, current: View, sent: Wire) -> View:
        content = limits.check_view(sent, current.type)
        self._check_external_id(content.get("external_id", ""), current.id)
        view = self._with_content(current, content)
        self._put(view)
        return view

    def _with_content(self, view: View, content: Json) -> View:
        here = self._team.channel(view.channel) if view.channel else None
        return replace(
            view,
            hash=f"{int(self._team.clock())}.{short_id()}{short_id()}",
            callback_id=content.get("callback_id", ""),
            external_id=content.get("external_id", ""),
            private_metadata=content.get("private_metadata", ""),
            title=content.get("title"),
            submit=content.get("submit"),
            close=content.get("close"),
            clear_on_close=bool(content.get("clear_on_close")),
            notify_on_close=bool(content.get("notify_on_close")),
            blocks=tuple(content["blocks"]),
            values=state.fold(content["blocks"], view.values, here),
            errors={},
            trouble=None,
        )

    def _check_external_id(self, external_id: str, view_id: str) -> None:
        for view in self._views.values():
            if external_id and view.external_id == external_id and view.id != view_id:
                raise SlackError("duplicate_external_id")

    def _lookup(self, view_id: str | None, external_id: str | None) -> View:
        for view in self._views.values():
            if view.id == view_id or (view_id is None and external_id and view.external_id == external_id):
                return view
        raise SlackError("not_found")

    def _stack(self, view: View) -> None:
        self._stacks.setdefault(view.user, []).append(view.id)
        self._put(view)

    def _put(self, view: View) -> None:
        with self._team.changing(Change("view", frozenset({view.user}), view=view.id)):
            self._views[view.id] = view
