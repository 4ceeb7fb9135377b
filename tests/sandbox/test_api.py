"""The Web API answers and refuses as Slack does; the real client calls it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.people import Person
from sandbox.server import SandboxServer
from sandbox.values import Channel
from sandbox.workspace import Workspace
from tests.sandbox.tinybot import modal, plain

Until = Callable[[Callable[[], object]], None]
SECTION = {"type": "section", "text": plain("words")}


def refused(call: Callable[..., Any], **arguments: Any) -> SlackApiError:
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return caught.value


def code(call: Callable[..., Any], **arguments: Any) -> str:
    return str(refused(call, **arguments).response["error"])


def test_who_is_who(client: WebClient, workspace: Workspace, general: Channel) -> None:
    stranger = workspace.add_user("sam", team_id="T0OTHER", locale="fr-FR", tz="Europe/Paris", tz_offset=7200)

    assert client.auth_test()["user_id"] == workspace.bot.id
    user = client.users_info(user=stranger.id, include_locale=True)["user"]
    assert (user["team_id"], user["locale"], user["tz_offset"], user["is_stranger"]) == (
        "T0OTHER",
        "fr-FR",
        7200,
        True,
    )
    assert code(client.users_info, user="U0NOBODY") == "user_not_found"
    assert set(client.conversations_members(channel=general.id)["members"]) == general.members
    assert client.conversations_info(channel=general.id)["channel"]["is_member"] is True
    assert [each["id"] for each in client.users_conversations()["channels"]] == [general.id]


@pytest.mark.parametrize(
    ("token", "expected"),
    [("", "not_authed"), ("xoxb-wrong", "invalid_auth")],
)
def test_tokens_are_checked(server: SandboxServer, token: str, expected: str) -> None:
    assert code(WebClient(token or None, base_url=server.api_url).auth_test) == expected


def test_a_revoked_token_and_an_inactive_account_are_refused(client: WebClient, workspace: Workspace) -> None:
    workspace.revoke_token()
    assert code(client.auth_test) == "token_revoked"
    workspace.revoke_token("account_inactive")
    assert code(client.auth_test) == "account_inactive"
    workspace.restore_token()
    assert client.auth_test()["ok"]


def test_a_missing_scope_is_named(client: WebClient, workspace: Workspace, ann: Person) -> None:
    workspace.scopes = frozenset({"chat:write"})
    answer = refused(client.users_info, user=ann.user.id).response
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "users:read", "chat:write")


def test_the_app_token_opens_sockets_and_nothing_else(
    client: WebClient, server: SandboxServer, workspace: Workspace
) -> None:
    assert code(client.apps_connections_open, app_token=workspace.bot_token) == "not_allowed_token_type"
    assert client.apps_connections_open(app_token=workspace.app_token)["url"].startswith("ws://127.0.0.1:")
    assert code(WebClient(workspace.app_token, base_url=server.api_url).auth_test) == "not_allowed_token_type"


def test_an_unknown_method_is_refused(client: WebClient) -> None:
    assert code(client.api_call, api_method="pizza.order") == "unknown_method"


def test_the_token_may_stand_in_a_form_and_lists_in_text(
    server: SandboxServer, workspace: Workspace, general: Channel
) -> None:
    form = {"token": workspace.bot_token, "channel": general.id, "blocks": json.dumps([SECTION])}
    answer = httpx.post(f"{server.api_url}chat.postMessage", data=form).json()
    assert answer["ok"]
    assert answer["message"]["blocks"][0]["text"] == plain("words")
    assert "token" not in workspace.sent[-1].arguments


class TestPosting:
    def test_where_the_bot_may_not_post(self, client: WebClient, workspace: Workspace, ann: Person) -> None:
        public = workspace.add_channel("open", [ann.user], with_bot=False)
        private = workspace.add_channel("closed", [ann.user], kind="private", with_bot=False)
        archived = workspace.add_channel("old", [ann.user])
        workspace.archive(archived)

        assert code(client.chat_postMessage, channel=public.id, text="x") == "not_in_channel"
        assert code(client.chat_postMessage, channel=private.id, text="x") == "channel_not_found"
        assert code(client.chat_postMessage, channel="C0NOWHERE", text="x") == "channel_not_found"
        assert code(client.chat_postMessage, channel=archived.id, text="x") == "is_archived"
        workspace.remove_from_channel(archived, workspace.bot)
        assert code(client.conversations_history, channel=archived.id) == "not_in_channel"

    def test_a_direct_message_by_a_persons_id(self, client: WebClient, workspace: Workspace, ann: Person) -> None:
        answer = client.chat_postMessage(channel=ann.user.id, text="you")
        assert answer["channel"] == workspace.im(ann.user.id).id
        assert client.conversations_open(users=[ann.user.id])["channel"]["id"] == answer["channel"]
        workspace.deactivate(ann.user)
        assert code(client.conversations_open, users=[ann.user.id]) == "user_disabled"

    def test_words_without_blocks_take_the_blocks_away(self, client: WebClient, general: Channel, ann: Person) -> None:
        ts = client.chat_postMessage(channel=general.id, text="card", blocks=[SECTION])["ts"]
        client.chat_update(channel=general.id, ts=ts, text="new", blocks=[SECTION, SECTION])
        assert [len(message.blocks) for message in ann.messages(general.id)] == [2]
        assert ann.messages(general.id)[0].edited_ts is None
        client.chat_update(channel=general.id, ts=ts, text="plain")
        message = ann.messages(general.id)[0]
        assert (message.text, message.blocks) == ("plain", ())
        assert message.edited_ts is not None

    def test_only_its_own_lasting_messages_can_be_changed(
        self, client: WebClient, general: Channel, ann: Person
    ) -> None:
        ann.say(general.id, "mine")
        theirs = ann.messages(general.id)[0].ts
        passing = client.chat_postEphemeral(channel=general.id, user=ann.user.id, text="psst")["message_ts"]

        assert code(client.chat_update, channel=general.id, ts=theirs, text="x") == "cant_update_message"
        assert code(client.chat_delete, channel=general.id, ts=theirs) == "cant_delete_message"
        assert code(client.chat_update, channel=general.id, ts=passing, text="x") == "message_not_found"
        own = client.chat_postMessage(channel=general.id, text="x")["ts"]
        client.chat_delete(channel=general.id, ts=own)
        assert code(client.chat_update, channel=general.id, ts=own, text="x") == "message_not_found"

    def test_an_ephemeral_needs_its_reader_in_the_channel(
        self, client: WebClient, general: Channel, ann: Person, ben: Person, workspace: Workspace
    ) -> None:
        workspace.remove_from_channel(general, ben.user)
        assert code(client.chat_postEphemeral, channel=general.id, user=ben.user.id, text="x") == "user_not_in_channel"
        client.chat_postEphemeral(channel=general.id, user=ann.user.id, text="psst")
        assert [message.text for message in ann.messages(general.id)] == ["psst"]
        workspace.add_to_channel(general, ben.user)
        assert ben.messages(general.id) == ()
        assert client.conversations_history(channel=general.id)["messages"] == []

    def test_history_gives_metadata_back_when_asked(self, client: WebClient, general: Channel) -> None:
        metadata = {"event_type": "card", "event_payload": {"id": "7"}}
        first = client.chat_postMessage(channel=general.id, text="one", metadata=metadata)["ts"]
        client.chat_postMessage(channel=general.id, text="reply", thread_ts=first)
        client.chat_postMessage(channel=general.id, text="two")

        page = client.conversations_history(channel=general.id, limit=1, include_all_metadata=True)
        assert [message["text"] for message in page["messages"]] == ["two"]
        assert page["has_more"]
        cursor = page["response_metadata"]["next_cursor"]
        rest = client.conversations_history(channel=general.id, limit=1, cursor=cursor, include_all_metadata=True)
        assert rest["messages"][0]["metadata"] == metadata
        assert "metadata" not in client.conversations_history(channel=general.id)["messages"][1]
        after = client.conversations_history(channel=general.id, oldest=first)["messages"]
        assert [message["text"] for message in after] == ["two"]
        thread = client.conversations_replies(channel=general.id, ts=first)["messages"]
        assert [message["text"] for message in thread] == ["one", "reply"]
        assert code(client.conversations_replies, channel=general.id, ts="1.0") == "thread_not_found"

    def test_metadata_must_be_an_event(self, client: WebClient, general: Channel) -> None:
        for wrong in ({"event_type": 7, "event_payload": {}}, {"event_type": "card", "event_payload": "7"}):
            answer = code(client.chat_postMessage, channel=general.id, text="x", metadata=wrong)
            assert answer == "invalid_metadata_schema"

    def test_replies_stand_under_what_they_reply_to(self, client: WebClient, general: Channel, ann: Person) -> None:
        first = client.chat_postMessage(channel=general.id, text="one")["ts"]
        client.chat_postMessage(channel=general.id, text="two")
        client.chat_postMessage(channel=general.id, text="under one", thread_ts=first)
        assert [message.text for message in ann.messages(general.id)] == ["one", "under one", "two"]
        link = client.chat_getPermalink(channel=general.id, message_ts=first)["permalink"]
        assert link.endswith(f"archives/{general.id}/p{first.replace('.', '')}")


class TestViews:
    def test_a_trigger_opens_one_modal(self, client: WebClient, workspace: Workspace, ann: Person) -> None:
        trigger = workspace.triggers.make(ann.user.id)
        client.views_open(trigger_id=trigger, view=modal())
        assert code(client.views_open, trigger_id=trigger, view=modal()) == "exchanged_trigger_id"
        assert code(client.views_open, trigger_id="1.2.3", view=modal()) == "invalid_trigger_id"

    def test_a_trigger_lasts_three_seconds(self, ann: Person, server: SandboxServer, workspace: Workspace) -> None:
        now = [1_800_000_000.0]
        workspace.triggers = type(workspace.triggers)(lambda: now[0])
        client = WebClient(workspace.bot_token, base_url=server.api_url)
        fresh, stale = workspace.triggers.make(ann.user.id), workspace.triggers.make(ann.user.id)
        now[0] += 3.0
        client.views_open(trigger_id=fresh, view=modal())
        now[0] += 0.1
        assert code(client.views_open, trigger_id=stale, view=modal()) == "expired_trigger_id"

    def test_a_stale_hash_is_a_conflict(self, client: WebClient, workspace: Workspace, ann: Person) -> None:
        view = client.views_open(trigger_id=workspace.triggers.make(ann.user.id), view=modal())["view"]
        newer = client.views_update(view_id=view["id"], hash=view["hash"], view=modal("Two"))["view"]
        assert newer["hash"] != view["hash"]
        assert code(client.views_update, view_id=view["id"], hash=view["hash"], view=modal("Three")) == "hash_conflict"
        assert ann.modal().title == plain("Two")

    def test_what_was_typed_outlives_an_update_of_the_same_ids(
        self, client: WebClient, workspace: Workspace, ann: Person
    ) -> None:
        opened = client.views_open(trigger_id=workspace.triggers.make(ann.user.id), view=modal(external_id="mine"))[
            "view"
        ]
        ann.fill(opened["id"], "words", "value", "typed")
        blocks = [
            {**block, "block_id": "boxes2"} if block["block_id"] == "boxes" else block for block in modal()["blocks"]
        ]
        client.views_update(external_id="mine", view=modal(blocks=blocks, external_id="mine"))
        values = ann.modal().values
        assert values["words"]["value"]["value"] == "typed"
        assert "boxes" not in values
        assert len(values["boxes2"]["value"]["selected_options"]) == 1

    def test_three_modals_are_the_most(self, client: WebClient, workspace: Workspace, ann: Person) -> None:
        def inside() -> str:
            return workspace.triggers.make(ann.user.id, in_modal=True)

        assert code(client.views_push, trigger_id=inside(), view=modal()) == "not_found"
        client.views_open(trigger_id=workspace.triggers.make(ann.user.id), view=modal())
        client.views_push(trigger_id=inside(), view=modal())
        client.views_push(trigger_id=inside(), view=modal())
        assert code(client.views_push, trigger_id=inside(), view=modal()) == "push_limit_reached"
        assert len(ann.modals()) == 3

    def test_only_what_is_done_in_a_modal_can_push(self, client: WebClient, workspace: Workspace, ann: Person) -> None:
        client.views_open(trigger_id=workspace.triggers.make(ann.user.id), view=modal())
        outside = workspace.triggers.make(ann.user.id)
        assert code(client.views_push, trigger_id=outside, view=modal()) == "invalid_trigger_id"

    def test_a_closed_view_is_not_found(self, client: WebClient, workspace: Workspace, ann: Person) -> None:
        view = modal(notify_on_close=False)
        opened = client.views_open(trigger_id=workspace.triggers.make(ann.user.id), view=view)["view"]
        ann.close(opened["id"])
        assert code(client.views_update, view_id=opened["id"], view=view) == "not_found"

    def test_an_external_id_is_one_views(
        self, client: WebClient, workspace: Workspace, ann: Person, ben: Person
    ) -> None:
        client.views_open(trigger_id=workspace.triggers.make(ann.user.id), view=modal(external_id="mine"))
        trigger = workspace.triggers.make(ben.user.id)
        assert code(client.views_open, trigger_id=trigger, view=modal(external_id="mine")) == "duplicate_external_id"

    def test_a_home_tab_is_each_persons_own(self, client: WebClient, ann: Person, ben: Person) -> None:
        view = client.views_publish(user_id=ann.user.id, view={"type": "home", "blocks": [SECTION]})["view"]
        home = ann.home()
        assert home is not None
        assert home.id == view["id"]
        assert ben.home() is None
        client.views_publish(user_id=ann.user.id, view={"type": "home", "blocks": []}, hash=view["hash"])
        late = code(client.views_publish, user_id=ann.user.id, view={"type": "home", "blocks": []}, hash=view["hash"])
        assert late == "hash_conflict"


class TestFiles:
    def test_upload_share_look_up_download_delete(
        self, client: WebClient, workspace: Workspace, general: Channel, ann: Person, until: Until
    ) -> None:
        done = client.files_upload_v2(channel=general.id, content="hello", filename="a.txt", title="A")
        until(lambda: client.files_info(file=done["file"]["id"])["file"]["shares"])
        file = client.files_info(file=done["file"]["id"])["file"]
        assert (file["size"], file["title"], file["channels"]) == (5, "A", [general.id])
        assert file["shares"]["public"][general.id][0]["ts"] == ann.messages(general.id)[0].ts
        assert httpx.get(file["url_private"]).status_code == 401
        headers = {"Authorization": f"Bearer {workspace.bot_token}"}
        assert httpx.get(file["url_private"], headers=headers).content == b"hello"
        client.files_delete(file=file["id"])
        assert code(client.files_info, file=file["id"]) == "file_not_found"
        assert ann.messages(general.id) == ()

    def test_it_is_real_only_when_whole_and_only_where_the_bot_is(
        self, client: WebClient, workspace: Workspace, ann: Person
    ) -> None:
        away = workspace.add_channel("away", [ann.user], with_bot=False)
        begun = client.files_getUploadURLExternal(filename="a.txt", length=5)
        files = [{"id": begun["file_id"]}]
        assert code(client.files_completeUploadExternal, files=files) == "file_not_found"
        assert httpx.post(begun["upload_url"], content=b"hell").status_code == 400
        assert httpx.post(begun["upload_url"], files={"file": b"hello"}).text == "OK - 5"
        assert code(client.files_completeUploadExternal, files=files, channel_id=away.id) == "not_in_channel"
        assert code(client.files_info, file=begun["file_id"]) == "file_not_found"


class TestFaults:
    def test_too_many_requests_say_when_to_come_back(
        self, client: WebClient, workspace: Workspace, general: Channel, ann: Person
    ) -> None:
        workspace.faults.add("chat.postMessage", "429", retry_after=7)
        answer = refused(client.chat_postMessage, channel=general.id, text="x").response
        assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "7")
        assert client.chat_postMessage(channel=general.id, text="y")["ok"]
        assert [message.text for message in ann.messages(general.id)] == ["y"]

    def test_a_server_error_and_a_refusal(self, client: WebClient, workspace: Workspace, general: Channel) -> None:
        workspace.faults.add("chat.postMessage", "500")
        assert refused(client.chat_postMessage, channel=general.id, text="x").response.status_code == 500
        workspace.faults.add("*", "error:fatal_error", times=2)
        assert code(client.auth_test) == "fatal_error"
        assert code(client.chat_postMessage, channel=general.id, text="x") == "fatal_error"

    @pytest.mark.parametrize(("kind", "happened"), [("lost_before", 0), ("lost_after", 1)])
    def test_a_lost_answer(
        self, client: WebClient, workspace: Workspace, general: Channel, ann: Person, kind: str, happened: int
    ) -> None:
        workspace.faults.add("chat.postMessage", kind)
        with pytest.raises(OSError, match="closed connection"):
            client.chat_postMessage(channel=general.id, text="x")
        assert len(ann.messages(general.id)) == happened
        assert (workspace.sent[-1].status, workspace.sent[-1].fault) == (None, kind)

    def test_a_slow_answer(self, workspace: Workspace, server: SandboxServer, general: Channel) -> None:
        workspace.faults.add("chat.postMessage", "slow:0.3")
        patient = WebClient(workspace.bot_token, base_url=server.api_url, timeout=60, retry_handlers=[])
        assert patient.chat_postMessage(channel=general.id, text="x")["ok"]
        assert workspace.sent[-1].ms >= 300

    def test_an_unknown_kind_of_fault_is_a_mistake(self, workspace: Workspace) -> None:
        with pytest.raises(ValueError, match="flood"):
            workspace.faults.add("chat.postMessage", "flood")


def test_every_call_is_kept(client: WebClient, workspace: Workspace, general: Channel, tmp_path: Path) -> None:
    client.chat_postMessage(channel=general.id, text="kept")
    workspace.save_sent(tmp_path / "sent.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "sent.jsonl").read_text().splitlines()]
    assert lines[-1]["method"] == "chat.postMessage"
    assert lines[-1]["arguments"]["text"] == "kept"
    assert lines[-1]["answer"]["ok"] is True
    assert workspace.bot_token not in (tmp_path / "sent.jsonl").read_text()
