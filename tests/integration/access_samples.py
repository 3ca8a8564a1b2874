# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of the role access_verification as hosts would keep them, for any number of accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.integration.conftest import PRIMARY, REGION

#: Every sixth access goes wrong, in this order.
TROUBLES = ("no_identity", "undeclared", "no_policy", "contradiction", "unread", "explicit_deny")
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
ROLES = ("ecsInstanceRole", "ci/builder")
SEVERITIES = ("critical", "high", "medium", "low", "info")


def row(account: str, role: str, repository: str, access: str, trouble: str = "", declared: bool = True) -> dict[str, Any]:
    """One check: as declared, or with one of TROUBLES."""
    principal = f"arn:aws:iam::{account}:role/{role}"
    expected = "allowed" if declared else "denied"
    line: dict[str, Any] = {
        "principal": principal,
        "registry_account": PRIMARY,
        "region": REGION,
        "repository": repository,
        "access": access,
        "grant": "runtime" if declared else None,
        "expected": expected,
        "evaluated": expected,
        "probed": expected,
        "outcome": expected,
        "as_expected": True,
        "agree": True,
        "action": "ecr:BatchGetImage",
        "layer": None if declared else "resource",
        "document": f"repository policy of {repository}",
        "statement": "CrossaccountRegistryRuntimePull" if declared else None,
        "explicit": False,
        "reason": "both sides allow it"
        if declared
        else f"the repository policy of {repository} does not allow ecr:BatchGetImage to {role}",
        "disagreement": None,
        "unknown": [],
        "missing": None,
    }
    return line | _trouble(trouble, account, role, repository) if trouble else line


def _trouble(trouble: str, account: str, role: str, repository: str) -> dict[str, Any]:
    denied = {
        "expected": "allowed",
        "grant": "runtime",
        "evaluated": "denied",
        "probed": "denied",
        "outcome": "denied",
        "as_expected": False,
    }
    resource = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/{repository}"
    principal = f"arn:aws:iam::{account}:role/{role}"
    known: Mapping[str, dict[str, Any]] = {
        "no_identity": denied
        | {
            "layer": "identity",
            "document": f"identity policies of {role}",
            "statement": None,
            "reason": f"no identity policy of {role} allows ecr:BatchGetImage on {repository}",
            "missing": {
                "account": account,
                "region": None,
                "document": f"identity policy of {role}",
                "policy_kind": "identity_policy",
                "statement": {"Effect": "Allow", "Action": PULL, "Resource": [resource]},
            },
        },
        "no_policy": denied
        | {
            "layer": "resource",
            "statement": None,
            "reason": f"the repository {repository} has no policy, so no other account may use it",
            "missing": {
                "account": PRIMARY,
                "region": REGION,
                "document": f"repository policy of {repository}",
                "policy_kind": "repository_policy",
                "statement": {"Effect": "Allow", "Principal": {"AWS": [principal]}, "Action": PULL},
            },
        },
        "explicit_deny": denied
        | {
            "layer": "resource",
            "statement": "DenyOutsideVpc",
            "explicit": True,
            "reason": f"the statement DenyOutsideVpc of the repository policy of {repository} denies ecr:BatchGetImage",
        },
        "undeclared": {
            "expected": "denied",
            "grant": None,
            "evaluated": "allowed",
            "probed": "allowed",
            "outcome": "allowed",
            "as_expected": False,
            "statement": "OtherTeam",
            "reason": f"the statement OtherTeam of the repository policy of {repository} allows it, and {role} may use everything",
        },
        "contradiction": {
            "evaluated": "allowed",
            "probed": "denied",
            "outcome": "denied",
            "as_expected": True,
            "agree": False,
            "reason": "both sides allow it",
            "disagreement": "the policies allow it, but AWS denied it: an endpoint policy or a policy of the organization may be the cause",
        },
        "unread": {
            "expected": "allowed",
            "evaluated": "unknown",
            "probed": None,
            "outcome": "unknown",
            "as_expected": None,
            "agree": None,
            "statement": None,
            "document": None,
            "reason": f"the policies of account {account} were not read",
            "unknown": [f"policies of account {account}"],
        },
    }
    return known[trouble]


def finding(number: int) -> dict[str, Any]:
    """A finding of any severity."""
    severity = SEVERITIES[number % len(SEVERITIES)]
    rules = {
        "critical": ("public-access", "everyone may pull from this repository", "Name the accounts that need it, or remove the statement."),
        "high": ("unknown-account", "account 999900001111 is not in allowed_accounts and may push", "Remove it, or add the account."),
        "medium": ("orphan-principal", "AROAEXAMPLEID12345678 is what a deleted role left behind", "Remove the principal."),
        "low": ("no-policy", "a repository that the cache created has no policy", "Add a policy to the creation template."),
        "info": ("duplicate-statement", "two statements mean the same", "Remove one of them."),
    }
    rule, message, remedy = rules[severity]
    return {
        "severity": severity,
        "rule": rule,
        "account": PRIMARY,
        "region": REGION,
        "repository": None,
        "repositories": [f"team/app-{number:03}", f"team/app-{number:03}-worker"],
        "repositories_count": 2,
        "document": "repository policy",
        "statement": "OtherTeam",
        "principal": "*" if severity == "critical" else None,
        "message": message,
        "remedy": remedy,
    }


def entry(account: str, repositories: Sequence[str]) -> dict[str, Any]:
    """Who has access: one account."""
    return {
        "account": PRIMARY,
        "region": REGION,
        "source": "repository_policy",
        "resources": list(repositories),
        "resources_count": len(repositories),
        "statements": ["CrossaccountRegistryRuntimePull"],
        "principal": f"arn:aws:iam::{account}:role/ecsInstanceRole",
        "kind": "role",
        "principal_account": account,
        "access_levels": ["pull"],
        "actions": PULL,
        "condition": "",
    }


def results(accounts: int, repositories: int = 5, trouble_every: int = 6, findings: int = 7) -> list[dict[str, Any]]:
    """What this many secondary accounts and one primary account found."""
    names = [f"team/app-{number:03}" for number in range(repositories)]
    found, count, troubles = [], 0, 0
    for number in range(accounts):
        account, checks = f"{400000000000 + number}", []
        for role in ROLES:
            for index, repository in enumerate(names):
                for access in ("pull", "push"):
                    trouble = ""
                    count += 1
                    if trouble_every and count % trouble_every == 0:
                        trouble = TROUBLES[troubles % len(TROUBLES)]
                        troubles += 1
                    checks.append(row(account, role, repository, access, trouble, access == "pull" and index % 3 != 2))
        found.append(result(f"team-{number:03}", account, ["secondary"], checks=checks))
    primary = result(
        "images",
        PRIMARY,
        ["primary"],
        checks=[row("999900001111", "reader", names[0], "pull")],
        not_checked=[{"subject": "organization o-a1b2c3d4e5", "reason": "its members are not known", "pairs": None}],
        findings=[finding(number) for number in range(findings)],
        access=[entry(f"{400000000000 + number}", names) for number in range(accounts)],
        registries=[
            {
                "account": PRIMARY,
                "region": REGION,
                "scope": "V2",
                "registry_policy": False,
                "repositories": repositories,
                "repositories_with_policy": repositories - 1,
                "templates": 1,
                "repositories_cached": 0,
                "cache_rules": 0,
            }
        ],
    )
    return [*found, primary]


def result(host: str, account: str, sides: Sequence[str], **lists: Any) -> dict[str, Any]:
    """What one host keeps."""
    return {"format": 1, "host": host, "account": account, "sides": list(sides), "checked_at": "2026-11-21T21:37:00Z", **lists}
