# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replication rules: one configuration for each account and region, in which others have rules, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.integration.accounts import grant, push
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.tasks import shown, tasks, thrice
from tests.lab import Lab

MODULE = "ecr_replication_configuration"
ELSEWHERE = "eu-central-1"
AS_PRIMARY = {"credentials": PRIMARY, "region": REGION}
#: A rule of the options.
MIRROR: dict[str, Any] = {"destinations": [{"account": SECONDARY, "region": REGION}], "repository_filters": ["payments/"]}
#: Another team's rule, as the API has it.
TEAM: dict[str, Any] = {
    "destinations": [{"registryId": OTHER, "region": REGION}],
    "repositoryFilters": [{"filter": "team/", "filterType": "PREFIX_MATCH"}],
    "deleteReplication": {"enabled": True},
}


def rules(account: Account, region: str = REGION) -> list[dict[str, Any]]:
    return list(account.client("ecr", region).describe_registry()["replicationConfiguration"]["rules"])


def put(account: Account, *its_rules: Mapping[str, Any]) -> None:
    account.client("ecr").put_replication_configuration(replicationConfiguration={"rules": list(its_rules)})


def to(account: str, *filters: str, region: str = REGION) -> dict[str, Any]:
    """A rule with one destination, as the API has it."""
    rule: dict[str, Any] = {"destinations": [{"region": region, "registryId": account}]}
    return {**rule, "repositoryFilters": [{"filter": one, "filterType": "PREFIX_MATCH"} for one in filters]} if filters else rule


def test_rules_by_state(ansible: Ansible, journal: Journal, primary: Account) -> None:
    """Another team's rule keeps its place and its settings."""
    put(primary, TEAM)
    journal.clear()
    real = thrice(ansible, MODULE, {"rules": [MIRROR]}, **AS_PRIMARY)
    assert journal.writes() == ["PutReplicationConfiguration"]
    assert f"replication configuration of {PRIMARY} {REGION} registry" in shown(real)
    assert rules(primary) == [TEAM, to(SECONDARY, "payments/")]
    both = {"destinations": [*MIRROR["destinations"], {"account": PRIMARY, "region": ELSEWHERE}], "repository_filters": ["b-", "a-"]}
    thrice(ansible, MODULE, {"rules": [both, MIRROR]}, **AS_PRIMARY)
    assert len(rules(primary)) == 3
    turned = {"destinations": both["destinations"][::-1], "repository_filters": ["a-", "b-", "a-"]}
    run = tasks(
        ansible,
        MODULE,
        {
            "other order": {"rules": [turned]},
            "deletions": {"rules": [{**MIRROR, "delete_replication": True}]},
            "left alone": {"rules": [MIRROR]},
            "absent": {"rules": [turned], "state": "absent"},
            "not there": {"rules": [both], "state": "absent"},
        },
        **AS_PRIMARY,
    )
    assert {one.task: one.changed for one in run.results} == {
        "other order": False,
        "deletions": True,
        "left alone": False,
        "absent": True,
        "not there": False,
    }
    assert rules(primary) == [TEAM, {**to(SECONDARY, "payments/"), "deleteReplication": {"enabled": True}}]
    thrice(ansible, MODULE, {"rules": [{"destinations": MIRROR["destinations"]}], "state": "exact"}, **AS_PRIMARY)
    assert rules(primary) == [to(SECONDARY)]
    thrice(ansible, MODULE, {"rules": [], "state": "exact"}, **AS_PRIMARY)
    assert rules(primary) == []


def test_one_declaration_drives_both_sides(ansible: Ansible, primary: Account, secondary: Account) -> None:
    """The grant's account lets the source in, the source replicates, and a push arrives."""
    mirror = grant("mirror", "replicate", PRIMARY, ["payments/*", "base/python"], account=SECONDARY, regions=[REGION, ELSEWHERE])
    grants = [mirror, grant("pull", "pull", PRIMARY, account=SECONDARY), grant("theirs", "replicate", OTHER, ["*"], account=SECONDARY)]
    tasks(ansible, "ecr_registry_policy", {"destination": {"grants": grants}}, credentials=SECONDARY, region=None)
    thrice(ansible, MODULE, {"grants": grants, "state": "exact"}, **AS_PRIMARY)
    destinations = [{"region": region, "registryId": SECONDARY} for region in (REGION, ELSEWHERE)]
    assert rules(primary) == [{**to(SECONDARY, "payments/", "base/python"), "destinations": destinations}]
    primary.create_repositories("payments/api", "vault")
    push(primary.client("ecr"), "payments/api", "v1")
    push(primary.client("ecr"), "vault", "v1")
    for region in (REGION, ELSEWHERE):
        found = secondary.client("ecr", region).describe_repositories()["repositories"]
        assert [one["repositoryName"] for one in found] == ["payments/api"]
    thrice(ansible, MODULE, {"grants": [], "state": "exact"}, **AS_PRIMARY)
    assert rules(primary) == []


def test_a_grant_between_regions_of_one_account(ansible: Ansible, primary: Account) -> None:
    own = grant("own", "replicate", PRIMARY, ["*"], regions=[REGION, ELSEWHERE])
    thrice(ansible, MODULE, {"grants": [own], "regions": [REGION, ELSEWHERE]}, **AS_PRIMARY)
    assert (rules(primary), rules(primary, ELSEWHERE)) == ([to(PRIMARY, region=ELSEWHERE)], [to(PRIMARY)])


def test_somebody_else_writes_at_the_same_time(lab: Lab, ansible: Ansible, primary: Account) -> None:
    """Right after our write, and so without our rule: theirs stays, ours comes back."""
    operation = "PutReplicationConfiguration"
    parameters = {"replicationConfiguration": {"rules": [TEAM]}}
    lab.write_concurrently(operation, when="after", write={"service": "ecr", "operation": operation, "parameters": parameters})
    run = tasks(ansible, MODULE, {"merged": {"rules": [MIRROR]}}, **AS_PRIMARY)
    assert not run["merged"].failed, run["merged"].msg
    assert rules(primary) == [TEAM, to(SECONDARY, "payments/")]


def test_trouble_of_the_service(lab: Lab, ansible: Ansible, primary: Account) -> None:
    put(primary, TEAM)
    lab.set_faults("throttling", "server-errors", "dropped-connections", "eventual-consistency")
    wanted = {"rules": [MIRROR]}
    run = tasks(ansible, MODULE, {"first": wanted, "again": wanted}, **AS_PRIMARY)
    lab.set_faults()
    assert not run["first"].failed, run["first"].msg
    assert not run["again"].changed
    assert rules(primary) == [TEAM, to(SECONDARY, "payments/")]
