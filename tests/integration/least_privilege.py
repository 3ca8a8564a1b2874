# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The least that the automation's own roles have to be allowed, worked out from the calls that runs have made."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

#: The committed documents: one for each job and side.
POLICIES = Path(__file__).resolve().parents[2] / "docs" / "policies"
GUIDE = POLICIES.parent / "docsite" / "rst" / "guide_permissions.rst"
#: The line of the guide after which the policies follow.
MADE = ".. What follows is made of docs/policies by tests/integration/test_guides.py.\n"
#: What each of them is for.
TITLES = {
    "access-primary": "Grants: an account that owns a registry",
    "access-secondary": "Grants: an account that uses one",
    "verification": "Proof and report: each account",
    "cache-upstream": "Pull-through cache: the account upstream",
    "cache-downstream": "Pull-through cache: the account of the cache",
    "credentials-owner": "Credentials of private registries: the account of the secret",
    "credentials-consumer": "Credentials of private registries: the account of jobs and tasks",
    "rhacs-registry": "Red Hat ACS: the account of a registry",
    "rhacs-cluster": "Red Hat ACS: the account of the cluster",
    "alicloud-registry": "Alibaba Cloud: the account of the registry",
    "alicloud-instances": "Alibaba Cloud: the account of the container instances",
}
#: Who runs the playbooks here, in each account.
AUTOMATION = "automation"
OWN_POLICIES = "arn:aws:iam::*:policy/crossaccount.registry/*"
#: Actions that change who has a policy are allowed for the collection's own policies only.
ATTACHING = re.compile(r"iam:(Attach|Detach)\w+Policy")
#: Lists of IAM have no resource (service authorization reference of IAM).
LISTS = re.compile(r"iam:List(Policies|Roles|Users|OpenIDConnectProviders)")
PATTERNS = (
    (r"arn:aws:ecr:.*:repository/.*", "arn:aws:ecr:*:*:repository/*"),
    (r"arn:aws:iam::\d+:policy/crossaccount\.registry/.*", OWN_POLICIES),
    (r"arn:aws:iam::(\d+|aws):policy/.*", "arn:aws:iam::*:policy/*"),
    (r"arn:aws:iam::\d+:role/aws-service-role/.*", "arn:aws:iam::*:role/aws-service-role/*"),
    (r"arn:aws:iam::\d+:(role|user|group|oidc-provider)/.*", r"arn:aws:iam::*:\1/*"),
    (r"arn:aws:secretsmanager:.*:secret:.*", "arn:aws:secretsmanager:*:*:secret:*"),
    (r"arn:aws:kms:.*:key/.*", "arn:aws:kms:*:*:key/*"),
    (r"arn:aws:eks:.*:(cluster|podidentityassociation)/.*", r"arn:aws:eks:*:*:\1/*"),
    (r"acs:ram:\*?:(?:\d+|system):(role|policy|user)/.*", r"acs:ram:*:*:\1/*"),
    (r"acs:(cr|eci):.*:(instance|containergroup|imagecache)/.*", r"acs:\1:*:*:\2/*"),
    (r"arn:aws:(ecs|batch):.*:(task|job)-definition/.*", r"arn:aws:\1:*:*:\2-definition/*"),
)

Need = tuple[str, str]


def needs_of(journal: Iterable[Mapping[str, Any]], account: str) -> set[Need]:
    """What the automation of an account needed for these calls: actions, and the resources with everything in them that has a name."""
    caller = re.compile(rf"(arn:aws:iam|acs:ram)::{account}:user/{AUTOMATION}")
    return {
        (action, _pattern(action, resource))
        for call in journal
        if not call.get("writer") and caller.fullmatch(str(call["caller"]))
        for action, resource in call["needs"]
    }


def _pattern(action: str, resource: str) -> str:
    if resource == "*" or LISTS.fullmatch(action):
        return "*"
    for pattern, general in PATTERNS:
        if found := re.fullmatch(pattern, resource):
            return found.expand(general)
    raise AssertionError(f"{action} on {resource}: least_privilege.py has no pattern for such a resource")


def document(needs: Iterable[Need], version: str = "2012-10-17") -> dict[str, Any]:
    """The policy that allows this and no more, in an order of its own. ``version`` is "1" for Alibaba Cloud."""
    by_resource: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for action, resource in sorted(_widest(set(needs))):
        by_resource[resource, bool(ATTACHING.fullmatch(action))].append(action)
    grouped: dict[tuple[tuple[str, ...], bool], list[str]] = defaultdict(list)
    for (resource, attaches), actions in sorted(by_resource.items()):
        grouped[tuple(actions), attaches].append(resource)
    statements = [
        {
            "Effect": "Allow",
            "Action": list(actions),
            "Resource": resources if len(resources) > 1 else resources[0],
            **({"Condition": {"ArnLike": {"iam:PolicyARN": OWN_POLICIES}}} if attaches else {}),
        }
        for (actions, attaches), resources in sorted(grouped.items(), key=lambda one: one[0])
    ]
    return {"Version": version, "Statement": statements}


def _widest(needs: set[Need]) -> set[Need]:
    """Without resources that are part of another resource of the same action."""
    return {
        (action, one) for action, one in needs if not any(same == action and one != wide and fnmatchcase(one, wide) for same, wide in needs)
    }


def text(policy: Mapping[str, Any]) -> str:
    """A document as it is committed."""
    return json.dumps(policy, indent=2) + "\n"


def guide() -> str:
    """The guide with all policies in it."""
    own = GUIDE.read_text(encoding="utf-8").partition(MADE)[0]
    return own + MADE + "".join(_section(name, title) for name, title in TITLES.items())


def _section(name: str, title: str) -> str:
    lines = (POLICIES / f"{name}.json").read_text(encoding="utf-8").splitlines()
    return "\n".join(
        [
            "",
            title,
            "-" * len(title),
            "",
            f"``docs/policies/{name}.json``",
            "",
            ".. code-block:: json",
            "",
            *(f"   {line}" for line in lines),
            "",
        ]
    )
