# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said before a call: credentials that cannot work, roles, sizes of Fargate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.fargate import is_size, nearest_sizes
from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.requirements import (
    Container,
    Home,
    check_container,
    check_role,
    check_size,
    check_together,
    names_twice,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError

from .definitions import ROLE, SECRET

HOME = Home("111122223333", "eu-west-1", "aws")
ECR = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/team/app:1"
OTHER = "arn:aws:secretsmanager:{region}:{account}:secret:registry/quay{suffix}"


def container(image: str = "quay.io/app", secret: str | None = None, role: str | None = ROLE, **more: Any) -> Container:
    credentials = {"repositoryCredentials": {"credentialsParameter": secret}} if secret else {}
    return Container("containerProperties", {"image": image, **credentials, **more}, role)


@pytest.mark.parametrize(
    "image",
    [ECR, ECR.replace("ecr.", "ecr-fips."), ECR.replace(".com", ".com:443"), "public.ecr.aws/team/app", "ecr-public.aws.com/team/app"],
)
def test_credentials_are_not_for_images_of_ecr(image: str) -> None:
    with pytest.raises(RegistryError) as caught:
        check_container(container(image, SECRET), HOME, fargate=False)
    assert "containerProperties.repositoryCredentials does not apply to" in str(caught.value)
    assert "the execution role pulls from there with its own permissions" in str(caught.value)
    check_container(container(image), HOME, fargate=True)


@pytest.mark.parametrize(
    "secret",
    [
        "registry/quay",
        SECRET,
        SECRET.removesuffix("-AbCdEf"),
        OTHER.format(region="eu-west-1", account="444455556666", suffix="-AbCdEf"),
        OTHER.format(region="eu-central-1", account="111122223333", suffix="-AbCdEf"),
    ],
)
def test_secrets_that_can_be_found(secret: str) -> None:
    check_container(container(secret=secret), HOME, fargate=True)


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (
            "444455556666:registry/quay",
            "a secret of another account or region than 111122223333 in eu-west-1 must be named by its full ARN",
        ),
        (f"{SECRET}:username::", "is neither the name nor the ARN of a secret"),
        ("arn:aws:ssm:eu-west-1:111122223333:parameter/a", "is neither the name nor the ARN of a secret"),
        (
            OTHER.format(region="eu-west-1", account="444455556666", suffix=""),
            "a secret of account 444455556666 in eu-west-1, which must be",
        ),
        (OTHER.format(region="eu-central-1", account="111122223333", suffix=""), "lacks the hyphen and the six characters"),
        (SECRET.replace("arn:aws:", "arn:aws-cn:"), "is a secret in the partition aws-cn, which aws cannot read"),
    ],
)
def test_secrets_that_cannot_be_found(secret: str, words: str) -> None:
    with pytest.raises(RegistryError, match="repositoryCredentials is") as caught:
        check_container(container(secret=secret), HOME, fargate=False)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "fargate", "words"),
    [
        (container(secret=SECRET, role=None), False, "credentials of a registry"),
        (container(role=None, secrets=[{"name": "A", "valueFrom": SECRET}]), False, "secrets"),
        (container(role=None, logConfiguration={"logDriver": "splunk", "secretOptions": [{}]}), False, "secrets"),
        (container(ECR, role=None), True, "an image of Amazon ECR, and runs on Fargate"),
        (container(role=None, logConfiguration={"logDriver": "awslogs"}), True, "the log driver awslogs, and runs on Fargate"),
    ],
)
def test_what_needs_an_execution_role(wanted: Container, fargate: bool, words: str) -> None:
    with pytest.raises(RegistryError, match=f"containerProperties has {words}, which needs an execution role; give 'execution_role_arn'"):
        check_container(wanted, HOME, fargate)
    check_container(Container(wanted.path, wanted.properties, ROLE), HOME, fargate)


def test_what_needs_none() -> None:
    check_container(container(ECR, role=None), HOME, fargate=False)
    check_container(container(role=None, logConfiguration={"logDriver": "awslogs"}), HOME, fargate=False)
    check_container(container("public.ecr.aws/team/app", role=None), HOME, fargate=True)


@pytest.mark.parametrize(
    ("wanted", "fargate", "words"),
    [
        (container(image=""), False, "containerProperties has no image; give 'image'"),
        (
            container(environment=[{"name": "A"}, {"name": "B"}], secrets=[{"name": "B", "valueFrom": SECRET}]),
            False,
            "containerProperties has 'B' in its environment and in its secrets; keep one of the two",
        ),
        (container(privileged=True), True, "containerProperties is privileged, which containers on Fargate cannot be"),
        (
            container(resourceRequirements=[{"type": "GPU", "value": "1"}]),
            True,
            "containerProperties wants GPUs, which Fargate does not",
        ),
    ],
)
def test_what_no_container_can_have(wanted: Container, fargate: bool, words: str) -> None:
    with pytest.raises(RegistryError) as caught:
        check_container(wanted, HOME, fargate)
    assert words in str(caught.value)
    if fargate:
        check_container(wanted, HOME, fargate=False)


def test_containers_of_one_task() -> None:
    app, side = (Container("x", {"name": name, "essential": False}) for name in ("app", "side"))
    check_together("containers", [app, Container("x", {"name": "main"})])
    for wanted, words in (
        ([], "containers is empty"),
        ([app, side], "containers has no container that is essential"),
        ([app, app], "containers has 'app' twice"),
    ):
        with pytest.raises(RegistryError, match=words):
            check_together("containers", wanted)


def test_roles() -> None:
    check_role("taskRoleArn", None, HOME)
    check_role("taskRoleArn", ROLE, HOME)
    with pytest.raises(RegistryError, match="taskRoleArn is 'web', which is not the ARN of a role"):
        check_role("taskRoleArn", "web", HOME)
    with pytest.raises(RegistryError, match=r"is a role of account 444455556666; .* in its own account, which is 111122223333"):
        check_role("taskRoleArn", ROLE.replace("111122223333", "444455556666"), HOME)


@pytest.mark.parametrize(
    ("cpu", "memory", "fits"),
    [
        (256, 512, True),
        (256, 3072, False),
        (512, 512, False),
        (1024, 8192, True),
        (4096, 30720, True),
        (8192, 20480, True),
        (8192, 17408, False),
        (16384, 122880, True),
        (32768, 249856, True),
        (32768, 65536, False),
        (300, 512, False),
    ],
)
def test_sizes_of_fargate(cpu: int, memory: int, fits: bool) -> None:
    assert is_size(cpu, memory) == fits
    near = nearest_sizes(cpu, memory)
    assert all(is_size(*size) for size in near)
    assert ((cpu, memory) in near) == fits


def test_a_size_that_fargate_does_not_have() -> None:
    check_size("cpu and memory", Decimal(256), 512, in_vcpus=False)
    with pytest.raises(RegistryError) as caught:
        check_size("cpu and memory", Decimal(512), 512, in_vcpus=False)
    assert str(caught.value) == (
        "cpu and memory: Fargate has no tasks of 512 CPU units with 512 MiB; the nearest that it has are "
        "256 CPU units with 512 MiB; 256 CPU units with 1024 MiB; 512 CPU units with 1024 MiB"
    )
    with pytest.raises(RegistryError, match=r"no tasks of 1\.25 vCPU with 2048 MiB; .* 1 vCPU with 2048 MiB"):
        check_size("containerProperties", Decimal("1.25") * 1024, 2048, in_vcpus=True)
    with pytest.raises(RegistryError, match="no tasks of 0 vCPU with 0 MiB"):
        check_size("containerProperties", Decimal(0), 0, in_vcpus=True)


def test_names_that_are_there_twice() -> None:
    names_twice("environment", [{"name": "A"}, {"name": "B"}])
    with pytest.raises(RegistryError, match="environment has 'A' twice"):
        names_twice("environment", [{"name": "A"}, {"name": "A"}])
