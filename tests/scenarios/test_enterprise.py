"""A desk on an Enterprise Grid: the people of its workspace are served, whichever workspace Slack names first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.settings import Settings
from bot.slack.home import SlackRefused, meet
from bot.wiring import web_client
from sandbox.server import SandboxServer
from sandbox.values import Grid, Json
from sandbox.workspace import Workspace
from store.database import Database
from store.domain.people import Member, Role
from tests.scenarios.test_adjust_price import ask_for, make_orders
from tests.scenarios.test_exports import files_in, the_file
from tests.support.desk import PEOPLE, Desk, eventually, running_desk
from tests.support.people import TEAM
from tests.support.wire import a_command, an_action, an_event, deliver, moment, sent_to, settled

SISTER, ORG = "T0SISTER", "E0GROUP"
WANDA, MAX, GUS, SAM, ADA = "W0WANDA", "W0MAX", "W0GUS", "W0SAM", "W0ADA"
"""A salesperson, a manager and a guest of two workspaces, of which Slack names the other one first; Sam is only in
the other one; Ada is from another organisation.
"""
GRID = Grid(ORG, teams={TEAM: "Home", SISTER: "Sister"})
WHOLE = replace(GRID, org_install=True)
MEMBERS = (
    *PEOPLE,
    Member("", WANDA, "Wanda Wide", "nancy", frozenset({Role.SALESPERSON})),
    Member("", MAX, "Max Manager", "", frozenset({Role.MANAGER})),
    Member("", GUS, "Gus Guest", "", frozenset({Role.MANAGER})),
    Member("", SAM, "Sam Sister", "", frozenset({Role.MANAGER})),
    Member("", ADA, "Ada Abroad", "", frozenset({Role.MANAGER})),
)


@pytest.fixture(params=[GRID, WHOLE], ids=["one workspace", "whole organisation"])
def desk(request: pytest.FixtureRequest, sqlite_database: Database, tmp_path: Path) -> Iterator[Desk]:
    make_orders(sqlite_database)
    settings: dict[str, Any] = {"slack_team_id": TEAM} if request.param.org_install else {}
    with running_desk(sqlite_database, tmp_path, grid=request.param, people=MEMBERS, **settings) as running:
        both = {"team_id": SISTER, "teams": (SISTER, TEAM), "enterprise_id": ORG}
        running.workspace.change_user(WANDA, **both)
        running.workspace.change_user(MAX, **both)
        running.workspace.change_user(GUS, **both, is_restricted=True)
        running.workspace.change_user(SAM, team_id=SISTER, teams=(SISTER,), enterprise_id=ORG)
        running.workspace.change_user(ADA, team_id="T0ABROAD", teams=("T0ABROAD",), enterprise_id="E0OTHER")
        yield running


def test_the_payloads_are_as_slack_sends_them_on_an_enterprise_grid(desk: Desk) -> None:
    whole = desk.workspace.grid is not None and desk.workspace.grid.org_install
    click = an_action(desk.workspace, WANDA, "orders.form")
    assert click["user"]["team_id"] == SISTER
    assert click["is_enterprise_install"] is whole
    assert click["enterprise"] == {"id": ORG, "name": "Sandbox Group"}
    assert (click["team"] is None) is whole
    typed = a_command(desk.workspace, WANDA, "")
    assert (typed["enterprise_id"], typed["is_enterprise_install"]) == (ORG, str(whole).lower())
    assert an_event(desk.workspace, WANDA)["authorizations"][0]["is_enterprise_install"] is whole


def test_who_is_in_the_home_workspace_too_searches_adjusts_and_decides(desk: Desk) -> None:
    wanda = ask_for(desk, WANDA)
    assert "PA-1001 was submitted" in wanda.screen
    card = desk.card("PA-1001", "waiting for 1 manager")
    assert desk.person(MAX).click("Approve", card).ok
    desk.card("PA-1001", f"<@{MAX}>")
    with desk.database.read() as connection:
        state = connection.execute(text("SELECT state FROM adjustments")).scalar_one()
    assert state == "applied"


def test_an_export_reaches_who_is_in_the_home_workspace_too(desk: Desk) -> None:
    direct = desk.workspace.im(WANDA)
    desk.person(WANDA).command("/export all", direct.id)
    numbers = {cell.value for cell in the_file(desk, direct.id)["Orders"]["A"]}
    assert "ADJ-1001" in numbers
    assert "FAR-1001" not in numbers


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (GUS, "full members of this workspace only, not guests or bots"),
        (SAM, "you are not in that workspace"),
        (ADA, "you are from another organisation"),
        ("U0STRANGER", "you are not one yet"),
    ],
)
def test_who_stays_outside_is_told_why_by_command_button_and_home(desk: Desk, user: str, said: str) -> None:
    workspace = desk.workspace
    for payload in (
        a_command(workspace, user, "acme"),
        an_action(workspace, user, "orders.form"),
        an_event(workspace, user),
    ):
        settled(desk)
        since = moment(workspace)
        body = deliver(desk, payload)[1].decode()
        told = eventually(partial(_told, desk, user, since, body), "a refusal")
        assert said in told
        assert "ADJ-1001" not in told


def _told(desk: Desk, user: str, since: tuple[int, int], body: str) -> str:
    """Everything that they were told since then; waits until there is something."""
    return "\n".join([body, *sent_to(desk.workspace, since)[user]]).strip()


@pytest.mark.parametrize("named", [None, "", TEAM, SISTER, ORG])
def test_whatever_team_a_click_names_of_a_persons_own_it_is_served(desk: Desk, named: str | None) -> None:
    payload = an_action(desk.workspace, WANDA, "orders.form")
    payload["user"]["team_id"] = named
    payload["team"] = None
    _opens(desk, payload)


def test_a_click_in_another_workspace_of_theirs_is_served(desk: Desk) -> None:
    payload = an_action(desk.workspace, "U0NANCY", "orders.form")
    desk.workspace.change_user("U0NANCY", teams=(TEAM, SISTER))
    payload["team"] = {"id": SISTER, "domain": "sister", "enterprise_id": ORG, "enterprise_name": "Group"}
    payload["user"]["team_id"] = SISTER
    _opens(desk, payload)


def _opens(desk: Desk, payload: Json) -> None:
    user = payload["user"]["id"]
    assert deliver(desk, payload)[0] == 200
    eventually(lambda: desk.workspace.views.modals(user), "the search form")


def test_nobody_is_another_person_of_the_same_id_elsewhere(desk: Desk) -> None:
    payload = an_action(desk.workspace, WANDA, "orders.form")
    payload["user"]["team_id"] = "T0ABROAD"
    settled(desk)
    since = moment(desk.workspace)
    deliver(desk, payload)
    told = eventually(lambda: _told(desk, WANDA, since, ""), "a refusal")
    assert "you are from another organisation" in told
    assert not desk.workspace.views.modals(WANDA)


# --- channels that workspaces of one organisation share


def test_a_channel_of_two_workspaces_is_judged_by_its_people(desk: Desk) -> None:
    workspace = desk.workspace
    channel = workspace.add_channel("both", [WANDA, MAX, "U0JANET", "U0STRANGER"], shared_team_ids=(TEAM, SISTER))
    wanda = desk.person(WANDA)
    wanda.open("/export all", channel.id)
    assert "*2 people* in *#both* may not see these" in wanda.screen
    wanda.submit()
    assert the_file(desk, channel.id)["Orders"].max_row > 1


def test_a_channel_that_another_organisation_reads_gets_nothing(desk: Desk) -> None:
    channel = desk.workspace.add_channel("abroad", [WANDA, ADA], shared_team_ids=(TEAM, SISTER), is_ext_shared=True)
    assert "shared with another organisation" in _refused(desk, channel.id)
    assert not files_in(desk, channel.id)


def _refused(desk: Desk, channel_id: str) -> str:
    wanda = desk.person(WANDA)
    assert wanda.command("/export all", channel_id).ok
    return eventually(lambda: wanda.private_messages(channel_id), "a refusal")[-1]


# --- which workspace it is


@pytest.mark.parametrize(
    ("teams", "wanted", "known", "home"),
    [
        ({TEAM: "Home"}, "", "", TEAM),
        ({TEAM: "Home", SISTER: "Sister"}, TEAM, "", TEAM),
        ({TEAM: "Home", SISTER: "Sister"}, SISTER, TEAM, SISTER),
        ({TEAM: "Home", SISTER: "Sister"}, "", TEAM, TEAM),
        ({TEAM: "Home", **{f"T{number}": "More" for number in range(150)}}, TEAM, "", TEAM),
    ],
)
def test_the_home_of_a_token_of_a_whole_organisation(teams: dict[str, str], wanted: str, known: str, home: str) -> None:
    with _slack(replace(WHOLE, teams=teams)) as (workspace, settings):
        found = meet(web_client(settings), wanted, known)
    assert (found.team_id, found.enterprise_id, found.bot_user_id) == (home, ORG, workspace.bot.id)


@pytest.mark.parametrize(
    ("teams", "wanted", "known", "said"),
    [
        ({}, "", "", "was added to no workspace"),
        ({TEAM: "Home", SISTER: "Sister"}, "", "", f"{TEAM} (Home), {SISTER} (Sister). Set SLACK_TEAM_ID"),
        ({TEAM: "Home", SISTER: "Sister"}, "", "T0GONE", "Set SLACK_TEAM_ID"),
        ({TEAM: "Home"}, SISTER, TEAM, f"SLACK_TEAM_ID is {SISTER}, but the app was not added to that workspace"),
        ({f"T{number}": "More" for number in range(150)}, "", "", "and 140 more"),
    ],
)
def test_where_nobody_can_know_the_home_the_bot_does_not_start_and_says_what_to_do(
    teams: dict[str, str], wanted: str, known: str, said: str
) -> None:
    with _slack(replace(WHOLE, teams=teams)) as (_, settings), pytest.raises(SlackRefused) as refused:
        meet(web_client(settings), wanted, known)
    assert said in str(refused.value)


def test_a_token_of_one_workspace_tells_it_and_the_setting_must_not_contradict() -> None:
    with _slack(GRID) as (workspace, settings):
        found = meet(web_client(settings), "", "T0KNOWN")
        assert (found.team_id, found.enterprise_id) == (TEAM, ORG)
        with pytest.raises(SlackRefused, match=f"SLACK_TEAM_ID is {SISTER}, but the bot token belongs to"):
            meet(web_client(settings), SISTER)
        assert not [sent for sent in workspace.sent if sent.method == "auth.teams.list"]


@pytest.mark.parametrize("kind", ["error:missing_scope", "500", "lost_before"])
def test_where_slack_does_not_tell_the_workspaces_the_bot_does_not_start(kind: str) -> None:
    with _slack(WHOLE) as (workspace, settings):
        workspace.faults.add("auth.teams.list", kind)
        with pytest.raises(SlackRefused):
            meet(web_client(settings))


@contextmanager
def _slack(grid: Grid) -> Iterator[tuple[Workspace, Settings]]:
    workspace = Workspace(TEAM, grid=grid)
    with SandboxServer(workspace) as server:
        yield workspace, Settings(_env_file=None, slack_bot_token=workspace.bot_token, slack_api_url=server.api_url)


def test_a_desk_that_has_met_its_workspace_starts_again_when_the_app_was_added_to_another(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with running_desk(sqlite_database, tmp_path, grid=replace(WHOLE, teams={TEAM: "Home"})) as desk:
        desk.person("U0NANCY").open("/orders")
    with running_desk(sqlite_database, tmp_path, grid=WHOLE) as desk:
        desk.person("U0NANCY").open("/orders")
