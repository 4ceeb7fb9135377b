"""files.*: the three steps of an upload, lookup, deletion."""

from sandbox import limits
from sandbox.errors import SlackError
from sandbox.methods.kit import Args, Method, postable
from sandbox.objects import file_object
from sandbox.values import Channel, File, Json
from sandbox.workspace import Workspace


def get_upload_url(workspace: Workspace, args: Args) -> Json:
    """An address for the bytes. Source: https://docs.slack.dev/reference/methods/files.getUploadURLExternal"""
    name, length = args.need("filename"), args.number("length", 0)
    if length <= 0:
        raise SlackError("invalid_arguments", ["[ERROR] must be greater than 0 [json-pointer:/length]"])
    key, file_id = workspace.files.begin(name, length, workspace.bot.id)
    return {"upload_url": f"{workspace.base_url}upload/v1/{key}", "file_id": file_id}


def complete_upload(workspace: Workspace, args: Args) -> Json:
    """Share the uploaded files. Source: https://docs.slack.dev/reference/methods/files.completeUploadExternal"""
    wanted = args.json("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(each, dict) for each in wanted):
        raise SlackError("invalid_arguments", ["[ERROR] must provide an array [json-pointer:/files]"])
    with workspace.changing():
        targets = [postable(workspace, target) for target in _targets(args)]
        blocks = limits.check_message("", args.json("blocks") or [])
        made = [workspace.files.complete(str(each.get("id")), each.get("title")) for each in wanted]

        def post(files: list[File]) -> None:
            for channel in targets:
                _share(workspace, args, channel, files, blocks)

        workspace.files.share_later(made, [channel.id for channel in targets], post)
    return {"files": [file_object(workspace, file) for file in made]}


def info(workspace: Workspace, args: Args) -> Json:
    """One file. Source: https://docs.slack.dev/reference/methods/files.info"""
    file = workspace.files.get(args.need("file", "file_not_found"))
    return {"file": file_object(workspace, file), "comments": [], "response_metadata": {"next_cursor": ""}}


def delete(workspace: Workspace, args: Args) -> Json:
    """Delete one of the bot's files. Source: https://docs.slack.dev/reference/methods/files.delete"""
    file = workspace.files.get(args.need("file", "file_not_found"))
    if file.user != workspace.bot.id:
        raise SlackError("cant_delete_file")
    workspace.files.delete(file.id)
    return {}


def _targets(args: Args) -> list[str]:
    listed = (args.text("channels") or "").split(",")
    return [target for target in [args.text("channel_id"), *(each.strip() for each in listed)] if target]


def _share(workspace: Workspace, args: Args, channel: Channel, files: list[File], blocks: list[Json]) -> None:
    words = args.text("initial_comment") or ""
    workspace.messages.post(
        channel.id,
        workspace.bot.id,
        words,
        blocks=() if words else blocks,
        thread_ts=args.text("thread_ts"),
        files=files,
    )


METHODS = (
    Method("files.getUploadURLExternal", get_upload_url, ("files:write",)),
    Method("files.completeUploadExternal", complete_upload, ("files:write",)),
    Method("files.info", info, ("files:read",)),
    Method("files.delete", delete, ("files:write",)),
)
