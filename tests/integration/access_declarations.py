# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generated declarations of grants, with everything that gets in their way: foreign statements, explicit denies, boundaries, scopes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY

REGIONS = (REGION, "us-east-1")
ORGANIZATION = "o-a1b2c3d4e5"
#: Where the accounts are in it; the registry's own account is in none.
PATHS = {SECONDARY: f"{ORGANIZATION}/r-ab12/ou-ab12-11111111/", OTHER: f"{ORGANIZATION}/r-ab12/ou-ab12-22222222/"}

#: Everybody who asks: ARN -> tags.
ROLES: dict[str, dict[str, str]] = {
    f"arn:aws:iam::{SECONDARY}:role/puller": {},
    f"arn:aws:iam::{SECONDARY}:role/team/pusher": {"team": "core"},
    f"arn:aws:iam::{SECONDARY}:role/bounded": {"team": "edge"},
    f"arn:aws:iam::{OTHER}:role/scanner": {},
    f"arn:aws:iam::{OTHER}:role/pull/reader-1": {},
    f"arn:aws:iam::{PRIMARY}:role/builder": {},
}
BOUNDED = f"arn:aws:iam::{SECONDARY}:role/bounded"
USER = f"arn:aws:iam::{SECONDARY}:user/ci"
ADMINISTRATORS = (SECONDARY, OTHER)
PRINCIPALS = (*ROLES, USER, *ADMINISTRATORS)

#: Stands for what tells the repositories and grants of one declaration from those of the others.
_OWN = "@@"
_NAMES = ("api", "web")
_PUSH = ["ecr:InitiateLayerUpload", "ecr:PutImage"]

#: The permissions boundaries that BOUNDED has, by turns.
BOUNDARIES: tuple[list[dict[str, Any]], ...] = (
    [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    [{"Effect": "Allow", "Action": ["ecr:Get*", "ecr:Batch*"], "Resource": "*"}],
    [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}, {"Effect": "Deny", "Action": _PUSH, "Resource": "*"}],
    [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": REGION}}}],
)

#: What others have put into the policies of repositories.
_ON_REPOSITORIES: tuple[dict[str, Any], ...] = (
    {"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]},
    {"Effect": "Allow", "Principal": "*", "Action": "ecr:Batch*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}},
    {"Effect": "Deny", "Principal": "*", "Action": _PUSH, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": PRIMARY}}},
    {"Effect": "Deny", "Principal": {"AWS": f"arn:aws:iam::{SECONDARY}:role/puller"}, "Action": "ecr:BatchGetImage"},
    {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{SECONDARY}:root"},
        "Action": "ecr:*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "core"}},
    },
    {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "ecr:InitiateLayerUpload",
        "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    },
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]},
    {"Effect": "Allow", "Principal": {"AWS": OTHER}, "NotAction": ["ecr:Delete*", "ecr:PutImage"]},
    {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "ecr:*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/pull/*"}},
    },
    {"Effect": "Deny", "Principal": "*", "Action": "ecr:GetDownloadUrlForLayer", "Condition": {"Null": {"aws:PrincipalOrgID": "true"}}},
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PRIMARY}:role/builder"}, "Action": "ecr:*"},
    {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "ecr:GetDownloadUrlForLayer",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["core", "edge"]}},
    },
)
#: What else the policies of roles, and of the user's group, say about the repositories of a declaration.
_ON_IDENTITIES: tuple[dict[str, Any], ...] = (
    {"Effect": "Allow", "Action": "ecr:*", "Resource": f"arn:aws:ecr:*:{PRIMARY}:repository/{_OWN}/*"},
    {"Effect": "Deny", "Action": "ecr:BatchGetImage", "Resource": f"arn:aws:ecr:*:*:repository/{_OWN}/web"},
    {"Effect": "Deny", "Action": [*_PUSH, "ecr:Describe*"], "Resource": f"arn:aws:ecr:us-east-1:{PRIMARY}:repository/{_OWN}/*"},
    {"Effect": "Allow", "NotAction": ["iam:*", "ecr:ListImages"], "Resource": f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/{_OWN}/a??"},
)
#: What the registry policy says beside the grants.
_ON_REGISTRIES: tuple[dict[str, Any], ...] = (
    {
        "Effect": "Deny",
        "Principal": {"AWS": OTHER},
        "Action": ["ecr:GetDownloadUrlForLayer", "ecr:ListImages"],
        "Resource": f"arn:aws:ecr:REGION:{PRIMARY}:repository/{_OWN}/api",
    },
    {
        "Effect": "Allow",
        "Principal": {"AWS": [SECONDARY, USER]},
        "Action": "ecr:*",
        "Resource": f"arn:aws:ecr:REGION:{PRIMARY}:repository/{_OWN}/*",
        "Condition": {"StringEquals": {"ecr:ResourceTag/set": _OWN}},
    },
)


@dataclass(frozen=True)
class Pair:
    """Who asks for which access to which repository."""

    principal: str
    region: str
    repository: str
    access: str


@dataclass(frozen=True)
class Declaration:
    """Grants, and what is there beside them.

    ``repositories``: (region, name) -> tags. ``foreign``: (region, name) -> statements in the repository's policy; ``registries`` and
    ``identities``: region, or principal -> statements. ``scope`` and ``boundary`` count where this declaration is the first of several.
    """

    grants: list[dict[str, Any]]
    repositories: dict[tuple[str, str], dict[str, str]]
    foreign: dict[tuple[str, str], list[dict[str, Any]]]
    registries: dict[str, list[dict[str, Any]]]
    identities: dict[str, list[dict[str, Any]]]
    pairs: list[Pair]
    scope: str
    boundary: int


def _some(members: tuple[Any, ...], most: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(members), max_size=most, unique_by=json.dumps)


#: Recipients, and who of the principals they mean.
_RECIPIENTS: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({"account": SECONDARY, "roles": ["puller"]}, (f"arn:aws:iam::{SECONDARY}:role/puller",)),
    ({"account": SECONDARY, "roles": ["team/pusher", "puller"]}, (f"arn:aws:iam::{SECONDARY}:role/team/pusher",)),
    ({"account": SECONDARY, "roles": ["bounded"], "users": ["ci"]}, (BOUNDED, USER)),
    ({"account": OTHER, "roles": ["scanner", "pull/reader-1"]}, (f"arn:aws:iam::{OTHER}:role/scanner",)),
    ({"account": PRIMARY, "roles": ["builder"]}, (f"arn:aws:iam::{PRIMARY}:role/builder",)),
    ({"account": SECONDARY}, (SECONDARY, f"arn:aws:iam::{SECONDARY}:role/puller")),
    ({"account": OTHER}, (OTHER,)),
    ({"organization": ORGANIZATION}, (SECONDARY, OTHER, USER)),
    ({"organization": ORGANIZATION, "paths": [f"{ORGANIZATION}/r-ab12/ou-ab12-22222222/*"]}, (OTHER, SECONDARY)),
)
_PATTERN = ({"account": OTHER, "roles": ["pull/reader-*"]}, (f"arn:aws:iam::{OTHER}:role/pull/reader-1",))
_LAMBDA = ({"account": SECONDARY, "service": "lambda"}, (SECONDARY,))
_SELECTORS = (["api"], ["api", "web"], ["*"], ["a*"], ["we?"], [f"tag:set={_OWN}"], ["web", f"tag:set={_OWN}"])


@st.composite
def _grants(draw: st.DrawFn, name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """One grant, and principals that it means."""
    access = draw(st.sampled_from(["pull", "pull", "push", "pull_push", "scan", "cache"]))
    principals_as = draw(st.sampled_from(["arn", "condition"]))
    choices = _RECIPIENTS + ((_PATTERN, _PATTERN) if principals_as == "condition" else ()) + ((_LAMBDA,) if access == "pull" else ())
    recipients = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=2, unique_by=json.dumps))
    selectors = [one if one.startswith("tag:") else f"{_OWN}/{one}" for one in draw(st.sampled_from(_SELECTORS))]
    grant = {
        "name": f"{_OWN}-{name}",
        "registry": {"account": PRIMARY, "regions": draw(st.sampled_from([REGIONS[:1], REGIONS[:1], REGIONS, REGIONS[1:]]))},
        "repositories": selectors,
        "access": access,
        "to": [recipient for recipient, _means in recipients],
        "scope": draw(st.sampled_from(["repository", "repository", "registry"])),
        "principals_as": principals_as,
    }
    return grant, tuple(one for _recipient, means in recipients for one in means)


@st.composite
def _declarations(draw: st.DrawFn) -> dict[str, Any]:
    """A declaration as plain data, with C(@@) for what is its own."""
    drawn = [draw(_grants("one"))] + ([draw(_grants("two"))] if draw(st.integers(0, 2)) == 0 else [])
    places = [(region, name) for region in REGIONS for name in _NAMES]
    pairs = []
    for grant, means in drawn:
        region = draw(st.sampled_from(grant["registry"]["regions"]))
        level = grant["access"] if grant["access"] in ("push", "scan", "pull_push") else "pull"
        pairs.append([draw(st.sampled_from(means)), region, draw(st.sampled_from(_NAMES)), level])
    pairs.append([draw(st.sampled_from(PRINCIPALS)), *draw(st.sampled_from(places)), draw(st.sampled_from(["pull", "push"]))])
    about_somebody = draw(st.integers(0, 3)) == 0
    return {
        "grants": [grant for grant, _means in drawn],
        "foreign": [[*place, draw(_some(_ON_REPOSITORIES, 2))] for place in places if draw(st.booleans())],
        "registries": {region: draw(_some(_ON_REGISTRIES, 1)) for region in REGIONS if draw(st.integers(0, 5)) == 0},
        "identities": {draw(st.sampled_from((*ROLES, USER))): draw(_some(_ON_IDENTITIES, 2))} if about_somebody else {},
        "pairs": pairs,
        "scope": draw(st.sampled_from(["V2", "V2", "V2", "V2", "V1"])),
        "boundary": draw(st.integers(0, len(BOUNDARIES) - 1)),
    }


def declarations(part: int, number: int) -> list[Declaration]:
    """This many declarations, the same in every run; ``part`` tells them from those of other parts."""
    found: list[Declaration] = []

    @seed(part)
    @settings(max_examples=number, deadline=None, database=None, phases=[Phase.generate])
    @given(_declarations())
    def collect(drawn: dict[str, Any]) -> None:
        found.append(_placed(drawn, f"p{part}n{len(found)}"))

    collect()
    return found


def _placed(drawn: dict[str, Any], own: str) -> Declaration:
    data = json.loads(json.dumps(drawn).replace(_OWN, own))
    tags: dict[str, dict[str, str]] = {"api": {"set": own}, "web": {}}
    return Declaration(
        grants=data["grants"],
        repositories={(region, f"{own}/{name}"): tags[name] for _who, region, name, _access in data["pairs"]},
        foreign={(region, f"{own}/{name}"): statements for region, name, statements in data["foreign"]},
        registries={region: _in_region(statements, region) for region, statements in data["registries"].items()},
        identities=data["identities"],
        pairs=list(dict.fromkeys(Pair(who, region, f"{own}/{name}", access) for who, region, name, access in data["pairs"])),
        scope=data["scope"],
        boundary=data["boundary"],
    )


def _in_region(statements: list[dict[str, Any]], region: str) -> list[dict[str, Any]]:
    """A registry policy speaks of its own registry only."""
    return [{**one, "Resource": one["Resource"].replace("REGION", region)} for one in statements]
