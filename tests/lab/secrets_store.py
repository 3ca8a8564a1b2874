# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets and their versions, as the lab keeps them; moto's own are too forgiving."""

from __future__ import annotations

import dataclasses
import datetime
import random
import string

from .call import AwsError, Call
from .context import tag_keys
from .documents import Statement
from .ecr_state import StoredPolicy
from .operations import on_reset


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclasses.dataclass
class Version:
    """One version. `key` is the KMS key it was encrypted with; None is the AWS managed key aws/secretsmanager."""

    version_id: str
    text: str | None
    binary: bytes | None
    key: str | None
    stages: list[str]
    created: datetime.datetime = dataclasses.field(default_factory=now)


@dataclasses.dataclass
class Replica:
    """A copy that the primary secret has, or tries to have, in another region."""

    region: str
    key: str | None
    status: str = "InProgress"
    message: str = ""
    ready: float = 0.0


@dataclasses.dataclass
class Secret:
    """A secret. A replica has its `primary`, and shows that one's versions, policy and tags; a primary has its `replicas` by region."""

    arn: str
    name: str
    description: str | None = None
    key: str | None = None
    tags: list[dict[str, str]] = dataclasses.field(default_factory=list)
    versions: dict[str, Version] = dataclasses.field(default_factory=dict)
    policy: StoredPolicy | None = None
    deleted: datetime.datetime | None = None
    created: datetime.datetime = dataclasses.field(default_factory=now)
    changed: datetime.datetime = dataclasses.field(default_factory=now)
    primary: Secret | None = None
    replicas: dict[str, Replica] = dataclasses.field(default_factory=dict)

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    def follow(self) -> None:
        """Take over what the primary has. Versions that are there keep the key that they were encrypted with."""
        primary = self.primary
        if primary is None:
            return
        self.policy, self.tags, self.description, self.changed = primary.policy, primary.tags, primary.description, primary.changed
        known = self.versions
        self.versions = {
            version_id: dataclasses.replace(version, key=known[version_id].key if version_id in known else self.key)
            for version_id, version in primary.versions.items()
        }

    def with_stage(self, stage: str) -> Version | None:
        return next((version for version in self.versions.values() if stage in version.stages), None)


_STORE: dict[tuple[str, str], dict[str, Secret]] = {}
_SUFFIX = random.Random(20180404)


@on_reset
def forget() -> None:
    _STORE.clear()


def store(account: str, region: str) -> dict[str, Secret]:
    """The secrets of an account in a region, by name."""
    return _STORE.setdefault((account, region), {})


def new_arn(call: Call, name: str) -> str:
    suffix = "".join(_SUFFIX.choices(string.ascii_letters + string.digits, k=6))
    return f"arn:{call.partition}:secretsmanager:{call.region}:{call.account}:secret:{name}-{suffix}"


def find_secret(account: str, region: str, name: str) -> Secret | None:
    """A secret by its name, full ARN, or ARN without the six random characters and their hyphen."""
    secrets = store(account, region)
    if name.startswith("arn:"):
        found = next((secret for secret in secrets.values() if name in (secret.arn, secret.arn[:-7])), None)
    else:
        found = secrets.get(name)
    if found is not None:
        found.follow()
    return found


def secret_of(call: Call, also_deleted: bool = False) -> Secret:
    """The secret a call names; raises AWS's errors when it is not there, or marked for deletion."""
    name = str(call.parameters["SecretId"])
    secret = find_secret(call.account, call.region, name)
    # Another account has to give the full ARN ("Access from another account", Secrets Manager user guide).
    if secret is None or (call.caller.account != call.account and name != secret.arn):
        raise AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    if secret.deleted and not also_deleted:
        raise AwsError("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
    return secret


def resource_side(account: str, region: str, arn: str) -> tuple[list[Statement], dict[str, list[str]]]:
    """The statements of a secret's resource policy, and the context keys of its tags."""
    secret = find_secret(account, region, arn)
    if secret is None:
        return [], {}
    policy = secret.policy
    return list(policy.statements) if policy else [], tag_keys(secret.tags, "aws:resourcetag", "secretsmanager:resourcetag")
