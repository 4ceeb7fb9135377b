"""A copy of a signed request: neither another process nor a later one accepts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from time import time

import pytest
from sqlalchemy import select, text

import bot.ticks
from bot.wiring import Bot
from sandbox.values import Json
from store.database import Database
from store.domain.clock import system_clock
from store.services.signatures import Signatures
from store.tables import SignatureRow
from tests.support.builders import a_customer, an_order
from tests.support.clocks import standing_clock
from tests.support.desk import Desk, eventually, running_desk
from tests.support.wire import a_command, a_submission, a_suggestion, a_view, an_event, encode, post

NANCY = "U0NANCY"
SECRET = "Zqvonq"


@contextmanager
def _another(desk: Desk) -> Iterator[Bot]:
    """A second process on the same data, as seen from outside."""
    bot = Bot(desk.bot._settings, socket_mode=False, clock=desk.bot._clock)
    bot.start()
    try:
        yield bot
    finally:
        bot.stop()


class _Copy:
    """A request from Slack, signed once and sent any number of times."""

    def __init__(self, desk: Desk, payload: Json, at: int | None = None) -> None:
        self.body, kind = encode(payload)
        self.headers = {"Content-Type": kind, **desk.workspace.delivery.signature(self.body, at)}

    def send(self, bot: Bot) -> tuple[int, str]:
        status, body = post(bot.http.address, self.body, self.headers)
        return status, body.decode()


def _search(desk: Desk) -> _Copy:
    values = {"customer": {"input": {"value": SECRET}}}
    return _Copy(desk, a_submission(desk.workspace, NANCY, a_view(desk.workspace, NANCY, "orders.search", "", values)))


def _refused(bot: Bot) -> float:
    return bot.metrics.registry.get_sample_value("order_desk_refused_http_requests_total", {"reason": "replayed"}) or 0


@pytest.fixture
def filled(database: Database) -> Database:
    an_order(database, "CS26000001", customer_key=a_customer(database, name=f"{SECRET} Ltd"))
    return database


def _and_then(desk: Desk, database: Database) -> Iterator[Bot]:
    """Other processes than the desk's: beside it, if the database allows several; and after its end."""
    if not database.sqlite:
        with _another(desk) as other:
            yield other
    desk.bot.stop()
    with _another(desk) as later:
        yield later


def test_a_copy_of_a_search_gives_its_orders_to_nobody_else(filled: Database, tmp_path: Path) -> None:
    with running_desk(filled, tmp_path, clock=standing_clock()) as desk:
        copy = _search(desk)
        status, body = copy.send(desk.bot)
        assert (status, SECRET in body) == (200, True)
        assert copy.send(desk.bot) == (401, "")
        for other in _and_then(desk, filled):
            assert copy.send(other) == (401, "")
            assert _refused(other) == 1
            # Slack's own next request is a different one.
            assert SECRET in _search(desk).send(other)[1]


def test_a_copy_of_a_command_shows_nothing_again(filled: Database, tmp_path: Path) -> None:
    with running_desk(filled, tmp_path, clock=standing_clock()) as desk:
        workspace = desk.workspace
        workspace.triggers.seconds = 600.0
        copies = [_Copy(desk, a_command(workspace, NANCY, words)) for words in (SECRET, "colour:red")]
        for copy in copies:
            assert copy.send(desk.bot) == (200, "")
        eventually(lambda: len(workspace.sent) >= 2 and desk.person(NANCY).private_messages(), "both answers")
        eventually(lambda: len(_shown(desk)) == 2, "both answers")
        for number, other in enumerate(_and_then(desk, filled), 1):
            before = _shown(desk)
            for copy in copies:
                assert copy.send(other) == (200, "")
            eventually(lambda other=other: _refused(other) == 2, f"both refused, by process {number}")  # type: ignore[misc]
            assert _shown(desk) == before


def _shown(desk: Desk) -> list[str]:
    said = desk.person(NANCY).private_messages()
    return [sent.method for sent in tuple(desk.workspace.sent) if sent.method.startswith("views.")] + said


def test_what_may_be_alike_to_the_last_sign_is_taken_by_another_for_a_moment_only(
    database: Database, tmp_path: Path
) -> None:
    with running_desk(database, tmp_path, clock=standing_clock()) as desk:
        view = a_view(desk.workspace, NANCY, "orders.search")
        suggestion = a_suggestion(desk.workspace, NANCY, "customer.suggest", "zq", view)
        event = an_event(desk.workspace, NANCY)
        # A second or two in the future is allowed: the check is that it is not older than a moment.
        fresh = [_Copy(desk, payload, int(time()) + 200) for payload in (suggestion, event)]
        old = [_Copy(desk, payload, int(time()) - 60) for payload in (suggestion, {**event, "event_id": "Ev0OLD"})]
        for copy in (*fresh, *old):
            assert copy.send(desk.bot)[0] == 200
        for other in _and_then(desk, database):
            assert [copy.send(other)[0] for copy in fresh] == [200, 200]
            assert old[0].send(other) == (401, "")


def _kept(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(SignatureRow.digest)).scalars())


def test_only_hashes_of_signatures_are_kept_and_not_for_long(database: Database, tmp_path: Path) -> None:
    with running_desk(database, tmp_path, clock=standing_clock()) as desk:
        copy = _search(desk)
        copy.send(desk.bot)
        signature = copy.headers["X-Slack-Signature"]
        assert _kept(database) == [sha256(signature.encode()).hexdigest()]
    signatures = Signatures(database, system_clock)
    assert signatures.forget_old() == 0
    with database.write() as connection:
        past = "signed_at - 1000 * 1000000" if database.sqlite else "signed_at - interval '1000 seconds'"
        connection.execute(text(f"UPDATE signatures SET signed_at = {past}"))
    assert signatures.forget_old() == 1


def test_a_database_that_takes_no_writes_shuts_nobody_out(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.ticks, "SIGNATURES_SECONDS", 0.2)
    with running_desk(filled, tmp_path, clock=standing_clock()) as desk:
        before, copy = _search(desk), _search(desk)
        before.send(desk.bot)
        # The other process ends when nothing holds it up.
        with nullcontext() if filled.sqlite else _another(desk) as other, filled.write() as connection:
            if other is not None:
                connection.execute(text("LOCK TABLE signatures IN EXCLUSIVE MODE"))
                assert before.send(other) == (401, "")
            status, body = copy.send(desk.bot)
            assert (status, SECRET in body) == (200, True)
            assert copy.send(desk.bot) == (401, "")
        assert desk.bot.metrics.registry.get_sample_value("order_desk_unshared_signatures_total")
        eventually(lambda: len(_kept(filled)) == 2, "the signature, once that is over")
        for process in _and_then(desk, filled):
            assert copy.send(process) == (401, "")
