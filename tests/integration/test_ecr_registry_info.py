# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What registries have, as the modules that manage them take it."""

from __future__ import annotations

from typing import Any

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.tasks import tasks

MODULE = "ecr_registry_info"
ELSEWHERE = "eu-central-1"
AS_PRIMARY = {"credentials": PRIMARY, "region": REGION}
RULE = {"ecr_repository_prefix": "k8s", "upstream_registry": "k8s"}
BROKEN: dict[str, Any] = {
    "ecr_repository_prefix": "shared",
    "upstream_ecr": {"account": SECONDARY, "region": ELSEWHERE},
    "custom_role_arn": f"arn:aws:iam::{PRIMARY}:role/nobody",
}


def test_what_there_is_can_be_given_back(ansible: Ansible, journal: Journal) -> None:
    """What the modules have written is what is read, in each region."""
    template = {"prefix": "k8s", "applied_for": ["PULL_THROUGH_CACHE"], "description": "d"}
    rule = {"destinations": [{"account": SECONDARY, "region": REGION}], "repository_filters": ["payments/"], "delete_replication": True}
    statement = {"Sid": "T", "Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:BatchGetImage", "Resource": "*"}
    made = {
        "ecr_pull_through_cache_rule": {"rules": [RULE, BROKEN]},
        "ecr_repository_creation_template": template,
        "ecr_registry_policy": {"statements": [statement]},
        "ecr_replication_configuration": {"rules": [rule]},
    }
    for module, options in made.items():
        assert not tasks(ansible, module, {"made": options}, **AS_PRIMARY)["made"].failed
    journal.clear()
    run = tasks(ansible, MODULE, {"read": {"regions": [REGION, ELSEWHERE]}, "valid": {"validate": True}}, **AS_PRIMARY)
    here, there = run["read"]["registries"]
    assert journal.writes() == []
    assert (here["account"], here["region"], here["unread"], run["read"]["left_out"]) == (PRIMARY, REGION, [], 0)
    assert [one["ecr_repository_prefix"] for one in here["pull_through_cache_rules"]] == ["k8s", "shared"]
    assert {key: value for key, value in here["repository_creation_templates"][0].items() if key in template} == template
    assert [one["Sid"] for one in here["registry_policy"]["Statement"]] == ["T"]
    assert here["replication_rules"] == [rule]
    assert here["account_settings"]["REGISTRY_POLICY_SCOPE"] == "V2"
    assert (there["pull_through_cache_rules"], there["repository_creation_templates"], there["registry_policy"]) == ([], [], None)
    validation = {
        one["ecr_repository_prefix"]: one["validation"]["valid"] for one in run["valid"]["registries"][0]["pull_through_cache_rules"]
    }
    assert validation == {"k8s": True, "shared": False}
    wanted = {key: value for key, value in here["pull_through_cache_rules"][1].items() if value is not None and key != "validation"}
    assert not tasks(ansible, "ecr_pull_through_cache_rule", {"again": wanted}, **AS_PRIMARY)["again"].changed


def test_what_may_not_be_read_is_told(ansible: Ansible, primary: Account) -> None:
    role = primary.create_role("reader")
    primary.let("reader", "ecr:DescribePullThroughCacheRules", "ecr:DescribeRegistry")
    run = tasks(
        ansible,
        MODULE,
        {
            "some": {"assume_role": {"role_arn": role}},
            "included": {"assume_role": {"role_arn": role}, "include": ["replication_rules"]},
            "account": {"account_id": OTHER},
            "unknown": {"include": ["images"]},
        },
        **AS_PRIMARY,
    )
    (some,) = run["some"]["registries"]
    assert [(one["part"], one["code"], bool(one["request_id"])) for one in some["unread"]] == [
        (part, "AccessDeniedException", True) for part in ("repository_creation_templates", "account_settings", "registry_policy")
    ]
    assert (some["pull_through_cache_rules"], some["registry_policy"]) == ([], None)
    assert set(run["included"]["registries"][0]) == {"account", "region", "unread", "replication_rules"}
    assert f"but 'account_id' is {OTHER}" in run["account"].msg
    assert "value of include must be one or more of" in run["unknown"].msg
