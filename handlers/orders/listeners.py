"""What happens when someone searches orders or opens one: read the request, ask a service, show the answer."""

from __future__ import annotations

from dataclasses import replace

from slack_sdk.models.blocks import OptionGroup
from slack_sdk.models.views import View

from handlers.kit.blocks import OPTIONS, plain, tidy
from handlers.kit.deps import Deps
from handlers.kit.formats import day_of
from handlers.kit.interaction import Interaction
from handlers.kit.replies import (
    Reply,
    offer,
    open_modal,
    push_modal,
    replace_submitted,
    show_modal,
    update_modal,
)
from handlers.kit.searching import (
    MAX_PRODUCT_TYPES,
    Filled,
    customer_options,
    cut_to_value,
    filled,
    product_type_option,
    submitted_criteria,
)
from handlers.kit.state import (
    FIRST_PAGE,
    OrderState,
    PlaceState,
    Position,
    SearchState,
    StaleScreen,
    load_key,
    load_state,
)
from handlers.orders import ids
from handlers.orders.form import search_modal
from handlers.orders.line import UnknownWord, parse_line
from handlers.orders.views import details_modal, empty_modal, payment_modal, results_modal
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.customers import CustomerTab
from store.domain.orders.errors import InvalidCriteria
from store.domain.people import Actor
from store.domain.texts import plain_form


def orders_command(asked: Interaction, deps: Deps) -> Reply:
    """`/orders`: the form; with text after it, the results of that search."""
    if not plain_form(asked.ask.text):
        return open_modal(asked, search_modal(Filled(OrderCriteria()), PlaceState(channel=asked.ask.channel_id)))
    line = parse_line(asked.ask.text, day_of(deps.clock(), asked.actor))
    keys = _named_product_types(line.product_types, asked.actor, deps)
    criteria = replace(line.criteria, product_types=keys)
    return open_modal(asked, _results(SearchState(criteria=criteria, channel=asked.ask.channel_id), asked.actor, deps))


def open_form(asked: Interaction, _deps: Deps) -> Reply:
    """A button that opens the empty form."""
    return show_modal(asked, search_modal(Filled(OrderCriteria()), PlaceState(channel=asked.ask.channel_id)))


def submit_form(asked: Interaction, deps: Deps) -> Reply:
    """The form was sent: its results replace it."""
    criteria = submitted_criteria(asked.view.values, asked.actor, deps)
    place = load_state(PlaceState, asked.view.private_metadata)
    return replace_submitted(_results(SearchState(criteria=criteria, channel=place.channel), asked.actor, deps))


def refine(asked: Interaction, deps: Deps) -> Reply:
    """Back from the results to the form, as it was filled in."""
    state = load_state(SearchState, asked.view.private_metadata)
    place = PlaceState(channel=state.channel)
    return update_modal(asked, search_modal(filled(state.criteria, asked.actor, deps), place))


def turn_page(asked: Interaction, deps: Deps) -> Reply:
    """Forward or back."""
    state = load_state(SearchState, asked.view.private_metadata)
    position = load_state(Position, asked.ask.value)
    return update_modal(asked, _results(state.model_copy(update={"position": position}), asked.actor, deps))


def switch_tab(asked: Interaction, deps: Deps) -> Reply:
    """The same search in the other of the two lists."""
    state = load_state(SearchState, asked.view.private_metadata)
    try:
        tab = CustomerTab(asked.ask.value)
    except ValueError:
        raise StaleScreen from None
    other = state.model_copy(update={"criteria": replace(state.criteria, tab=tab), "position": FIRST_PAGE})
    return update_modal(asked, _results(other, asked.actor, deps))


def view_details(asked: Interaction, deps: Deps) -> Reply:
    """*View Order Details*, from a row, a card or anything else that names an order."""
    state = OrderState(order=load_key(asked.ask.value), channel=_channel(asked))
    return show_modal(asked, _details(state, asked.actor, deps))


def view_payment(asked: Interaction, deps: Deps) -> Reply:
    """*Payment Details*, from a row or the order's details."""
    return push_modal(asked, _payment(asked.ask.value, asked.actor, deps))


def turn_items(asked: Interaction, deps: Deps) -> Reply:
    """The next or previous items of an order."""
    state = load_state(OrderState, asked.view.private_metadata)
    state = state.model_copy(update={"items_offset": load_key(asked.ask.value)})
    return update_modal(asked, _details(state, asked.actor, deps))


def suggest_customers(asked: Interaction, deps: Deps) -> Reply:
    """The customers within reach whose name contains what is being typed."""
    typed = cut_to_value(tidy(asked.ask.text))
    names, more = deps.orders.suggest_customers(asked.actor, typed, None, OPTIONS - 1)
    options = customer_options(names, typed)
    if not more or not options:
        return offer(options)
    return offer([OptionGroup(label=plain(f"The first {len(names)} – type more to narrow", 75), options=options)])


def suggest_product_types(asked: Interaction, deps: Deps) -> Reply:
    """The product types of the orders within reach whose name contains what is being typed."""
    products, more = deps.orders.suggest_product_types(asked.actor, asked.ask.text.strip()[:200], OPTIONS)
    options = [product_type_option(product) for product in products]
    if not more or not options:
        return offer(options)
    return offer([OptionGroup(label=plain(f"The first {len(products)} – type more to narrow", 75), options=options)])


def _results(state: SearchState, actor: Actor, deps: Deps) -> View:
    page = deps.orders.search(actor, state.criteria, state.position.cursor)
    if not page.rows and page.offset == 0:
        other = replace(state.criteria, tab=state.criteria.tab.other)
        return empty_modal(filled(state.criteria, actor, deps), deps.orders.search(actor, other).total, state, actor)
    adjustable = deps.adjustments.adjustable(actor, [row.key for row in page.rows])
    searched = filled(state.criteria, actor, deps)
    return results_modal(searched, page, state, deps.clock(), actor, adjustable)


def _details(state: OrderState, actor: Actor, deps: Deps) -> View:
    details = deps.orders.details(actor, state.order, state.items_offset)
    bar = deps.adjustments.why_not_adjustable(actor, state.order)
    return details_modal(details, deps.clock(), actor, bar, state.channel)


def _channel(asked: Interaction) -> str:
    """The channel where the person started; empty if no screen says."""
    if asked.ask.view is not None and asked.view.callback_id == ids.RESULTS:
        return load_state(SearchState, asked.view.private_metadata).channel
    return asked.ask.channel_id


def _payment(key: str, actor: Actor, deps: Deps) -> View:
    order, breakdown = deps.orders.payment(actor, load_key(key))
    return payment_modal(order, breakdown, actor)


def _named_product_types(names: tuple[str, ...], actor: Actor, deps: Deps) -> frozenset[int]:
    keys: set[int] = set()
    for name in names:
        found, more = deps.orders.suggest_product_types(actor, name, MAX_PRODUCT_TYPES)
        if not found:
            known, _ = deps.orders.suggest_product_types(actor, "", 10)
            there_are = ", ".join(product.service_type_name for product in known)
            raise UnknownWord(
                "line", f"no product type among your orders contains “{name}”. There are {there_are or 'none'}"
            )
        if more:
            raise InvalidCriteria(
                "product_types", f"“{name}” fits more than {MAX_PRODUCT_TYPES} of them; type more of it"
            )
        keys.update(product.key for product in found)
    if len(keys) > MAX_PRODUCT_TYPES:
        raise InvalidCriteria("product_types", f"at most {MAX_PRODUCT_TYPES} at once")
    return frozenset(keys)
