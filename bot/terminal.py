"""What a terminal is given: every text as it is, and nothing in it that the terminal would obey.

Names, cells and messages of others may hold anything. Nothing in them is markup, an emoji's code, an escape sequence
or a mark that turns the direction of writing.
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
"""Unicode's categories of what is not a sign of its own: controls, format marks (of direction too), halves of pairs,
and separators of lines."""
_JOINERS = frozenset("\u200c\u200d")
"""They shape the letters of Persian and Hindi, and join emoji; they turn nothing around."""


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
    """Rich's console, on which every plain string is foreign: printed as it is, in one line, made `visible`.

    That holds in tables, too. Styles are for those who pass a rich `Text`.
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
        """The string as a text, for whatever prints it or sets it in a table."""
        return Text(visible(text), style=style, justify=justify, overflow=overflow)


class _Description(ProgressColumn):
    """What a bar's task is about."""

    def render(self, task: Task) -> Text:
        return Text(visible(task.description))


def progress_bar(terminal: Terminal) -> Progress:
    """A bar for each task, gone at the end; none where nobody looks."""
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
    """Lets standard output take what its encoding lacks, as an escape, where it would otherwise raise."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
