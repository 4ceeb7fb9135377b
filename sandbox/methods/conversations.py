"""conversations.*: channels, their members, and their messages."""

from collections.abc import Sequence

from sandbox.errors import SlackError
from sandbox.methods.kit import Args, Method, find_channel, find_user, page
from sandbox.objects import channel_object, message_object
from sandbox.values import Channel, Json, Message
from sandbox.workspace import Workspace


def info(workspace: Workspace, args: Args) -> Json:
    """One channel. Source: https://docs.slack.dev/reference/methods/conversations.info"""
    channel = find_channel(workspace, args.need("channel", "channel_not_found"))
    shown = channel_object(workspace, channel.id)
    if args.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def members(workspace: Workspace, args: Args) -> Json:
    """The ids of a channel's members. Source: https://docs.slack.dev/reference/methods/conversations.members"""
    channel = find_channel(workspace, args.need("channel", "channel_not_found"))
    some, metadata = page(args, sorted(channel.members), 100, 1000)
    return {"members": list(some), **metadata}


def open_(workspace: Workspace, args: Args) -> Json:
    """The direct messages with a person. Source: https://docs.slack.dev/reference/methods/conversations.open"""
    if args.text("channel"):
        channel = find_channel(workspace, args.need("channel"))
        return {"channel": {"id": channel.id}}
    users = [user.strip() for user in args.need("users", "users_list_not_supplied").split(",")]
    if len(users) != 1:
        raise SlackError("method_not_supported_for_channel_type")
    user = find_user(workspace, users[0])
    if user.deleted:
        raise SlackError("user_disabled")
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    had = any(channel.kind == "im" and user.id in channel.members for channel in workspace.channels())
    channel = workspace.im(user.id)
    shown = channel_object(workspace, channel.id) if args.flag("return_im") else {"id": channel.id}
    return {"channel": shown, **({"no_op": True, "already_open": True} if had else {})}


def history(workspace: Workspace, args: Args) -> Json:
    """The messages of a channel, newest first, without replies.

    Source: https://docs.slack.dev/reference/methods/conversations.history
    """
    channel = _readable(workspace, args)
    top = [message for message in workspace.messages.of(channel.id) if not message.is_reply]
    found = _between(args, [message for message in top if message.ephemeral_to is None])
    some, metadata = page(args, found[::-1], 100, 999)
    return {
        "messages": _shown(workspace, args, some),
        "has_more": bool(metadata["response_metadata"]["next_cursor"]),
        "pin_count": 0,
        **metadata,
    }


def replies(workspace: Workspace, args: Args) -> Json:
    """A thread, first message first. Source: https://docs.slack.dev/reference/methods/conversations.replies"""
    channel = _readable(workspace, args)
    ts = args.need("ts", "thread_not_found")
    seen = [message for message in workspace.messages.of(channel.id) if message.ephemeral_to is None]
    named = next((message for message in seen if message.ts == ts), None)
    root = next((message for message in seen if named and message.ts == (named.thread_ts or ts)), None)
    if root is None:
        raise SlackError("thread_not_found")
    under = [message for message in seen if message.is_reply and message.thread_ts == root.ts]
    thread = [root, *_between(args, under)]
    some, metadata = page(args, thread, 1000, 1000)
    more = bool(metadata["response_metadata"]["next_cursor"])
    return {"messages": _shown(workspace, args, some), "has_more": more, **metadata}


def _readable(workspace: Workspace, args: Args) -> Channel:
    channel = find_channel(workspace, args.need("channel", "channel_not_found"))
    if workspace.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _between(args: Args, messages: Sequence[Message]) -> list[Message]:
    """The messages between `oldest` and `latest`, including the bounds only if `inclusive`."""
    oldest, latest = _instant(args, "oldest"), _instant(args, "latest")
    inclusive = args.flag("inclusive")

    def fits(message: Message) -> bool:
        at = float(message.ts)
        after = oldest is None or at > oldest or (inclusive and at == oldest)
        return after and (latest is None or at < latest or (inclusive and at == latest))

    return [message for message in messages if fits(message)]


def _instant(args: Args, name: str) -> float | None:
    words = args.text(name)
    try:
        return None if words is None else float(words)
    except ValueError as error:
        raise SlackError(f"invalid_ts_{name}") from error


def _shown(workspace: Workspace, args: Args, messages: Sequence[Message]) -> list[Json]:
    metadata = args.flag("include_all_metadata")
    return [message_object(workspace, message, with_metadata=metadata) for message in messages]


_READ = ("channels:read", "groups:read", "im:read")
_HISTORY = ("channels:history", "groups:history", "im:history")

METHODS = (
    Method("conversations.info", info, _READ),
    Method("conversations.members", members, _READ),
    Method("conversations.open", open_, ("im:write",)),
    Method("conversations.history", history, _HISTORY),
    Method("conversations.replies", replies, _HISTORY),
)
