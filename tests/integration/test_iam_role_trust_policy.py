# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may assume a role: statements of trust policies, and sessions that they allow."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from tests.integration.accounts import may
from tests.integration.conftest import OTHER, PRIMARY, SECONDARY, Account, Ansible, Journal
from tests.integration.meaning import statements
from tests.integration.tasks import done, shown, tasks, thrice
from tests.lab import Lab

MODULE = "iam_role_trust_policy"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
PROVIDER = f"arn:aws:iam::{PRIMARY}:oidc-provider/{ISSUER}"
CENTRAL = {"sid": "Central", "account": SECONDARY, "roles": ["central"], "external_id": "6f1c2f9e-registry"}
ECS = {"Sid": "Ecs", "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
SCANNER = f"arn:aws:iam::{PRIMARY}:role/scanner"


@pytest.fixture(autouse=True)
def scanner(primary: Account, secondary: Account) -> str:
    """A role that its own account may assume, and roles of another account."""
    for role in ("central", "auditor"):
        secondary.create_role(role)
        secondary.let(role, "sts:AssumeRole")
    return primary.create_role("scanner")


def trust(account: Account, role: str = "scanner") -> list[dict[str, Any]]:
    return statements(account.client("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])


def sids(account: Account, role: str = "scanner") -> list[str]:
    return [one.get("Sid", "") for one in trust(account, role)]


def set_trust(account: Account, *its_statements: Any, role: str = "scanner") -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(its_statements)})
    account.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=document)


def sts_of(lab: Lab, account: Account, role: str) -> Any:
    arn = f"arn:aws:iam::{account.id}:role/{role}"
    key = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return lab.session_of(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"]).client("sts")


def token(subject: str, audience: str = "sts.amazonaws.com") -> str:
    claims = {"iss": f"https://{ISSUER}", "sub": subject, "aud": audience, "exp": time.time() + 600}
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in ({"alg": "RS256"}, claims)]
    return ".".join([*parts, "signature"])


def test_everybody_who_can_be_trusted(lab: Lab, ansible: Ansible, primary: Account, secondary: Account) -> None:
    """An account with an external ID, a service, subjects of an OIDC provider: the sessions that they open are real."""
    primary.client("iam").create_open_id_connect_provider(
        Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com", "other"], ThumbprintList=["a" * 40]
    )
    trusted = [
        CENTRAL,
        {"sid": "Cache", "service": "pullthroughcache.ecr.amazonaws.com", "source_account": PRIMARY},
        {"oidc_provider": PROVIDER, "subjects": ["system:serviceaccount:stackrox:central*"]},
    ]
    real = thrice(ansible, MODULE, {"roles": ["scanner"], "trusted": trusted}, credentials=PRIMARY, region=None)
    assert done(real) == {"role/scanner": "updated"}
    assert real["actions"][0]["statements_added"] == ["Central", "Cache", "#4"]
    assert f"arn:aws:iam::{SECONDARY}:role/central gains sts:AssumeRole if StringEquals sts:ExternalId 6f1c2f9e-registry" in shown(real)
    assert trust(primary) == [
        {"Effect": "Allow", "Principal": {"AWS": [PRIMARY]}, "Action": ["sts:assumerole"]},
        {
            "Sid": "Central",
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{SECONDARY}:role/central"]},
            "Action": ["sts:assumerole"],
            "Condition": {"stringequals": {"sts:externalid": ["6f1c2f9e-registry"]}},
        },
        {
            "Sid": "Cache",
            "Effect": "Allow",
            "Principal": {"Service": ["pullthroughcache.ecr.amazonaws.com"]},
            "Action": ["sts:assumerole"],
            "Condition": {"stringequals": {"aws:sourceaccount": [PRIMARY]}},
        },
        {
            "Effect": "Allow",
            "Principal": {"Federated": [PROVIDER]},
            "Action": ["sts:assumerolewithwebidentity"],
            "Condition": {
                "stringequals": {f"{ISSUER}:aud".lower(): ["sts.amazonaws.com"]},
                "stringlike": {f"{ISSUER}:sub".lower(): ["system:serviceaccount:stackrox:central*"]},
            },
        },
    ]

    def assume(caller: Any, **more: str) -> None:
        caller.assume_role(RoleArn=SCANNER, RoleSessionName="scan", **more)

    def federate(web_token: str) -> None:
        secondary.client("sts").assume_role_with_web_identity(RoleArn=SCANNER, RoleSessionName="scan", WebIdentityToken=web_token)

    central, auditor = sts_of(lab, secondary, "central"), sts_of(lab, secondary, "auditor")
    assert may(lambda: assume(central, ExternalId="6f1c2f9e-registry"))
    assert not may(lambda: assume(central))
    assert not may(lambda: assume(central, ExternalId="6F1C2F9E-registry"))
    assert not may(lambda: assume(auditor, ExternalId="6f1c2f9e-registry"))
    assert may(federate, token("system:serviceaccount:stackrox:central-db"))
    assert not may(federate, token("system:serviceaccount:default:central"))
    assert not may(federate, token("system:serviceaccount:stackrox:central", "other"))


def test_what_goes_and_what_stays(ansible: Ansible, primary: Account) -> None:
    """By Sid, by meaning, by prefix and exactly; others keep their place, and the last statement stays."""
    own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PRIMARY}:root"}, "Action": "sts:AssumeRole"}
    set_trust(primary, own, {**ECS, "Sid": "WorkloadBatch"}, {**ECS, "Sid": "Team"})
    run = tasks(
        ansible,
        MODULE,
        {
            "by meaning": {"roles": ["scanner", "/scanner", SCANNER], "trusted": [{"account": PRIMARY}]},
            "prefix": {"roles": ["scanner"], "statements": [{**ECS, "Sid": "WorkloadEcs"}], "sid_prefix": "Workload"},
            "by sid": {"roles": ["scanner"], "trusted": [CENTRAL]},
            "changed": {"roles": ["scanner"], "trusted": [{**CENTRAL, "external_id": "another-one"}]},
            "absent": {"roles": ["scanner"], "trusted": [{"account": PRIMARY}], "state": "absent"},
            "absent by sid": {"roles": ["scanner"], "sids": ["Central", "NeverThere"], "state": "absent"},
            "exact": {"roles": ["scanner"], "policy": json.dumps({"Statement": ECS}), "state": "exact"},
            "last": {"roles": ["scanner"], "sids": ["Ecs"], "state": "absent"},
        },
        credentials=PRIMARY,
    )
    changes = {
        name: {what: run[name]["actions"][0][f"statements_{what}"] for what in ("added", "replaced", "removed")}
        for name in ("by meaning", "prefix", "by sid", "changed", "absent", "absent by sid", "exact")
    }
    nothing: dict[str, list[str]] = {"added": [], "replaced": [], "removed": []}
    assert changes == {
        "by meaning": nothing,
        "prefix": nothing | {"added": ["WorkloadEcs"], "removed": ["WorkloadBatch"]},
        "by sid": nothing | {"added": ["Central"]},
        "changed": nothing | {"replaced": ["Central"]},
        "absent": nothing | {"removed": ["#1"]},
        "absent by sid": nothing | {"removed": ["Central"]},
        "exact": nothing | {"added": ["Ecs"], "removed": ["Team", "WorkloadEcs"]},
    }
    assert len(run["by meaning"]["actions"]) == 1
    assert "no statement would be left, and there cannot be no trust policy; keep one, or delete what it belongs to" in run["last"].msg
    assert sids(primary) == ["Ecs"]


def test_a_trusted_role_that_was_deleted(ansible: Ansible, primary: Account, secondary: Account) -> None:
    """Its unique id stays in the policy; AWS takes no document back that has it."""
    mixed = {**ECS, "Sid": "Mixed", "Principal": {"AWS": [f"arn:aws:iam::{SECONDARY}:role/{role}" for role in ("central", "auditor")]}}
    set_trust(primary, {**ECS, "Sid": "Gone", "Principal": {"AWS": f"arn:aws:iam::{SECONDARY}:role/central"}}, mixed)
    unique_id = secondary.client("iam").get_role(RoleName="central")["Role"]["RoleId"]
    secondary.delete_role("central")
    secondary.create_role("central")
    wanted = {"roles": ["scanner"], "statements": [ECS]}
    run = tasks(
        ansible,
        MODULE,
        {
            "unchanged": {"roles": ["scanner"], "sids": ["NeverThere"], "state": "absent"},
            "keep": wanted,
            "fail": {**wanted, "orphan_principals": "fail"},
            "drop": {**wanted, "orphan_principals": "drop"},
            "again": {**wanted, "orphan_principals": "drop"},
        },
        credentials=PRIMARY,
    )
    assert not run["unchanged"].failed and not run["unchanged"].changed
    assert f"names deleted roles or users (Gone: {unique_id}; Mixed: {unique_id}); give 'orphan_principals: drop'" in run["keep"].msg
    assert f"the document names deleted roles or users: Gone: {unique_id}; Mixed: {unique_id}" in run["fail"].msg
    assert run["drop"]["actions"][0]["orphan_principals_dropped"] == [f"Gone: {unique_id}", f"Mixed: {unique_id}"]
    assert not run["again"].changed
    assert sids(primary) == ["Mixed", "Ecs"]
    assert trust(primary)[0]["Principal"] == {"AWS": [f"arn:aws:iam::{SECONDARY}:role/auditor"]}


def test_a_principal_that_is_not_known_yet_and_one_that_never_will_be(lab: Lab, ansible: Ansible, primary: Account, other: Account) -> None:
    lab.set_faults({"profile": "eventual-consistency", "seconds": 4})
    other.create_role("new")
    run = tasks(
        ansible,
        MODULE,
        {
            "new": {"roles": ["scanner"], "trusted": [{"sid": "New", "account": OTHER, "roles": ["new"]}]},
            "never": {"roles": ["scanner"], "trusted": [{"account": OTHER, "roles": ["never"]}], "wait_timeout": 1},
        },
        credentials=PRIMARY,
    )
    lab.set_faults()
    assert not run["new"].failed, run["new"].msg
    assert sids(primary) == ["", "New"]
    assert f"IAM does not know a principal of the policy (yet): arn:aws:iam::{OTHER}:role/never (waited " in run["never"].msg
    assert run["never"]["actions"][0]["error"]["code"] == "MalformedPolicyDocument"


def test_what_is_refused_before_any_write(ansible: Ansible, journal: Journal, primary: Account) -> None:
    many = [{"account": SECONDARY, "roles": [f"team-{number:02}"]} for number in range(20)]
    journal.clear()
    run = tasks(
        ansible,
        MODULE,
        {
            "missing role": {"roles": ["scanner", "missing"], "statements": [ECS]},
            "too long": {"roles": ["scanner"], "trusted": many},
            "higher limit": {"roles": ["scanner"], "trusted": many, "size_limit": 4096, "allowed_accounts": [OTHER]},
            "everyone": {"roles": ["scanner"], "statements": [{**ECS, "Principal": {"AWS": "*"}}]},
            "organization": {"roles": ["scanner"], "trusted": [CENTRAL], "allowed_organizations": ["o-a1b2c3d4e5"]},
            "two kinds": {"roles": ["scanner"], "trusted": [CENTRAL | {"service": "ecs-tasks.amazonaws.com"}]},
            "no roles": {"roles": ["scanner"], "trusted": [{"account": SECONDARY, "roles": []}]},
            "any subject": {"roles": ["scanner"], "trusted": [{"oidc_provider": PROVIDER, "subjects": ["*"]}]},
            "number": {"roles": ["scanner"], "trusted": [{"account": 444455556666}]},
            "role of another account": {"roles": [f"arn:aws:iam::{SECONDARY}:role/scanner"], "statements": [ECS]},
            "json": {"roles": ["scanner"], "policy": '{"Statement": ['},
            "service": {"roles": ["scanner"], "statements": [{**ECS, "Principal": {"Service": "ecs.example.com"}}]},
        },
        credentials=PRIMARY,
    )
    words = {
        "missing role": f"there is no role missing in account {PRIMARY}; create it first",
        "too long": "2,048 are allowed; trust whole accounts instead of single roles, or have the account's quota L-C07B4B0D raised",
        "higher limit": f"allows {SECONDARY}, outside of 'allowed_accounts' ({PRIMARY}, {OTHER})",
        "everyone": "statement Ecs allows everyone, without a condition that names accounts",
        "organization": f"statement Central allows {SECONDARY}, outside of 'allowed_accounts'",
        "two kinds": "trusted[0] names account, service; it must name one of account, service or oidc_provider",
        "no roles": "trusted[0]: roles is empty; name somebody, or leave it out to trust the whole account",
        "any subject": "without it every workload of the cluster could assume the role",
        "number": "trusted[0]: account is the number 444455556666; write it in quotes",
        "role of another account": f"is no role of the account {PRIMARY}",
        "json": "JSON",
        "service": 'Invalid principal in policy: "SERVICE":"ecs.example.com"',
    }
    for name, text in words.items():
        assert run[name].failed, name
        assert text in run[name].msg
    assert done(run["missing role"]) == {"role/scanner": "skipped", "role/missing": "failed"}
    # What a service may be is known to IAM alone; it is asked once, and not waited for.
    assert journal.writes() == ["UpdateAssumeRolePolicy"]
    assert sids(primary) == [""]


def test_somebody_else_writes_at_the_same_time(lab: Lab, ansible: Ansible, primary: Account) -> None:
    own = {"Effect": "Allow", "Principal": {"AWS": PRIMARY}, "Action": "sts:AssumeRole"}
    theirs = json.dumps({"Version": "2012-10-17", "Statement": [own, {**ECS, "Sid": "Theirs"}]})
    lab.write_concurrently(
        "UpdateAssumeRolePolicy",
        write={
            "service": "iam",
            "operation": "UpdateAssumeRolePolicy",
            "parameters": {"RoleName": "scanner", "PolicyDocument": theirs},
        },
        when="after",
    )
    lab.set_faults("throttling", "server-errors", "dropped-connections")
    run = tasks(ansible, MODULE, {"merged": {"roles": ["scanner"], "statements": [ECS]}}, credentials=PRIMARY)
    lab.set_faults()
    assert run["merged"].changed
    assert sids(primary) == ["", "Theirs", "Ecs"]
