"""Who may do what with an export, where its file may go, and whether it can go on. Pure."""

from __future__ import annotations

from store.domain.channels import ChannelFacts, channel_bar, check_confirmed
from store.domain.exports.errors import (
    ExportFinished,
    ExportNotFound,
    FileGone,
    NotExportable,
    NotFailed,
    NotReady,
    OutOfReach,
)
from store.domain.exports.export import Export, ExportState, ExportStep, FailureReason
from store.domain.people import Actor, Capability, Member, Person, Reach


def covers(reach: Reach, of_file: Reach) -> bool:
    """Whether all that `of_file` sees is within `reach`."""
    return reach.everything or reach == of_file


def sees_all(actor: Actor) -> bool:
    """Whether this person's Export History is everyone's."""
    return actor.can(Capability.EXPORT) and actor.reach.everything


def may_see(actor: Actor, export: Export) -> bool:
    """Whether it stands in this person's Export History: one's own; for who sees all orders, everyone's."""
    return sees_all(actor) or (actor.can(Capability.EXPORT) and Person.of(actor.member).same(export.requester))


def may_download(actor: Actor, export: Export) -> bool:
    """Whether *Download* is worth offering; whether the file is within reach, only `Downloads.ask` tells."""
    return may_see(actor, export) and export.state is ExportState.COMPLETED


def may_retry(actor: Actor, export: Export) -> bool:
    """Whether this person may try it again. It is done with the rights of who asked for it."""
    return may_see(actor, export) and export.state is ExportState.FAILED


def may_cancel(actor: Actor, export: Export) -> bool:
    """Whether this person may still cancel it: once it is about to be posted, it is too late."""
    return may_see(actor, export) and export.state.open and export.step is not ExportStep.COMPLETING


def check_may_see(actor: Actor, export: Export | None) -> Export:
    """The export. Raises NotPermitted, ExportNotFound: not there and not theirs are one and the same."""
    actor.require(Capability.EXPORT)
    if export is None or not may_see(actor, export):
        raise ExportNotFound
    return export


def check_may_cancel(actor: Actor, export: Export | None) -> Export:
    """The export. Raises NotPermitted, ExportNotFound, ExportFinished."""
    found = check_may_see(actor, export)
    if not may_cancel(actor, found):
        raise finished(found)
    return found


def check_may_retry(actor: Actor, export: Export | None) -> Export:
    """The export. Raises NotPermitted, ExportNotFound, NotFailed."""
    found = check_may_see(actor, export)
    if found.state is not ExportState.FAILED:
        raise NotFailed(found.key, found.state)
    return found


def check_may_download(actor: Actor, export: Export | None, of_file: Reach | None, lost: int) -> Export:
    """The export, whose file may be handed out.

    `of_file`: the reach it was written with. `lost`: how many customers in it are beyond the actor's reach by now.
    Raises NotPermitted, ExportNotFound, NotReady, FileGone, OutOfReach.
    """
    found = check_may_see(actor, export)
    if found.state is ExportState.DELETED:
        raise FileGone(found.key, found.deleted_at)
    if found.state is not ExportState.COMPLETED or of_file is None:
        raise NotReady(found.key, found.state)
    if lost or not covers(actor.reach, of_file):
        raise OutOfReach(found.key)
    return found


def finished(export: Export) -> ExportFinished:
    """That it is too late, with what became of it."""
    return ExportFinished(export.key, export.state, export.finished_at)


def check_destination(facts: ChannelFacts, outsiders: int, confirmed_people: int | None) -> None:
    """Raises NotExportable where the file cannot go to that channel, NeedsConfirmation where the asker must agree.

    `outsiders`: how many people in it may not see these orders.
    """
    bar = channel_bar(facts)
    if bar is not None:
        raise NotExportable(bar)
    check_confirmed(outsiders, confirmed_people)


def why_not_any_more(member: Member | None, of_file: Reach | None, lost: int) -> FailureReason | None:
    """Why an export cannot go on for who asked for it; None where it can.

    `member`: as the desk knows them now. `of_file`: the reach that the file was written with, None before there is
    one. `lost`: how many customers in the file are beyond their reach by now.
    """
    if member is None:
        return FailureReason.NOT_A_MEMBER
    if not member.can(Capability.EXPORT):
        return FailureReason.NOT_PERMITTED
    if of_file is not None and (lost or not covers(member.reach, of_file)):
        return FailureReason.REACH_CHANGED
    return None
