"""The settings, from the environment or `.env`: read once, checked once, frozen. What is missing or wrong is named."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from babel import Locale, UnknownLocaleError
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSetting

from bot.time_zones import time_zones

_ADDRESS = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?/([!-~]*/)?")


class SettingsError(Exception):
    """Settings that cannot be; `problems` are lines, each naming the setting and what is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


Percent = Annotated[Decimal, Field(ge=0, le=100)]
_MOST_DAYS = 36_500
"""A hundred years: whoever means never gets that, and no moment is beyond what the calendar has."""


class Settings(BaseSettings):
    """Every setting of the program, by the name it has in the environment."""

    model_config = SettingsConfigDict(frozen=True, env_file=".env", extra="ignore", env_ignore_empty=True)

    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = "https://slack.com/api/"
    database_url: SecretStr = SecretStr("sqlite:///var/order-desk.db")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 3000
    desk_admins: Annotated[frozenset[str], NoDecode] = frozenset()
    desk_approvals_channel: str = ""
    desk_export_dir: Path = Path("var/exports")
    desk_export_retention_days: Annotated[int, Field(ge=1, le=_MOST_DAYS)] = 30
    desk_max_discount_percent: Percent = Decimal(30)
    desk_max_discount_by_product: dict[str, Percent] = {}
    desk_approval_tiers: tuple[tuple[Percent, Annotated[int, Field(ge=0, le=2)]], ...] = ((Decimal(100), 1),)
    desk_approval_reminder_hours: Annotated[Decimal, Field(gt=0, le=24 * _MOST_DAYS)] = Decimal(4)
    desk_time_zone: str = "UTC"
    desk_locale: str = "en_US"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] | None = None

    @field_validator("desk_admins", mode="before")
    @classmethod
    def _split_admins(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("slack_bot_token", "slack_app_token", "slack_signing_secret")
    @classmethod
    def _one_word(cls, value: SecretStr) -> SecretStr:
        # A file that a secret is read from often ends in a new line, with which no signature would be right.
        word = value.get_secret_value().strip()
        if not all("!" <= sign <= "~" for sign in word):
            raise ValueError("letters, digits and signs without spaces, as Slack shows it; copy it anew")
        return SecretStr(word)

    @field_validator("slack_api_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if _ADDRESS.fullmatch(value) is None:
            raise ValueError("an http(s) address that ends in /api/")
        return value

    @field_validator("desk_time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in time_zones():
            raise ValueError("no time zone of that name; an example is Europe/Berlin")
        return value

    @field_validator("desk_locale")
    @classmethod
    def _known_locale(cls, value: str) -> str:
        try:
            return str(Locale.parse(value.replace("-", "_")))
        except (UnknownLocaleError, ValueError):
            raise ValueError("no locale of that name; an example is en_GB") from None

    @field_validator("desk_approval_tiers")
    @classmethod
    def _rising_tiers(cls, value: tuple[tuple[Decimal, int], ...]) -> tuple[tuple[Decimal, int], ...]:
        ceilings = [ceiling for ceiling, _ in value]
        if not ceilings or ceilings != sorted(set(ceilings)) or ceilings[-1] != 100:
            raise ValueError("pairs of [up to this percentage, so many managers], rising, the last one up to 100")
        return value


_HELP = {
    "slack_bot_token": "the bot token (xoxb-…), from OAuth & Permissions of your Slack app",
    "slack_app_token": "the app token (xapp-…, scope connections:write), for Socket Mode",
    "slack_signing_secret": "the signing secret, from Basic Information of your Slack app, for HTTP",
}


def load_settings(**overrides: object) -> Settings:
    """The settings as the environment and `.env` give them, with `overrides` before both. Raises SettingsError."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = []
        for detail in error.errors():
            name = str(detail["loc"][0]).upper() if detail["loc"] else "settings"
            problems.append(f"{name}: {detail['msg'].removeprefix('Value error, ')}")
        raise SettingsError(problems) from None
    except UnreadableSetting as error:
        name = (_FIELD.search(str(error)) or [""])[0].strip('"')
        raise SettingsError([f"{name.upper()}: not JSON; {_JSON.get(name, 'see .env.example')}"]) from None
    except UnicodeDecodeError:
        raise SettingsError([".env: not a text in UTF-8"]) from None
    except OSError as error:
        raise SettingsError([f".env: cannot be read: {error.strerror}"]) from None


_FIELD = re.compile('"[a-z_]+"')
_JSON = {
    "desk_approval_tiers": "an example is [[10,1],[100,2]]",
    "desk_max_discount_by_product": 'an example is {"hws.service.type.ec2": 20}',
}


def require(settings: Settings, *names: str) -> None:
    """Raises SettingsError naming each of these settings that is empty, and where it is to be had."""
    missing = []
    for name in names:
        value = getattr(settings, name)
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
            missing.append(f"{name.upper()} is missing: {_HELP.get(name, 'set it in the environment or in .env')}")
    if missing:
        raise SettingsError(missing)
