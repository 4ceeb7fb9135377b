"""Safe output on a terminal: every text as it is, and nothing in it that the terminal would obey.

Names, cells and messages of others may contain anything. None of it is treated as markup, an emoji code, an escape
sequence or a mark that changes the direction of writing.
"""

from __future__ import annotations

import io
import sys
import unicodedata

from rich.console import Console, HighlighterType, JustifyMethod, OverflowMethod
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.style import Style
from rich.text import Text

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories without a visible sign: controls, format marks (including direction), halves of pairs, and line
separators."""
_JOINERS = frozenset("\u200c\u200d")
"""They shape the letters of Persian and Hindi, and join emoji; they do not change direction."""


def visible(text: str, *, keep: str = "") -> str:
    r"""The text with an escape such as `\x1b` or `\u202e` for each character that a terminal obeys and does not show.

    A line break is one of them, except for the characters in `keep`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char) if char not in keep else char for char in text)


def _shown(char: str) -> str:
    if unicodedata.category(char) not in _OBEYED or char in _JOINERS:
        return char
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


class Terminal(Console):
    """Rich's console, which treats every plain string as foreign: printed as it is, on one line, made `visible`.

    The same holds in tables. For styles, pass a rich `Text`.
    """

    def __init__(self, *, stderr: bool = False, quiet: bool = False) -> None:
        super().__init__(stderr=stderr, quiet=quiet, soft_wrap=True, markup=False, emoji=False, highlight=False)

    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        emoji: bool | None = None,  # noqa: ARG002 - whatever a caller thinks of it
        markup: bool | None = None,  # noqa: ARG002
        highlight: bool | None = None,  # noqa: ARG002
        highlighter: HighlighterType | None = None,  # noqa: ARG002
    ) -> Text:
        """The string as a text, to print or to put in a table."""
        return Text(visible(text), style=style, justify=justify, overflow=overflow)


class _Description(ProgressColumn):
    """The name of a bar's task."""

    def render(self, task: Task) -> Text:
        return Text(visible(task.description))


def progress_bar(terminal: Terminal) -> Progress:
    """A bar for each task, removed at the end; none if the output is not a terminal."""
    return Progress(
        _Description(),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=terminal,
        transient=True,
        disable=not terminal.is_terminal,
    )


def take_any_text() -> None:
    """Lets standard output escape what its encoding cannot represent, where it would otherwise raise."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
