"""Who waits for work is woken by the commit that leaves it, and by nothing else."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from store.database import Database
from store.domain.exports.export import Destination, ExportRequest, Scope
from store.domain.outbox import News
from store.queries.outbox import add_news
from store.services.exports.exports import Exports
from store.services.outbox import Outbox
from store.work import Work
from tests.support.adjusting import DEADLINE, Desk, a_request
from tests.support.builders import NOON

NEWS = News("card/1", "adjustment.card", 1, "approvals")


@pytest.fixture
def woken(database: Database) -> list[Work]:
    """What the workers of this process were woken for, in order. Each then sees the work, since it is committed."""
    heard: list[Work] = []
    for work in Work:
        database.workers.listen(work, partial(heard.append, work))
    return heard


def test_news_wake_their_sender_after_the_commit(database: Database, woken: list[Work]) -> None:
    database.workers.listen(Work.NEWS, lambda: woken.extend([Work.NEWS] * Outbox(database).health().waiting))
    with database.write() as connection:
        add_news(connection, NEWS, NOON)
        assert woken == []
    assert woken == [Work.NEWS, Work.NEWS]


def test_nothing_wakes_anybody_that_is_undone_or_only_read(database: Database, woken: list[Work]) -> None:
    def undone() -> None:
        with database.write() as connection:
            add_news(connection, NEWS, NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    with database.write():
        pass
    Outbox(database).health()
    assert woken == []


def test_a_use_case_wakes_by_what_it_writes(database: Database, woken: list[Work], tmp_path: Path) -> None:
    desk = Desk(database)
    nancy = desk.salesperson()
    asked = desk.submitted(nancy, desk.order())
    assert woken == [Work.NEWS]
    woken.clear()
    service = desk.adjustments()
    assert service.remind_due(desk.now) == service.expire_due(desk.now) == service.follow_deadlines(desk.now) == ()
    assert woken == []
    assert service.expire_due(DEADLINE) == (asked.key,)
    assert woken == [Work.NEWS]
    woken.clear()
    exports = Exports(database, lambda: NOON, tmp_path / "exports")
    exports.queue(nancy, ExportRequest(Scope.ALL, None, "All orders", Destination()), a_request())
    assert sorted(woken) == [Work.EXPORTS, Work.NEWS]
