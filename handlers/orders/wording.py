"""The sentences for what can go wrong with orders alone. Texts are plain: they also stand at fields of forms."""

from __future__ import annotations

from handlers.kit.formats import Viewer
from handlers.kit.wording import AUDIENCE, NO_CHANNEL, Sentence, sentence
from store.domain.sharing import NotShareable


@sentence.register
def _(error: NotShareable, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence("Share", f"The order cannot go there: {NO_CHANNEL[error.bar]}. Nothing was shared.")
