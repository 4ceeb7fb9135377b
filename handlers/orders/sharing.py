"""What happens when someone shares an order: where to, a question about who will read it, and the post."""

from __future__ import annotations

from handlers.kit.channels import SlackSilent
from handlers.kit.deps import Deps
from handlers.kit.interaction import Interaction
from handlers.kit.refusals import sentence
from handlers.kit.replies import Done, Reply, Unchanged, field_errors, replace_submitted, show_modal
from handlers.kit.state import load_key, load_state
from handlers.orders import ids
from handlers.orders.share_form import (
    ShareState,
    question_modal,
    read_share,
    read_whole,
    share_modal,
    shared_modal,
    shared_text,
)
from store.domain.channels import NeedsConfirmation
from store.domain.orders.sharing import NotShareable


def open_form(asked: Interaction, deps: Deps) -> Reply:
    """*Share*, on the order's details: on top of them, or in their place if no more modals fit."""
    order = deps.orders.details(asked.actor, load_key(asked.ask.value)).order
    replaced = asked.ask.view is not None and asked.view.depth >= 3
    return show_modal(asked, share_modal(order, ShareState(order=order.key, draft=asked.ask.draft, replaced=replaced)))


def submit_form(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """The form was sent: shared, or a question first about what others may read."""
    state = read_share(asked.view.values, load_state(ShareState, asked.view.private_metadata))
    return _share(asked, deps, state, ids.CHANNEL, whole=True)


def confirm(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """Agreed to the named number of people; if there are more by now, the question is asked again."""
    state = load_state(ShareState, asked.view.private_metadata)
    return _share(asked, deps, state, ids.CARD, whole=read_whole(asked.view.values))


def _share(asked: Interaction, deps: Deps, state: ShareState, field: str, *, whole: bool) -> Done | Unchanged:
    """`field`: the block that shows a refusal."""
    facts = deps.channels(state.channel)
    if deps.clock() - asked.received_at > deps.late:
        # Slack answered too late, and has given up on this request meanwhile.
        raise SlackSilent
    try:
        shared = deps.sharing.share(asked.actor, state.request(whole=whole), facts, f"draft:{state.draft}")
    except NeedsConfirmation as error:
        order = deps.orders.details(asked.actor, state.order).order
        counted = state.model_copy(update={"people": error.people})
        question = question_modal(order.order_id, counted, facts.name if facts else "", asked.actor)
        return Unchanged(replace_submitted(question))
    except NotShareable as error:
        return Unchanged(field_errors({field: sentence(error, asked.actor).text}))
    return Done(shared_text(shared, state), lambda: replace_submitted(shared_modal(shared, state)))
