"""Every setting by its name in the environment: read, checked, and named where it is wrong."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load_settings, require

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
    "SLACK_API_URL": ("https://slack-gov.com/api/", "https://slack-gov.com/api/"),
    "DATABASE_URL": ("postgresql+psycopg://desk@db/desk", "postgresql+psycopg://desk@db/desk"),
    "HOST": ("0.0.0.0", "0.0.0.0"),  # noqa: S104 - only read
    "PORT": ("8080", 8080),
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
    ("SLACK_API_URL", "slack.com/api"),
    ("SLACK_API_URL", "https://slack.com/api"),
    ("SLACK_API_URL", "http://[::1/api/"),
    ("SLACK_API_URL", "https://slack com/api/"),
    ("SLACK_BOT_TOKEN", "xoxb-1\nxoxb-2"),
    ("SLACK_SIGNING_SECRET", "\udcff"),
    ("PORT", "http"),
    ("PORT", "65536"),
    ("PORT", "-1"),
    ("DESK_EXPORT_RETENTION_DAYS", "0"),
    ("DESK_EXPORT_RETENTION_DAYS", "9999999"),
    ("DESK_MAX_DISCOUNT_PERCENT", "101"),
    ("DESK_MAX_DISCOUNT_PERCENT", "-1"),
    ("DESK_MAX_DISCOUNT_PERCENT", "NaN"),
    ("DESK_MAX_DISCOUNT_BY_PRODUCT", "ecs=20"),
    ("DESK_MAX_DISCOUNT_BY_PRODUCT", '{"ecs": 200}'),
    ("DESK_APPROVAL_TIERS", "1"),
    ("DESK_APPROVAL_TIERS", "ten"),
    ("DESK_APPROVAL_TIERS", "[]"),
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
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL"):
        monkeypatch.setenv(name, "sqlite:///hunter2")
    assert "hunter2" not in repr(load_settings())


def test_the_example_lists_every_setting_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    listed = [line.removeprefix("#") for line in lines if line.removeprefix("#").partition("=")[0] in NAMES]
    assert sorted(line.partition("=")[0] for line in listed) == sorted(NAMES)
    Path(".env").write_text("\n".join(listed), encoding="utf-8")
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    assert load_settings() == Settings(_env_file=None)
