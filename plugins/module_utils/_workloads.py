# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What runs with the credentials of private registries: job definitions of AWS Batch and task definitions of Amazon ECS.

A definition names a declared credential instead of the secret, whose ARN nobody knows beforehand, and a role instead of its ARN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from ._credentials import Credential, FoundSecret, check_keys, read_account
from ._definitions.job_definition import JOB_SPEC
from ._definitions.parts import MORE
from ._definitions.task_definition import TASK_SPEC
from ._errors import RegistryError
from ._grants import is_region
from ._policy.principals import partition_of

#: The kinds of definitions -> the option with their name, and all options that they can have here.
_COMMON = ("state", "keep_revisions", "tags", MORE)
_KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "job_definition": ("name", ("name", *JOB_SPEC, *_COMMON)),
    "task_definition": ("family", ("family", *TASK_SPEC, *_COMMON)),
}


@dataclass(frozen=True)
class Workload:
    """One definition. ``kind`` is C(job_definition) or C(task_definition), ``options`` are those of its module."""

    kind: str
    account: str
    region: str
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.options[_KINDS[self.kind][0]])

    @property
    def where(self) -> str:
        """What messages call it."""
        return f"{self.kind.replace('_', ' ')} '{self.name}'"


def workload_plan(
    workloads: Iterable[Workload], credentials: Sequence[Credential], account: str, secrets: Mapping[str, FoundSecret] | None
) -> dict[str, Any]:
    """The definitions of an account as the options of their modules: ``job_definitions`` and ``task_definitions``.

    Without ``secrets`` they are only checked. Raises RegistryError for a definition that could not pull.
    """
    known = {one.name: one for one in credentials}
    plan: dict[str, list[dict[str, Any]]] = {f"{kind}s": [] for kind in _KINDS}
    for one in workloads:
        # Those of other accounts are checked, too: nobody writes anything for a declaration that cannot work.
        options = _Resolver(one, known, secrets).options()
        if one.account == account:
            plan[f"{one.kind}s"].append({"name": one.name, "region": one.region, "options": options})
    return plan if secrets is not None else {}


class _Resolver:
    """Puts ARNs where a definition has names."""

    def __init__(self, workload: Workload, credentials: Mapping[str, Credential], secrets: Mapping[str, FoundSecret] | None) -> None:
        self._workload = workload
        self._credentials = credentials
        self._secrets = secrets or {}

    def options(self) -> dict[str, Any]:
        """The options of the module. Raises RegistryError."""
        options = dict(self._workload.options)
        if options.get("state") == "absent":
            return options
        if self._workload.kind == "task_definition":
            return self._task(options)
        return self._job(options) | {name: self._nodes(value) for name, value in options.items() if name == "nodes" and _is_map(value)}

    def _nodes(self, nodes: Mapping[str, Any]) -> dict[str, Any]:
        ranges = nodes.get("ranges")
        return {**nodes, "ranges": [self._job(one) if _is_map(one) else one for one in ranges]} if _is_list(ranges) else dict(nodes)

    def _job(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What has a C(container) or a C(task)."""
        found = dict(options)
        if _is_map(options.get("container")):
            found["container"] = self._with_role(self._container(options["container"]), [options["container"]])
        if _is_map(options.get("task")):
            found["task"] = self._task(options["task"])
        return found

    def _task(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """What has C(containers)."""
        containers = task.get("containers")
        if not _is_list(containers):
            return dict(task)
        resolved = [self._container(one) if _is_map(one) else one for one in containers]
        return self._with_role({**task, "containers": resolved}, [one for one in containers if _is_map(one)])

    def _container(self, container: Mapping[str, Any]) -> dict[str, Any]:
        credential = self._credential(container)
        if credential is None:
            return dict(container)
        secret = self._secrets.get(credential.name)
        return {**container, "repository_credentials": secret.arn if secret else credential.predicted_arn}

    def _credential(self, container: Mapping[str, Any]) -> Credential | None:
        """The declared credential of a container; None where it has none, or the ARN of some secret."""
        given = container.get("repository_credentials")
        if given is None or str(given).startswith("arn:"):
            return None
        one = self._credentials.get(str(given))
        where = f"{self._workload.where}: repository_credentials: "
        if one is None:
            raise RegistryError(f"{where}'{given}' is no declared credential, and no ARN of a secret; declare it, or correct the name")
        if not one.present(self._workload.account):
            raise RegistryError(f"{where}nobody in account {self._workload.account} reads '{given}'; add the execution role to its readers")
        return one

    def _with_role(self, holder: dict[str, Any], containers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """A part of a definition with the ARN of its execution role, which has to be one that reads all credentials of the part."""
        used = [one for one in map(self._credential, containers) if one]
        given, account = holder.get("execution_role_arn"), self._workload.account
        if not used:
            return holder
        # Where a whole account reads, its own policies say which of its roles do.
        named = [one.roles(account) for one in used if all(reader.recipient.roles for reader in one.present(account))]
        readers = [role for role in (named[0] if named else []) if all(role in roles for roles in named)]
        if given is None and len(readers) != 1:
            raise RegistryError(f"{self._workload.where}: execution_role_arn is missing; give {' or '.join(readers) or 'the role'}")
        home = f"arn:{partition_of(self._workload.region)}:iam::{account}:role/"
        wanted = str(given or readers[0]).removeprefix(home)
        if wanted.startswith("arn:"):
            raise RegistryError(f"{self._workload.where}: execution_role_arn is '{wanted}', which is no role of account {account}")
        role = next((one for one in readers if _short(one) == _short(wanted)), None)
        if named and role is None:
            names = " and ".join(f"'{one.name}'" for one in used)
            raise RegistryError(f"{self._workload.where}: the role {_short(wanted)} is no reader of {names}; add it to the readers")
        return {**holder, "execution_role_arn": f"{home}{role or wanted}"}


def _short(role: str) -> str:
    return role.rpartition("/")[2]


def _is_map(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def read_workloads(declaration: Any) -> list[Workload]:
    """Reads and checks a declaration of definitions; what is in them is checked by their modules.

    ``declaration`` is a list of mappings with C(account), C(region), and C(job_definition) or C(task_definition). Raises RegistryError.
    """
    if not _is_list(declaration):
        raise RegistryError(f"definitions must be a list of definitions, not {type(declaration).__name__}")
    workloads = [_read_workload(entry, f"definition #{at + 1}") for at, entry in enumerate(declaration)]
    places: set[tuple[str, str, str, str]] = set()
    for one in workloads:
        place = (one.kind, one.account, one.region, one.name)
        if place in places:
            raise RegistryError(f"{one.where} is there twice for account {one.account} in {one.region}")
        places.add(place)
    return workloads


def _read_workload(entry: Any, where: str) -> Workload:
    if not _is_map(entry):
        raise RegistryError(f"{where} is no mapping")
    check_keys(entry, ("account", "region", *_KINDS), where)
    kinds = [kind for kind in _KINDS if entry.get(kind) is not None]
    if len(kinds) != 1:
        raise RegistryError(f"{where}: give one of {' and '.join(_KINDS)}")
    (kind,) = kinds
    options = entry[kind]
    name, known = _KINDS[kind]
    if not _is_map(options) or not isinstance(options.get(name), str):
        raise RegistryError(f"{where}: {kind}: {name} is missing")
    where = f"{kind.replace('_', ' ')} '{options[name]}'"
    check_keys(options, known, where)
    account = read_account(entry, where)
    region = str(entry.get("region"))
    if not is_region(region):
        raise RegistryError(f"{where}: region: '{region}' is no region")
    return Workload(kind, account, region, options)
