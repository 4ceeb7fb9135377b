"""What happens when someone exports, looks for an export, downloads, retries or cancels one."""

from __future__ import annotations

from slack_sdk.models.views import View

from handlers.exports import ids
from handlers.exports.form import confirm_modal, export_modal, read_export
from handlers.exports.state import FIRST_PAGE, ExportFormState, ExportHistoryState
from handlers.exports.views import history_modal, not_queued_blocks, queued_modal, queued_text
from handlers.kit.channels import SlackSilent
from handlers.kit.deps import Deps
from handlers.kit.interaction import Interaction
from handlers.kit.refusals import sentence
from handlers.kit.replies import (
    Done,
    Reply,
    Unchanged,
    field_errors,
    open_modal,
    replace_submitted,
    say_here,
    say_privately,
    show_modal,
    update_modal,
)
from handlers.kit.rows import RowWord
from handlers.kit.searching import Filled, criteria_words, filled, submitted_criteria
from handlers.kit.state import ListPosition, SearchState, load_key, load_state
from store.domain.channels import ChannelBar, NeedsConfirmation
from store.domain.errors import DomainError
from store.domain.exports.errors import ExportFinished, FileGone, NotExportable, NotFailed, NotReady, TooManyWaiting
from store.domain.exports.export import Destination, ExportRequest, Queued, Scope
from store.domain.exports.rules import check_destination
from store.domain.orders.criteria import OrderCriteria
from store.domain.people import Actor

_DIRECT = Destination()
_BEHIND = (ExportFinished, NotFailed, NotReady, FileGone)
"""Errors that mean the clicked screen is out of date."""


def export_command(asked: Interaction, deps: Deps) -> Reply:
    """`/export`: the form."""
    return open_modal(
        asked, _form(ExportFormState(search=_search_here(asked), draft=asked.ask.draft), asked.actor, deps)
    )


def export_all_command(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """`/export all`: queued at once, unless people who may not see the orders would get the file."""
    state = ExportFormState(search=_search_here(asked), draft=asked.ask.draft, scope=Scope.ALL)
    channel = state.search.channel
    try:
        queued = _queue(state, here=bool(channel) and not channel.startswith("D"), asked=asked, deps=deps)
    except NeedsConfirmation as error:
        return Unchanged(open_modal(asked, _question(state, error.people, asked.actor, deps)))
    except NotExportable as error:
        said = sentence(error, asked.actor).text
        return Unchanged(say_privately(said, not_queued_blocks(said, state)))
    return Done(queued_text(queued), lambda: say_privately(queued_text(queued)))


def open_form(asked: Interaction, deps: Deps) -> Reply:
    """*Export*: of the search on the button or in the results; otherwise with criteria to fill in."""
    given = asked.ask.value or (asked.view.private_metadata if asked.ask.view is not None else "")
    search = load_state(SearchState, given) if given else _search_here(asked)
    state = ExportFormState(search=search, draft=asked.ask.draft, fixed=bool(given))
    return show_modal(asked, _form(state, asked.actor, deps))


def submit_form(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """The form was sent: queued, or a question first about who will see the file."""
    state = load_state(ExportFormState, asked.view.private_metadata)
    chosen = read_export(asked.view.values)
    if not state.fixed and chosen.scope is Scope.SELECTED:
        criteria = submitted_criteria(asked.view.values, asked.actor, deps)
        state = state.model_copy(update={"search": SearchState(criteria=criteria, channel=state.search.channel)})
    state = state.model_copy(update={"scope": chosen.scope})
    try:
        queued = _queue(state, here=chosen.here, asked=asked, deps=deps)
    except NeedsConfirmation as error:
        return Unchanged(replace_submitted(_question(state, error.people, asked.actor, deps)))
    except NotExportable as error:
        return Unchanged(field_errors({ids.DESTINATION: sentence(error, asked.actor).text}))
    return _queued(queued)


def confirm(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """*Post it there*: agreed to the named number of people; if there are more by now, the question is asked again."""
    state = load_state(ExportFormState, asked.view.private_metadata)
    try:
        queued = _queue(state, here=True, asked=asked, deps=deps)
    except NeedsConfirmation as error:
        return Unchanged(replace_submitted(_question(state, error.people, asked.actor, deps)))
    return _queued(queued)


def send_to_me(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """*Send it only to me*, instead of the channel: in the question, or below a command's refusal."""
    state = load_state(ExportFormState, asked.ask.value or asked.view.private_metadata)
    queued = _queue(state, here=False, asked=asked, deps=deps)
    said = queued_text(queued)
    if asked.ask.view is None:
        return Done(said, lambda: say_here(asked, said))
    return Done(said, lambda: update_modal(asked, queued_modal(queued)))


def send_instead(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """*Send it only to me*, on an export that failed for its channel: the same orders, as far as this person sees them,
    go to them alone.
    """
    export = deps.exports.get(asked.actor, load_key(asked.ask.value))
    request = ExportRequest(export.scope, export.criteria, export.criteria_text, _DIRECT)
    queued = deps.exports.queue(asked.actor, request, asked.ask.delivery_key)
    return _said(asked, deps, queued_text(queued))


def history_command(asked: Interaction, deps: Deps) -> Reply:
    """`/export-history`."""
    return open_modal(asked, _history(FIRST_PAGE, asked.actor, deps))


def view_export(asked: Interaction, deps: Deps) -> Reply:
    """*View Export*: in place of the form, or opened from a message."""
    view = _history(FIRST_PAGE, asked.actor, deps)
    return update_modal(asked, view) if asked.ask.view is not None else open_modal(asked, view)


def turn_page(asked: Interaction, deps: Deps) -> Reply:
    """Forward or back."""
    state = ExportHistoryState(position=load_state(ListPosition, asked.ask.value))
    return update_modal(asked, _history(state, asked.actor, deps))


def download(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """*Download*: the file comes by direct message, if everything in it is within reach now."""
    try:
        found = deps.downloads.ask(asked.actor, load_key(asked.ask.value), asked.ask.delivery_key)
    except _BEHIND as error:
        return _refused(asked, deps, error)
    number = found.export.number
    said = f"{number} is on its way to your direct messages with Order Desk."
    if found.again:
        said = f"You asked for {number} a moment ago: it comes once. Look in your direct messages with Order Desk."
    return _said(asked, deps, said)


def retry(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """*Retry*, in the history or on a message."""
    try:
        export = deps.exports.retry(asked.actor, load_key(asked.ask.value), asked.ask.delivery_key)
    except (*_BEHIND, TooManyWaiting) as error:
        return _refused(asked, deps, error)
    return _said(asked, deps, f"{export.number} waits again.")


def cancel(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """*Cancel*, in the history or on the progress message."""
    try:
        export = deps.exports.cancel(asked.actor, load_key(asked.ask.value), asked.ask.delivery_key)
    except _BEHIND as error:
        return _refused(asked, deps, error)
    return _said(asked, deps, f"{export.number} was cancelled.")


def _queued(queued: Queued) -> Done:
    return Done(queued_text(queued), lambda: replace_submitted(queued_modal(queued)))


def _said(asked: Interaction, deps: Deps, said: str) -> Done:
    """Says what was done, in the history or where the message is."""
    if asked.ask.view is None:
        return Done(said, lambda: say_here(asked, said))

    def show() -> Reply:
        state = load_state(ExportHistoryState, asked.view.private_metadata)
        return update_modal(asked, _history(state, asked.actor, deps, RowWord(load_key(asked.ask.value), said)))

    return Done(said, show)


def _refused(asked: Interaction, deps: Deps, error: DomainError) -> Unchanged:
    """The refusal; an outdated history is drawn again with it."""
    if asked.ask.view is None:
        raise error
    state = load_state(ExportHistoryState, asked.view.private_metadata)
    said = sentence(error, asked.actor).text
    drawn = _history(state, asked.actor, deps, RowWord(load_key(asked.ask.value), said))
    return Unchanged(update_modal(asked, drawn, said))


def _search_here(asked: Interaction) -> SearchState:
    return SearchState(criteria=OrderCriteria(), channel=asked.ask.channel_id)


def _form(state: ExportFormState, actor: Actor, deps: Deps) -> View:
    if not state.fixed:
        return export_modal(Filled(state.search.criteria), None, state, actor)
    shown = filled(state.search.criteria, actor, deps)
    return export_modal(shown, deps.exports.count(actor, _request(state, _DIRECT, actor, deps)), state, actor)


def _request(state: ExportFormState, destination: Destination, actor: Actor, deps: Deps) -> ExportRequest:
    if state.scope is Scope.ALL:
        return ExportRequest(Scope.ALL, None, "All orders", destination, state.people or None)
    criteria = state.search.criteria
    words = f"{criteria.tab.label} · {criteria_words(filled(criteria, actor, deps), actor)}"
    return ExportRequest(Scope.SELECTED, criteria, words, destination, state.people or None)


def _queue(state: ExportFormState, *, here: bool, asked: Interaction, deps: Deps) -> Queued:
    """Queues it for the channel, or for the requester alone.

    Raises NotExportable and NeedsConfirmation for a channel, and SlackSilent if Slack does not say who is in it.
    """
    actor = asked.actor
    destination = _channel(state, asked, deps) if here else _DIRECT
    return deps.exports.queue(actor, _request(state, destination, actor, deps), f"draft:{state.draft}")


def _channel(state: ExportFormState, asked: Interaction, deps: Deps) -> Destination:
    facts = deps.channels(state.search.channel)
    if deps.clock() - asked.received_at > deps.late:
        # Slack answered too late, and has given up on this request meanwhile.
        raise SlackSilent
    if facts is None:
        raise NotExportable(ChannelBar.CHANNEL_NOT_FOUND)
    outsiders = deps.exports.outsiders(asked.actor, facts.people)
    check_destination(facts, outsiders, state.people or None)
    return Destination(state.search.channel, facts.name)


def _question(state: ExportFormState, people: int, actor: Actor, deps: Deps) -> View:
    facts = deps.channels(state.search.channel)
    count = deps.exports.count(actor, _request(state, _DIRECT, actor, deps))
    asked = state.model_copy(update={"people": people})
    return confirm_modal(asked, facts.name if facts else "", count, actor)


def _history(state: ExportHistoryState, actor: Actor, deps: Deps, said: RowWord | None = None) -> View:
    return history_modal(deps.exports.history(actor, state.position.cursor, state.rows), state, actor, said)
