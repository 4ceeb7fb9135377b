"""Plain English: words that readers must decode are forbidden in docstrings, comments, strings and the docs."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("bot", "handlers", "store", "sandbox", "bench", "tests", "docs")
PAGES = ("README.md", "CONTRIBUTING.md", "Makefile", ".env.example", "manifest.yml", "pyproject.toml")
FORBIDDEN = re.compile(
    r"""
    \b(?:
        (?: whoever | whomever | anew | mend(?:s|ed|ing)? )\b
        | so\ many\b
        | any\ more\b
        | not\ well\b
        | (?<! there\ ) (?:is|are)\ no\ (?! longer\b | more\ than\b )
        | What\ you\ asked\ for\ yourself
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""The words of the glossary in CONTRIBUTING.md that a search can find. That table and this file may name them."""


def pages() -> list[Path]:
    found = [ROOT / page for page in PAGES]
    for part in PARTS:
        found += [path for path in (ROOT / part).rglob("*") if path.suffix in (".py", ".md")]
    return sorted(path for path in found if path != Path(__file__))


def prose_of_python(source: str) -> str:
    """The comments and strings alone, each as one line: names in the code are not prose."""
    said: list[str] = []
    last = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[token.type]
        if name == "NL":
            continue
        if name == "COMMENT":
            text = token.string.lstrip("#:")
        elif name == "STRING":
            text = re.sub("^[a-zA-Z]*(\"\"\"|'''|\"|')|(\"\"\"|'''|\"|')$", "", token.string)
        elif name == "FSTRING_MIDDLE":
            text = token.string
        else:
            last = token.type
            continue
        # Lines of a comment, and strings that Python joins, are one text.
        said.append(text if token.type == last else "\n\n" + text)
        last = token.type
    return "\n".join(" ".join(text.split()) for text in "".join(said).replace("\\n", " ").split("\n\n"))


def prose(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return prose_of_python(text)
    if path.name == "CONTRIBUTING.md":
        text = re.sub(r"^\|.*$", "", text, flags=re.MULTILINE)
    return " ".join(re.sub(r"^\s*#", "", text, flags=re.MULTILINE).split())


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_english_is_plain(path: Path) -> None:
    text = prose(path)
    found = [text[max(0, hit.start() - 40) : hit.end() + 30] for hit in FORBIDDEN.finditer(text)]
    assert not found


@pytest.mark.parametrize(
    "said",
    [
        '"""Goes to whoever\nasked."""\n',
        "# Nobody reads it any\n# more.\n",
        'x = "It is no " "day"\n',
        'x = f"{y} is no day"\n',
        "x = ('made',  # made anew\n)\n",
    ],
)
def test_a_forbidden_word_is_found_across_lines_and_pieces(said: str) -> None:
    assert FORBIDDEN.search(prose_of_python(said))


@pytest.mark.parametrize(
    "said", ["anew = 1\n", '"""There is no order."""\n', '"It is no longer due"\n', '"any" * 2, "more"\n']
)
def test_names_in_the_code_and_plain_words_pass(said: str) -> None:
    assert not FORBIDDEN.search(prose_of_python(said))
