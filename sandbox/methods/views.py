"""views.*: modals and Home tabs."""

from sandbox.errors import SlackError
from sandbox.methods.kit import Args, Method, find_user
from sandbox.values import Json
from sandbox.workspace import Workspace


def open_(workspace: Workspace, args: Args) -> Json:
    """Open a modal. Source: https://docs.slack.dev/reference/methods/views.open"""
    sent = args.json("view")
    trigger = workspace.triggers.exchange(_trigger(args))
    return {"view": workspace.views.open(trigger.user, sent, trigger.channel).payload()}


def push(workspace: Workspace, args: Args) -> Json:
    """Put a modal on top of another. Source: https://docs.slack.dev/reference/methods/views.push"""
    sent = args.json("view")
    trigger = workspace.triggers.exchange(_trigger(args), to_push=True)
    return {"view": workspace.views.push(trigger.user, sent).payload()}


def update(workspace: Workspace, args: Args) -> Json:
    """Change an open view. Source: https://docs.slack.dev/reference/methods/views.update"""
    view_id, external_id = args.text("view_id"), args.text("external_id")
    if view_id is None and external_id is None:
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: view_id or external_id"])
    view = workspace.views.update(
        args.json("view"), view_id=view_id, external_id=external_id, expected=args.text("hash")
    )
    return {"view": view.payload()}


def publish(workspace: Workspace, args: Args) -> Json:
    """Set a person's Home tab. Source: https://docs.slack.dev/reference/methods/views.publish"""
    user = find_user(workspace, args.need("user_id"))
    if user.deleted or user.team_id != workspace.team_id:
        raise SlackError("invalid_arguments", ["[ERROR] invalid user_id [json-pointer:/user_id]"])
    return {"view": workspace.views.publish(user.id, args.json("view"), args.text("hash")).payload()}


def _trigger(args: Args) -> str:
    return args.need("trigger_id")


METHODS = (
    Method("views.open", open_),
    Method("views.push", push),
    Method("views.update", update),
    Method("views.publish", publish),
)
