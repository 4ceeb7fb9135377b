"""The services that listeners work with, made from the settings."""

from __future__ import annotations

from datetime import timedelta

from bot.settings import Settings
from handlers.kit.channels import ChannelLook, no_channel
from handlers.kit.deps import Deps
from handlers.kit.formats import Audience
from handlers.kit.interaction import LATE
from store.database import Database
from store.domain.adjustments.policy import Policy
from store.domain.clock import Clock, system_clock
from store.services.adjustments.adjustments import Adjustments
from store.services.exports.downloads import Downloads
from store.services.exports.exports import Exports
from store.services.exports.posting import Posting
from store.services.members import Members
from store.services.orders.orders import Orders
from store.services.orders.sharing import Sharing


def build_policy(settings: Settings) -> Policy:
    """Who must approve what. Raises InvalidPolicy."""
    return Policy.of(
        settings.desk_max_discount_percent, settings.desk_max_discount_by_product, settings.desk_approval_tiers
    )


def build_deps(
    database: Database,
    settings: Settings,
    clock: Clock = system_clock,
    *,
    channels: ChannelLook = no_channel,
    late: timedelta = LATE,
) -> Deps:
    """The services that listeners work with. Makes the folder for exports."""
    return Deps(
        orders=Orders(database, clock),
        members=Members(database, clock, settings.desk_admins),
        adjustments=Adjustments(
            database,
            clock,
            build_policy(settings),
            admins=settings.desk_admins,
            remind_after=timedelta(hours=float(settings.desk_approval_reminder_hours)),
        ),
        exports=Exports(
            database,
            clock,
            settings.desk_export_dir,
            admins=settings.desk_admins,
        ),
        sharing=Sharing(database, clock, admins=settings.desk_admins),
        downloads=Downloads(database, clock, settings.desk_export_dir, admins=settings.desk_admins),
        posting=Posting(database, clock, settings.desk_export_dir, admins=settings.desk_admins),
        clock=clock,
        audience=Audience(settings.desk_time_zone, settings.desk_locale),
        approvals_channel=settings.desk_approvals_channel,
        channels=channels,
        late=late,
    )
