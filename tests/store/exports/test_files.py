"""Files of exports: handed out to who may see all that is in them, deleted after the retention, nothing left behind."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from store.domain.exports.errors import FileGone, NotReady, OutOfReach
from store.domain.exports.export import ExportFile, ExportState, FailureReason, Happening
from store.domain.outbox import Lane, OutboxItem, Rejected, Sent
from store.domain.people import NotAMember, Role
from store.services.audit import Audit
from store.services.exports.files import new_name, path_of
from store.services.exports.records import DOWNLOAD
from tests.support.builders import a_customer, an_account_manager, an_order
from tests.support.exporting import ExportDesk, a_request_key


def pass_on(desk: ExportDesk, customer: int, account_manager: str) -> None:
    """The customer is another account manager's from now on."""
    key = an_account_manager(desk.database, account_manager)
    with desk.database.write() as connection:
        for table, column in (("customers", "key"), ("orders", "customer_key")):
            statement = f"UPDATE {table} SET account_manager_key = :manager WHERE {column} = :customer"
            connection.execute(text(statement), {"manager": key, "customer": customer})


def test_a_file_is_its_owners_alone_under_a_name_that_tells_nothing(desk: ExportDesk) -> None:
    export = desk.completed(desk.salesperson())
    (path,) = desk.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(desk.folder.stat().st_mode) == 0o700
    assert len(path.stem) == 32
    assert "nancy" not in path.name
    assert export.size == path.stat().st_size


def waiting_downloads(desk: ExportDesk) -> list[OutboxItem]:
    """What the outbox has to send of files, claimed."""
    return list(desk.outbox.claim("worker", lane=Lane(frozenset({DOWNLOAD}), others=False)))


def test_a_download_waits_in_the_outbox_and_is_audited_once_for_a_request(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.completed(nancy)
    first = desk.downloads.ask(nancy, export.key, "click")
    again = desk.downloads.ask(nancy, export.key, "click")
    assert (first.again, again.again) == (False, True)
    assert desk.rows("SELECT count(*) FROM audit WHERE action = 'export.download'") == [(1,)]
    assert desk.happened(export)[-1] == Happening.DOWNLOADED
    assert desk.downloads.ask(desk.manager(), export.key, "click").again is False
    assert [item.recipient for item in waiting_downloads(desk)] == ["U0NANCY", "U0ANDREW"]
    assert Audit(desk.database).verify(None).whole


def test_a_second_click_within_a_minute_sends_nothing_more_unless_slack_did_not_take_it(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.completed(nancy)
    assert not desk.downloads.ask(nancy, export.key, a_request_key()).again
    assert desk.downloads.ask(nancy, export.key, a_request_key()).again
    (item,) = waiting_downloads(desk)
    desk.outbox.settle(item, Sent(None))
    assert desk.downloads.ask(nancy, export.key, a_request_key()).again
    desk.now += timedelta(minutes=1)
    assert not desk.downloads.ask(nancy, export.key, a_request_key()).again
    (item,) = waiting_downloads(desk)
    desk.outbox.settle(item, Rejected("restricted_action"))
    assert not desk.downloads.ask(nancy, export.key, a_request_key()).again
    assert desk.rows("SELECT count(*) FROM audit WHERE action = 'export.download'") == [(3,)]


def test_what_is_sent_is_the_file_and_whether_it_may_be_is_asked_again(desk: ExportDesk) -> None:
    customer = a_customer(desk.database, account_manager="nancy")
    an_order(desk.database, customer_key=customer)
    nancy = desk.salesperson()
    export = desk.completed(nancy)
    desk.downloads.ask(nancy, export.key, a_request_key())
    (item,) = waiting_downloads(desk)
    found = desk.downloads.file(item.subject_key, item.recipient, item.payload)
    assert Path(found.path).exists()
    assert found.export.file_name == export.file_name
    pass_on(desk, customer, "robert")
    with pytest.raises(OutOfReach):
        desk.downloads.file(item.subject_key, item.recipient, item.payload)
    desk.remove(nancy)
    with pytest.raises(NotAMember):
        desk.downloads.file(item.subject_key, item.recipient, item.payload)


def test_a_customer_that_passed_to_a_colleague_is_no_longer_in_reach(desk: ExportDesk) -> None:
    customer = a_customer(desk.database, account_manager="nancy")
    an_order(desk.database, customer_key=customer)
    an_order(desk.database, customer_key=a_customer(desk.database, account_manager="nancy"))
    nancy = desk.salesperson()
    export = desk.completed(nancy)
    pass_on(desk, customer, "robert")
    with pytest.raises(OutOfReach):
        desk.downloads.ask(nancy, export.key, a_request_key())
    assert desk.downloads.ask(desk.manager(), export.key, a_request_key()).export.key == export.key
    pass_on(desk, customer, "nancy")
    assert desk.downloads.ask(nancy, export.key, a_request_key()).export.key == export.key


def test_who_saw_all_orders_and_does_no_longer_gets_no_file_of_then(desk: ExportDesk) -> None:
    export = desk.completed(desk.person("U0NANCY", Role.SALESPERSON, Role.MANAGER, account_name="nancy"))
    with pytest.raises(OutOfReach):
        desk.downloads.ask(desk.salesperson(), export.key, a_request_key())
    assert desk.rows("SELECT count(*) FROM audit WHERE action = 'export.download'") == [(0,)]


def test_there_is_no_file_before_it_is_posted_nor_when_it_is_lost(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.queued(nancy)
    with pytest.raises(NotReady):
        desk.downloads.ask(nancy, export.key, a_request_key())
    claim = desk.claimed()
    desk.written(claim)
    item = desk.uploaded(claim)
    with pytest.raises(NotReady):
        desk.downloads.ask(nancy, export.key, a_request_key())
    desk.posting.settle(item, Sent(None), "F0FILE")
    Path(claim.path).unlink()
    with pytest.raises(FileGone) as gone:
        desk.downloads.ask(nancy, export.key, a_request_key())
    assert gone.value.at is None


def test_rights_are_asked_again_when_it_is_written_and_when_it_is_posted(desk: ExportDesk) -> None:
    customer = a_customer(desk.database, account_manager="nancy")
    an_order(desk.database, customer_key=customer)
    nancy = desk.salesperson()
    desk.queued(nancy)
    claim = desk.claimed()
    desk.written(claim)
    item = desk.sending(claim)
    assert isinstance(desk.posting.file(item), ExportFile)
    pass_on(desk, customer, "robert")
    assert desk.posting.file(item) is FailureReason.REACH_CHANGED
    assert desk.posting.settle(item, Rejected("reach_changed"), reason=FailureReason.REACH_CHANGED)
    again = desk.claimed()
    assert desk.written(again).orders == 0
    item = desk.sending(again)
    assert isinstance(desk.posting.file(item), ExportFile)
    desk.remove(nancy)
    assert desk.posting.file(item) is FailureReason.NOT_A_MEMBER
    desk.posting.settle(item, Rejected("not_a_member"), reason=FailureReason.NOT_A_MEMBER)
    assert desk.exports.to_tell(claim.key).failure is FailureReason.NOT_A_MEMBER


def test_after_the_retention_the_file_is_deleted_and_the_row_says_so(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.completed(nancy)
    assert desk.work.expire(desk.now + desk.retention - timedelta(seconds=1)) == ()
    desk.now += desk.retention
    assert desk.work.expire(desk.now) == (export.key,)
    assert desk.work.expire(desk.now) == ()
    assert list(desk.folder.iterdir()) == []
    deleted = desk.exports.to_tell(export.key)
    assert (deleted.state, deleted.deleted_at, deleted.orders) == (ExportState.DELETED, desk.now, export.orders)
    with pytest.raises(FileGone) as gone:
        desk.downloads.ask(nancy, export.key, a_request_key())
    assert gone.value.at == desk.now
    assert desk.rows("SELECT action FROM audit ORDER BY seq") == [
        ("export.queue",),
        ("export.post",),
        ("export.delete",),
    ]


def test_what_killed_processes_left_is_swept_and_nothing_else(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    desk.completed(nancy)
    desk.queued(nancy)
    claim = desk.claimed()
    desk.written(claim)
    keep = set(desk.folder.iterdir())
    old = desk.now.timestamp() - 10**9
    for name in ("a" * 32 + ".xlsx", f".{'b' * 32}.unfinished"):
        (desk.folder / name).write_bytes(b"left")
    young = desk.folder / ("c" * 32 + ".xlsx")
    young.write_bytes(b"just made")
    for path in set(desk.folder.iterdir()) - {young}:
        os.utime(path, (old, old))
    (desk.folder / "notes.txt").write_text("a person's own", encoding="utf-8")
    desk.work.expire(desk.now)
    assert set(desk.folder.iterdir()) == keep | {young, desk.folder / "notes.txt"}


NAMES = [
    "",
    "..",
    ".",
    "../etc/passwd",
    "/etc/passwd",
    f"/tmp/{'a' * 32}.xlsx",
    f"../{'a' * 32}.xlsx",
    f"{'a' * 32}.xlsx/../passwd",
    f"{'a' * 32}.xlsx\n",
    f"{'a' * 32}.xlsx\0",
    f"{'A' * 32}.xlsx",
    f"{'٣' * 32}.xlsx",
    "a.xlsx",
]


@pytest.mark.parametrize("name", [None, *NAMES])
def test_no_name_leads_out_of_the_folder(name: str | None) -> None:
    assert path_of(Path("exports"), name) is None


def test_a_new_name_is_one_of_the_folders_and_a_link_is_none(tmp_path: Path) -> None:
    name = new_name()
    assert path_of(tmp_path, name) == tmp_path / name
    (tmp_path / "secret").write_text("of another", encoding="utf-8")
    (tmp_path / name).symlink_to(tmp_path / "secret")
    assert path_of(tmp_path, name) is None


def test_a_download_of_a_file_that_is_not_the_desks_is_refused(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.completed(nancy)
    secret = desk.folder.parent / "secret"
    secret.write_text("of the machine", encoding="utf-8")
    desk.change("UPDATE exports SET stored_name = '../secret'")
    with pytest.raises(FileGone):
        desk.downloads.ask(nancy, export.key, a_request_key())
    desk.work.expire(desk.now + timedelta(days=31))
    assert secret.exists()
