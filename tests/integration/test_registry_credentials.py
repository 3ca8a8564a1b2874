# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials of private registries for Batch and ECS: empty accounts, one run, and real reads as ECS makes them for a task."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.accounts import Fleet, may, policies
from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.playbooks import PlaybookRun
from tests.lab import Lab

PLAYBOOK = "crossaccount.registry.registry_credentials"
SERVICE = "ecs-tasks.amazonaws.com"
ALIAS = "alias/registry-credentials"
QUAY: dict[str, Any] = {
    "name": "quay",
    "secret": {"account": PRIMARY, "region": REGION, "name": "registry/quay", "kms_key_id": ALIAS, "tags": {"team": "payments"}},
    "readers": [
        {"account": SECONDARY, "roles": ["exec"], "create": True},
        {"account": PRIMARY, "roles": ["team/exec"], "create": True},
    ],
}
HUB: dict[str, Any] = {
    "name": "docker-hub",
    "secret": {"account": SECONDARY, "region": REGION, "name": "registry/docker-hub"},
    "readers": [{"account": SECONDARY, "roles": ["exec"], "create": True}],
}
VALUES = {"quay": {"username": "payments+puller", "password": "Pz7-one"}, "docker-hub": {"username": "payments", "password": "Qz8-hub"}}
CONTAINER: dict[str, Any] = {"image": "quay.example.com/team/app:1", "repository_credentials": "quay", "vcpus": 1, "memory": 2048}
HUB_CONTAINER: dict[str, Any] = {"name": "side", "image": "docker.io/team/side:1", "repository_credentials": "docker-hub", "memory": 64}
SMALL = {"requires_compatibilities": ["FARGATE"], "network_mode": "awsvpc", "cpu": "0.25 vCPU", "memory": "0.5 GB"}
TASK: dict[str, Any] = {
    "family": "web",
    "containers": [{**HUB_CONTAINER, "name": "app", "image": CONTAINER["image"], "repository_credentials": "quay"}, HUB_CONTAINER],
    **SMALL,
}
DEFINITIONS: list[dict[str, Any]] = [
    {"account": SECONDARY, "region": REGION, "job_definition": {"name": "report", "container": {**CONTAINER, "command": ["report"]}}},
    {
        "account": SECONDARY,
        "region": REGION,
        "job_definition": {"name": "report-fargate", "platform_capabilities": ["FARGATE"], "container": CONTAINER},
    },
    {"account": SECONDARY, "region": REGION, "task_definition": TASK},
    {
        "account": PRIMARY,
        "region": REGION,
        "job_definition": {"name": "import", "container": {**CONTAINER, "execution_role_arn": "exec"}},
    },
]
DECLARATION = {"registry_credentials": [QUAY, HUB], "registry_credential_values": VALUES, "registry_definitions": DEFINITIONS}


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """Two accounts, each with a host."""
    fleet = Fleet(tmp_path)
    del fleet.secondaries["shop"]
    return fleet


class World:
    """Two accounts with nothing but a key."""

    def __init__(self, lab: Lab, primary: Account, secondary: Account) -> None:
        self.lab, self.primary, self.secondary = lab, primary, secondary
        kms = primary.client("kms")
        self.key = kms.create_key()["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName=ALIAS, TargetKeyId=self.key)

    def arn(self, account: Account, name: str) -> str:
        return str(account.client("secretsmanager").describe_secret(SecretId=name)["ARN"])

    def read(self, role: str, secret: str) -> Any:
        """What a task with this execution role reads."""
        client = self.lab.session_as_service(role, SERVICE).client("secretsmanager", region_name=REGION)
        return json.loads(client.get_secret_value(SecretId=secret)["SecretString"])

    def versions(self, account: Account, name: str) -> int:
        answer = account.client("secretsmanager").list_secret_version_ids(SecretId=name, IncludeDeprecated=True)
        return len(answer["Versions"])

    def job(self, account: Account, name: str) -> dict[str, Any]:
        """The latest revision of a job definition."""
        found = account.client("batch").describe_job_definitions(jobDefinitionName=name, status="ACTIVE")["jobDefinitions"]
        return dict(max(found, key=lambda one: one["revision"]))

    def task(self, family: str) -> dict[str, Any]:
        return dict(self.secondary.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"])

    def revisions(self) -> dict[str, int]:
        jobs = {name: self.job(self.secondary, name)["revision"] for name in ("report", "report-fargate")}
        return {**jobs, "import": self.job(self.primary, "import")["revision"], "web": self.task("web")["revision"]}


@pytest.fixture
def world(lab: Lab, primary: Account, secondary: Account) -> World:
    return World(lab, primary, secondary)


def changed(run: PlaybookRun) -> list[tuple[str, str]]:
    """Which tasks have changed something, or would, on which hosts, in alphabetical order."""
    return sorted((one.host, one.task.rpartition(" : ")[2]) for one in run.results if one.changed)


def test_one_run_on_empty_accounts(world: World, ansible: Ansible, fleet: Fleet, journal: Journal) -> None:
    """Shown, made, unchanged; the execution roles of all definitions read, in one account and across two, and nobody else does."""
    fleet.write(DECLARATION)
    journal.clear()
    check = ansible(PLAYBOOK, "--check", **fleet.settings).succeeded()
    assert journal.writes() == []
    real = ansible(PLAYBOOK, **fleet.settings).succeeded()
    assert changed(check) == changed(real)
    again = ansible(PLAYBOOK, **fleet.settings).succeeded()
    assert changed(again) == []

    quay, hub = world.arn(world.primary, "registry/quay"), world.arn(world.secondary, "registry/docker-hub")
    far, near = f"arn:aws:iam::{SECONDARY}:role/exec", f"arn:aws:iam::{PRIMARY}:role/team/exec"
    for name in ("report", "report-fargate"):
        container = world.job(world.secondary, name)["containerProperties"]
        assert (container["executionRoleArn"], container["repositoryCredentials"]) == (far, {"credentialsParameter": quay})
    assert world.job(world.primary, "import")["containerProperties"]["executionRoleArn"] == near
    task = world.task("web")
    used = {one["name"]: one["repositoryCredentials"]["credentialsParameter"] for one in task["containerDefinitions"]}
    assert (task["executionRoleArn"], used) == (far, {"app": quay, "side": hub})
    for role, secret, name in ((far, quay, "quay"), (far, hub, "docker-hub"), (near, quay, "quay")):
        assert world.read(role, secret) == VALUES[name]
    assert not may(world.read, near, hub)

    # Another password: the owner alone; another command: the consumer alone, who has no password.
    values = {**VALUES, "quay": {**VALUES["quay"], "password": "Pz7-two"}}
    fleet.write({**DECLARATION, "registry_credential_values": values})
    run = ansible(PLAYBOOK, "--limit", "images", **fleet.settings).succeeded()
    assert changed(run) == [("images", "Keep the credentials")]
    assert world.read(far, quay)["password"] == "Pz7-two"
    assert (world.versions(world.primary, "registry/quay"), set(world.revisions().values())) == (2, {1})
    definitions = copy.deepcopy(DEFINITIONS)
    definitions[0]["job_definition"]["container"]["command"] = ["report", "--all"]
    fleet.write({"registry_credentials": [QUAY, HUB], "registry_definitions": definitions})
    journal.clear()
    extra = [{"account_id": PRIMARY, "profile": "images"}]
    fleet.write({"registry_credentials": [QUAY, HUB], "registry_definitions": definitions, "registry_credentials_accounts": extra})
    run = ansible(PLAYBOOK, "--limit", "payments", **fleet.settings).succeeded()
    assert changed(run) == [("payments", "Register the job definitions of AWS Batch")]
    assert journal.writes() == ["RegisterJobDefinition"]
    assert world.revisions() == {"report": 2, "report-fargate": 1, "import": 1, "web": 1}
    assert policies(world.secondary).keys() == {"crossaccount-registry-role-exec"}
