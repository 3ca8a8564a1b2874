# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecr_repository_policy with every kind of credentials, with defaults for a group of modules, and as AWX runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.integration.conftest import PRIMARY, SECONDARY, Account, Ansible, Journal
from tests.lab import Lab

MODULE = "crossaccount.registry.ecr_repository_policy"
STATEMENT = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:BatchGetImage"}
REGISTRY_ADMIN = ("ecr:DescribeRepositories", "ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy")


def task(name: str = "task", **options: Any) -> dict[str, Any]:
    """A task that adds a statement to all repositories, and may fail."""
    return {"name": name, MODULE: {"repositories": ["*"], "statements": [STATEMENT], **options}, "ignore_errors": True}


def test_acting_as_another_role(ansible: Ansible, primary: Account, secondary: Account, journal: Journal) -> None:
    """From another account, by one call to STS, in check mode too; what STS gives never shows."""
    primary.create_repositories("app-1", "app-2")
    user = secondary.create_user("automation", "sts:AssumeRole")
    role = primary.create_role("registry-admin", {"AWS": SECONDARY}, Condition={"StringEquals": {"sts:ExternalId": "an-external-id"}})
    primary.let("registry-admin", *REGISTRY_ADMIN)
    assume = {"role_arn": role, "external_id": "an-external-id", "session_name": "nightly", "duration_seconds": 900}
    read_only = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["ecr:Describe*", "ecr:Get*"], "Resource": "*"}}
    journal.clear()
    run = ansible(
        [
            {**task("preview", assume_role=assume, account_id=PRIMARY), "check_mode": True},
            task("narrowed", assume_role={**assume, "policy": read_only}),
            task("real", assume_role=assume, account_id=PRIMARY),
            task("wrong external id", assume_role={**assume, "external_id": "another"}),
            task("no external id", assume_role={"role_arn": role}),
            task("as itself", account_id=PRIMARY),
        ],
        "-vvvv",
        credentials=user,
    ).succeeded()
    assert run["real"].outcome == run["preview"].outcome and run["real"]["summary"]["created"] == 2
    assert run["narrowed"].failed and "ecr:SetRepositoryPolicy" in run["narrowed"].msg and "session policy" in run["narrowed"].msg
    for name in ("wrong external id", "no external id"):
        assert run[name].failed and "AssumeRole: AccessDenied" in run[name].msg and role in run[name].msg, run[name].msg
        assert run[name]["error"]["code"] == "AccessDenied" and run[name]["error"]["request_id"]
    assert run["as itself"].failed
    asked = journal.calls("AssumeRole")
    assert [call["error"] for call in asked] == [None, None, None, "AccessDenied", "AccessDenied"], "one call to STS for each task"
    assert asked[0]["parameters"]["RoleSessionName"] == "nightly" and asked[0]["parameters"]["DurationSeconds"] == 900
    writes = {call["caller"] for call in journal.calls("SetRepositoryPolicy")}
    assert writes == {f"arn:aws:sts::{PRIMARY}:assumed-role/registry-admin/nightly"}
    everything = f"{run}{json.dumps([one.result for one in run.results])}"
    for secret in (user.secret_key, "ASIA"):
        assert secret not in everything, f"{secret} shows at -vvvv"


def test_credentials_that_do_not_do(ansible: Ansible, primary: Account, secondary: Account, journal: Journal) -> None:
    primary.create_repositories("app-1")
    reader = primary.create_user("reader", "ecr:DescribeRepositories", "ecr:GetRepositoryPolicy")
    stranger = secondary.create_user("stranger")
    journal.clear()
    options = {"wait_timeout": 2}
    for credentials, texts in (
        (reader, ["app-1", "ecr:SetRepositoryPolicy", "AccessDenied", "request id", "Nothing was written"]),
        (stranger, ["DescribeRepositories", "AccessDenied", "request id"]),
        (None, ["credentials"]),
    ):
        run = ansible([task(**options)], credentials=credentials).succeeded()
        assert run["task"].failed and not run["task"].changed
        assert [text for text in texts if text not in run["task"].msg] == [], run["task"].msg
        assert "Traceback" not in str(run)
    assert primary.policy_text("app-1") is None


def test_defaults_for_the_group_reach_both_collections(ansible: Ansible, lab: Lab) -> None:
    there = Account(lab, PRIMARY, "us-east-1")
    there.create_repositories("app-1")
    run = ansible(
        f"""
        - hosts: localhost
          gather_facts: false
          module_defaults:
            group/crossaccount.registry.aws:
              access_key: "{PRIMARY}"
              secret_key: any
              region: us-east-1
          tasks:
            - name: ours
              crossaccount.registry.ecr_repository_policy:
                repositories: [app-1]
                statements: [{json.dumps(STATEMENT)}]
            - name: theirs
              amazon.aws.aws_caller_info:
        """,
        credentials=None,
        region=None,
    ).succeeded()
    assert run["ours"]["actions"][0]["region"] == "us-east-1"
    assert run["theirs"]["account"] == PRIMARY
    assert there.sids("app-1") == ["Pull"]


def test_two_thousand_repositories_as_awx_runs_them(ansible: Ansible, primary: Account, journal: Journal, tmp_path: Path) -> None:
    """AWX drops results of more than 700,000 characters, as text of Python; and reads the events of ansible-runner."""
    roles = [f"arn:aws:iam::{SECONDARY}:role/a-role-with-a-rather-long-name-{number:04}" for number in range(10)]
    statements = [{**STATEMENT, "Sid": f"{STATEMENT['Sid']}{number}", "Principal": {"AWS": roles}} for number in range(3)]
    names = [f"a-team-with-a-long-name/application-{number:04}" for number in range(2000)]
    primary.create_repositories(*names)
    journal.clear()
    (tmp_path / "project").mkdir()
    (tmp_path / "env").mkdir()
    many = {"name": "many", MODULE: {"repositories": ["a-team-*/*"], "statements": statements}}
    (tmp_path / "project" / "many.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [many]}]))
    (tmp_path / "env" / "cmdline").write_text("--check --diff")
    ended = subprocess.run(
        ["ansible-runner", "run", str(tmp_path), "-p", "many.yml", "--ident", "one", "--quiet"],
        env=ansible.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    events = [json.loads(file.read_text()) for file in (tmp_path / "artifacts" / "one" / "job_events").glob("*.json")]
    (done,) = [event for event in events if event["event"] == "runner_on_ok"]
    result = done["event_data"]["res"]
    assert len(str(result)) < 700_000
    assert result["changed"] and result["summary"]["created"] == 2000
    assert 0 < len(result["actions"]) < 2000 and result["actions_left_out"] == 2000 - len(result["actions"])
    assert "more differ" in result["diff"][-1]["prepared"]
    reads = [call["operation"] for call in journal.calls()]
    assert reads.count("GetRepositoryPolicy") == 2000 and len(reads) - 2000 <= 3 and journal.writes() == []
    shown = "".join(event["stdout"] for event in events if event["event"] == "verbose")
    assert "reading:" in shown, "progress shows while the module runs"
    assert any(event["event"] == "runner_on_file_diff" for event in events)
