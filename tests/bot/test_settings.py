"""Every setting by its environment variable: read, checked, and named if it is wrong."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load_settings, require, unknown_names

ENV_EXAMPLE = Path(__file__).parents[2] / ".env.example"
NAMES = tuple(name.upper() for name in Settings.model_fields)


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without a `.env`, and an environment without any setting."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


GOOD = {
    "SLACK_BOT_TOKEN": ("xoxb-1", "xoxb-1"),
    "SLACK_APP_TOKEN": ("xapp-1", "xapp-1"),
    "SLACK_SIGNING_SECRET": ("secret", "secret"),
    "SLACK_TEAM_ID": ("T0123ABCD", "T0123ABCD"),
    "SLACK_API_URL": ("https://slack-gov.com/api/", "https://slack-gov.com/api/"),
    "DATABASE_URL": ("postgresql+psycopg://desk@db/desk", "postgresql+psycopg://desk@db/desk"),
    "HOST": ("0.0.0.0", "0.0.0.0"),  # noqa: S104 - only read
    "PORT": ("8080", 8080),
    "HEALTH_ADDRESS": ("[::1]:9090", "[::1]:9090"),
    "DESK_ADMINS": (" U1, U2 ,,", frozenset({"U1", "U2"})),
    "DESK_APPROVALS_CHANNEL": ("C1", "C1"),
    "DESK_EXPORT_DIR": ("elsewhere", Path("elsewhere")),
    "DESK_EXPORT_RETENTION_DAYS": ("7", 7),
    "DESK_MAX_DISCOUNT_PERCENT": ("12.5", Decimal("12.5")),
    "DESK_MAX_DISCOUNT_BY_PRODUCT": ('{"hws.ecs": 20}', {"hws.ecs": Decimal(20)}),
    "DESK_APPROVAL_TIERS": ("[[10, 0], [100, 2]]", ((Decimal(10), 0), (Decimal(100), 2))),
    "DESK_APPROVAL_REMINDER_HOURS": ("0.5", Decimal("0.5")),
    "DESK_TIME_ZONE": ("Asia/Tokyo", "Asia/Tokyo"),
    "DESK_LOCALE": ("ja-JP", "ja_JP"),
    "LOG_LEVEL": ("debug", "DEBUG"),
    "LOG_FORMAT": ("json", "json"),
}


def test_every_setting_has_its_case_here() -> None:
    assert set(GOOD) == set(NAMES)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("where", ["environment", ".env"])
def test_a_setting_is_read(name: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given, meant = GOOD[name]
    if where == "environment":
        monkeypatch.setenv(name, given)
    else:
        Path(".env").write_text(f"# a comment\n{name}='{given}'\nOTHER_PROGRAMS=x\n", encoding="utf-8")
    value = getattr(load_settings(), name.lower())
    assert (value.get_secret_value() if hasattr(value, "get_secret_value") else value) == meant


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=1000\nHOST=here\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "2000")
    assert (load_settings().port, load_settings().host) == (2000, "here")


def test_an_empty_setting_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")
    assert load_settings() == Settings()


BAD = [
    ("SLACK_TEAM_ID", "E0123ABCD"),
    ("SLACK_TEAM_ID", "t0123abcd"),
    ("SLACK_API_URL", "slack.com/api"),
    ("SLACK_API_URL", "https://slack.com/api"),
    ("SLACK_API_URL", "http://[::1/api/"),
    ("SLACK_API_URL", "https://slack com/api/"),
    ("SLACK_API_URL", "https://slack.com/api/?x=/api/"),
    ("SLACK_API_URL", "https://slack.com:99999/api/"),
    ("SLACK_API_URL", "https://me:secret@slack.com/api/"),
    ("SLACK_API_URL", "http://slack.com/api/"),
    ("SLACK_API_URL", "ftp://slack.com/api/"),
    ("SLACK_BOT_TOKEN", "xoxb-1\nxoxb-2"),
    ("SLACK_BOT_TOKEN", "xoxb-"),
    ("SLACK_BOT_TOKEN", "xapp-1"),
    ("SLACK_APP_TOKEN", "xoxb-1"),
    ("SLACK_SIGNING_SECRET", "xoxb-1"),
    ("HOST", "http://here"),
    ("HOST", "here:3000"),
    ("HOST", "300.1.1.1"),
    ("HOST", "two words"),
    ("DESK_ADMINS", "nancy"),
    ("DESK_ADMINS", "U1;U2"),
    ("DESK_ADMINS", "U1,@nancy"),
    ("DESK_ADMINS", "C0123ABCD"),
    ("DESK_ADMINS", "u1"),
    ("DESK_APPROVALS_CHANNEL", "prices"),
    ("DESK_APPROVALS_CHANNEL", "#prices"),
    ("DESK_APPROVALS_CHANNEL", "D0123ABCD"),
    ("DESK_APPROVALS_CHANNEL", "C1,C2"),
    ("DESK_EXPORT_DIR", "~nobody-of-that-name/exports"),
    ("SLACK_SIGNING_SECRET", "\udcff"),
    ("PORT", "http"),
    ("PORT", "65536"),
    ("PORT", "-1"),
    ("HEALTH_ADDRESS", "9090"),
    ("HEALTH_ADDRESS", "desk.internal"),
    ("HEALTH_ADDRESS", "::1:9090"),
    ("HEALTH_ADDRESS", "127.0.0.1:65536"),
    ("HEALTH_ADDRESS", "http://127.0.0.1:9090"),
    ("DESK_EXPORT_RETENTION_DAYS", "0"),
    ("DESK_EXPORT_RETENTION_DAYS", "9999999"),
    ("DESK_MAX_DISCOUNT_PERCENT", "101"),
    ("DESK_MAX_DISCOUNT_PERCENT", "-1"),
    ("DESK_MAX_DISCOUNT_PERCENT", "NaN"),
    ("DESK_MAX_DISCOUNT_BY_PRODUCT", "ecs=20"),
    ("DESK_MAX_DISCOUNT_BY_PRODUCT", '{"ecs": 200}'),
    ("DESK_MAX_DISCOUNT_BY_PRODUCT", '{"": 20}'),
    ("DESK_MAX_DISCOUNT_BY_PRODUCT", '{"ecs ": 20}'),
    ("DESK_MAX_DISCOUNT_BY_PRODUCT", '{"ecs": "much"}'),
    ("DESK_MAX_DISCOUNT_BY_PRODUCT", '{"ecs": true}'),
    ("DESK_MAX_DISCOUNT_BY_PRODUCT", '["ecs", 20]'),
    ("DESK_APPROVAL_TIERS", "1"),
    ("DESK_APPROVAL_TIERS", "ten"),
    ("DESK_APPROVAL_TIERS", "[]"),
    ("DESK_APPROVAL_TIERS", "[100, 1]"),
    ("DESK_APPROVAL_TIERS", "[[100, true]]"),
    ("DESK_APPROVAL_TIERS", "[[100, 1.5]]"),
    ("DESK_APPROVAL_TIERS", "[[10, 1, 2], [100, 1]]"),
    ("DESK_APPROVAL_TIERS", "[[100, 3]]"),
    ("DESK_APPROVAL_TIERS", "[[50, 1]]"),
    ("DESK_APPROVAL_TIERS", "[[100, 1], [50, 2]]"),
    ("DESK_APPROVAL_REMINDER_HOURS", "0"),
    ("DESK_APPROVAL_REMINDER_HOURS", "1e30"),
    ("DESK_TIME_ZONE", "Berlin"),
    ("DESK_LOCALE", "klingon"),
    ("LOG_LEVEL", "LOUD"),
    ("LOG_FORMAT", "xml"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_wrong_setting_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert raised.value.problems
    assert all(problem.startswith(f"{name}: ") for problem in raised.value.problems)


def test_the_new_line_at_the_end_of_a_file_is_no_part_of_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "8f742231\n")
    assert load_settings().slack_signing_secret.get_secret_value() == "8f742231"


def test_all_that_is_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PORT", "x"), ("LOG_LEVEL", "x"), ("DESK_TIME_ZONE", "x")):
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert {problem.partition(":")[0] for problem in raised.value.problems} == {"PORT", "LOG_LEVEL", "DESK_TIME_ZONE"}


def test_a_file_that_is_no_text_is_named() -> None:
    Path(".env").write_bytes(b"\xff\xfe=1")
    with pytest.raises(SettingsError, match=r"\.env: not a text"):
        load_settings()


def test_what_is_missing_is_named_with_where_to_find_it() -> None:
    with pytest.raises(SettingsError) as raised:
        require(load_settings(), "slack_bot_token", "slack_signing_secret", "slack_app_token")
    missing, signing, app = raised.value.problems
    assert missing.startswith("SLACK_BOT_TOKEN is missing: ")
    assert "Basic Information" in signing
    assert "connections:write" in app


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": "xapp-", "SLACK_SIGNING_SECRET": "", "DATABASE_URL": ""}
    for name, prefix in secrets.items():
        monkeypatch.setenv(name, f"{prefix}hunter2")
    assert "hunter2" not in repr(load_settings())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "xapp-hunter2", "that is an app token; must be the bot token (xoxb-…), from OAuth"),
        ("SLACK_BOT_TOKEN", "xoxp-hunter2", "that is a user token; must be the bot token"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxb-1-hunter2", "that is a token that expires"),
        ("SLACK_BOT_TOKEN", "hunter2", "must be the bot token"),
        ("SLACK_BOT_TOKEN", "xoxb-hunter2 3", "copy it again"),
        ("SLACK_APP_TOKEN", "xoxb-hunter2", "that is a bot token; must be the app token (xapp-…"),
        ("SLACK_APP_TOKEN", "hunter2", "must be the app token"),
        ("SLACK_SIGNING_SECRET", "xoxb-hunter2", "that is a bot token; must be the signing secret"),
    ],
)
def test_a_wrong_secret_is_told_apart_and_not_shown(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    (problem,) = raised.value.problems
    assert problem.startswith(f"{name}: ")
    assert said in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "DESK_ADMINS",
            "U0123ABCD, olga@example.com",
            "'olga@example.com': not a Slack user id, which begins with U or",
        ),
        ("DESK_APPROVALS_CHANNEL", "#prices", "'#prices' is not a Slack channel id, which begins with C or G"),
        ("DESK_TIME_ZONE", "Berlin", "there is no time zone 'Berlin'; did you mean Europe/Berlin?"),
        ("DESK_TIME_ZONE", "europe/berlin", "did you mean Europe/Berlin?"),
        ("DESK_TIME_ZONE", "Europe/Berln", "did you mean Europe/Berlin?"),
        ("DESK_TIME_ZONE", "new york", "did you mean America/New_York?"),
        ("DESK_TIME_ZONE", "here", "an example is Europe/Berlin"),
        ("PORT", "http", "must be a whole number from 0 to 65535; it is 'http'"),
        ("HOST", "0.0.0.0:3000", "PORT sets the port"),
        ("DESK_APPROVAL_TIERS", "[[100, 3]]", "pairs of [up to this percentage, N managers]"),
        ("DESK_MAX_DISCOUNT_PERCENT", "30%", "must be a percentage from 0 to 100; it is '30%'"),
        ("SLACK_API_URL", "http://slack.com/api/", "must begin with https://"),
    ],
)
def test_what_is_wrong_and_what_it_must_be_are_said(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: ") as raised:
        load_settings()
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DESK_ADMINS", "W012ABC,U1"),
        ("DESK_APPROVALS_CHANNEL", " G0123ABCD "),
        ("HOST", "::1"),
        ("HOST", "desk.example.com"),
        ("SLACK_API_URL", "http://[::1]:1/api/"),
        ("SLACK_API_URL", "http://localhost:8080/slack/api/"),
        ("DESK_LOCALE", "zh-Hans-CN"),
        ("LOG_FORMAT", "JSON"),
    ],
)
def test_what_is_right_is_taken(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    load_settings()


def test_the_home_folder_has_a_sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DESK_EXPORT_DIR", "~/exports")
    assert load_settings().desk_export_dir == tmp_path / "exports"


def test_names_that_nothing_reads_are_found_in_both_places(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("desk_time_zon=x\nDESK_ADMINS=U1\nOTHER=1\nDESK_COLOUR=blue\n", encoding="utf-8")
    monkeypatch.setenv("SLACK_TOKEN_BOT", "x")
    monkeypatch.setenv("SLACK_BOT_TOKENS", "x")
    assert unknown_names() == [
        ("DESK_COLOUR", ""),
        ("DESK_TIME_ZON", "DESK_TIME_ZONE"),
        ("SLACK_BOT_TOKENS", "SLACK_BOT_TOKEN"),
        ("SLACK_TOKEN_BOT", ""),
    ]


def test_the_example_lists_every_setting_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    listed = [line.removeprefix("#") for line in lines if line.removeprefix("#").partition("=")[0] in NAMES]
    assert sorted(line.partition("=")[0] for line in listed) == sorted(NAMES)
    Path(".env").write_text("\n".join(listed), encoding="utf-8")
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    assert load_settings() == Settings(_env_file=None)
