"""The checks before Slack's requests: signature, size, method; and the three pages beside them."""

from __future__ import annotations

import hmac
import json
import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from time import time
from urllib.parse import urlsplit

import pytest

import bot.ticks
from bot.in_flight import InFlight
from bot.metrics import Metrics
from bot.web.guard import SignatureGuard, Unsigned
from bot.web.health import Health
from bot.web.payload import MAX_BODY, read_payload
from store.database import Database
from tests.support.databases import sqlite_copy
from tests.support.desk import Desk, eventually, running_desk
from tests.support.logs import captured_logs
from tests.support.wire import FORM, a_command, a_suggestion, a_view, an_action, deliver, encode, get, post

NANCY = "U0NANCY"


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with sqlite_copy(sqlite_template, folder) as database, running_desk(database, folder) as running:
        yield running


def _answered(desk: Desk) -> float:
    """The number of requests that reached the boundary, by the bot's own metrics."""
    lines = desk.bot.metrics.render().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("order_desk_requests_total{"))


def _counted(desk: Desk, wanted: float) -> None:
    """Waits for the count, which rises after the answer."""
    eventually(lambda: _answered(desk) >= wanted, "a request in the metrics")
    assert _answered(desk) == wanted


def _signed(desk: Desk, body: bytes, at: int | None = None) -> dict[str, str]:
    return {"Content-Type": FORM, **desk.workspace.delivery.signature(body, at)}


def _body(desk: Desk) -> bytes:
    # A command from before an update: it is answered in its acknowledgement.
    return encode(a_command(desk.workspace, NANCY, "", "/gone"))[0]


NOW = int(time())
_RIGHT = object()


@pytest.mark.parametrize(
    ("stamp", "signature"),
    [
        pytest.param(None, _RIGHT, id="no time"),
        pytest.param(_RIGHT, None, id="no signature"),
        pytest.param(None, None, id="neither"),
        pytest.param("", "", id="empty"),
        pytest.param(f"{NOW}.5", _RIGHT, id="time with a fraction"),
        pytest.param("1e9", _RIGHT, id="time as a float"),
        pytest.param("-1", _RIGHT, id="negative time"),
        pytest.param("+1700000000", _RIGHT, id="time with a sign"),
        pytest.param("9" * 400, _RIGHT, id="huge time"),
        pytest.param("١٧٠٠٠٠٠٠٠٠".encode().decode("latin-1"), _RIGHT, id="digits of another script"),
        pytest.param("nan", _RIGHT, id="no number"),
        pytest.param(_RIGHT, "v0=" + "0" * 64, id="wrong signature"),
        pytest.param(_RIGHT, "v1=" + "0" * 64, id="wrong version"),
        pytest.param(_RIGHT, "v0=", id="empty digest"),
        pytest.param(_RIGHT, "\xfc\xff", id="signature that is not ASCII"),
        pytest.param(_RIGHT, "v0=" + "f" * 20_000, id="huge signature"),
        pytest.param(str(NOW - 3000), _RIGHT, id="another time than was signed"),
    ],
)
def test_a_request_that_is_not_signed_as_slack_does_is_turned_away_unread(
    desk: Desk, stamp: str | object | None, signature: str | object | None
) -> None:
    body, before = _body(desk), _answered(desk)
    right = _signed(desk, body)
    headers = {"Content-Type": FORM}
    for name, given in (("X-Slack-Request-Timestamp", stamp), ("X-Slack-Signature", signature)):
        if given is not None:
            headers[name] = right[name] if given is _RIGHT else str(given)
    assert post(desk.url, body, headers) == (401, b"")
    assert _answered(desk) == before


@pytest.mark.parametrize("seconds", [-100_000, -301, 302, 100_000])
def test_a_signature_of_another_time_is_turned_away(desk: Desk, seconds: int) -> None:
    body, before = _body(desk), _answered(desk)
    assert post(desk.url, body, _signed(desk, body, int(time()) + seconds)) == (401, b"")
    assert _answered(desk) == before


def test_the_same_request_is_taken_once(desk: Desk) -> None:
    body, before = _body(desk), _answered(desk)
    headers = _signed(desk, body)
    assert post(desk.url, body, headers)[0] == 200
    assert post(desk.url, body, headers) == (401, b"")
    _counted(desk, before + 1)


def test_a_changed_body_is_turned_away(desk: Desk) -> None:
    body, before = _body(desk), _answered(desk)
    assert post(desk.url, body + b"&text=", _signed(desk, body)) == (401, b"")
    assert _answered(desk) == before


def test_typing_the_same_letters_twice_within_a_second_is_no_replay(desk: Desk) -> None:
    view = a_view(desk.workspace, NANCY, "orders.search")
    payload, before = a_suggestion(desk.workspace, NANCY, "customer.suggest", "ac", view), _answered(desk)
    assert [deliver(desk, payload)[0] for _ in range(3)] == [200, 200, 200]
    _counted(desk, before + 3)


def test_what_was_typed_is_a_replay_soon_after() -> None:
    now = 1_000_000.0
    guard = SignatureGuard("secret", lambda: now)
    signature = "v0=" + hmac.new(b"secret", b"v0:1000000:body", sha256).hexdigest()
    guard.check("1000000", signature, b"body")
    guard.may_repeat(signature)
    guard.check("1000000", signature, b"body")
    now += 4
    with pytest.raises(Unsigned, match="replayed"):
        guard.check("1000000", signature, b"body")


@pytest.mark.parametrize(
    "body", [b"", b"payload", b"payload=", b"payload=[1]", b"payload=%22x%22", b"payload=" + b"[" * 5000]
)
def test_what_is_signed_and_still_no_payload_is_answered_with_400_or_nothing(desk: Desk, body: bytes) -> None:
    before = _answered(desk)
    assert post(desk.url, body, _signed(desk, body))[0] in (400, 404)
    assert _answered(desk) == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe\x00", FORM),
        (b"\xc3\x28", "application/json"),
        (b"{", "application/json; charset=utf-8"),
        (b"[" * 100_000, "application/json"),
        (b"null", "application/json"),
        (b"7", "application/json"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_bad_request(desk: Desk, body: bytes, kind: str) -> None:
    assert post(desk.url, body, {**_signed(desk, body), "Content-Type": kind}) == (400, b"")


@pytest.mark.parametrize(
    "change",
    [
        {"user": "U0NANCY"},
        {"user": ["x"]},
        {"team": 7},
        {"view": "x"},
        {"view": {"state": "x"}},
        {"container": 7},
        {"channel": "C1"},
        {"trigger_id": {"x": 1}},
        {"type": ["x"]},
    ],
)
def test_a_payload_of_another_make_is_never_a_failure(desk: Desk, change: dict[str, object]) -> None:
    view = a_view(desk.workspace, NANCY, "orders.results")
    payload = {**an_action(desk.workspace, NANCY, "orders.refine", view=view), **change}
    assert deliver(desk, payload)[0] in (200, 400, 404)


def test_the_word_payload_in_a_search_is_a_word(desk: Desk) -> None:
    assert read_payload(b"command=%2Forders&text=payload", FORM) == {"command": "/orders", "text": "payload"}
    nancy = desk.person(NANCY)
    nancy.open("/orders customer:payload")
    assert "Customer “payload”" in nancy.screen


def test_a_body_over_the_cap_is_refused(desk: Desk) -> None:
    before = _answered(desk)
    body = b"x" * (MAX_BODY + 1)
    assert post(desk.url, body, _signed(desk, body))[0] == 413
    assert _raw(desk, _head(desk, b"x", f"Content-Length: {50 * MAX_BODY}")).startswith(b"HTTP/1.1 413 ")
    assert _answered(desk) == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_slacks_address_takes_posts_only(desk: Desk, method: str) -> None:
    body, before = _body(desk), _answered(desk)
    assert post(desk.url, body, _signed(desk, body), method=method)[0] == 405
    assert _answered(desk) == before


@pytest.mark.parametrize("path", ["/", "/slack", "/slack/events/", "/slack/install", "/metrics/", "/../etc/passwd"])
def test_other_addresses_are_not_there(desk: Desk, path: str) -> None:
    body = _body(desk)
    assert post(desk.url, body, _signed(desk, body), path)[0] == 404
    assert get(desk.url, path)[0] == 404


def _raw(desk: Desk, request: bytes, wait: float = 3.0) -> bytes:
    parts = urlsplit(desk.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=wait) as connection:
        answer = b""
        try:
            # A request that is refused early may be cut off while it is still being sent.
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                answer += part
        except OSError:
            pass
        return answer


def _head(desk: Desk, body: bytes, *lines: str) -> bytes:
    signed = [f"{name}: {value}" for name, value in _signed(desk, body).items()]
    return "\r\n".join(["POST /slack/events HTTP/1.1", "Host: x", *signed, *lines, "", ""]).encode()


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "99999999999999999999", "5, 7", "+5"])
def test_a_length_that_is_none_is_never_taken(desk: Desk, length: str) -> None:
    body, before = _body(desk), _answered(desk)
    answer = _raw(desk, _head(desk, body, f"Content-Length: {length}") + body)
    assert answer.split(b" ", 2)[1] in (b"400", b"401", b"413", b"431")
    assert _answered(desk) == before


def test_a_length_that_is_too_short_cuts_the_body_and_so_its_signature(desk: Desk) -> None:
    body, before = _body(desk), _answered(desk)
    answer = _raw(desk, _head(desk, body, f"Content-Length: {len(body) - 3}", "Connection: close") + body)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert _answered(desk) == before


def test_a_body_that_never_comes_is_never_taken(desk: Desk) -> None:
    body, before = _body(desk), _answered(desk)
    assert b" 200 " not in _raw(desk, _head(desk, body, f"Content-Length: {len(body) + 50}") + body, wait=1.0)
    assert _answered(desk) == before


def test_a_body_in_chunks_is_read_as_one(desk: Desk) -> None:
    body, before = _body(desk), _answered(desk)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:20], body[20:])) + b"0\r\n\r\n"
    answer = _raw(desk, _head(desk, body, "Transfer-Encoding: chunked", "Connection: close") + chunks)
    assert answer.startswith(b"HTTP/1.1 200 ")
    _counted(desk, before + 1)
    endless = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    refused = _raw(desk, _head(desk, body, "Transfer-Encoding: chunked", "Connection: close") + endless * 40)
    assert not refused.startswith(b"HTTP/1.1 2")
    _counted(desk, before + 1)


def test_what_is_no_http_ends_the_connection_and_nothing_else(desk: Desk) -> None:
    for noise in (b"\x16\x03\x01\x02\x00" * 50, b"GET\r\n\r\n", b"A" * 300_000, b"POST /slack/events HTTP/9.9\r\n\r\n"):
        assert not _raw(desk, noise, wait=1.0).startswith(b"HTTP/1.1 2")
    assert get(desk.url, "/healthz") == (200, "alive\n")


def test_a_post_without_a_length_is_unsigned(desk: Desk) -> None:
    body = _body(desk)
    assert _raw(desk, _head(desk, body, "Connection: close")).startswith(b"HTTP/1.1 401 ")


# --- what Slack sends unsigned


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"token=aKMbvhpSktDzCF6U0tH7hw9R&ssl_check=1", id="with the token, as Slack sends it"),
        pytest.param(b"ssl_check=1&token=aKMbvhpSktDzCF6U0tH7hw9R", id="the other way round"),
        pytest.param(b"ssl_check=1", id="alone"),
    ],
)
def test_slacks_look_at_the_certificate_is_answered_unsigned(desk: Desk, body: bytes) -> None:
    before = _answered(desk)
    assert post(desk.url, body, {"Content-Type": FORM}) == (200, b"")
    assert post(desk.url, body, {"Content-Type": f"{FORM}; charset=utf-8"}) == (200, b"")
    assert _answered(desk) == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"ssl_check=0", FORM),
        (b"ssl_check=", FORM),
        (b"ssl_check", FORM),
        (b"ssl_check=1&ssl_check=1", FORM),
        (b"ssl_check=1&token=a&token=b", FORM),
        (b"ssl_check=1&command=%2Forders", FORM),
        (b"ssl_check=1&token=a&command=%2Forders&user_id=U0NANCY", FORM),
        (b"ssl_check=1&payload=%7B%7D", FORM),
        (b"token=a", FORM),
        (b"ssl_check=1&token=" + b"a" * 1000, FORM),
        (b"ssl_check=1", "text/plain"),
        (b'{"ssl_check": "1"}', "application/json"),
        (b"ssl_check=1\xff", FORM),
    ],
)
def test_nothing_else_is_taken_for_that_look(desk: Desk, body: bytes, kind: str) -> None:
    before = _answered(desk)
    assert post(desk.url, body, {"Content-Type": kind}) == (401, b"")
    assert _answered(desk) == before


# --- the three pages


def test_metrics_count_what_was_refused_and_hold_no_person(desk: Desk) -> None:
    deliver(desk, a_command(desk.workspace, NANCY, "a customer of nobodys"))
    body = _body(desk)
    wrong = _signed(desk, body) | {"X-Slack-Signature": f"v0={'0' * 64}"}
    assert post(desk.url, body, wrong)[0] == 401
    answered = 'order_desk_requests_total{kind="command",outcome="done",route="/orders"}'
    eventually(lambda: answered in get(desk.url, "/metrics")[1], "a command in the metrics")
    status, text = get(desk.url, "/metrics")
    assert status == 200
    assert 'order_desk_refused_http_requests_total{reason="wrong"}' in text
    for personal in ("U0NANCY", "Nancy", "nobodys", desk.workspace.team_id):
        assert personal not in text


def test_head_of_a_page_has_no_body(desk: Desk) -> None:
    answer = _raw(desk, b"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.partition(b"\r\n\r\n")[2] == b""


def test_an_address_of_their_own_tells_health_and_metrics_in_full(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.ticks, "SLACK_CHECK_SECONDS", 0.2)
    with (
        captured_logs() as logs,
        running_desk(sqlite_database, tmp_path, health_address="127.0.0.1:0") as desk,
    ):
        assert desk.bot.health is not None
        apart = desk.bot.health.address
        assert get(apart, "/metrics")[0] == 200
        assert get(desk.url, "/metrics")[0] == 404
        for url in (apart, desk.url):
            assert get(url, "/healthz") == (200, "alive\n")
            assert get(url, "/readyz")[0] == 200
        body = _body(desk)
        assert post(apart, body, _signed(desk, body))[0] == 404
        desk.workspace.revoke_token()
        eventually(lambda: get(desk.url, "/readyz")[0] == 503, "red")
        reason = json.loads(get(apart, "/readyz")[1])["slack"]
        assert "token_revoked" in reason
        assert json.loads(get(desk.url, "/readyz")[1])["slack"] == "not ok"
        told = [line for line in map(json.loads, logs.getvalue().splitlines()) if line.get("part") == "slack"]
        assert [line["reason"] for line in told] == [reason]


def test_ready_tells_no_host_and_no_database() -> None:
    reason = 'connection to server at "db.internal" (10.0.0.7), port 5432 failed: database "desk_prod" does not exist'
    health = Health({"database": lambda: reason, "ticker": lambda: ""}, Metrics(), InFlight())
    answer = health.page("/readyz", details=False)
    assert (answer.status, json.loads(answer.body)) == (503, {"database": "not ok", "ticker": "ok"})
    assert json.loads(health.page("/readyz", details=True).body)["database"] == reason


def test_ready_names_each_part_and_turns_red_with_the_token(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.ticks, "SLACK_CHECK_SECONDS", 0.2)
    with running_desk(sqlite_database, tmp_path) as desk:
        status, text = get(desk.url, "/readyz")
        verdicts = json.loads(text)
        assert status == 200
        assert set(verdicts) >= {"database", "ticker", "slack"}
        assert set(verdicts.values()) == {"ok"}
        desk.workspace.revoke_token()
        eventually(lambda: get(desk.url, "/readyz")[0] == 503, "red")
        assert json.loads(get(desk.url, "/readyz")[1])["slack"] == "not ok"
        assert get(desk.url, "/healthz")[0] == 200
        desk.workspace.restore_token()
        eventually(lambda: get(desk.url, "/readyz")[0] == 200, "green again")
        desk.bot._in_flight.draining = True
        status, text = get(desk.url, "/readyz")
        assert status == 503
        assert json.loads(text)["process"] == "not ok"
        # A request that comes now is not accepted, and may come again: its signature is not used up.
        body = _body(desk)
        headers = _signed(desk, body)
        assert post(desk.url, body, headers)[0] == 503
        desk.bot._in_flight.draining = False
        assert post(desk.url, body, headers)[0] == 200
