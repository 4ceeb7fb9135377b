"""What Slack says about a person, in the bot's own terms."""

from __future__ import annotations

import pytest

from bot.slack.directory import babel_locale


@pytest.mark.parametrize(
    ("told", "locale"),
    [
        ("de-DE", "de_DE"),
        ("en-GB", "en_GB"),
        ("es-ES", "es_ES"),
        ("es-LA", "es_419"),
        ("zh-TW", "zh_Hant_TW"),
        ("fr-QQ", "fr"),
        ("xx-YY", "en_US"),
        ("", "en_US"),
        ("-", "en_US"),
        ("../../etc", "en_US"),
    ],
)
def test_a_locale_of_slacks_is_the_nearest_that_there_is(told: str, locale: str) -> None:
    assert babel_locale(told, "en_US") == locale
