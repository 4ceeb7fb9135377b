"""The sentences for errors that only orders have. Texts are plain: fields of forms show them, too."""

from __future__ import annotations

from handlers.kit.formats import Viewer
from handlers.kit.refusals import AUDIENCE, NO_CHANNEL, Sentence, sentence
from store.domain.channels import ChannelBar
from store.domain.orders.sharing import NotShareable

_LASTING = (ChannelBar.CHANNEL_ARCHIVED, ChannelBar.CHANNEL_SHARED)


@sentence.register
def _(error: NotShareable, _viewer: Viewer = AUDIENCE) -> Sentence:
    then = "Choose another." if error.bar in _LASTING else "After that share it again, or choose another."
    return Sentence("Share", f"The order cannot go there: {NO_CHANNEL[error.bar]}. Nothing was shared. {then}")
