"""Private words about what was done that Slack did not show at once: they wait in the outbox until it does."""

from __future__ import annotations

from handlers.kit.blocks import SECTION_TEXT, cut, section
from handlers.kit.deps import Deps
from handlers.kit.formats import Viewer
from handlers.kit.interaction import Ask
from handlers.kit.messages import NEVER, Message, Notice
from store.domain.outbox import News, OutboxItem

WORD = "desk.word"
"""Tell a person by direct message what their request did."""


def word_of(ask: Ask, words: str) -> News:
    """The words for the requester, once for each request."""
    return News(f"{WORD}/{ask.draft}", WORD, 0, ask.user_id, {"words": words})


def _word(item: OutboxItem, _deps: Deps, _viewer: Viewer) -> Message:
    # What was done stays true, so it is not read again.
    words = str(item.payload["words"])
    return Message(words, [section(cut(words, SECTION_TEXT))])


NOTICES = (Notice(WORD, _word, again=NEVER),)
