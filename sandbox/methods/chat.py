"""chat.*: posting, changing and deleting the bot's messages."""

from sandbox import limits
from sandbox.errors import SlackError
from sandbox.methods.kit import Args, Method, find_channel, postable
from sandbox.objects import message_object
from sandbox.schema import Problems, say
from sandbox.values import Json, Message
from sandbox.workspace import Workspace


def post_message(workspace: Workspace, args: Args) -> Json:
    """Post. Source: https://docs.slack.dev/reference/methods/chat.postMessage"""
    words, blocks = _content(args)
    channel = postable(workspace, args.need("channel", "channel_not_found"))
    message = workspace.messages.post(
        channel.id,
        workspace.bot.id,
        words,
        blocks=blocks,
        metadata=_metadata(args),
        thread_ts=_thread(workspace, args, channel.id),
    )
    return {"channel": channel.id, "ts": message.ts, "message": message_object(workspace, message)}


def update(workspace: Workspace, args: Args) -> Json:
    """Change one of the bot's messages; text without blocks removes the old blocks.

    Source: https://docs.slack.dev/reference/methods/chat.update
    """
    message = _own(workspace, args, "cant_update_message")
    sent = args.json("blocks", "invalid_blocks_format")
    words = args.text("text")
    if words is None and sent is None:
        raise SlackError("no_text")
    blocks = limits.check_message(words or "", [] if sent is None else sent)
    metadata = _metadata(args) if "metadata" in args.raw else message.metadata
    changed = workspace.messages.edit(
        message,
        text=message.text if words is None else words,
        blocks=blocks,
        metadata=metadata,
        edited=not blocks,
    )
    shown = message_object(workspace, changed)
    return {"channel": message.channel, "ts": message.ts, "text": changed.text, "message": shown}


def delete(workspace: Workspace, args: Args) -> Json:
    """Delete one of the bot's messages. Source: https://docs.slack.dev/reference/methods/chat.delete"""
    message = _own(workspace, args, "cant_delete_message")
    workspace.messages.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def post_ephemeral(workspace: Workspace, args: Args) -> Json:
    """Post a message that one person sees. Source: https://docs.slack.dev/reference/methods/chat.postEphemeral"""
    words, blocks = _content(args)
    channel = postable(workspace, args.need("channel", "channel_not_found"))
    user_id = args.need("user", "user_not_in_channel")
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel")
    message = workspace.messages.post(
        channel.id,
        workspace.bot.id,
        words,
        blocks=blocks,
        thread_ts=_thread(workspace, args, channel.id),
        ephemeral_to=user_id,
    )
    return {"message_ts": message.ts}


def get_permalink(workspace: Workspace, args: Args) -> Json:
    """A link to a message. Source: https://docs.slack.dev/reference/methods/chat.getPermalink"""
    channel = find_channel(workspace, args.need("channel", "channel_not_found"))
    message = workspace.messages.get(channel.id, args.need("message_ts", "message_not_found"))
    link = f"{workspace.base_url}archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def _content(args: Args) -> tuple[str, list[Json]]:
    words, sent = args.text("text") or "", args.json("blocks", "invalid_blocks_format") or []
    if not words and not sent:
        raise SlackError("no_text")
    return words, limits.check_message(words, sent)


def _metadata(args: Args) -> Json | None:
    """Source of the shape: https://docs.slack.dev/messaging/message-metadata"""
    sent = args.json("metadata", "invalid_metadata_format")
    if not sent:
        return None
    problems: Problems = []
    if not isinstance(sent, dict) or not isinstance(sent.get("event_type"), str):
        say(problems, "/metadata/event_type", "must provide a string")
    elif not isinstance(sent.get("event_payload"), dict):
        say(problems, "/metadata/event_payload", "must provide an object")
    if problems:
        raise SlackError("invalid_metadata_schema", problems)
    return {"event_type": sent["event_type"], "event_payload": sent["event_payload"]}


def _thread(workspace: Workspace, args: Args, channel_id: str) -> str | None:
    """The thread to post into; the ts of a reply leads to the thread of that reply, as in Slack."""
    ts = args.text("thread_ts")
    if ts is None:
        return None
    for message in workspace.messages.of(channel_id):
        if message.ts == ts:
            return message.thread_ts or ts
    raise SlackError("thread_not_found")


def _own(workspace: Workspace, args: Args, foreign: str) -> Message:
    """One of the bot's messages, to be changed. An ephemeral message cannot be found again."""
    channel = find_channel(workspace, args.need("channel", "channel_not_found"))
    if channel.is_archived:
        raise SlackError("is_archived")
    message = workspace.messages.get(channel.id, args.need("ts", "message_not_found"))
    if message.ephemeral_to is not None:
        raise SlackError("message_not_found")
    if message.user != workspace.bot.id:
        raise SlackError(foreign)
    return message


_WRITE = ("chat:write",)

METHODS = (
    Method("chat.postMessage", post_message, _WRITE),
    Method("chat.update", update, _WRITE),
    Method("chat.delete", delete, _WRITE),
    Method("chat.postEphemeral", post_ephemeral, _WRITE),
    Method("chat.getPermalink", get_permalink),
)
