"""Price adjustments: asked for, decided, applied, and read. Each use case is one transaction.

Changes are made as `store.services.acting` has it; `decisions` beside this module says what becomes of one. Knows no
Slack: what is told is written to the outbox, by the kinds that `records` names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from store.database import Database
from store.domain.adjustments.adjustment import (
    REMIND_AFTER,
    Adjustment,
    AdjustmentForm,
    AdjustmentPage,
    PricedOrder,
    checked_reason,
    has_expired,
    next_reminder,
    next_reminder_by,
    why_not_adjustable,
)
from store.domain.adjustments.errors import AdjustmentNotFound, NotAdjustable
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import Ask, Proposal, maxima, propose
from store.domain.adjustments.states import Step
from store.domain.adjustments.transitions import TRANSITIONS, Verb, check_may
from store.domain.clock import Clock
from store.domain.orders.errors import OrderNotFound
from store.domain.outbox import OutboxState
from store.domain.paging import ListCursor
from store.domain.people import EVERYTHING, Actor, Capability, Person
from store.queries.adjustments.adjustable import list_adjustable
from store.queries.adjustments.read import (
    MovedDeadline,
    find_adjustment,
    find_order_of,
    find_undecided,
    list_expired,
    list_history,
    list_moved_deadlines,
    list_to_remind,
    list_waiting,
)
from store.queries.adjustments.snapshots import policy_values
from store.queries.adjustments.write import (
    add_event,
    find_priced_order,
    follow_deadline,
    insert_adjustment,
    lock_order,
    note_reminder,
    policy_is_noted,
)
from store.queries.orders.order import find_order
from store.queries.outbox import find_state
from store.services.acting import Acting
from store.services.adjustments import records
from store.services.adjustments.decisions import close, conclude, count
from store.services.deliveries import Request
from store.services.presence import known_member

AT_ONCE = 100
"""How many adjustments one tick of the clock sees to."""
_SUBMIT = "adjustment.submit"


class Adjustments:
    """`admins`: the settings' admins, as `Members` knows them. `remind_after`: when a first reminder is due.

    A `request_key` is what Slack calls the request by, at most 255 characters: the same request of the same person does
    nothing the second time, and is answered with the adjustment as it stands. What is refused leaves no trace of it.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        policy: Policy,
        *,
        admins: frozenset[str] = frozenset(),
        remind_after: timedelta = REMIND_AFTER,
    ) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy
        self._admins = admins
        self._acting = Acting(database, clock, admins)
        self._remind_after = remind_after

    def why_not_adjustable(self, actor: Actor, order_key: int) -> NotAdjustable | None:
        """Why this person cannot adjust that order's price now; None where they can. Raises OrderNotFound."""
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            order = _order(connection, actor, order_key)
            return self._bar(connection, actor, order)

    def adjustable(self, actor: Actor, order_keys: Collection[int]) -> frozenset[int]:
        """Which of these orders this person may try to adjust; whether their items leave room, only the form tells."""
        if not actor.can(Capability.SUBMIT_ADJUSTMENT):
            return frozenset()
        with self._database.read() as connection:
            return list_adjustable(connection, actor.reach, order_keys, self._clock())

    def form(self, actor: Actor, order_key: int) -> AdjustmentForm:
        """What the form shows before anything is filled in. Raises OrderNotFound, NotAdjustable."""
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            order = self._adjustable(connection, actor, order_key)
        return AdjustmentForm(order, self._policy, maxima(order.picture, self._policy))

    def preview(self, actor: Actor, order_key: int, ask: Ask) -> Proposal:
        """What the adjustment would do. Raises OrderNotFound, NotAdjustable, and what `pricing.propose` raises."""
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            order = self._adjustable(connection, actor, order_key)
        return propose(order.picture, ask, self._policy)

    def submit(self, actor: Actor, order_key: int, ask: Ask, reason: str, request_key: str) -> Adjustment:
        """A new adjustment: pending, or applied at once where the policy needs nobody's approval.

        Raises NotAMember, OrderNotFound, NotAdjustable, ReasonMissing, ReasonTooLong, and whatever `pricing.propose`
        raises.
        """
        reason = checked_reason(reason)
        with self._acting.person(
            actor, _SUBMIT, request_key, lock=lambda connection: lock_order(connection, order_key)
        ) as act:
            connection, actor, now = act.connection, act.actor, act.at
            if act.again:
                return _adjustment(connection, actor, act.request.subject() or 0)
            order = self._adjustable(connection, actor, order_key)
            proposal = propose(order.picture, ask, self._policy)
            requester = Person.of(actor.member)
            reminder = next_reminder(now, order.deadline, self._remind_after, now)
            key = insert_adjustment(connection, order, proposal, reason, requester, now, reminder)
            act.request.note(key)
            add_event(connection, key, Step.SUBMITTED, now, requester, reason)
            adjustment = _adjustment(connection, actor, key)
            records.tell_card(act, adjustment)
            if proposal.needed_approvals:
                records.audit(act, adjustment, Step.SUBMITTED)
                return adjustment
            conclude(act, adjustment)
            return _adjustment(connection, actor, key)

    def submitted(self, actor: Actor, request_key: str) -> Adjustment | None:
        """What came of this person's submission by that key, as it stands now; None: it had no effect."""
        with self._database.read() as connection:
            key = Request(connection, actor, _SUBMIT, request_key).subject()
            return None if key is None else _adjustment(connection, actor, key)

    def decide(self, actor: Actor, verb: Verb, key: int, request_key: str, reason: str = "") -> Adjustment:
        """Does what the verb says. Look at the state of what comes back.

        The last approval that is needed applies the adjustment, or finds it stale. Once the order's deadline has
        passed, the adjustment expires instead where the verb has to be in time. A reason is kept where one is needed.
        Raises what `check_may` raises, NotAMember, AdjustmentNotFound, ReasonMissing, ReasonTooLong.
        """
        transition = TRANSITIONS[verb]
        reason = checked_reason(reason) if transition.needs_reason else ""

        def lock(connection: Connection) -> None:
            lock_order(connection, find_order_of(connection, EVERYTHING, key) or 0)

        with self._acting.person(actor, f"adjustment.{verb}", request_key, lock=lock) as act:
            if act.again:
                return _adjustment(act.connection, act.actor, act.request.subject() or 0)
            adjustment = _adjustment(act.connection, act.actor, key)
            act.request.note(key)
            check_may(verb, act.actor, adjustment.summary)
            if transition.in_time and has_expired(adjustment.summary, act.at):
                close(act.by_clock(), adjustment, Verb.EXPIRE)
            elif transition.counted:
                count(act, adjustment)
            else:
                close(act, adjustment, verb, reason)
            return _adjustment(act.connection, act.actor, key)

    def expire_due(self, now: datetime) -> tuple[int, ...]:
        """Expires what is undecided at its order's payment deadline; the keys of those that this call expired."""
        with self._database.read() as connection:
            keys = list_expired(connection, now, AT_ONCE)
        return tuple(key for key in keys if self._expire(key, now))

    def remind_due(self, now: datetime) -> tuple[int, ...]:
        """Writes the reminders that are due to the outbox; the keys of what this call reminds of."""
        with self._database.read() as connection:
            keys = list_to_remind(connection, now, AT_ONCE)
        return tuple(key for key in keys if self._remind(key, now))

    def follow_deadlines(self, now: datetime) -> tuple[int, ...]:
        """Plans reminders by the deadlines that orders have now, and has their cards show those; the keys of what this
        call saw moved.
        """
        with self._database.read() as connection:
            moved = list_moved_deadlines(connection, AT_ONCE)
        return tuple(one.key for one in moved if self._follow(one, now))

    def history(
        self, actor: Actor, order_key: int | None, cursor: ListCursor | None = None, shown: Sequence[int] = ()
    ) -> AdjustmentPage:
        """Price Adjustment History of that order, or of all orders that the actor sees; newest first.

        `shown`: the rows of a page that the person has before them, which stay in their places.
        Raises NotPermitted, OrderNotFound.
        """
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            if order_key is not None and find_order(connection, actor.reach, order_key) is None:
                raise OrderNotFound
            return list_history(connection, actor.reach, order_key, cursor, shown)

    def waiting_for(self, actor: Actor, cursor: ListCursor | None = None, shown: Sequence[int] = ()) -> AdjustmentPage:
        """What waits for this manager's decision, the nearest deadline first. `shown`: as `history` has it; what was
        decided meanwhile stays in its place. Raises NotPermitted.
        """
        actor.require(Capability.DECIDE_ADJUSTMENT)
        with self._database.read() as connection:
            return list_waiting(connection, actor.reach, Person.of(actor.member), self._clock(), cursor, shown)

    def get(self, actor: Actor, key: int) -> Adjustment:
        """The adjustment whole. Raises NotPermitted, AdjustmentNotFound."""
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            return _adjustment(connection, actor, key)

    def to_tell(self, key: int) -> Adjustment:
        """The adjustment whole, for what is told without being asked: cards, outcomes, reminders.

        Raises AdjustmentNotFound.
        """
        with self._database.read() as connection:
            return _adjustment(connection, None, key)

    def requester_sees(self, key: int) -> bool:
        """Whether the requester still sees its order: customers pass to others, and people leave the desk."""
        with self._database.read() as connection:
            requester = _adjustment(connection, None, key).summary.requester
            member = known_member(connection, requester.team_id, requester.slack_user_id, self._admins)
            return member is not None and find_order_of(connection, member.reach, key) is not None

    def card_state(self, key: int) -> OutboxState | None:
        """How far its card is told."""
        with self._database.read() as connection:
            return find_state(connection, records.card_topic(key))

    def note_policy(self) -> bool:
        """Writes the policy to the audit chain, where its last word on it is another. True: it did."""
        with self._database.write() as connection:
            if policy_is_noted(connection, self._policy):
                return False
            records.audit_policy(connection, policy_values(self._policy), self._clock())
            return True

    def _adjustable(self, connection: Connection, actor: Actor, order_key: int) -> PricedOrder:
        order = _order(connection, actor, order_key)
        bar = self._bar(connection, actor, order)
        if bar is not None:
            raise bar
        return order

    def _bar(self, connection: Connection, actor: Actor, order: PricedOrder) -> NotAdjustable | None:
        return why_not_adjustable(order, actor, find_undecided(connection, order.key), self._policy, self._clock())

    def _expire(self, key: int, now: datetime) -> bool:
        with self._acting.clock(now) as act:
            order_key = find_order_of(act.connection, EVERYTHING, key)
            if order_key is None:
                return False
            lock_order(act.connection, order_key)
            adjustment = _adjustment(act.connection, None, key)
            if adjustment.state not in TRANSITIONS[Verb.EXPIRE].sources or not has_expired(adjustment.summary, now):
                return False
            close(act, adjustment, Verb.EXPIRE)
            return True

    def _follow(self, moved: MovedDeadline, now: datetime) -> bool:
        then = next_reminder_by(moved.submitted_at, moved.deadline, moved.before, self._remind_after, now)
        with self._acting.clock(now) as act:
            if not follow_deadline(act.connection, moved.key, moved.before, moved.deadline, then):
                return False
            records.show_card(act.connection, moved.key)
            return True

    def _remind(self, key: int, now: datetime) -> bool:
        with self._acting.clock(now) as act:
            adjustment = _adjustment(act.connection, None, key)
            summary = adjustment.summary
            then = next_reminder(summary.submitted_at, summary.deadline, self._remind_after, now)
            if not note_reminder(act.connection, key, now, then):
                return False
            if has_expired(summary, now) or not records.tell_reminder(act, adjustment):
                return False
            add_event(act.connection, key, Step.REMINDED, now, None)
            return True


def _order(connection: Connection, actor: Actor, order_key: int) -> PricedOrder:
    order = find_priced_order(connection, actor.reach, order_key)
    if order is None:
        raise OrderNotFound
    return order


def _adjustment(connection: Connection, actor: Actor | None, key: int) -> Adjustment:
    """Within the actor's reach; without an actor, anywhere. Raises AdjustmentNotFound."""
    adjustment = find_adjustment(connection, actor.reach if actor else EVERYTHING, key)
    if adjustment is None:
        raise AdjustmentNotFound
    return adjustment
