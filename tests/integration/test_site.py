# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole job: one declaration, several accounts, real pulls and pushes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.accounts import Fleet, attached, client_of, grant, may, policies, pull, push, sids
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.jobs import hosts_of, start_slices, union
from tests.integration.meaning import statements
from tests.integration.playbooks import PlaybookRun
from tests.lab import Lab

SITE = "crossaccount.registry.site"
IDENTITY = "crossaccount.registry.secondary_account : Write the policies of the roles"
TEAM = {"Sid": "OtherTeam", "Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "ecr:DescribeImages"}
ELSEWHERE = "eu-central-1"


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


@pytest.fixture
def accounts(primary: Account, secondary: Account, other: Account) -> None:
    """Repositories and roles, and another team's statement; nobody has access yet."""
    primary.create_repositories("payments/api", "payments/web", "base/python", "vault/keys")
    primary.set_policy("payments/web", TEAM)
    for role in ("ecsInstanceRole", "ci", "bystander"):
        secondary.create_role(role)
    other.create_role("shop-runtime")


def outcomes(run: PlaybookRun) -> dict[tuple[str, str], Any]:
    """What the modules of a run say they did, without what only the service knows."""
    return {
        (one.task, one.host): {key: one.result[key] for key in ("changed", "summary", "actions")}
        for one in run.results
        if "actions" in one.result
    }


def state(*accounts: Account) -> dict[str, Any]:
    """Everything that the collection may have written: the policies of repositories, registries and roles."""
    found: dict[str, Any] = {}
    for account in accounts:
        for region in (REGION, ELSEWHERE):
            ecr = account.client("ecr", region)
            for repository in ecr.describe_repositories()["repositories"]:
                name = repository["repositoryName"]
                found[f"{account.id} {region} {name}"] = account.statements(name, region)
            try:
                found[f"{account.id} {region}"] = statements(ecr.get_registry_policy()["policyText"])
            except ecr.exceptions.RegistryPolicyNotFoundException:
                found[f"{account.id} {region}"] = []
        for name, document in policies(account).items():
            found[f"{account.id} {name}"] = statements(document)
        for role in account.client("iam").list_roles()["Roles"]:
            found[f"{account.id} role {role['RoleName']}"] = attached(account, role["RoleName"])
    return found


@pytest.mark.usefixtures("accounts")
def test_images_cross(
    lab: Lab, ansible: Ansible, fleet: Fleet, journal: Journal, primary: Account, secondary: Account, other: Account
) -> None:
    """Denied, shown, made, unchanged, allowed; then one grant goes, and nothing else."""
    trust = {"Condition": {"StringEquals": {"sts:ExternalId": "registry-automation"}}}
    arn = secondary.create_role("platform-admin", {"AWS": PRIMARY}, **trust)
    secondary.let("platform-admin", "iam:*")
    fleet.secondaries["payments"] |= {
        "aws_profile": "images",
        "aws_assume_role_arn": arn,
        "aws_assume_role_external_id": "registry-automation",
    }
    del fleet.secondaries["shop"]["aws_profile"]
    settings = fleet.settings | {"credentials": OTHER}
    push(primary.client("ecr"), "payments/api", "v1")
    push(primary.client("ecr"), "vault/keys", "v1")
    clients = {role: client_of(lab, secondary, role) for role in ("ecsInstanceRole", "ci", "bystander")}
    for role in ("ecsInstanceRole", "bystander"):
        secondary.let(role, "ecr:*")
    other.let("shop-runtime", "ecr:*")
    shop = client_of(lab, other, "shop-runtime")
    assert not may(pull, clients["ecsInstanceRole"], "payments/api", "v1")
    assert not may(pull, shop, "payments/api", "v1")

    runtime = grant("payments-runtime", "pull", [(SECONDARY, "ecsInstanceRole"), OTHER])
    delivery = grant("payments-delivery", "pull_push", (SECONDARY, "ci"), ["payments/web"])
    fleet.declare(runtime, delivery)
    before = state(primary, secondary, other)
    journal.clear()
    check = ansible(SITE, "--check", "--diff", **settings).succeeded()
    assert journal.writes() == []
    assert f"arn:aws:iam::{SECONDARY}:role/ci gains ecr:BatchCheckLayerAvailability" in check.stdout
    assert state(primary, secondary, other) == before

    real = ansible(SITE, **settings).succeeded()
    assert outcomes(real) == outcomes(check)
    assert real.changed == check.changed == 2
    again = ansible(SITE, **settings).succeeded()
    assert again.changed == 0
    assert {one["account"] for one in journal.calls("CreatePolicy")} == {SECONDARY}

    assert may(pull, clients["ecsInstanceRole"], "payments/api", "v1")
    assert may(pull, shop, "payments/api", "v1")
    assert may(push, clients["ci"], "payments/web", "v2")
    assert may(pull, clients["ci"], "payments/web", "v2")
    assert not may(pull, clients["ci"], "payments/api", "v1")
    assert not may(push, clients["ecsInstanceRole"], "payments/api", "v3")
    assert not may(pull, clients["ecsInstanceRole"], "vault/keys", "v1")
    assert not may(pull, clients["bystander"], "payments/api", "v1")
    assert not may(pull, shop, "vault/keys", "v1")

    both = state(primary, secondary, other)
    fleet.declare(runtime)
    ansible(SITE, **settings).succeeded()
    assert not may(push, clients["ci"], "payments/web", "v4")
    assert may(pull, clients["ecsInstanceRole"], "payments/api", "v1")
    left = state(primary, secondary, other)
    gone = {key: value for key, value in both.items() if left.get(key) != value}
    assert set(gone) == {
        f"{PRIMARY} {REGION} payments/web",
        f"{SECONDARY} crossaccount-registry-role-ci",
        f"{SECONDARY} role ci",
    }
    assert primary.sids("payments/web") == ["OtherTeam", "CrossaccountRegistryPaymentsRuntimePull"]
    assert attached(secondary, "ci") == []


@pytest.mark.usefixtures("accounts")
def test_a_grant_that_changes_leaves_nothing_behind(
    ansible: Ansible, fleet: Fleet, primary: Account, secondary: Account, other: Account
) -> None:
    """Other repositories, region, access level, scope and roles under the same name; then no grant at all."""
    primary.create_repositories("base/python", region=ELSEWHERE)
    empty = state(primary, secondary, other)
    fleet.common["aws_regions"] = [REGION, ELSEWHERE]
    fleet.declare(
        grant("runtime", "pull", (SECONDARY, "ecsInstanceRole")),
        grant("mirror", "pull", OTHER, ["base/*"], scope="registry"),
        grant("scanner", "scan", (OTHER, "shop-runtime"), ["base/*"]),
    )
    ansible(SITE, **fleet.settings).succeeded()
    assert primary.sids("payments/api") == ["CrossaccountRegistryRuntimePull"]
    fleet.declare(
        grant("runtime", "push", (SECONDARY, "ci"), ["base/python"], regions=[ELSEWHERE]),
        grant("mirror", "pull", OTHER, ["vault/*"]),
    )
    ansible(SITE, **fleet.settings).succeeded()
    found = state(primary, secondary, other)
    changed = {key for key, value in found.items() if empty.get(key) != value}
    assert changed == {
        f"{PRIMARY} {ELSEWHERE} base/python",
        f"{PRIMARY} {REGION} vault/keys",
        f"{SECONDARY} crossaccount-registry-role-ci",
        f"{SECONDARY} role ci",
    }
    assert primary.sids("base/python", ELSEWHERE) == ["CrossaccountRegistryRuntimePush"]
    assert primary.sids("vault/keys") == ["CrossaccountRegistryMirrorPull"]
    ci = policies(secondary)["crossaccount-registry-role-ci"]
    assert sids(ci) == ["CrossaccountRegistryLogin", "CrossaccountRegistryRuntimePush"]
    assert ci["Statement"][1]["Resource"] == [f"arn:aws:ecr:{ELSEWHERE}:{PRIMARY}:repository/base/python"]

    fleet.declare()
    ansible(SITE, **fleet.settings).succeeded()
    assert state(primary, secondary, other) == empty


@pytest.mark.usefixtures("accounts")
def test_a_declaration_that_cannot_be_is_refused_before_any_write(ansible: Ansible, fleet: Fleet, journal: Journal) -> None:
    fleet.write({})
    journal.clear()
    undefined = ansible(SITE, **fleet.settings)
    assert undefined.returncode != 0
    assert "'registry_grants' is undefined" in str(undefined)
    for value, words in (
        (None, "registry_grants"),
        ("payments", "grants"),
        ([grant("a", "pull", {"account": 444455556666})], "write it in quotes, because YAML drops leading zeros of numbers"),
        ([grant("a", "read", SECONDARY), grant("a", "pull", SECONDARY)], "must be one of: pull, push"),
    ):
        fleet.write({"registry_grants": value})
        run = ansible(SITE, **fleet.settings)
        assert run.returncode != 0
        assert words in str(run), str(run)
        assert "Traceback" not in str(run)
    assert journal.writes() == []


@pytest.mark.usefixtures("accounts")
def test_an_account_in_both_groups_and_a_limit(
    ansible: Ansible, fleet: Fleet, journal: Journal, primary: Account, secondary: Account, other: Account
) -> None:
    """The account payments owns a registry too; a run that is limited to it touches no other."""
    secondary.create_repositories("tools/build")
    secondary.create_role("bystander2")
    fleet.primaries["payments"] = fleet.secondaries["payments"]
    fleet.declare(
        grant("runtime", "pull", (SECONDARY, "ecsInstanceRole")),
        grant("tools", "pull", [(OTHER, "shop-runtime"), (SECONDARY, "ci")], ["tools/*"], account=SECONDARY),
    )
    journal.clear()
    ansible(SITE, "--limit", "payments", **fleet.settings, variables={"site_verify": False}).succeeded()
    assert {one["account"] for one in journal.calls()} == {SECONDARY}
    assert secondary.sids("tools/build") == ["CrossaccountRegistryToolsPull"]
    assert list(policies(secondary)) == ["crossaccount-registry-role-ci", "crossaccount-registry-role-ecsInstanceRole"]
    rest = ansible(SITE, **fleet.settings).succeeded()
    assert {host: its["changed"] for host, its in rest.recap.items()} == {"images": 1, "payments": 0, "shop": 1}
    assert primary.sids("payments/api") == ["CrossaccountRegistryRuntimePull"]
    assert list(policies(other)) == ["crossaccount-registry-role-shop-runtime"]


@pytest.mark.usefixtures("accounts")
def test_one_account_that_fails_does_not_keep_the_others_from_theirs(
    ansible: Ansible, fleet: Fleet, primary: Account, secondary: Account, other: Account
) -> None:
    """The profile of shop leads to another account than the inventory says."""
    fleet.declare(grant("runtime", "pull", [(SECONDARY, "ecsInstanceRole"), (OTHER, "shop-runtime")]))
    fleet.secondaries["shop"]["aws_profile"] = "payments"
    fleet.declare(*json.loads(fleet.declaration.read_text())["registry_grants"])
    run = ansible(SITE, **fleet.settings)
    assert run.returncode == 2
    assert {host: its["failures"] for host, its in run.recap.items()} == {"images": 0, "payments": 0, "shop": 1}
    assert run.task(IDENTITY, "shop").msg == (
        f"the credentials are those of account {SECONDARY}, but 'account_id' is {OTHER}; "
        "give the profile or the role that belongs to the account"
    )
    assert list(policies(secondary)) == ["crossaccount-registry-role-ecsInstanceRole"]
    assert policies(other) == {}
    assert primary.sids("payments/api") == ["CrossaccountRegistryRuntimePull"]


@pytest.mark.usefixtures("accounts")
def test_a_run_that_is_killed_between_the_plays_is_finished_by_the_next(
    ansible: Ansible, fleet: Fleet, journal: Journal, primary: Account, secondary: Account
) -> None:
    fleet.declare(grant("runtime", "pull", (SECONDARY, "ecsInstanceRole")))
    journal.clear()
    started = ansible.start(SITE, **fleet.settings)
    deadline = time.monotonic() + 60
    while not journal.calls("AttachRolePolicy") and time.monotonic() < deadline:
        time.sleep(0.05)
    started.kill()
    assert started.wait().returncode != 0
    assert list(policies(secondary)) == ["crossaccount-registry-role-ecsInstanceRole"]
    assert primary.sids("payments/api") == []
    run = ansible(SITE, **fleet.settings).succeeded()
    assert {host: its["changed"] for host, its in run.recap.items()} == {"images": 1, "payments": 0, "shop": 0}
    assert primary.sids("payments/api") == ["CrossaccountRegistryRuntimePull"]


@pytest.mark.usefixtures("accounts")
def test_slices_make_the_same_as_one_run(
    ansible: Ansible, fleet: Fleet, tmp_path: Path, primary: Account, secondary: Account, other: Account
) -> None:
    """Two slices at the same time, cut as AWX cuts them, beside one run over everything."""
    declaration = [
        grant("runtime", "pull", [(SECONDARY, "ecsInstanceRole", "ci"), (OTHER, "shop-runtime")]),
        grant("mirror", "replicate", OTHER, ["base/*"]),
        grant("tools", "pull_push", [(SECONDARY, "ci"), PRIMARY], ["tools/*"], account=OTHER),
    ]
    other.create_repositories("tools/build")
    fleet.primaries["tools"] = {"aws_account_id": OTHER, "aws_profile": "shop"}
    fleet.declare(*declaration)
    assert hosts_of(fleet) == ["images", "payments", "shop", "tools"]
    jobs = [job.wait() for job in start_slices(tmp_path, ansible, fleet, SITE, variables={"site_verify": False})]
    union(jobs).succeeded()
    sliced = state(primary, secondary, other)
    assert len(sliced[f"{PRIMARY} {REGION} payments/api"]) == len(sliced[f"{OTHER} {REGION} tools/build"]) == 1

    for job, names in zip(jobs, (["images", "shop"], ["payments", "tools"]), strict=True):
        assert {one.host for one in job.results if "summary" in one.result} == set(names)
        assert not any("aws_secret_access_key" in json.dumps(event) for event in job.events)

    unchanged = ansible(SITE, **fleet.settings).succeeded()
    assert unchanged.changed == 0
    assert state(primary, secondary, other) == sliced
