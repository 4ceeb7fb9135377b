"""The audit chain: whatever is done to its rows is found, and the first row that does not fit is named."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from store.database import Database
from store.domain.audit import GENESIS, AuditEntry, AuditRecord
from store.queries.audit import append_audit, stream_audit
from store.services.audit import Audit

NOW = datetime(2026, 5, 1, 8, 0, 0, 123456, tzinfo=UTC)


def entry(number: int, at: datetime = NOW) -> AuditEntry:
    details: dict[str, object] = {"z": [1, 2.5, None, True], "a": {"text": "Ünï\u0000\n日本"}, "number": number}
    return AuditEntry(at, "T0/U1", "admin", "thing.do", f"thing {number}", details, "button")


def chain(database: Database, rows: int = 5) -> list[AuditRecord]:
    records = []
    for number in range(1, rows + 1):
        with database.write() as connection:
            records.append(append_audit(connection, entry(number, NOW + timedelta(seconds=number))))
    return records


def tamper(database: Database, *statements: str) -> None:
    with database.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_rows_come_back_as_they_were_written(database: Database) -> None:
    written = chain(database)
    with database.read() as connection:
        assert list(stream_audit(connection)) == written
    assert [row.seq for row in written] == [1, 2, 3, 4, 5]
    assert written[0].previous_hash == GENESIS
    assert [row.previous_hash for row in written[1:]] == [row.hash for row in written[:-1]]


def test_a_whole_chain_is_found_whole(database: Database) -> None:
    assert Audit(database).verify() == Audit(database).verify(GENESIS)
    assert Audit(database).verify().head == GENESIS
    written = chain(database)
    for head in (None, written[-1].hash, written[2].hash.upper() + "\n", GENESIS):
        verdict = Audit(database).verify(head)
        assert (verdict.whole, verdict.rows, verdict.head) == (True, 5, written[-1].hash)


def test_the_row_that_somebody_noted_is_named(database: Database) -> None:
    written = chain(database)
    assert Audit(database).verify().witnessed == Audit(database).verify(GENESIS).witnessed == 0
    assert [Audit(database).verify(row.hash).witnessed for row in written] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("kept", [0, 2, 4])
def test_a_chain_that_was_cut_and_written_again_is_missed_by_a_noted_head_alone(database: Database, kept: int) -> None:
    written = chain(database)
    tamper(database, f"DELETE FROM audit WHERE seq > {kept}")
    for number in range(kept + 1, 6):
        with database.write() as connection:
            append_audit(connection, entry(number * 10))
    assert Audit(database).verify().whole
    assert not Audit(database).verify(written[-1].hash).whole
    assert all(Audit(database).verify(row.hash).witnessed == row.seq for row in written[:kept])


@pytest.mark.parametrize("column", ["actor", "roles", "action", "subject", "origin", "hash", "previous_hash"])
def test_a_changed_field_is_found(database: Database, column: str) -> None:
    written = chain(database)
    tamper(database, f"UPDATE audit SET {column} = 'x' WHERE seq = 3")
    verdict = Audit(database).verify()
    assert (verdict.whole, verdict.broken_at, verdict.rows, verdict.head) == (False, 3, 2, written[1].hash)


@pytest.mark.parametrize(
    "details", ['{"a":1}', '{"number": 3}', "not JSON", "[]", '{"a":{"text":"?"},"number":3,"z":[1,2.5,null,true]}']
)
def test_changed_details_are_found(database: Database, details: str) -> None:
    chain(database)
    with database.write() as connection:
        connection.execute(text("UPDATE audit SET details = :details WHERE seq = 3"), {"details": details})
    assert Audit(database).verify().broken_at == 3


def test_details_written_otherwise_are_found_though_they_mean_the_same(database: Database) -> None:
    chain(database)
    tamper(database, "UPDATE audit SET details = replace(details, ',', ', ') WHERE seq = 2")
    assert Audit(database).verify().broken_at == 2


def test_a_changed_time_is_found(database: Database) -> None:
    chain(database)
    moved = "at + 1" if database.sqlite else "at + interval '1 microsecond'"
    tamper(database, f"UPDATE audit SET at = {moved} WHERE seq = 4")
    assert Audit(database).verify().broken_at == 4


@pytest.mark.parametrize("garbage", ["'yesterday'", "9223372036854775807", "x'00'"])
def test_a_row_that_cannot_be_read_is_found(sqlite_database: Database, garbage: str) -> None:
    chain(sqlite_database)
    tamper(sqlite_database, f"UPDATE audit SET at = {garbage} WHERE seq = 4")
    assert Audit(sqlite_database).verify().broken_at == 4


def test_a_deleted_row_is_found(database: Database) -> None:
    for seq in (1, 3):
        with database.write() as connection:
            connection.execute(text("DELETE FROM audit"))
        chain(database)
        tamper(database, f"DELETE FROM audit WHERE seq = {seq}")
        verdict = Audit(database).verify()
        assert (verdict.broken_at, verdict.rows) == (seq, seq - 1)


def test_a_row_put_in_is_found(database: Database) -> None:
    written = chain(database)
    copied = "at, actor, roles, action, subject, details, origin, previous_hash, hash FROM audit WHERE seq = 5"
    tamper(database, f"INSERT INTO audit SELECT 6, {copied}")
    assert Audit(database).verify().broken_at == 6
    tamper(database, "DELETE FROM audit WHERE seq = 6", f"INSERT INTO audit SELECT 0, {copied}")
    assert Audit(database).verify().broken_at == 1
    tamper(database, "DELETE FROM audit WHERE seq = 0")
    assert Audit(database).verify(written[-1].hash).whole


def test_rows_that_changed_places_are_found(database: Database) -> None:
    chain(database)
    tamper(
        database,
        "UPDATE audit SET seq = 100 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 100",
    )
    assert Audit(database).verify().broken_at == 2


def test_rows_cut_off_the_end_are_found_against_the_head(database: Database) -> None:
    written = chain(database)
    tamper(database, "DELETE FROM audit WHERE seq > 3")
    assert Audit(database).verify().whole
    verdict = Audit(database).verify(written[-1].hash)
    assert (verdict.whole, verdict.broken_at, verdict.rows) == (False, None, 3)
    assert Audit(database).verify(written[2].hash).whole


def test_the_same_moment_of_another_zone_is_the_same_row(database: Database) -> None:
    with database.write() as connection:
        record = append_audit(connection, entry(1, NOW.astimezone(timezone(timedelta(hours=8)))))
    assert record.entry.at.tzinfo is UTC
    assert Audit(database).verify(record.hash).whole


def test_what_cannot_be_kept_exactly_is_refused(database: Database) -> None:
    with database.write() as connection, pytest.raises(ValueError, match="time zone"):
        append_audit(connection, entry(1, datetime(2026, 1, 1)))  # noqa: DTZ001
    odd: dict[str, object] = {"when": NOW}
    with database.write() as connection, pytest.raises(TypeError):
        append_audit(connection, AuditEntry(NOW, "a", "", "b", "c", odd, ""))
    assert Audit(database).verify().rows == 0


def test_a_transaction_that_fails_leaves_no_row(database: Database) -> None:
    chain(database, 1)

    def fail() -> None:
        with database.write() as connection:
            append_audit(connection, entry(2))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert Audit(database).verify().rows == 1


def test_rivals_append_one_after_the_other(database: Database) -> None:
    def work() -> None:
        for number in range(10):
            with database.write() as connection:
                append_audit(connection, entry(number))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = Audit(database).verify()
    assert (verdict.whole, verdict.rows) == (True, 40)
