"""The settings, from the environment or `.env`: read once, checked once, frozen. Errors name each bad setting."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSetting

from bot.slack.secrets import WHERE, wrong_secret
from bot.time_zones import time_zones
from store.domain.people import is_slack_user_id

_CHANNEL_ID = re.compile("[CG][A-Z0-9]{1,31}")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+):([0-9]{1,5})")
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")


_TEAM_ID = re.compile(r"T[A-Z0-9]{1,31}")


def split_address(value: str) -> tuple[str, int] | None:
    """Host and port of `host:port`, as `127.0.0.1:9090` or `[::1]:9090`; None if it is something else."""
    found = _HOST_AND_PORT.fullmatch(value)
    host = found[1].strip("[]") if found else ""
    if found is None or not _is_host(host) or int(found[2]) > 65535:
        return None
    return host, int(found[2])


class SettingsError(Exception):
    """Settings that cannot be used; `problems` are lines, each with the setting and what is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


Percent = Annotated[Decimal, Field(ge=0, le=100)]
Managers = Annotated[int, Field(ge=0, le=2, strict=True)]
_MOST_DAYS = 36_500
"""A hundred years: enough for those who mean never, and no moment exceeds the calendar."""


class Settings(BaseSettings):
    """Every setting of the program, by its name in the environment."""

    model_config = SettingsConfigDict(frozen=True, env_file=".env", extra="ignore", env_ignore_empty=True)

    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_team_id: str = ""
    slack_api_url: str = "https://slack.com/api/"
    database_url: SecretStr = SecretStr("sqlite:///var/order-desk.db")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 3000
    health_address: str = ""
    desk_admins: Annotated[frozenset[str], NoDecode] = frozenset()
    desk_approvals_channel: str = ""
    desk_export_dir: Path = Path("var/exports")
    desk_export_retention_days: Annotated[int, Field(ge=1, le=_MOST_DAYS)] = 30
    desk_max_discount_percent: Percent = Decimal(30)
    desk_max_discount_by_product: dict[str, Percent] = {}
    desk_approval_tiers: tuple[tuple[Percent, Annotated[int, Field(ge=0, le=2, strict=True)]], ...] = (
        (Decimal(100), 1),
    )
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

    @field_validator("desk_admins")
    @classmethod
    def _user_ids(cls, value: frozenset[str]) -> frozenset[str]:
        wrong = sorted(each for each in value if not is_slack_user_id(each))
        if wrong:
            raise ValueError(
                f"{', '.join(map(repr, wrong))}: not a Slack user id, which begins with U or W, such as U0123ABCD; "
                "copy it from the person's profile in Slack (Copy member ID)"
            )
        return value

    @field_validator("desk_approvals_channel")
    @classmethod
    def _channel_id(cls, value: str) -> str:
        value = value.strip()
        if value and not _CHANNEL_ID.fullmatch(value):
            raise ValueError(
                f"{value!r} is not a Slack channel id, which begins with C or G, such as C0123ABCD; copy it from the "
                "end of the channel's details in Slack"
            )
        return value

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _any_case(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        return value.strip().upper() if info.field_name == "log_level" else value.strip().lower()

    @field_validator("slack_bot_token", "slack_app_token", "slack_signing_secret")
    @classmethod
    def _secret(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        # A secret read from a file often ends in a newline, with which every signature would be wrong.
        word = value.get_secret_value().strip()
        if not all("!" <= sign <= "~" for sign in word):
            raise ValueError("letters, digits and signs without spaces, as Slack shows it; copy it again")
        wrong = word and wrong_secret(str(info.field_name), word)
        if wrong:
            raise ValueError(wrong)
        return SecretStr(word)

    @field_validator("slack_api_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        right = parts.scheme in ("http", "https") and _is_host(host) and port != 0 and not parts.username
        if not right or not re.fullmatch(r"/([!-~]*/)?api/", parts.path) or parts.query or parts.fragment:
            raise ValueError("must be an https address that ends in /api/; Slack's own is https://slack.com/api/")
        if parts.scheme == "http" and not _LOOPBACK.fullmatch(host):
            raise ValueError("must begin with https://, since the bot's token is sent there; http is for this machine")
        return value

    @field_validator("host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        if not _is_host(value):
            raise ValueError(
                f"{value!r} is not a host's name or address; examples are 127.0.0.1 and 0.0.0.0, and PORT sets the port"
            )
        return value

    @field_validator("desk_export_dir")
    @classmethod
    def _folder(cls, value: Path) -> Path:
        try:
            return value.expanduser()
        except RuntimeError:
            raise ValueError(f"there is no home folder for {value}; name the folder from / on") from None

    @field_validator("health_address")
    @classmethod
    def _is_host_and_port(cls, value: str) -> str:
        if value and split_address(value) is None:
            raise ValueError(f"{value!r} is not a host and a port; an example is 127.0.0.1:9090")
        return value

    @field_validator("slack_team_id")
    @classmethod
    def _is_team(cls, value: str) -> str:
        if value and _TEAM_ID.fullmatch(value) is None:
            raise ValueError("a workspace's id in Slack, T with capital letters and digits; an example is T0123ABCD")
        return value

    @field_validator("desk_time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value in time_zones():
            return value
        like = close_to(value, time_zones()) or _zone_of_city(value)
        meant = f"did you mean {like}?" if like else "an example is Europe/Berlin"
        raise ValueError(f"there is no time zone {value!r}; {meant}")

    @field_validator("desk_locale")
    @classmethod
    def _known_locale(cls, value: str) -> str:
        try:
            return str(Locale.parse(value.replace("-", "_")))
        except (UnknownLocaleError, ValueError):
            raise ValueError(f"there is no locale {value!r}; examples are en_GB and de_DE") from None

    @field_validator("desk_max_discount_by_product", mode="after")
    @classmethod
    def _named_products(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        if any(not code or code != code.strip() for code in value):
            raise ValueError(
                f"a product's code is empty or has spaces around it; {_JSON['desk_max_discount_by_product']}"
            )
        return value

    @field_validator("desk_approval_tiers")
    @classmethod
    def _rising_tiers(cls, value: tuple[tuple[Decimal, int], ...]) -> tuple[tuple[Decimal, int], ...]:
        ceilings = [ceiling for ceiling, _ in value]
        if not ceilings or ceilings != sorted(set(ceilings)) or ceilings[-1] != 100:
            raise ValueError(_MUST["desk_approval_tiers"])
        return value


def _is_host(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return bool(_HOST.fullmatch(value)) and not value.replace(".", "").isdigit()
    return True


def close_to(name: str, names: Iterable[str]) -> str:
    """The name that was probably meant; empty if none is similar."""
    by_lower = {each.lower(): each for each in names}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.8)
    return by_lower[found[0]] if found else ""


def _zone_of_city(value: str) -> str:
    """The time zone that ends in this name: `Berlin` or `new york`."""
    city = value.strip().replace(" ", "_").lower()
    return min((zone for zone in time_zones() if zone.lower().endswith(f"/{city}")), key=len, default="")


def unknown_names() -> list[tuple[str, str]]:
    """Names in the environment and `.env` that look like settings of this program but are not, in order.

    Each comes with the setting that was probably meant, or an empty text.
    """
    given = {*os.environ, *_names_of_file()}
    known = {name.upper() for name in Settings.model_fields}
    ours = (name for name in map(str.upper, given) if name.startswith(("DESK_", "SLACK_")))
    return [(name, close_to(name, known)) for name in sorted(set(ours) - known)]


def _names_of_file() -> Iterable[str]:
    try:
        return DotEnvSettingsSource(Settings).env_vars
    except (OSError, UnicodeDecodeError):
        return ()


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment and `.env`; `overrides` win. Raises SettingsError."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = []
        for detail in error.errors():
            name = str(detail["loc"][0])
            own = detail["type"] == "value_error"
            problems.append(
                f"{name.upper()}: {detail['msg'].removeprefix('Value error, ') if own else _not(name, detail)}"
            )
        raise SettingsError(list(dict.fromkeys(problems))) from None
    except UnreadableSetting as error:
        name = (_FIELD.search(str(error)) or [""])[0].strip('"')
        raise SettingsError([f"{name.upper()}: not JSON; {_JSON.get(name, 'see .env.example')}"]) from None
    except UnicodeDecodeError:
        raise SettingsError([".env: not a text in UTF-8"]) from None
    except OSError as error:
        raise SettingsError([f".env: cannot be read: {error.strerror}"]) from None


def _not(name: str, detail: ErrorDetails) -> str:
    """What a setting must be, if its type says so. None of these is secret."""
    given = detail["input"]
    return f"{_MUST.get(name, detail['msg'])}; it is {str(given)!r}" if len(detail["loc"]) == 1 else _MUST[name]


_FIELD = re.compile('"[a-z_]+"')
_JSON = {
    "desk_approval_tiers": "an example is [[10,1],[100,2]]",
    "desk_max_discount_by_product": 'an example is {"hws.service.type.ec2": 20}',
}

_MUST = {
    "port": "must be a whole number from 0 to 65535",
    "desk_export_retention_days": f"must be a whole number of days from 1 to {_MOST_DAYS}",
    "desk_max_discount_percent": "must be a percentage from 0 to 100",
    "desk_max_discount_by_product": "must be JSON of product types and percentages from 0 to 100; "
    + _JSON["desk_max_discount_by_product"],
    "desk_approval_tiers": "must be JSON: pairs of [up to this percentage, N managers], percentages rising to 100, "
    "N from 0 to 2; " + _JSON["desk_approval_tiers"],
    "desk_approval_reminder_hours": f"must be a number of hours above 0, up to {24 * _MOST_DAYS}",
    "log_level": "must be DEBUG, INFO, WARNING or ERROR",
    "log_format": "must be json or text",
}


def require(settings: Settings, *names: str) -> None:
    """Raises SettingsError with each of these settings that is empty, and where to get it."""
    missing = []
    for name in names:
        value = getattr(settings, name)
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
            missing.append(f"{name.upper()} is missing: {WHERE.get(name, 'set it in the environment or in .env')}")
    if missing:
        raise SettingsError(missing)
