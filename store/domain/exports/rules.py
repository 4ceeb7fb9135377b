"""Who may do what with an export, where its file may go, and whether it can continue. Pure."""

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
    """Whether everything within `of_file` is within `reach`."""
    return reach.everything or reach == of_file


def sees_all(actor: Actor) -> bool:
    """Whether this person's Export History has everybody's exports."""
    return actor.can(Capability.EXPORT) and actor.reach.everything


def may_see(actor: Actor, export: Export) -> bool:
    """Whether it is in this person's Export History: their own, or everybody's if they see all orders."""
    return sees_all(actor) or (actor.can(Capability.EXPORT) and Person.of(actor.member).same(export.requester))


def may_download(actor: Actor, export: Export) -> bool:
    """Whether to offer *Download*. Only `Downloads.ask` can say whether the file is within reach."""
    return may_see(actor, export) and export.state is ExportState.COMPLETED


def may_retry(actor: Actor, export: Export) -> bool:
    """Whether this person may try it again. The retry uses the rights of its requester."""
    return may_see(actor, export) and export.state is ExportState.FAILED


def may_cancel(actor: Actor, export: Export) -> bool:
    """Whether this person may still cancel it: once it is about to be posted, it is too late."""
    return may_see(actor, export) and export.state.open and export.step is not ExportStep.COMPLETING


def check_may_see(actor: Actor, export: Export | None) -> Export:
    """The export. Raises NotPermitted, ExportNotFound: a missing export and another person's look the same."""
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

    `of_file`: the reach with which it was written. `lost`: the customers in it that are now beyond the actor's reach.
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
    """The error that it is too late, with the outcome of the export."""
    return ExportFinished(export.key, export.state, export.finished_at)


def check_destination(facts: ChannelFacts, outsiders: int, confirmed_people: int | None) -> None:
    """Raises NotExportable if the file cannot go to that channel, NeedsConfirmation if the requester must agree.

    `outsiders`: the number of people in it who may not see these orders.
    """
    bar = channel_bar(facts)
    if bar is not None:
        raise NotExportable(bar)
    check_confirmed(outsiders, confirmed_people)


def why_not_any_more(member: Member | None, of_file: Reach | None, lost: int) -> FailureReason | None:
    """Why an export cannot continue for its requester; None if it can.

    `member`: as the desk knows them now. `of_file`: the reach with which the file was written, None before there is a
    file. `lost`: the number of customers in the file that are now beyond their reach.
    """
    if member is None:
        return FailureReason.NOT_A_MEMBER
    if not member.can(Capability.EXPORT):
        return FailureReason.NOT_PERMITTED
    if of_file is not None and (lost or not covers(member.reach, of_file)):
        return FailureReason.REACH_CHANGED
    return None
