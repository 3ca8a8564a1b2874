# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the integration tests share: a lab, accounts in it, and real playbooks against it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.checks.conftest import artifact as artifact
from tests.checks.conftest import installed as installed
from tests.checks.conftest import passes as passes
from tests.checks.conftest import shipped as shipped
from tests.checks.conftest import tree as tree
from tests.integration import playbooks
from tests.integration.alicloud_world import Alicloud
from tests.integration.meaning import statements
from tests.lab import Lab, start_lab
from tests.lab.alicloud import AlibabaCloud, start_alicloud

PRIMARY, SECONDARY, OTHER = "111122223333", "444455556666", "777788889999"
REGION = "eu-west-1"


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    """One lab for each worker of pytest."""
    with start_lab() as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    """An empty lab without faults."""
    running_lab.set_faults()
    running_lab.reset()
    return running_lab


@dataclass(frozen=True)
class Credentials:
    """What somebody signs calls with. The key of an account's administrator is the account's id."""

    access_key: str
    secret_key: str = "any"
    token: str | None = None


class Account:
    """An account of the lab, used as its administrator: for what is there before a playbook runs, and for looking at it afterwards."""

    def __init__(self, lab: Lab, account: str, region: str = REGION) -> None:
        self.id, self.region = account, region
        self._session = lab.session(account, region)
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client."""
        key = service, region or self.region
        if key not in self._clients:
            self._clients[key] = self._session.client(service, region_name=key[1])
        return self._clients[key]

    def create_repositories(self, *names: str, region: str | None = None, tags: Mapping[str, str] | None = None) -> None:
        """Creates repositories."""
        for name in names:
            pairs = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
            self.client("ecr", region).create_repository(repositoryName=name, tags=pairs)

    def set_policy(
        self, repository: str, *its_statements: Mapping[str, Any], region: str | None = None, version: str = "2012-10-17"
    ) -> None:
        """Makes a repository's policy just these statements, as another team would."""
        document = {"Version": version, "Statement": list(its_statements)}
        self.client("ecr", region).set_repository_policy(repositoryName=repository, policyText=json.dumps(document), force=True)

    def policy_text(self, repository: str, region: str | None = None) -> str | None:
        """A repository's policy as ECR shows it; None when there is none."""
        ecr = self.client("ecr", region)
        try:
            return str(ecr.get_repository_policy(repositoryName=repository)["policyText"])
        except ecr.exceptions.RepositoryPolicyNotFoundException:
            return None

    def statements(self, repository: str, region: str | None = None) -> list[dict[str, Any]]:
        """The statements of a repository's policy in one spelling; see meaning.py."""
        return statements(self.policy_text(repository, region))

    def sids(self, repository: str, region: str | None = None) -> list[str]:
        """The Sids of a repository's policy, in their order."""
        return [str(one.get("Sid", "")) for one in self.statements(repository, region)]

    def create_role(self, name: str, trusted: Any = None, path: str = "/", **settings: Any) -> str:
        """Creates a role that ``trusted`` (a trust policy's Principal, by default this account) may assume; returns its ARN."""
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": trusted or {"AWS": self.id}, "Action": "sts:AssumeRole", **settings}],
        }
        answer = self.client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust))
        return str(answer["Role"]["Arn"])

    def delete_role(self, name: str) -> None:
        """Deletes a role and its inline policies."""
        iam = self.client("iam")
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)

    def let(self, role: str, *actions: str, resource: Any = "*") -> None:
        """Allows a role these actions by an inline policy of its own."""
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}]}
        name = f"let-{len(self.client('iam').list_role_policies(RoleName=role)['PolicyNames'])}"
        self.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    def create_user(self, name: str, *actions: str) -> Credentials:
        """Creates a user who is allowed these actions on everything; returns its access key."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        if actions:
            document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
            iam.put_user_policy(UserName=name, PolicyName="let", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture
def primary(lab: Lab) -> Account:
    """The account that owns the registry."""
    return Account(lab, PRIMARY)


@pytest.fixture
def secondary(lab: Lab) -> Account:
    """An account that uses it."""
    return Account(lab, SECONDARY)


@pytest.fixture
def other(lab: Lab) -> Account:
    """Another account that uses it."""
    return Account(lab, OTHER)


class Ansible:
    """Runs playbooks against a lab, by default as the administrator of the primary account."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def environment(self, credentials: Credentials | str | None = PRIMARY, region: str | None = REGION) -> dict[str, str]:
        """This process's environment without its own AWS and Ansible settings, and with what leads to the lab.

        ``credentials`` may be an account id, which means the account's administrator, or None for none at all.
        """
        kept = ("ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_HOME")
        environment = {key: value for key, value in os.environ.items() if key in kept or not key.startswith(("AWS_", "ANSIBLE_", "BOTO_"))}
        environment["LC_ALL"] = "C.UTF-8"
        if isinstance(credentials, str):
            credentials = Credentials(credentials)
        if credentials is None:
            environment |= self._lab.environment
            environment |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        else:
            environment |= self._lab.environment_of(credentials.access_key, credentials.secret_key, credentials.token, region or REGION)
        if region is None:
            environment.pop("AWS_REGION", None)
            environment.pop("AWS_DEFAULT_REGION", None)
        return environment

    def start(
        self,
        playbook: playbooks.Playbook,
        *arguments: str,
        credentials: Credentials | str | None = PRIMARY,
        region: str | None = REGION,
        variables: Mapping[str, Any] | None = None,
        inventory: str | Path | None = None,
        environment: Mapping[str, str] | None = None,
        loaded: bool = False,
    ) -> playbooks.Started:
        """Starts a playbook and does not wait for it.

        ``playbook`` is YAML text (a playbook, or tasks for localhost), a list of tasks, a path, or a name in a collection; ``arguments``
        are those of ansible-playbook, such as --check, --diff, -vvv; ``inventory`` is YAML text or a path; ``environment`` is added to
        the usual one; ``loaded`` as for playbooks.start().
        """
        everything = {**self.environment(credentials, region), **(environment or {})}
        return playbooks.start(playbook, everything, arguments, variables, inventory, loaded)

    def __call__(self, playbook: playbooks.Playbook, *arguments: str, **settings: Any) -> playbooks.PlaybookRun:
        """Runs a playbook to its end, whatever that is; arguments as for start()."""
        return self.start(playbook, *arguments, loaded=True, **settings).wait()


@pytest.fixture
def ansible(lab: Lab) -> Ansible:
    """Runs playbooks against the lab."""
    return Ansible(lab)


class Journal:
    """The calls that the lab got since the test, or the last clear(), began."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def clear(self) -> None:
        """Forgets the calls so far, such as those that made what is there before."""
        self._lab.clear_journal()

    def calls(self, operation: str | None = None, **wanted: str) -> list[dict[str, Any]]:
        """The calls in their order, those of the lab's own concurrent writers left out."""
        if operation:
            wanted["operation"] = operation
        return [entry for entry in self._lab.journal(**wanted) if not entry["writer"]]

    def writes(self) -> list[str]:
        """The operations that would have changed something, whether they were refused or not."""
        return [entry["operation"] for entry in self.calls() if entry["write"]]


@pytest.fixture
def journal(lab: Lab) -> Journal:
    """Counts the calls to the lab."""
    return Journal(lab)


@pytest.fixture(scope="session")
def running_alicloud() -> Iterator[AlibabaCloud]:
    """One stand-in for Alibaba Cloud for each worker of pytest."""
    with start_alicloud() as cloud:
        yield cloud


@pytest.fixture
def alicloud(running_alicloud: AlibabaCloud) -> Alicloud:
    """An empty Alibaba Cloud without faults, and playbooks against it."""
    running_alicloud.reset()
    return Alicloud(running_alicloud)
