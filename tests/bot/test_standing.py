"""Who belongs to a workspace, according to Slack."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.standing import Standing, affiliation
from sandbox.values import Json

HOME, SISTER, ABROAD, ORG = "T0HOME", "T0SISTER", "T0ABROAD", "E0GROUP"


def _grid(*teams: str, org: str = ORG) -> Json:
    return {"enterprise_user": {"id": "W0ANN", "enterprise_id": org, "enterprise_name": "Group", "teams": list(teams)}}


@pytest.mark.parametrize(
    ("user", "named", "standing"),
    [
        ({"team_id": HOME}, HOME, Standing.BELONGS),
        ({"team_id": HOME}, "", Standing.BELONGS),
        ({"team_id": HOME}, ABROAD, Standing.OTHER_ORGANISATION),
        ({"team_id": ABROAD}, ABROAD, Standing.OTHER_ORGANISATION),
        ({"team_id": ABROAD}, HOME, Standing.OTHER_ORGANISATION),
        ({"team_id": HOME, "is_stranger": True}, HOME, Standing.OTHER_ORGANISATION),
        ({"team_id": HOME, "is_restricted": True}, HOME, Standing.GUEST),
        ({"team_id": HOME, "is_ultra_restricted": True}, HOME, Standing.GUEST),
        ({"team_id": HOME, "is_bot": True}, HOME, Standing.GUEST),
        ({"team_id": HOME, "deleted": True}, HOME, Standing.GUEST),
        ({"team_id": ABROAD, "is_restricted": True}, ABROAD, Standing.OTHER_ORGANISATION),
        ({"team_id": HOME, **_grid(HOME)}, HOME, Standing.BELONGS),
        ({"team_id": SISTER, **_grid(SISTER, HOME)}, SISTER, Standing.BELONGS),
        ({"team_id": SISTER, **_grid(SISTER, HOME)}, HOME, Standing.BELONGS),
        ({"team_id": SISTER, **_grid(SISTER, HOME)}, ORG, Standing.BELONGS),
        ({"team_id": SISTER, **_grid(SISTER, HOME)}, "", Standing.BELONGS),
        ({"team_id": SISTER, **_grid(SISTER, HOME)}, ABROAD, Standing.OTHER_ORGANISATION),
        ({"team_id": ORG, **_grid(SISTER, HOME)}, SISTER, Standing.BELONGS),
        ({"team_id": SISTER, "is_stranger": True, **_grid(SISTER, HOME)}, SISTER, Standing.BELONGS),
        ({"team_id": SISTER, "is_restricted": True, **_grid(SISTER, HOME)}, HOME, Standing.GUEST),
        ({"team_id": SISTER, **_grid(SISTER)}, SISTER, Standing.OTHER_WORKSPACE),
        ({"team_id": SISTER, **_grid(SISTER)}, HOME, Standing.OTHER_WORKSPACE),
        ({"team_id": HOME, **_grid(SISTER)}, HOME, Standing.OTHER_WORKSPACE),
        ({"team_id": ABROAD, **_grid(ABROAD, org="E0OTHER")}, ABROAD, Standing.OTHER_ORGANISATION),
        ({"team_id": HOME, "enterprise_user": {"enterprise_id": ORG, "teams": []}}, HOME, Standing.BELONGS),
        ({"team_id": HOME, "enterprise_user": None}, HOME, Standing.BELONGS),
        ({"team_id": ""}, HOME, Standing.UNTOLD),
        ({}, HOME, Standing.UNTOLD),
    ],
)
def test_the_home_workspace_among_a_persons_workspaces_decides(user: Json, named: str, standing: Standing) -> None:
    found = affiliation(user)
    assert found.standing(HOME, ORG, named) is standing
    assert found.belongs_to(HOME) is (found.standing(HOME, ORG) is Standing.BELONGS)


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from([SISTER, ABROAD, ORG]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(team=_ODD, teams=_ODD, organisation=_ODD)
def test_whatever_slack_tells_nobody_belongs_to_a_workspace_that_it_does_not_name(
    team: object, teams: object, organisation: object
) -> None:
    user = {"team_id": team, "enterprise_user": {"teams": teams, "enterprise_id": organisation}}
    assert not affiliation(user).belongs_to(HOME)
