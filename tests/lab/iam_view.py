# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading moto's IAM: which roles, users and policies exist, across all accounts of the lab."""

from __future__ import annotations

import functools
import json
import typing as t

from moto.iam import models as iam_models
from moto.iam.models import AWSManagedPolicy, Group, IAMBackend, InstanceProfile, ManagedPolicy, Role, User, iam_backends
from moto.iam.policy_validation import BaseIAMPolicyValidator, IAMPolicyDocumentValidator

from .documents import as_list


def backend(account: str, partition: str) -> IAMBackend:
    return t.cast(IAMBackend, iam_backends[account][partition])


def backends() -> t.Iterator[IAMBackend]:
    for account in list(iam_backends.values()):
        yield from list(account.values())


def role_named(account: str, partition: str, name: str) -> Role | None:
    for role in list(backend(account, partition).roles.values()):
        if role.name == name:
            return role
    return None


def user_named(account: str, partition: str, name: str) -> User | None:
    return t.cast("User | None", backend(account, partition).users.get(name))


def is_taken(entities: t.Iterable[t.Any], name: str) -> bool:
    """Whether one of them has the name; names are unique in an account whatever their case and path (IAM user guide, "IAM identifiers")."""
    return any(entity.name.lower() == name.lower() for entity in list(entities))


def by_unique_id(unique_id: str) -> Role | User | None:
    """The role or user that has this AROA or AIDA id now."""
    for one in backends():
        if unique_id.startswith("AROA"):
            role = one.roles.get(unique_id)
            if role is not None:
                return role
        else:
            for user in list(one.users.values()):
                if user.id == unique_id:
                    return user
    return None


def by_arn(arn: str) -> Role | User | None:
    """The role or user with exactly this ARN, path included."""
    fields = arn.split(":", 5)
    if len(fields) != 6 or fields[2] != "iam":
        return None
    kind, _slash, rest = fields[5].partition("/")
    name = rest.rpartition("/")[2]
    found = role_named(fields[4], fields[1], name) if kind == "role" else user_named(fields[4], fields[1], name)
    return found if found is not None and found.arn == arn else None


def user_of_access_key(access_key: str) -> tuple[User, t.Any] | None:
    """The user that an AKIA key belongs to, and the key."""
    for one in backends():
        if access_key not in one.access_keys:
            continue
        for user in list(one.users.values()):
            for key in user.access_keys:
                if key.access_key_id == access_key:
                    return user, key
    return None


def managed_policy_document(account: str, partition: str, arn: str) -> str | None:
    """The default version's document of a customer managed or AWS managed policy."""
    policy = backend(account, partition).managed_policies.get(arn)
    if policy is None:
        return None
    return next((str(v.document) for v in policy.versions if v.version_id == policy.default_version_id), None)


@functools.lru_cache(maxsize=1)
def _aws_managed() -> dict[str, tuple[str, dict[str, t.Any]]]:
    """moto's snapshot of the AWS managed policies, by path and name as in their ARNs."""
    return {data["Path"] + name: (name, data) for name, data in json.loads(iam_models.aws_managed_policies_data).items()}


class Policies(dict[str, t.Any]):
    """The managed policies of an account. AWS's own appear when somebody asks for one: there are over a thousand, for every account."""

    def __init__(self, owner: IAMBackend) -> None:
        super().__init__()
        self._owner = owner

    def _load(self, arn: object) -> None:
        prefix = f"arn:{self._owner.partition}:iam::aws:policy"
        if not isinstance(arn, str) or not arn.startswith(prefix) or super().__contains__(arn):
            return
        known = _aws_managed().get(arn[len(prefix) :])
        if known is not None:
            self[arn] = AWSManagedPolicy.from_data(known[0], self._owner.account_id, self._owner.region_name, known[1])

    def load_all(self) -> None:
        """Make every AWS managed policy appear."""
        for path_and_name in _aws_managed():
            self._load(f"arn:{self._owner.partition}:iam::aws:policy{path_and_name}")

    def __contains__(self, arn: object) -> bool:
        self._load(arn)
        return super().__contains__(arn)

    def __getitem__(self, arn: str) -> t.Any:
        self._load(arn)
        return super().__getitem__(arn)

    def get(self, arn: str, default: t.Any = None) -> t.Any:
        self._load(arn)
        return super().get(arn, default)


def _managed_policies(self: IAMBackend) -> dict[str, t.Any]:
    return Policies(self)


def _with_proper_id(kind: type[t.Any], prefix: str) -> None:
    """moto gives these 20 lower-case characters; AWS gives a prefix that says what it is and 17 upper-case ones, as moto does for roles."""
    original = kind.__init__

    def init(self: t.Any, *args: t.Any, **kwargs: t.Any) -> None:
        original(self, *args, **kwargs)
        self.id = iam_models.random_role_id(self.account_id).replace("AROA", prefix, 1)

    kind.__init__ = init


def _check_dates(operator: str, block: dict[str, t.Any]) -> None:
    if operator.lower().rpartition(":")[2].startswith("date"):
        for values in block.values():
            for value in as_list(values):
                BaseIAMPolicyValidator._legacy_parse_date_condition_value(str(value))


def install() -> None:
    """Teach moto's IAM what it knows but does not do: AWS managed policies, and proper ids. Conditions, but dates, are for iam_documents.

    moto refuses numbers as values of conditions, and operators in another letter case; IAM takes both.
    """
    BaseIAMPolicyValidator._validate_condition_syntax = staticmethod(lambda _statement: None)  # type: ignore[method-assign]
    IAMBackend._init_managed_policies = _managed_policies  # type: ignore[method-assign]
    IAMPolicyDocumentValidator._legacy_parse_condition = staticmethod(_check_dates)  # type: ignore[method-assign]
    for kind, prefix in ((User, "AIDA"), (Group, "AGPA"), (InstanceProfile, "AIPA"), (ManagedPolicy, "ANPA")):
        _with_proper_id(kind, prefix)
