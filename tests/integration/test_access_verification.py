# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of a declaration: for every account, whole and in slices, and what it says when something is not as declared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.accounts import Fleet, grant
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.jobs import hosts_of, start_slices

SITE, VERIFY, REPORT = (f"crossaccount.registry.{name}" for name in ("site", "verify", "access_report"))
VERDICT = "crossaccount.registry.access_verification : Fail when it is not as declared"
WORDS = "crossaccount.registry.access_verification : Say what was found"
STRANGER = "999900001111"
DECLARATION = (
    grant("payments-runtime", "pull", (SECONDARY, "ecsInstanceRole")),
    grant("payments-delivery", "pull_push", (SECONDARY, "ci"), ["payments/web"]),
    grant("shop", "pull", OTHER, ["base/*"]),
    grant("partner", "pull", STRANGER, ["base/*"]),
)


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    fleet = Fleet(tmp_path)
    fleet.declare(*DECLARATION)
    return fleet


def make_accounts(primary: Account, secondary: Account) -> None:
    """Repositories and roles; nobody has access yet."""
    primary.create_repositories("payments/api", "payments/web", "base/python")
    for role in ("ecsInstanceRole", "ci"):
        secondary.create_role(role)


@pytest.fixture
def declared(ansible: Ansible, fleet: Fleet, journal: Journal, primary: Account, secondary: Account) -> None:
    """Everything is as declared."""
    make_accounts(primary, secondary)
    ansible(SITE, **fleet.settings, variables={"site_verify": False}).succeeded()
    journal.clear()


def read(page: Path) -> dict[str, Any]:
    """The JSON beside a page."""
    assert page.exists()
    report: dict[str, Any] = json.loads(page.with_suffix(".json").read_text())
    return report


def row(report: dict[str, Any], principal: str, repository: str, access: str) -> dict[str, Any]:
    (found,) = [
        one
        for one in report["checks"]
        if one["principal"].endswith(principal) and (one["repository"], one["access"]) == (repository, access)
    ]
    return dict(found)


def lasting(report: dict[str, Any]) -> dict[str, Any]:
    """A report without when it was made."""
    kept = {key: value for key, value in report.items() if key not in ("created", "created_text")}
    return kept | {"hosts": [{key: value for key, value in host.items() if key != "checked_at"} for host in report["hosts"]]}


def test_the_site_ends_with_the_proof(ansible: Ansible, fleet: Fleet, tmp_path: Path, primary: Account, secondary: Account) -> None:
    """Not in check mode, where nothing is there yet; and a second run changes nothing, not even the report."""
    make_accounts(primary, secondary)
    page = tmp_path / "reports" / "access.html"
    settings = {**fleet.settings, "variables": {"access_report_path": str(page)}}
    check = ansible(SITE, "--check", **settings).succeeded()
    assert "Nothing is verified in check mode, because what is planned is not there yet" in check.stdout
    assert not page.exists()

    first = ansible(SITE, **settings).succeeded()
    assert f"All 6 declared accesses work. The report is {page}" in first.stdout
    assert {host: its["changed"] for host, its in first.recap.items()} == {"images": 3, "payments": 1, "shop": 0}
    assert page.stat().st_mode & 0o777 == 0o644
    report = read(page)
    assert report["summary"]["states"] | {"works": 6, "broken": 0, "undeclared": 0, "unknown": 0} == report["summary"]["states"]
    assert {one["principal"] for one in report["checks"]} == {
        STRANGER,
        OTHER,
        *(f"arn:aws:iam::{SECONDARY}:role/{role}" for role in ("ci", "ecsInstanceRole")),
    }
    assert row(report, "role/ci", "payments/web", "push")["probed"] == "allowed"
    assert {one["principal"] for one in report["access"]} >= {STRANGER, OTHER}

    again = ansible(SITE, **settings).succeeded()
    assert again.changed == 0
    assert again.task(WORDS, "payments").msg == "All 4 declared accesses work."
    assert lasting(read(page)) == lasting(report)


@pytest.mark.usefixtures("declared")
def test_what_does_not_work_fails_after_everything_is_known(
    ansible: Ansible, fleet: Fleet, journal: Journal, primary: Account, secondary: Account, tmp_path: Path
) -> None:
    policy = f"arn:aws:iam::{SECONDARY}:policy/crossaccount.registry/crossaccount-registry-role-ecsInstanceRole"
    secondary.client("iam").detach_role_policy(RoleName="ecsInstanceRole", PolicyArn=policy)
    deny = {"Sid": "NoMorePushes", "Effect": "Deny", "Principal": "*", "Action": "ecr:InitiateLayerUpload"}
    statements = json.loads(primary.policy_text("payments/web") or "")["Statement"]
    primary.set_policy("payments/web", *(statements if isinstance(statements, list) else [statements]), deny)
    primary.client("ecr").delete_repository_policy(repositoryName="base/python")
    public = {"Sid": "Everyone", "Effect": "Allow", "Principal": "*", "Action": "ecr:*"}
    primary.set_policy("payments/api", public)
    secondary.let("ci", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability")
    journal.clear()

    page = tmp_path / "access.html"
    run = ansible(VERIFY, **fleet.settings, variables={"access_report_path": str(page)})
    assert run.returncode == 2
    assert {host: its["failures"] for host, its in run.recap.items()} == {"images": 1, "payments": 1, "shop": 1}
    assert not [one for one in journal.calls() if one["write"] and one["operation"] != "InitiateLayerUpload"]
    payments = run.task(VERDICT, "payments").msg
    assert payments.startswith("3 accesses are declared and do not work:\nprincipal ")
    assert "What is missing:\n- identity policy of role ecsInstanceRole in 444455556666: {" in payments

    report = read(page)
    assert report["headline"] == "5 of 6 declared accesses do not work."
    lost = row(report, "ecsInstanceRole", "payments/api", "pull")
    assert (lost["state"], lost["missing"]["account"], lost["missing"]["policy_kind"]) == ("broken", SECONDARY, "identity_policy")
    denied = row(report, "role/ci", "payments/web", "push")
    assert (denied["state"], denied["statement"], denied["explicit"], denied["missing"]) == ("broken", "NoMorePushes", True, None)
    unset = row(report, STRANGER, "base/python", "pull")
    assert (unset["missing"]["account"], unset["missing"]["region"]) == (PRIMARY, REGION)
    assert unset["missing"]["document"] == "repository policy of base/python"
    assert row(report, "role/ci", "payments/api", "pull")["state"] == "undeclared"
    assert "public" in {one["rule"] for one in report["findings"] if one["severity"] == "critical"}

    strict = {"verify_ungranted": "fail", "verify_fail_on": "critical", "verify_allowed_accounts": int(SECONDARY), "verify_method": ""}
    run = ansible(VERIFY, **fleet.settings, variables=strict)
    assert run.returncode == 2
    assert "works without being declared" in run.task(VERDICT, "payments").msg
    assert "finding is critical:\n- critical, 111122223333 eu-west-1 payments/api" in run.task(VERDICT, "images").msg

    run = ansible(
        REPORT, **fleet.settings, variables={"access_report_path": str(page), "verify_allowed_accounts": f"{SECONDARY}, {OTHER}"}
    ).succeeded()
    report = read(page)
    assert report["headline"] == "5 of 6 declared accesses do not work."
    strangers = {one["principal"] for one in report["findings"] if one["rule"] == "account-not-allowed"}
    assert OTHER not in strangers


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize("reachable", [True, False], ids=["all accounts can be read", "each slice reads its own"])
def test_the_report_of_slices_is_that_of_one_run(ansible: Ansible, fleet: Fleet, tmp_path: Path, primary: Account, reachable: bool) -> None:
    """Cut as AWX cuts them. Where a slice cannot read the other side, real calls decide the same, for repositories that are named."""
    if not reachable:
        names = {"payments/*": ["payments/api", "payments/web"], "base/*": ["base/python"]}
        fleet.declare(*({**one, "repositories": names.get(one["repositories"][0], one["repositories"])} for one in DECLARATION))
    primary.client("ecr").delete_repository_policy(repositoryName="payments/api")
    assert hosts_of(fleet) == ["images", "payments", "shop"]
    reach = [
        {"account_id": PRIMARY, "profile": "images"},
        {"account_id": SECONDARY, "profile": "payments"},
        {"account_id": OTHER, "profile": "shop"},
    ]
    variables: dict[str, Any] = {"access_verification_accounts": reach} if reachable else {}
    jobs = start_slices(tmp_path, ansible, fleet, VERIFY, variables=variables)
    page = tmp_path / "whole.html"
    whole = ansible(VERIFY, **fleet.settings, variables={**variables, "access_report_path": str(page)})
    assert whole.returncode == 2
    found: dict[str, Any] = {}
    for job in jobs:
        ended = job.wait()
        assert ended.returncode == 2, ended
        found.update(ended.artifacts)
    assert set(found) == {f"access_verification_of_{host}" for host in hosts_of(fleet)}

    merged = tmp_path / "merged.html"
    ansible(REPORT, **fleet.settings, variables={**found, "access_report_merge": True, "access_report_path": str(merged)}).succeeded()
    one, other = read(page), read(merged)
    if reachable:
        assert lasting(other) == lasting(one)
    assert other["headline"] == one["headline"] == "1 of 6 declared accesses does not work."
    assert [(line["principal"], line["repository"], line["access"], line["state"]) for line in other["checks"]] == [
        (line["principal"], line["repository"], line["access"], line["state"]) for line in one["checks"]
    ]


@pytest.mark.usefixtures("declared")
def test_an_account_that_cannot_be_checked_is_named(ansible: Ansible, fleet: Fleet, secondary: Account, tmp_path: Path) -> None:
    """The others are checked; and a role that nobody can assume is judged by its policies, unless trying it is required."""
    secondary.client("iam").update_assume_role_policy(
        RoleName="ci",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
            }
        ),
    )
    fleet.secondaries["shop"]["aws_profile"] = "nowhere"
    fleet.declare(*DECLARATION)
    page = tmp_path / "access.html"
    run = ansible(VERIFY, **fleet.settings, variables={"access_report_path": str(page)})
    assert run.returncode == 2
    assert {host: its["failures"] for host, its in run.recap.items()} == {"images": 0, "payments": 0, "shop": 1}
    report = read(page)
    assert f"Account {OTHER} (host shop) has no result: its checks failed, or were not run." in report["not_looked_at"]
    untried = row(report, "role/ci", "payments/web", "push")
    assert (untried["state"], untried["evaluated"], untried["probed"]) == ("works", "allowed", "unknown")
    assert "For 2 of them only the policies say so, without a real call." in run.task(WORDS, "payments").msg

    limited = ansible(
        VERIFY, "--limit", "payments", **fleet.settings, variables={"access_report_path": str(page), "verify_require_probe": "true"}
    )
    assert limited.returncode == 2
    assert limited.task(VERDICT, "payments").msg.startswith("2 accesses declared, but were not tried:\n")
    assert [one["host"] for one in read(page)["hosts"]] == ["payments"]


@pytest.mark.usefixtures("declared")
def test_keys_of_other_accounts_are_never_shown(ansible: Ansible, fleet: Fleet) -> None:
    secret = "Xy9-not-to-be-shown"
    reach = [{"account_id": PRIMARY, "access_key": PRIMARY, "secret_key": secret}]
    run = ansible(VERIFY, "-vvvv", "--limit", "payments", **fleet.settings, variables={"access_verification_accounts": reach}).succeeded()
    assert secret not in run.stdout + run.stderr
    assert secret not in json.dumps([one.result for one in run.results])
