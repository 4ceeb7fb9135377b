"""Slack's objects for people, channels, messages and files, as the app receives them."""

from __future__ import annotations

from sandbox.backend import Backend
from sandbox.values import File, Json, Message, User


def message_object(backend: Backend, message: Message, *, with_metadata: bool = True) -> Json:
    """A message. Source: https://docs.slack.dev/reference/events/message"""
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    if message.is_bot:
        shown |= {"bot_id": backend.bot_id, "app_id": backend.app_id}
    shown["team"] = backend.user(message.user).team_id
    if message.blocks:
        shown["blocks"] = list(message.blocks)
    if message.metadata and with_metadata:
        shown["metadata"] = message.metadata
    if message.files:
        shown["files"] = [file_object(backend, file) for file in message.files]
    if message.edited_ts:
        shown["edited"] = {"user": message.user, "ts": message.edited_ts}
    replies = [reply for reply in backend.messages.of(message.channel) if reply.is_reply and reply.ephemeral_to is None]
    replies = [reply for reply in replies if reply.thread_ts == message.ts]
    if message.thread_ts or replies:
        shown["thread_ts"] = message.thread_ts or message.ts
    if replies:
        shown |= {"reply_count": len(replies), "latest_reply": replies[-1].ts}
    return shown


def file_object(backend: Backend, file: File) -> Json:
    """A file. Source: https://docs.slack.dev/reference/objects/file-object"""
    kinds = {channel: backend.channel(channel).kind for channel in file.channels}
    base = f"{backend.base_url}files-pri/{backend.team_id}-{file.id}"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "filetype": file.name.rpartition(".")[2].lower() or "binary",
        "user": file.user,
        "user_team": backend.team_id,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "is_public": "public" in kinds.values(),
        "url_private": f"{base}/{file.name}",
        "url_private_download": f"{base}/download/{file.name}",
        "channels": [channel for channel, kind in kinds.items() if kind == "public"],
        "groups": [channel for channel, kind in kinds.items() if kind == "private"],
        "ims": [channel for channel, kind in kinds.items() if kind == "im"],
        "shares": backend.messages.shares(file.id),
    }


def user_object(backend: Backend, user: User, *, locale: bool = False) -> Json:
    """A person as the Web API shows them. Source: https://docs.slack.dev/reference/objects/user-object"""
    shown: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz_label,
        "tz_offset": user.tz_offset,
        "profile": {
            "title": user.title,
            "real_name": user.real_name,
            "display_name": user.name,
            "team": user.team_id,
        },
        "is_admin": False,
        "is_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_stranger": backend.team_id not in {user.team_id, *user.teams},
        "updated": 0,
    }
    if user.teams:
        shown["enterprise_user"] = {
            "id": user.id,
            "enterprise_id": user.enterprise_id,
            "enterprise_name": backend.grid.name if backend.grid else "",
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "teams": list(user.teams),
        }
    return {**shown, "locale": user.locale} if locale else shown


def channel_object(backend: Backend, channel_id: str) -> Json:
    """A conversation as the Web API shows it. Source: https://docs.slack.dev/reference/objects/conversation-object"""
    channel = backend.channel(channel_id)
    shown: Json = {
        "id": channel.id,
        "created": 0,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_private": channel.kind != "public",
        "is_archived": channel.is_archived,
        "is_shared": channel.is_ext_shared or bool(channel.shared_team_ids),
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": bool(channel.shared_team_ids),
        "shared_team_ids": list(channel.shared_team_ids),
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "is_pending_ext_shared": False,
        "context_team_id": backend.team_id,
    }
    if channel.kind == "im":
        return shown | {"user": next(iter(channel.members - {backend.bot.id}))}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": backend.bot.id in channel.members,
        "is_general": False,
    }
