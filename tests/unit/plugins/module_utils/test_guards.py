# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._guards import (
    GuardOptions,
    check_desired,
    check_orphans,
    new_identities,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy, PolicyError
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.limits import MANAGED_POLICY, REGISTRY_POLICY, REPOSITORY_POLICY

OWNER, FRIEND, STRANGER = "111122223333", "444455556666", "777788889999"
ORG = "o-a1b2c3d4e5"
EVERYONE: dict[str, Any] = {"Principal": {"AWS": "*"}}


def allow(**elements: Any) -> Policy:
    """A document with one statement that allows pulling."""
    return Policy(statements=({"Sid": "It", "Effect": "Allow", "Action": "ecr:BatchGetImage", **elements},))


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    """Everybody who meets a condition."""
    return {**EVERYONE, "Condition": {operator: {key: list(values)}}}


def refusal(policy: Policy, **options: Any) -> str | None:
    """Why the document is refused; None when it is not."""
    try:
        check_desired(policy, options.pop("kind", REPOSITORY_POLICY), GuardOptions(**options), OWNER)
    except PolicyError as error:
        return str(error)
    return None


PUBLIC: dict[str, dict[str, Any]] = {
    "bare star": {"Principal": "*"},
    "typed star": EVERYONE,
    "star among others": {"Principal": {"AWS": [FRIEND, "*"]}},
    "all but one": {"NotPrincipal": {"AWS": STRANGER}},
    "empty condition": {**EVERYONE, "Condition": {}},
    "secure transport only": when("Bool", "aws:SecureTransport", "true"),
    "organization of any kind": when("StringLike", "aws:PrincipalOrgID", "*"),
    "organization by prefix": when("StringLike", "aws:PrincipalOrgID", "o-*"),
    "organization of any ten characters": when("StringLike", "aws:PrincipalOrgID", "o-??????????"),
    "organization by a letter": when("StringLike", "aws:PrincipalOrgID", "o-a*"),
    "one of two organizations is any": when("StringLike", "aws:PrincipalOrgID", ORG, "*"),
    "not an organization": when("StringNotEquals", "aws:PrincipalOrgID", ORG),
    "organization if there is one": when("StringEqualsIfExists", "aws:PrincipalOrgID", ORG),
    "organization paths, all of none": when("ForAllValues:StringLike", "aws:PrincipalOrgPaths", f"{ORG}/*"),
    "organization paths of any": when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*/r-ab12/*"),
    "account pattern": when("StringLike", "aws:PrincipalAccount", "4*"),
    "role name in any account": when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/admin"),
    "account hidden behind a wildcard": when("StringLike", "aws:PrincipalArn", f"arn:*:iam::{FRIEND}:role/admin"),
    "user id of any role": when("StringLike", "aws:userid", "*:session"),
    "any VPC": when("StringLike", "aws:SourceVpc", "vpc-*"),
    "any VPC endpoint": when("StringLike", "aws:SourceVpce", "vpce-*"),
    "the whole internet": when("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
    "the whole internet among others": when("IpAddress", "aws:SourceIp", "10.0.0.0/8", "::/0"),
    "any address as text": when("StringLike", "aws:SourceIp", "*"),
    "half of the internet, twice": when("IpAddress", "aws:SourceIp", "0.0.0.0/1", "128.0.0.0/1"),
    "a tag that anybody can carry": when("StringEquals", "aws:PrincipalTag/team", "payments"),
    "a null check": when("Null", "aws:PrincipalOrgID", "false"),
}
NOT_PUBLIC: dict[str, dict[str, Any]] = {
    "an account": {"Principal": {"AWS": FRIEND}},
    "a service": {"Principal": {"Service": "lambda.amazonaws.com"}},
    "an organization": when("StringEquals", "aws:PrincipalOrgID", ORG),
    "an organization in another letter case": when("stringequals", "AWS:principalorgid", ORG),
    "an organization and more": {
        **EVERYONE,
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORG}, "Bool": {"aws:SecureTransport": "true"}},
    },
    "organization paths": when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", f"{ORG}/r-ab12/ou-ab12-11111111/*"),
    "an account by condition": when("StringEquals", "aws:PrincipalAccount", FRIEND),
    "a role by condition": when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{FRIEND}:role/app-*"),
    "a role by condition in any partition": when("ArnLike", "aws:PrincipalArn", f"arn:*:iam::{FRIEND}:role/app"),
    "roles by condition as text": when("StringLike", "aws:PrincipalArn", f"arn:aws:iam::{FRIEND}:role/*"),
    "a network": when("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
    "a VPC": when("StringEquals", "aws:SourceVpc", "vpc-12345678"),
    "a role by its id": when("StringLike", "aws:userid", "AROAEXAMPLEROLE00001:*"),
    "a denial": {**EVERYONE, "Effect": "Deny", "Action": "ecr:PutImage"},
    "an identity policy": {"Resource": "*"},
}


@pytest.mark.parametrize("elements", [pytest.param(elements, id=name) for name, elements in PUBLIC.items()])
def test_public_is_refused_unless_asked_for(elements: dict[str, Any]) -> None:
    text = refusal(allow(**elements))
    assert text is not None
    for part in ("statement It allows everyone", "name the principals", "aws:PrincipalOrgID", "allow_public: true"):
        assert part in text
    assert refusal(allow(**elements), allow_public=True) is None


@pytest.mark.parametrize("elements", [pytest.param(elements, id=name) for name, elements in NOT_PUBLIC.items()])
def test_what_names_somebody_is_not_public(elements: dict[str, Any]) -> None:
    assert refusal(allow(**elements)) is None


ALLOWED: list[Any] = [
    # elements, allowed accounts, allowed organizations, what the refusal names
    pytest.param({"Principal": {"AWS": FRIEND}}, None, None, None, id="no restriction"),
    pytest.param({"Principal": {"AWS": FRIEND}}, [FRIEND], None, None, id="account"),
    pytest.param({"Principal": {"AWS": FRIEND}}, [], None, f"allows {FRIEND}, outside", id="no account"),
    pytest.param({"Principal": {"AWS": OWNER}}, [], [], None, id="the owner"),
    pytest.param({"Principal": {"AWS": f"arn:aws:iam::{FRIEND}:role/app"}}, [FRIEND], None, None, id="role"),
    pytest.param(
        {"Principal": {"AWS": f"arn:aws:iam::{STRANGER}:role/app"}}, [FRIEND], None, f"allows {STRANGER}", id="role of a stranger"
    ),
    pytest.param({"Principal": {"AWS": [FRIEND, STRANGER]}}, [FRIEND], None, f"allows {STRANGER}, outside", id="one of two"),
    pytest.param({"Principal": {"AWS": FRIEND}}, None, [ORG], f"allows {FRIEND}", id="account where organizations are allowed"),
    pytest.param(when("StringEquals", "aws:PrincipalOrgID", ORG), None, [ORG], None, id="organization"),
    pytest.param(
        when("StringEquals", "aws:PrincipalOrgID", ORG), [FRIEND], None, f"the organization {ORG}", id="organization where accounts are"
    ),
    pytest.param(
        when("StringEquals", "aws:PrincipalOrgID", ORG, "o-b1b2c3d4e5"), None, [ORG], "o-b1b2c3d4e5", id="one of two organizations"
    ),
    pytest.param(when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", f"{ORG}/r-ab12/*"), None, [ORG], None, id="organization paths"),
    pytest.param(when("StringEquals", "aws:PrincipalAccount", FRIEND), [FRIEND], None, None, id="account by condition"),
    pytest.param(when("StringEquals", "aws:PrincipalAccount", STRANGER), [FRIEND], None, STRANGER, id="stranger by condition"),
    pytest.param(
        {"Principal": {"Service": "lambda.amazonaws.com"}}, [FRIEND], None, "Service:lambda.amazonaws.com", id="service for anybody"
    ),
    pytest.param(
        {
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Condition": {"StringLike": {"aws:SourceArn": f"arn:aws:lambda:eu-west-1:{FRIEND}:function:*"}},
        },
        [FRIEND],
        None,
        None,
        id="service for an account",
    ),
    pytest.param(
        {
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Condition": {"StringLike": {"aws:SourceArn": f"arn:aws:lambda:eu-west-1:{STRANGER}:function:*"}},
        },
        [FRIEND],
        None,
        STRANGER,
        id="service for a stranger",
    ),
    pytest.param({"Principal": {"AWS": STRANGER}, "Effect": "Deny"}, [FRIEND], None, None, id="a denial"),
    pytest.param({"Principal": "*"}, [FRIEND], None, "allows *", id="everyone on request"),
]


@pytest.mark.parametrize(("elements", "accounts", "organizations", "named"), ALLOWED)
def test_allowed_accounts_and_organizations(
    elements: dict[str, Any], accounts: list[str] | None, organizations: list[str] | None, named: str | None
) -> None:
    text = refusal(
        allow(**elements),
        allow_public=True,
        allowed_accounts=None if accounts is None else tuple(accounts),
        allowed_organizations=None if organizations is None else tuple(organizations),
    )
    assert text is None if named is None else named in str(text), text
    assert text is None or "statement It" in text


LOCKOUTS: list[Any] = [
    pytest.param({"Principal": "*", "Action": "ecr:*"}, True, id="everything to everyone"),
    pytest.param({"Principal": "*", "Action": "*"}, True, id="all of AWS"),
    pytest.param(
        {"Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "ecr:SetRepositoryPolicy"}, True, id="setting, to the owner"
    ),
    pytest.param({"Principal": "*", "Action": "ecr:set*"}, True, id="pattern in another letter case"),
    pytest.param({"Principal": "*", "NotAction": "ecr:BatchGetImage"}, True, id="all but pulling"),
    pytest.param({"NotPrincipal": {"AWS": FRIEND}, "Action": "ecr:*"}, True, id="all but a friend"),
    pytest.param({"NotPrincipal": {"AWS": OWNER}, "Action": "ecr:*"}, False, id="all but the owner"),
    pytest.param({"Principal": "*", "NotAction": ["ecr:*Policy", "ecr:Get*"]}, False, id="all but policies"),
    pytest.param({"Principal": "*", "Action": "ecr:PutImage"}, False, id="pushing"),
    pytest.param({"Principal": {"AWS": STRANGER}, "Action": "ecr:*"}, False, id="a stranger"),
    pytest.param({"Principal": "*", "Action": "ecr:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}, False, id="condition"),
]


@pytest.mark.parametrize(("elements", "locks"), LOCKOUTS)
def test_lock_outs(elements: dict[str, Any], locks: bool) -> None:
    policy = Policy(statements=({"Sid": "It", "Effect": "Deny", **elements},))
    text = refusal(policy)
    assert (text is not None) == locks, text
    if text:
        assert f"statement It would deny the owner {OWNER}" in text and "repository policy" in text and "force: true" in text
    assert refusal(policy, force=True) is None
    assert refusal(policy, kind=MANAGED_POLICY) is None, "an identity policy locks nobody out of itself"


def test_each_kind_has_its_own_administration() -> None:
    policy = Policy(statements=({"Effect": "Deny", "Principal": "*", "Action": "ecr:PutRegistryPolicy"},))
    assert refusal(policy) is None
    assert "registry policy" in str(refusal(policy, kind=REGISTRY_POLICY)) and "statement #1" in str(refusal(policy, kind=REGISTRY_POLICY))


def test_orphans() -> None:
    policy = Policy(statements=({"Effect": "Allow", "Principal": {"AWS": ["AIDAEXAMPLEUSER00001", FRIEND]}, "Action": "ecr:*"},))
    check_orphans(policy, GuardOptions())
    check_orphans(policy, GuardOptions(orphan_principals="drop"))
    check_orphans(None, GuardOptions(orphan_principals="fail"))
    with pytest.raises(PolicyError, match=r"#1: AIDAEXAMPLEUSER00001; give 'orphan_principals: drop'"):
        check_orphans(policy, GuardOptions(orphan_principals="fail"))


def test_only_new_principals_are_in_question() -> None:
    there, more = f"arn:aws:iam::{FRIEND}:role/there", f"arn:aws:iam::{FRIEND}:role/more"
    current = allow(Principal={"AWS": [there, STRANGER]})
    written = allow(Principal={"AWS": [there, more, "*"], "Service": "lambda.amazonaws.com"}).statements
    assert new_identities(written, None, current) == []
    written = allow(Principal={"AWS": [there, more, OWNER], "Service": "lambda.amazonaws.com"}).statements
    assert new_identities(written, current, current) == [OWNER, more]
