"""The sentences for errors of exports. Texts are plain: fields of forms show them, too."""

from __future__ import annotations

from handlers.kit.formats import Viewer, moment_text
from handlers.kit.refusals import AUDIENCE, NO_CHANNEL, Sentence, sentence
from store.domain.exports.errors import (
    ExportFinished,
    ExportNotFound,
    FileGone,
    NotExportable,
    NotFailed,
    NotReady,
    OutOfReach,
    TooManyWaiting,
)
from store.domain.exports.export import ExportState, number_of


@sentence.register
def _(error: NotExportable, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Export",
        f"The file cannot go there: {NO_CHANNEL[error.bar]}. Nothing was queued. `/export` can send it to you alone.",
    )


@sentence.register
def _(error: TooManyWaiting, _viewer: Viewer = AUDIENCE) -> Sentence:
    whose = "of yours" if error.own else "of its requester"
    return Sentence(
        "Export",
        f"{error.waiting} exports {whose} are already waiting, and no more may wait at once. Nothing was queued. "
        "Try again once one of them is done, or cancel one in /export-history.",
    )


@sentence.register
def _(_error: ExportNotFound, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Export not found",
        "There is no such export among those you can see. Nothing was done. See /export-history.",
    )


@sentence.register
def _(error: ExportFinished, viewer: Viewer = AUDIENCE) -> Sentence:
    if error.state is ExportState.IN_PROGRESS:
        what = "its file is being posted now"
    else:
        when = f", {moment_text(error.at, viewer)}" if error.at else ""
        what = f"it is {error.state.label.lower()} already{when}"
    return Sentence(
        "Too late",
        f"{number_of(error.key)} can no longer be cancelled: {what}. Nothing was changed. "
        "See Export History for its outcome.",
    )


@sentence.register
def _(error: NotFailed, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Retry",
        f"Only a failed export is tried again; {number_of(error.key)} is {error.state.label.lower()}. "
        f"Nothing was changed. {_instead(error.state)}",
    )


@sentence.register
def _(error: NotReady, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Download",
        f"There is no file of {number_of(error.key)} to download: it is {error.state.label.lower()}. "
        f"Nothing was sent. {_instead(error.state)}",
    )


def _instead(state: ExportState) -> str:
    """What can be done with an export in that state."""
    match state:
        case ExportState.WAITING | ExportState.IN_PROGRESS:
            return "Choose Download once it is completed, or Cancel if it is not wanted."
        case ExportState.COMPLETED:
            return "Choose Download, and its file is sent to you."
        case ExportState.FAILED:
            return "Choose Retry, and it is written again."
        case _:
            return "Export the orders again."


@sentence.register
def _(error: FileGone, viewer: Viewer = AUDIENCE) -> Sentence:
    when = f"was deleted on {moment_text(error.at, viewer)}, after the time files are kept" if error.at else "was lost"
    said = f"The file of {number_of(error.key)} {when}. Nothing was sent. Export the orders again."
    return Sentence("Download", said)


@sentence.register
def _(error: OutOfReach, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Download",
        f"The file of {number_of(error.key)} contains orders that you may not see, so it is not sent to you. "
        "Export the orders that you see yourself.",
    )
