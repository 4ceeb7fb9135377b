"""The outbox: claimed by one, settled by who holds it, told once, and never lost."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from store.database import Database
from store.domain.leases import backoff_seconds
from store.domain.outbox import (
    Ambiguous,
    Lost,
    News,
    NotSent,
    OutboxItem,
    Place,
    Rejected,
    RetryAfter,
    Sent,
)
from store.queries.outbox import add_news, show_again
from store.services.outbox import Outbox
from tests.support.builders import NOON

CARD = News("card/1", "adjustment.card", 1, "approvals")
HERE = Place("C0APPROVALS", "1700000000.000100")


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database, lambda: NOON)


def tell(database: Database, news: News, at: datetime = NOON) -> bool:
    with database.write() as connection:
        return add_news(connection, news, at)


def claim_one(outbox: Outbox, lease_seconds: float = 30.0) -> OutboxItem:
    (item,) = outbox.claim("worker", lease_seconds=lease_seconds)
    return item


def let_waits_end(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE outbox SET next_attempt_at = NULL"))
        connection.execute(text("DELETE FROM outbox_pauses"))


def change(database: Database, topic: str) -> None:
    with database.write() as connection:
        show_again(connection, topic)


def test_news_is_written_once_however_often(outbox: Outbox, database: Database) -> None:
    assert tell(database, CARD)
    assert not tell(database, CARD)
    assert len(outbox.claim("a")) == 1


def test_what_is_claimed_says_all_that_sending_needs(outbox: Outbox, database: Database) -> None:
    tell(database, News("export.done/3", "export.done", 3, "U0NANCY", {"file": 7}))
    item = claim_one(outbox)
    assert (item.kind, item.subject_key, item.recipient, item.payload) == ("export.done", 3, "U0NANCY", {"file": 7})
    assert (item.revision, item.attempts, item.ambiguous, item.posted, item.thread) == (1, 1, False, None, None)
    assert item.created_at == NOON


def test_the_oldest_come_first_and_no_more_than_asked_for(outbox: Outbox, database: Database) -> None:
    for at in range(5):
        tell(database, News(f"topic/{at}", "kind", at, "U0NANCY"))
    assert [item.subject_key for item in outbox.claim("a", limit=2)] == [0, 1]
    assert [item.subject_key for item in outbox.claim("b", limit=9)] == [2, 3, 4]
    assert outbox.claim("c") == ()


def test_what_was_sent_is_not_claimed_again_and_its_place_is_known(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    assert outbox.place("card/1") is None
    assert outbox.settle(claim_one(outbox), Sent(HERE))
    assert outbox.claim("a") == ()
    assert outbox.place("card/1") == HERE
    assert outbox.place("card/2") is None


def test_a_change_updates_the_message_where_it_stands(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    outbox.settle(claim_one(outbox), Sent(HERE))
    change(database, "card/1")
    item = claim_one(outbox)
    assert (item.posted, item.revision, item.attempts) == (HERE, 2, 1)
    outbox.settle(item, Sent(None))
    assert outbox.place("card/1") == HERE
    assert outbox.claim("a") == ()


def test_a_change_while_it_is_being_sent_is_shown_afterwards(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    item = claim_one(outbox)
    change(database, "card/1")
    assert outbox.claim("b") == ()
    outbox.settle(item, Sent(HERE))
    again = claim_one(outbox)
    assert (again.posted, again.revision) == (HERE, 2)
    outbox.settle(again, Sent(HERE))
    assert outbox.claim("b") == ()


def test_a_change_does_not_shorten_a_wait(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    outbox.settle(claim_one(outbox), NotSent("http_500"))
    change(database, "card/1")
    assert outbox.claim("a") == ()


def test_a_dead_workers_row_passes_on_in_doubt_and_its_late_word_counts_for_nothing(
    outbox: Outbox, database: Database
) -> None:
    tell(database, CARD)
    dead = claim_one(outbox, lease_seconds=0)
    heir = claim_one(outbox)
    assert heir.ambiguous
    assert heir.fencing > dead.fencing
    for late in (Rejected("channel_not_found"), NotSent("http_500"), RetryAfter(60), Lost("message_not_found")):
        assert not outbox.settle(dead, late)
    assert outbox.settle(heir, Sent(HERE))
    assert not outbox.settle(heir, Sent(Place("C0OTHER", "1")))
    assert outbox.place("card/1") == HERE


def test_a_lost_answer_is_reconciled_until_it_is_sent(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    outbox.settle(claim_one(outbox), Ambiguous("timeout"))
    assert outbox.claim("a") == ()
    let_waits_end(database)
    item = claim_one(outbox)
    assert (item.ambiguous, item.attempts) == (True, 2)
    outbox.settle(item, NotSent("connection_refused"))
    let_waits_end(database)
    item = claim_one(outbox)
    assert item.ambiguous
    outbox.settle(item, Sent(HERE))
    change(database, "card/1")
    assert not claim_one(outbox).ambiguous


def test_what_surely_did_not_arrive_is_in_no_doubt(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    outbox.settle(claim_one(outbox), NotSent("connection_refused"))
    let_waits_end(database)
    assert not claim_one(outbox).ambiguous


def test_what_is_given_back_and_what_slack_asks_to_wait_for_count_as_no_attempt(
    outbox: Outbox, database: Database
) -> None:
    tell(database, CARD)
    for uncounted in (NotSent("passed_on", 0.0, counted=False), RetryAfter(0), NotSent("http_500", 0.0)):
        item = claim_one(outbox)
        assert item.attempts == 1
        outbox.settle(item, uncounted)
    assert claim_one(outbox).attempts == 2


def test_what_is_put_off_waits_as_long_as_was_said(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    outbox.settle(claim_one(outbox), NotSent("not_shared", 60.0))
    assert outbox.claim("a") == ()
    let_waits_end(database)
    assert claim_one(outbox).attempts == 2


def test_slack_asking_for_quiet_pauses_its_recipient_and_nobody_else(outbox: Outbox, database: Database) -> None:
    for at, recipient in enumerate(["C0BUSY", "C0BUSY", "U0NANCY"]):
        tell(database, News(f"topic/{at}", "kind", at, recipient))
    first = outbox.claim("a", limit=1)[0]
    assert outbox.settle(first, RetryAfter(60))
    assert [item.recipient for item in outbox.claim("a")] == ["U0NANCY"]
    with database.write() as connection:
        connection.execute(text("UPDATE outbox SET next_attempt_at = NULL"))
    assert outbox.claim("a") == ()
    let_waits_end(database)
    assert [item.subject_key for item in outbox.claim("a")] == [0, 1]


def test_a_pause_is_as_long_as_slack_said_last(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    outbox.settle(claim_one(outbox), RetryAfter(0))
    outbox.settle(claim_one(outbox), RetryAfter(60))
    assert outbox.claim("a") == ()


def test_replies_wait_for_the_message_that_they_hang_on(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    assert tell(database, News("reminder/1/1", "adjustment.reminder", 1, "approvals", in_thread_of="card/1"))
    card = claim_one(outbox)
    assert card.kind == "adjustment.card"
    assert outbox.claim("a") == ()
    outbox.settle(card, Sent(HERE))
    assert claim_one(outbox).thread == HERE


def test_a_parked_message_takes_its_replies_with_it(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    tell(database, News("reminder/1/1", "adjustment.reminder", 1, "approvals", in_thread_of="card/1"))
    told = News("card.refused/1", "adjustment.card_refused", 1, "U0NANCY")
    assert outbox.settle(claim_one(outbox), Rejected("not_in_channel", tell=told))
    assert not tell(database, News("reminder/1/2", "adjustment.reminder", 1, "approvals", in_thread_of="card/1"))
    assert not tell(database, News("reminder/9/1", "adjustment.reminder", 9, "approvals", in_thread_of="card/9"))
    health = outbox.health()
    assert (health.waiting, health.parked) == (1, 2)
    assert claim_one(outbox).kind == "adjustment.card_refused"


def test_a_parked_message_that_stands_in_slack_keeps_its_thread(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    outbox.settle(claim_one(outbox), Sent(HERE))
    change(database, "card/1")
    item = claim_one(outbox)
    tell(database, News("reminder/1/1", "adjustment.reminder", 1, "approvals", in_thread_of="card/1"))
    outbox.settle(item, Rejected("is_archived"))
    assert tell(database, News("reminder/1/2", "adjustment.reminder", 1, "approvals", in_thread_of="card/1"))
    assert len(outbox.claim("a")) == 2


def test_what_is_parked_is_tried_again_at_the_next_change_or_when_asked(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    outbox.settle(claim_one(outbox), Rejected("not_in_channel"))
    assert outbox.claim("a") == ()
    change(database, "card/1")
    outbox.settle(claim_one(outbox), Rejected("not_in_channel"))
    assert outbox.revive({"export.done": NOON}) == 0
    assert outbox.revive({"adjustment.card": NOON}) == 1
    outbox.settle(claim_one(outbox), Rejected("not_in_channel"))
    assert outbox.revive({"adjustment.card": NOON + timedelta(microseconds=1)}) == 0
    assert outbox.revive({"export.done": NOON, "adjustment.card": NOON}) == 1
    assert outbox.settle(claim_one(outbox), Sent(HERE))


def test_what_is_tried_again_in_doubt_is_still_looked_for_first(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    outbox.settle(claim_one(outbox), Ambiguous("timeout"))
    let_waits_end(database)
    outbox.settle(claim_one(outbox), Rejected("not_in_channel"))
    assert outbox.revive({"adjustment.card": NOON}) == 1
    assert claim_one(outbox).ambiguous


def test_replies_are_tried_again_once_their_message_stands_and_never_wait_without_end(
    outbox: Outbox, database: Database
) -> None:
    tell(database, CARD)
    tell(database, News("reminder/1/1", "adjustment.reminder", 1, "approvals", in_thread_of="card/1"))
    outbox.settle(claim_one(outbox), Rejected("not_in_channel"))
    both = {"adjustment.card": NOON, "adjustment.reminder": NOON}
    assert outbox.revive(both) == 1
    outbox.settle(claim_one(outbox), Sent(HERE))
    assert outbox.health().waiting == 0
    assert outbox.revive(both) == 1
    assert claim_one(outbox).thread == HERE


def test_a_lost_message_is_posted_anew_once(outbox: Outbox, database: Database) -> None:
    tell(database, CARD)
    outbox.settle(claim_one(outbox), Sent(HERE))
    change(database, "card/1")
    assert outbox.settle(claim_one(outbox), Lost("message_not_found"))
    anew = claim_one(outbox)
    assert anew.posted is None
    outbox.settle(anew, Sent(HERE))
    change(database, "card/1")
    assert outbox.settle(claim_one(outbox), Lost("message_not_found"))
    assert outbox.claim("a") == ()
    assert outbox.health().parked == 1


def test_health_counts_what_is_undelivered_and_since_when(outbox: Outbox, database: Database) -> None:
    empty = outbox.health()
    assert (empty.waiting, empty.parked, empty.oldest) == (0, 0, None)
    tell(database, CARD)
    tell(database, News("topic/2", "kind", 2, "U0NANCY"), NOON + timedelta(minutes=1))
    first, _ = outbox.claim("a")
    assert (outbox.health().waiting, outbox.health().oldest) == (2, NOON)
    outbox.settle(first, Sent(HERE))
    assert (outbox.health().waiting, outbox.health().oldest) == (1, NOON + timedelta(minutes=1))


def test_many_workers_share_the_rows_and_none_is_claimed_twice(outbox: Outbox, database: Database) -> None:
    for at in range(60):
        tell(database, News(f"topic/{at}", "kind", at, "U0NANCY"))
    claimed: list[int] = []
    start = threading.Barrier(6)

    def work(worker: str) -> None:
        start.wait()
        while items := outbox.claim(worker, limit=4):
            claimed.extend(item.key for item in items)

    threads = [threading.Thread(target=work, args=(f"worker {at}",)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A worker that meets only locked rows goes home early: what it left is there for the next.
    claimed.extend(item.key for item in outbox.claim("last", limit=60))
    assert len(claimed) == len(set(claimed)) == 60


def test_the_wait_doubles_up_to_half_a_minute() -> None:
    assert [backoff_seconds(attempts) for attempts in (1, 2, 3, 6, 7, 10**9)] == [1, 2, 4, 30, 30, 30]
