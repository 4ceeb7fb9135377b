"""auth.*, api.*, apps.*, users.*: who the bot is, and who the people are."""

from sandbox.methods.kit import Args, Method, find_user, page
from sandbox.objects import channel_object, user_object
from sandbox.values import Json
from sandbox.workspace import Workspace


def api_test(workspace: Workspace, args: Args) -> Json:  # noqa: ARG001 - one shape for all methods
    """Returns its arguments. Source: https://docs.slack.dev/reference/methods/api.test"""
    return {"args": dict(args.raw)}


def auth_test(workspace: Workspace, args: Args) -> Json:  # noqa: ARG001
    """Whom the token belongs to. Source: https://docs.slack.dev/reference/methods/auth.test"""
    answer: Json = {
        "url": workspace.base_url,
        "team": workspace.name,
        "user": workspace.bot.name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }
    grid = workspace.grid
    if grid is None:
        return answer
    answer["enterprise_id"] = grid.id
    return answer | ({"team": grid.name, "team_id": grid.id, "is_enterprise_install": True} if grid.org_install else {})


def auth_teams_list(workspace: Workspace, args: Args) -> Json:
    """The workspaces in which an organisation's token is valid.

    Source: https://docs.slack.dev/reference/methods/auth.teams.list
    """
    teams = workspace.grid.teams if workspace.grid else {workspace.team_id: workspace.name}
    some, metadata = page(args, list(teams.items()), 100, 1000)
    return {"teams": [{"id": team, "name": name} for team, name in some], **metadata}


def connections_open(workspace: Workspace, args: Args) -> Json:  # noqa: ARG001
    """An address for Socket Mode. Source: https://docs.slack.dev/reference/methods/apps.connections.open"""
    return {"url": workspace.delivery.sockets.issue()}


def users_info(workspace: Workspace, args: Args) -> Json:
    """One person. Source: https://docs.slack.dev/reference/methods/users.info"""
    user = find_user(workspace, args.need("user", "user_not_found"))
    return {"user": user_object(workspace, user, locale=args.flag("include_locale"))}


def users_conversations(workspace: Workspace, args: Args) -> Json:
    """The channels that a person is in; by default the bot.

    Source: https://docs.slack.dev/reference/methods/users.conversations
    """
    user = find_user(workspace, args.text("user") or workspace.bot.id)
    kinds = {kind.strip() for kind in (args.text("types") or "public_channel").split(",")}
    wanted = {"public_channel": "public", "private_channel": "private", "im": "im"}
    allowed = {wanted[kind] for kind in kinds if kind in wanted}
    mine = [
        channel
        for channel in workspace.channels()
        if channel.kind in allowed
        and user.id in channel.members
        and (channel.kind == "public" or workspace.bot.id in channel.members)
        and not (channel.is_archived and args.flag("exclude_archived"))
    ]
    some, metadata = page(args, mine, 100, 1000)
    return {"channels": [channel_object(workspace, each.id) for each in some], **metadata}


METHODS = (
    Method("api.test", api_test),
    Method("auth.test", auth_test),
    Method("auth.teams.list", auth_teams_list),
    Method("apps.connections.open", connections_open, app_token=True),
    Method("users.info", users_info, ("users:read",)),
    Method("users.conversations", users_conversations, ("channels:read", "groups:read", "im:read")),
)
