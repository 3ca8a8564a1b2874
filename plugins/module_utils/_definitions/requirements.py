# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What AWS wants of definitions and does not say, or says too late: credentials of registries, roles, Fargate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .._errors import RegistryError
from .._registry_login.hosts import registry_of
from .fargate import is_size, nearest_sizes

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):role/.+")
_SECRET = re.compile(r"arn:(?P<partition>aws[a-z-]*):secretsmanager:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):secret:(?P<name>[^:]+)")
#: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html#SecretsManager-CreateSecret-request-Name
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
#: What Secrets Manager appends to the name of a secret in its ARN.
_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}")
#: https://docs.aws.amazon.com/AmazonECR/latest/public/public-registries.html, and its endpoint for IPv6
_PUBLIC_ECR = ("public.ecr.aws", "ecr-public.aws.com")


@dataclass(frozen=True)
class Home:
    """Where a definition is registered."""

    account: str
    region: str
    partition: str


@dataclass(frozen=True)
class Container:
    """A container of a definition: the ``path`` to its properties, and the execution role that its images are pulled with."""

    path: str
    properties: Mapping[str, Any]
    execution_role: str | None = None

    @property
    def image(self) -> str:
        return str(self.properties.get("image") or "")

    @property
    def credentials(self) -> str | None:
        """The secret of its registry, as name or ARN."""
        return (self.properties.get("repositoryCredentials") or {}).get("credentialsParameter")


def check_container(container: Container, home: Home, fargate: bool) -> None:
    """Raises RegistryError when the container could not be started: no image, credentials for an image that needs none, a secret that
    cannot be found by its name, no execution role where one is needed, a variable with two values, or what Fargate does not have.
    """
    if not container.image:
        raise RegistryError(f"{container.path} has no image; give 'image'")
    _check_variables(container)
    if fargate:
        _check_on_fargate(container)
    secret = container.credentials
    if secret is not None:
        if _is_ecr(container.image):
            raise RegistryError(
                f"{container.path}.repositoryCredentials does not apply to {container.image}, which is in Amazon ECR: the execution role "
                "pulls from there with its own permissions; leave the credentials out, and let the role pull, for a repository of "
                "another account also by the repository's policy"
            )
        _check_secret(f"{container.path}.repositoryCredentials", secret, home)
    reason = _needs_execution_role(container, fargate)
    if reason and not container.execution_role:
        raise RegistryError(f"{container.path} has {reason}, which needs an execution role; give 'execution_role_arn'")


def check_together(path: str, containers: Sequence[Container]) -> None:
    """Raises RegistryError unless these containers can be those of one task."""
    if not containers:
        raise RegistryError(f"{path} is empty; give a container at least")
    names_twice(path, [container.properties for container in containers])
    if not any(container.properties.get("essential", True) for container in containers):
        raise RegistryError(f"{path} has no container that is essential, and a task needs one; let one be without 'essential: false'")


def check_role(path: str, arn: str | None, home: Home) -> None:
    """Raises RegistryError unless this is the ARN of a role in the account of the definition, or nothing."""
    if arn is None:
        return
    role = _ROLE.fullmatch(arn)
    if not role:
        raise RegistryError(f"{path} is '{arn}', which is not the ARN of a role")
    if role["account"] != home.account:
        raise RegistryError(
            f"{path} is a role of account {role['account']}; the roles of a definition must be in its own account, which is {home.account}"
        )


def check_size(path: str, cpu: Decimal, memory: int, in_vcpus: bool) -> None:
    """Raises RegistryError unless Fargate has tasks of this size. ``cpu`` is in CPU units; ``in_vcpus``: how they are to be shown."""
    if is_size(int(cpu), memory) and cpu == int(cpu):
        return

    def shown(units: Decimal | int) -> str:
        return f"{(Decimal(units) / 1024).normalize():f} vCPU" if in_vcpus else f"{units} CPU units"

    near = "; ".join(f"{shown(units)} with {mib} MiB" for units, mib in nearest_sizes(int(cpu), memory))
    raise RegistryError(f"{path}: Fargate has no tasks of {shown(cpu)} with {memory} MiB; the nearest that it has are {near}")


def names_twice(path: str, items: Iterable[Mapping[str, Any]]) -> None:
    """Raises RegistryError when two items have one name."""
    seen = set()
    for item in items:
        name = item.get("name")
        if name in seen:
            raise RegistryError(f"{path} has '{name}' twice")
        seen.add(name)


def _check_variables(container: Container) -> None:
    environment, secrets = (container.properties.get(name) or () for name in ("environment", "secrets"))
    names_twice(f"{container.path}.environment", environment)
    both = sorted({str(one.get("name")) for one in environment} & {str(one.get("name")) for one in secrets})
    if both:
        raise RegistryError(f"{container.path} has '{both[0]}' in its environment and in its secrets; keep one of the two")


def _check_on_fargate(container: Container) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"""
    if container.properties.get("privileged"):
        raise RegistryError(f"{container.path} is privileged, which containers on Fargate cannot be; leave 'privileged' out")
    if any(one.get("type") == "GPU" for one in container.properties.get("resourceRequirements") or ()):
        raise RegistryError(f"{container.path} wants GPUs, which Fargate does not have; leave 'gpus' out")


def _is_ecr(image: str) -> bool:
    host = image.partition("/")[0].partition(":")[0].lower()
    if host in _PUBLIC_ECR:
        return True
    try:
        registry_of(host)
    except RegistryError:
        return False
    return True


def _check_secret(path: str, secret: str, home: Home) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html"""
    found = _SECRET.fullmatch(secret)
    if not found:
        if _SECRET_NAME.fullmatch(secret):
            return
        raise RegistryError(
            f"{path} is '{secret}', which is neither the name nor the ARN of a secret; a secret of another account or region than "
            f"{home.account} in {home.region} must be named by its full ARN"
        )
    if found["partition"] != home.partition:
        raise RegistryError(f"{path} is a secret in the partition {found['partition']}, which {home.partition} cannot read")
    elsewhere = (found["account"], found["region"]) != (home.account, home.region)
    if elsewhere and not _SUFFIX.fullmatch(found["name"][-7:]):
        raise RegistryError(
            f"{path} is a secret of account {found['account']} in {found['region']}, which must be named by its full ARN; this one lacks "
            "the hyphen and the six characters that Secrets Manager appends to the name"
        )


def _needs_execution_role(container: Container, fargate: bool) -> str | None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html"""
    log = container.properties.get("logConfiguration") or {}
    if container.credentials is not None:
        return "credentials of a registry"
    if container.properties.get("secrets") or log.get("secretOptions"):
        return "secrets"
    if fargate and _is_ecr(container.image) and not container.image.lower().startswith(_PUBLIC_ECR):
        return "an image of Amazon ECR, and runs on Fargate"
    if fargate and log.get("logDriver") == "awslogs":
        return "the log driver awslogs, and runs on Fargate"
    return None
