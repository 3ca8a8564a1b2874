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
import yaml

from tests.integration.accounts import Fleet, may, policies
from tests.integration.canaries import canary, found_in
from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.jobs import start_slices, union
from tests.integration.playbooks import PlaybookRun
from tests.integration.tasks import COLLECTION
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
VALUES = {
    "quay": {"username": "payments+puller", "password": "{{ lookup('ansible.builtin.env', 'QUAY_PASSWORD') }}"},
    "docker-hub": {"username": "payments", "password": "Qz8-hub"},
}
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
        owner = {"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": PRIMARY}, "Action": "kms:*", "Resource": "*"}
        kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=json.dumps({"Version": "2012-10-17", "Statement": [owner]}))

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
        return {**jobs, "web": self.task("web")["revision"]}


@pytest.fixture
def world(lab: Lab, primary: Account, secondary: Account) -> World:
    return World(lab, primary, secondary)


def changed(run: PlaybookRun) -> list[tuple[str, str]]:
    """Which tasks have changed something, or would, on which hosts, in alphabetical order."""
    return sorted((one.host, one.task.rpartition(" : ")[2]) for one in run.results if one.changed)


def test_one_run_on_empty_accounts(world: World, ansible: Ansible, fleet: Fleet, journal: Journal, tmp_path: Path) -> None:
    """Shown, made in slices, unchanged as a whole; the execution roles of all definitions read, also across accounts; nobody else does."""
    fleet.write(DECLARATION)
    canaries = {name: canary() for name in ("first", "second")}
    settings = {**fleet.settings, "environment": {**fleet.settings["environment"], "QUAY_PASSWORD": canaries["first"]}}
    journal.clear()
    check = ansible(PLAYBOOK, "--check", "--diff", **settings).succeeded()
    assert journal.writes() == []
    accounts = [{"account_id": PRIMARY, "profile": "images"}]
    alone = {"registry_credentials_accounts": accounts, "registry_credentials_verify": False}
    slices = start_slices(tmp_path, ansible, fleet, PLAYBOOK, "--diff", variables=alone, environment=settings["environment"])
    real = union(job.wait() for job in slices).succeeded()
    assert changed(check) == changed(real)
    assert not found_in(str(check) + str(real), canaries)
    again = ansible(PLAYBOOK, **settings).succeeded()
    assert changed(again) == []

    quay, hub = world.arn(world.primary, "registry/quay"), world.arn(world.secondary, "registry/docker-hub")
    far, near = f"arn:aws:iam::{SECONDARY}:role/exec", f"arn:aws:iam::{PRIMARY}:role/team/exec"
    for name in ("report", "report-fargate"):
        container = world.job(world.secondary, name)["containerProperties"]
        assert (container["executionRoleArn"], container["repositoryCredentials"]) == (far, {"credentialsParameter": quay})
    task = world.task("web")
    used = {one["name"]: one["repositoryCredentials"]["credentialsParameter"] for one in task["containerDefinitions"]}
    assert (task["executionRoleArn"], used) == (far, {"app": quay, "side": hub})
    credential = {**VALUES["quay"], "password": canaries["first"]}
    for role, secret, value in ((far, quay, credential), (far, hub, VALUES["docker-hub"]), (near, quay, credential)):
        assert world.read(role, secret) == value
    assert not may(world.read, near, hub)

    # As slices with a part of the job: another password, which the owner alone knows, and another command, without the owner's host.
    def part(host: str, entry: str, **variables: Any) -> PlaybookRun:
        role = {"name": f"{COLLECTION}.registry_credentials", "tasks_from": entry}
        play = {"hosts": host, "connection": "local", "gather_facts": False, "tasks": [{"ansible.builtin.import_role": role}]}
        declared = {"registry_credentials": [QUAY, HUB], "registry_definitions": DEFINITIONS, "registry_credentials_verify": False}
        inventory = json.dumps(fleet.tree([host])) + "\n"
        playbook = yaml.safe_dump([play])
        return ansible(playbook, **{**settings, "inventory": inventory}, variables={**declared, **variables}).succeeded()

    settings["environment"]["QUAY_PASSWORD"] = canaries["second"]
    run = part("images", "owner", registry_credential_values=VALUES)
    assert changed(run) == [("images", "Keep the credentials")]
    assert world.read(far, quay)["password"] == canaries["second"]
    assert (world.versions(world.primary, "registry/quay"), set(world.revisions().values())) == (2, {1})
    definitions = copy.deepcopy(DEFINITIONS)
    definitions[0]["job_definition"]["container"]["command"] = ["report", "--all"]
    journal.clear()
    run = part("payments", "consumer", registry_definitions=definitions, registry_credentials_accounts=accounts)
    assert changed(run) == [("payments", "Register the job definitions of AWS Batch")]
    assert journal.writes() == ["RegisterJobDefinition"]
    assert world.revisions() == {"report": 2, "report-fargate": 1, "web": 1}
    assert world.versions(world.primary, "registry/quay") == 2
    assert policies(world.secondary).keys() == {"crossaccount-registry-role-exec"}

    # The credential goes; what others have written into the policy of the key stays.
    gone = {"registry_credentials": [{**QUAY, "state": "absent"}], "registry_definitions": []}
    removed = {"Let nobody decrypt those that shall go", "Delete the credentials that shall go"}
    assert {task for _host, task in changed(part("images", "owner", **gone))} == removed
    assert world.primary.client("secretsmanager").describe_secret(SecretId=quay)["DeletedDate"]
    statements = json.loads(world.primary.client("kms").get_key_policy(KeyId=world.key, PolicyName="default")["Policy"])["Statement"]
    assert [one["Sid"] for one in statements] == ["Owner"]
    removed = {"Allow the execution roles to read and to decrypt", "Take the trust of Amazon ECS away from roles that shall go"}
    assert {task for _host, task in changed(part("images", "consumer", **gone))} == removed
    assert (policies(world.primary), world.primary.client("iam").list_roles()["Roles"]) == ({}, [])


def test_what_cannot_work_is_refused_before_anything_is_written(ansible: Ansible, fleet: Fleet, journal: Journal) -> None:
    definitions = copy.deepcopy(DEFINITIONS)
    definitions[0]["job_definition"]["container"]["execution_role_arn"] = "somebody"
    fleet.write({**DECLARATION, "registry_definitions": definitions})
    run = ansible(PLAYBOOK, **fleet.settings)
    assert "job definition 'report': the role somebody is no reader of 'quay'; add it to the readers" in str(run)
    assert journal.calls() == []  # on no host
