# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in a declaration in place of anything: a filter makes something of it, or refuses it in words of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.filter.account_credentials import account_credentials
from ansible_collections.crossaccount.registry.plugins.filter.eci_acr_plan import eci_acr_plan
from ansible_collections.crossaccount.registry.plugins.filter.registry_cache_plan import registry_cache_plan
from ansible_collections.crossaccount.registry.plugins.filter.registry_credential_plan import registry_credential_plan
from ansible_collections.crossaccount.registry.plugins.filter.registry_grant_statements import registry_grant_statements
from ansible_collections.crossaccount.registry.plugins.filter.rhacs_scanning_plan import rhacs_scanning_plan

A, B, C = "111122223333", "444455556666", "777788889999"
UID_A, UID_B = "1609982529000001", "1298452580000001"
REGION = "eu-west-1"
QUAY = f"arn:aws:secretsmanager:{REGION}:{A}:secret:registry/quay-AbCdEf"
HUB = QUAY.replace("quay", "hub")
GRANTS = [
    {
        "name": "payments",
        "registry": {"account": A, "regions": [REGION]},
        "repositories": ["payments/*", "tag:team=payments"],
        "access": "pull",
        "scope": "repository",
        "principals_as": "condition",
        "to": [
            {"account": B, "roles": ["team/*", "app"], "users": ["auditor"]},
            {"organization": "o-a1b2c3d4e5", "paths": ["o-a1b2c3d4e5/*"]},
            {"account": C, "service": "lambda"},
        ],
    }
]
RAM_GRANTS = [
    {
        "name": "payments",
        "registry": {"alicloud_account": UID_B, "region": "cn-hangzhou", "instance_id": "cri-b", "role": "role-acr"},
        "repositories": ["payments/*"],
        "access": "pull",
        "to": [{"account": UID_A, "roles": ["role-assume"]}],
    }
]
GROUPS = [{"name": "web", "grant": "payments", "role": "role-assume", "cpu": 1}]
CACHES = [
    {
        "name": "platform",
        "state": "present",
        "upstream": {"account": A, "region": REGION, "repository_prefix": "base", "allow": "role", "scope": "registry"},
        "downstream": {
            "account": B,
            "regions": ["us-east-1"],
            "repository_prefix": "platform",
            "role": "ecr-cache",
            "require_source_account": True,
        },
        "template": {"applied_for": ["PULL_THROUGH_CACHE"], "tags": {"team": "platform"}, "encryption": {"type": "KMS"}},
        "pullers": [{"account": C, "roles": ["ci"], "first_pull": True, "state": "present"}, {"account": C}],
    },
    {
        "name": "hub",
        "upstream": {"registry": "docker-hub", "url": "registry-1.docker.io", "credential_arn": HUB},
        "downstream": {"account": B, "regions": ["us-east-1"], "repository_prefix": "hub"},
    },
]
CREDENTIALS = [
    {
        "name": "quay",
        "state": "present",
        "secret": {"account": A, "region": REGION, "name": "registry/quay", "kms_key_id": "alias/x", "tags": {"team": "x"}},
        "readers": [{"account": B, "roles": ["team/exec"], "create": True, "state": "present"}, {"account": C}],
    },
    {
        "name": "hub",
        "secret": {"account": A, "region": REGION, "name": "registry/hub", "arn": HUB, "kms_key_id": None},
        "readers": [{"account": B, "roles": ["team/exec"]}],
    },
]
CONTAINER = {"image": "quay.example.com/app:1", "repository_credentials": "quay"}
DEFINITIONS = [
    {
        "account": B,
        "region": REGION,
        "job_definition": {"name": "report", "container": {**CONTAINER, "execution_role_arn": "exec"}},
    },
    {
        "account": B,
        "region": REGION,
        "job_definition": {"name": "nodes", "nodes": {"num_nodes": 2, "ranges": [{"target_nodes": "0:", "container": CONTAINER}]}},
    },
    {"account": B, "region": REGION, "task_definition": {"family": "web", "containers": [CONTAINER], "execution_role_arn": "exec"}},
]
FOUND = [
    {"name": "registry/quay", "account": A, "region": REGION, "arn": QUAY, "kms_key_arn": None},
    {"name": HUB, "account": A, "region": REGION, "arn": HUB, "kms_key_arn": None},
]
SCANNING = {
    "clusters": [
        {
            "name": "acs",
            "account": A,
            "region": REGION,
            "role": "team/rhacs",
            "identity": "irsa",
            "issuer": "https://oidc.example.com/acs",
            "namespace": "stackrox",
            "workloads": ["central"],
        }
    ],
    "registries": [
        {"account": B, "regions": [REGION], "role": "reader", "external_id": "acme-7f3c", "repositories": ["shop/*"], "state": "present"},
        {"account": C, "regions": [REGION], "access": "repository_policy", "repositories": ["shop/*"]},
    ],
}
HOSTS = [{"aws_account_id": A, "aws_profile": "a", "aws_assume_role_arn": f"arn:aws:iam::{A}:role/x", "aws_assume_role_external_id": "y"}]

ODD = [None, "", "x", "x\n", "*", "{{ x }}", "\u00e9", 5, -1, 1.5, 10**20, True, False, [], {}, [5], ["x"], [None], [[]], [{}], {"a": 1}]
USES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "grants, registry side": (GRANTS, lambda given: registry_grant_statements(given, region=REGION)),
    "grants, identity side": (GRANTS, lambda given: registry_grant_statements(given, account=B, role="app")),
    "grants of Alibaba Cloud": (RAM_GRANTS, lambda given: [eci_acr_plan(given, UID_A, GROUPS), eci_acr_plan(given, UID_B)]),
    "container groups": (GROUPS, lambda given: eci_acr_plan(RAM_GRANTS, UID_A, given, given)),
    "caches": (CACHES, lambda given: [registry_cache_plan(given, one) for one in (A, B, C)]),
    "credentials": (CREDENTIALS, lambda given: [registry_credential_plan(given, one, DEFINITIONS) for one in (A, B, C)]),
    "credentials that were looked up": (CREDENTIALS, lambda given: registry_credential_plan(given, B, DEFINITIONS, FOUND)),
    "look-ups": (FOUND, lambda given: registry_credential_plan(CREDENTIALS, B, DEFINITIONS, given)),
    "definitions": (DEFINITIONS, lambda given: registry_credential_plan(CREDENTIALS, B, given, FOUND)),
    "scanning": (SCANNING, lambda given: [rhacs_scanning_plan(given, A), rhacs_scanning_plan(given, None, "acs")]),
    "hosts": (HOSTS, account_credentials),
}


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a declaration, the whole included."""
    yield above
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in below:
        yield from places(one, (*above, key))


def variants(value: Any) -> Iterator[tuple[str, Any]]:
    """The declaration without each of its parts, and with each odd value in place of each; and what it is that differs."""
    for place in places(value):
        if not place:
            yield from ((repr(odd), odd) for odd in ODD)
            continue
        for odd in [..., *ODD]:
            changed = copy.deepcopy(value)
            holder = changed
            for key in place[:-1]:
                holder = holder[key]
            if odd is ...:
                del holder[place[-1]]
            else:
                holder[place[-1]] = odd
            yield f"{place}: {odd!r}", changed


def refusal(use: Callable[[Any], Any], given: Any) -> str | None:
    try:
        use(given)
    except AnsibleFilterError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", USES)
def test_odd_values(name: str) -> None:
    sample, use = USES[name]
    assert use(sample)
    refusals = {what: text for what, given in variants(sample) if (text := refusal(use, given)) is not None}
    assert len(refusals) > len(ODD) / 2
    assert [what for what, text in refusals.items() if not text or "Error" in text or "Traceback" in text] == []


@pytest.mark.parametrize(
    ("text", "means"), [("true", True), ("yes", True), ("False", False), ("no", False), (None, False), ("", None), ("x", None), (2, None)]
)
def test_a_template_makes_text_of_true_and_false(text: Any, means: bool | None) -> None:
    """What was false stays false: nobody is created, and nobody may fill a cache, because of a text that says no."""
    credentials, caches = copy.deepcopy(CREDENTIALS), copy.deepcopy(CACHES)
    reader: Any = credentials[0]["readers"]
    reader[0]["create"] = text
    puller: Any = caches[0]["pullers"]
    puller[0]["first_pull"] = text
    if means is None:
        with pytest.raises(AnsibleFilterError, match=r"readers\[0\]: create is .*, it must be true or false"):
            registry_credential_plan(credentials, B)
        with pytest.raises(AnsibleFilterError, match=r"pullers\[0\]: first_pull is .*, it must be true or false"):
            registry_cache_plan(caches, C)
        return
    assert registry_credential_plan(credentials, B)["roles"]["present"] == (["team/exec"] if means else [])
    filled = [one for one in registry_cache_plan(caches, B)["registry"][0]["statements"] if "ecr:CreateRepository" in one["Action"]]
    assert bool(filled) == means
