# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a request from who asks for what."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.request import Caller, context_of

ACCOUNT, OWNER = "444455556666", "111122223333"
ROLE = Caller(f"arn:aws:iam::{ACCOUNT}:role/team/puller", ACCOUNT)
SESSION = Caller(ROLE.arn, ACCOUNT, "role", f"arn:aws:sts::{ACCOUNT}:assumed-role/puller/s1", "AROAEXAMPLEROLE00001")
USER = Caller(f"arn:aws:iam::{ACCOUNT}:user/team/ann", ACCOUNT, "user", unique_id="AIDAEXAMPLEUSER00001")
FEDERATED_USER = Caller(USER.arn, ACCOUNT, "user", f"arn:aws:sts::{ACCOUNT}:federated-user/bob")
ROOT = Caller(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, "root")
LAMBDA = Caller("lambda.amazonaws.com", None, "service")
WEB = Caller(f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com", None, "federated")
REPOSITORY = f"arn:aws:ecr:eu-west-1:{OWNER}:repository/a"
UNKNOWN = None


@pytest.mark.parametrize(
    ("caller", "key", "expected"),
    [
        # reference_policies_condition-keys.html#condition-keys-principalarn
        (ROLE, "aws:principalarn", (ROLE.arn,)),
        (SESSION, "aws:principalarn", (ROLE.arn,)),
        (USER, "aws:principalarn", (USER.arn,)),
        (ROOT, "aws:principalarn", (ROOT.arn,)),
        (FEDERATED_USER, "aws:principalarn", (FEDERATED_USER.session,)),
        (LAMBDA, "aws:principalarn", UNKNOWN),
        (WEB, "aws:principalarn", UNKNOWN),
        (ROLE, "aws:principalaccount", (ACCOUNT,)),
        (LAMBDA, "aws:principalaccount", UNKNOWN),
        # reference_policies_variables.html#principaltable
        (ROLE, "aws:principaltype", ("AssumedRole",)),
        (USER, "aws:principaltype", ("User",)),
        (FEDERATED_USER, "aws:principaltype", ("FederatedUser",)),
        (ROOT, "aws:principaltype", ("Account",)),
        (WEB, "aws:principaltype", UNKNOWN),
        (ROLE, "aws:userid", UNKNOWN),
        (SESSION, "aws:userid", ("AROAEXAMPLEROLE00001:s1",)),
        (USER, "aws:userid", ("AIDAEXAMPLEUSER00001",)),
        (FEDERATED_USER, "aws:userid", (f"{ACCOUNT}:bob",)),
        (ROOT, "aws:userid", (ACCOUNT,)),
        (ROLE, "aws:username", ()),
        (USER, "aws:username", ("ann",)),
        (FEDERATED_USER, "aws:username", ()),
        (ROOT, "aws:username", ()),
        (LAMBDA, "aws:username", ()),
        # #condition-keys-principalisawsservice, -principalservicename, -viaawsservice
        (ROLE, "aws:principalisawsservice", ("false",)),
        (LAMBDA, "aws:principalisawsservice", ("true",)),
        (WEB, "aws:principalisawsservice", UNKNOWN),
        (ROLE, "aws:principalservicename", ()),
        (LAMBDA, "aws:principalservicename", ("lambda.amazonaws.com",)),
        (ROLE, "aws:viaawsservice", ("false",)),
        (LAMBDA, "aws:viaawsservice", UNKNOWN),
        (ROLE, "aws:calledvia", ()),
        # #condition-keys-sourcearn, -sourceaccount, -sourceorgid, -sourceorgpaths
        *((caller, key, ()) for caller in (ROLE, USER, ROOT, WEB) for key in ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid")),
        *((LAMBDA, key, UNKNOWN) for key in ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")),
        # #condition-keys-principalorgid: not there for services
        (ROLE, "aws:principalorgid", UNKNOWN),
        (ROLE, "aws:principaltag/team", UNKNOWN),
        (LAMBDA, "aws:principalorgid", ()),
        (LAMBDA, "aws:principalorgpaths", ()),
        (LAMBDA, "aws:principaltag/team", ()),
        # What the network, the clock and MFA say
        *((ROLE, key, UNKNOWN) for key in ("aws:sourceip", "aws:sourcevpce", "aws:sourcevpc", "aws:currenttime", "aws:epochtime")),
        (ROLE, "aws:multifactorauthpresent", UNKNOWN),
        (ROLE, "aws:requestedregion", ("eu-west-1",)),
        (ROLE, "aws:resourceaccount", (OWNER,)),
        (ROLE, "aws:securetransport", ("true",)),
        (ROLE, "sts:externalid", ()),
    ],
)
def test_what_follows_from_the_caller(caller: Caller, key: str, expected: tuple[str, ...] | None) -> None:
    assert context_of(caller, "ecr:BatchGetImage", REPOSITORY, OWNER).get(key) == expected


@pytest.mark.parametrize(
    ("action", "resource", "key", "expected"),
    [
        ("sts:AssumeRole", f"arn:aws:iam::{OWNER}:role/a", "sts:externalid", UNKNOWN),
        ("STS:assumerole", f"arn:aws:iam::{OWNER}:role/a", "sts:externalid", UNKNOWN),
        ("sts:AssumeRoleWithWebIdentity", f"arn:aws:iam::{OWNER}:role/a", "sts:externalid", ()),
        ("sts:AssumeRole", f"arn:aws:iam::{OWNER}:role/a", "aws:requestedregion", UNKNOWN),
        ("sts:AssumeRole", f"arn:aws:iam::{OWNER}:role/a", "aws:resourceaccount", (OWNER,)),
        ("ecr:GetAuthorizationToken", "*", "aws:requestedregion", UNKNOWN),
        ("ecr:GetAuthorizationToken", "*", "aws:resourceaccount", UNKNOWN),
        ("ecr:BatchGetImage", "arn:aws:ecr:*:111122223333:repository/a", "aws:requestedregion", UNKNOWN),
    ],
)
def test_what_follows_from_action_and_resource(action: str, resource: str, key: str, expected: tuple[str, ...] | None) -> None:
    assert context_of(ROLE, action, resource, OWNER).get(key) == expected


PATH = "o-a1b2c3/r-ab12/ou-ab12-11111111/"


@pytest.mark.parametrize(
    ("given", "key", "expected"),
    [
        ({"tags": {"Team": "core"}}, "aws:principaltag/team", ("core",)),
        ({"tags": {"Team": "core"}}, "aws:principaltag/stage", ()),
        ({"tags": {}}, "aws:principaltag/team", ()),
        ({"organization": "o-a1b2c3", "paths": [PATH]}, "aws:principalorgid", ("o-a1b2c3",)),
        ({"organization": "o-a1b2c3", "paths": [PATH]}, "aws:principalorgpaths", (PATH,)),
        ({"organization": "o-a1b2c3"}, "aws:principalorgpaths", UNKNOWN),
        ({"organization": ""}, "aws:principalorgid", ()),
        ({"organization": ""}, "aws:principalorgpaths", ()),
        ({"known": {"AWS:SourceVpce": "vpce-1"}}, "aws:sourcevpce", ("vpce-1",)),
        ({"known": {"aws:securetransport": False}}, "aws:securetransport", ("false",)),
        ({"known": {"aws:SourceArn": "arn:aws:x:::y"}}, "aws:sourcearn", ("arn:aws:x:::y",)),
        ({"known": {"aws:PrincipalTag/team": "core"}}, "aws:principaltag/stage", UNKNOWN),
    ],
)
def test_what_is_given(given: dict[str, Any], key: str, expected: tuple[str, ...] | None) -> None:
    assert context_of(ROLE, "ecr:BatchGetImage", REPOSITORY, OWNER, **given).get(key) == expected


def test_a_service_is_in_no_organization_and_has_no_tags() -> None:
    context = context_of(LAMBDA, "ecr:BatchGetImage", REPOSITORY, OWNER, tags={"team": "core"}, organization="o-a1b2c3", paths=[PATH])
    assert context.get("aws:principalorgid") == context.get("aws:principaltag/team") == ()
