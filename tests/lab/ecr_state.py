# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab keeps about ECR beside moto: policies in stored form, layers, and settings of registries."""

from __future__ import annotations

import dataclasses
import typing as t

from moto.ecr.models import ECRBackend, Repository, ecr_backends

from .call import AwsError, Call
from .documents import Statement, parse_statements
from .operations import on_reset


class StoredPolicy:
    """A document in stored form, and its statements for the evaluator."""

    def __init__(self, document: dict[str, t.Any]) -> None:
        self.document = document
        self.statements: tuple[Statement, ...] = parse_statements(document)


@dataclasses.dataclass
class Upload:
    upload_id: str
    data: bytearray = dataclasses.field(default_factory=bytearray)
    parts: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class RepositoryState:
    """Lives on moto's repository object, so it goes when the repository goes."""

    policy: StoredPolicy | None = None
    layers: dict[str, bytes] = dataclasses.field(default_factory=dict)
    uploads: dict[str, Upload] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class RegistryState:
    policy: StoredPolicy | None = None
    settings: dict[str, str] = dataclasses.field(
        default_factory=lambda: {"REGISTRY_POLICY_SCOPE": "V2", "BASIC_SCAN_TYPE_VERSION": "AWS_NATIVE", "BLOB_MOUNTING": "DISABLED"}
    )


_REGISTRIES: dict[tuple[str, str], RegistryState] = {}


@on_reset
def forget() -> None:
    _REGISTRIES.clear()


def backend(account: str, region: str) -> ECRBackend:
    try:
        return t.cast(ECRBackend, ecr_backends[account][region])
    except KeyError:
        raise AwsError("UnrecognizedClientException", f"The lab knows no region {region}") from None


def registry(account: str, region: str) -> RegistryState:
    return _REGISTRIES.setdefault((account, region), RegistryState())


def find_repository(account: str, region: str, name: str) -> Repository | None:
    return t.cast("Repository | None", backend(account, region).repositories.get(name))


def state_of(repository: Repository) -> RepositoryState:
    state = getattr(repository, "lab_state", None)
    if state is None:
        state = RepositoryState()
        repository.lab_state = state  # type: ignore[attr-defined]
    return t.cast(RepositoryState, state)


def repository_of(call: Call) -> Repository:
    """The repository a call names; raises RepositoryNotFoundException in AWS's words."""
    name = str(call.parameters["repositoryName"])
    found = find_repository(call.account, call.region, name)
    if found is None:
        raise AwsError(
            "RepositoryNotFoundException",
            f"The repository with name '{name}' does not exist in the registry with id '{call.account}'",
        )
    return found


def tags_of(repository: Repository) -> list[dict[str, str]]:
    tagger = backend(repository.account_id, repository.region_name).tagger
    return list(tagger.list_tags_for_resource(repository.arn)["tags"])
