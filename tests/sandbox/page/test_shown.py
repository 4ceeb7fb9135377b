"""Small facts for people: initials, sizes, times."""

import pytest

from sandbox.page import emoji, shown


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Sam Salinger", "SS"), ("order desk", "OD"), ("Mia (Sales) Manager", "MM"), ("Åse", "Å"), ("", "?")],
)
def test_initials(name: str, letters: str) -> None:
    assert shown.initials(name) == letters


def test_one_person_always_has_the_same_colour() -> None:
    assert shown.colour("U1") == shown.colour("U1")
    assert len({shown.colour(f"U{number}") for number in range(50)}) > 5


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (4_100_000, "4.1 MB"),
        (250_000_000, "250 MB"),
        (7_000_000_000_000, "7000 GB"),
    ],
)
def test_sizes(count: int, words: str) -> None:
    assert shown.size(count) == words


@pytest.mark.parametrize(("name", "kind"), [("a.xlsx", "Excel Spreadsheet"), ("a.weird", "WEIRD"), ("a", "Binary")])
def test_kinds_of_files(name: str, kind: str) -> None:
    assert shown.file_kind(name) == kind


def test_every_state_emoji_of_the_screens_is_known() -> None:
    for name in ("large_yellow_circle", "large_blue_circle", "large_green_circle", "white_circle", "red_circle"):
        assert 'class="disc' in emoji.to_html(name)
    assert emoji.plain(":lock: 14:05:06 :nothing:") == "\U0001f512 14:05:06 :nothing:"
