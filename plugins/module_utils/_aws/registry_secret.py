# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""A secret that holds a registry credential: what it is, what it should be, and what there is to do. Calls no service."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._errors import RegistryError
from .._readers import SECRET_ARN
from .secret_keys import MANAGED_KEY, is_managed
from .secret_value import NewValue, StoredValue, given_fields, new_value
from .tags import MOST_TAGS, given_tags

#: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
_LOOKS_LIKE_AN_ARN = re.compile(r".*-[A-Za-z0-9]{6}")
_DESCRIPTION = 2048
_RECOVERY = range(7, 31)


@dataclass(frozen=True)
class Desired:
    """What the options ask for; None is to be left alone. ``region`` is that of the ARN, where ``name`` is one."""

    name: str
    region: str | None = None
    absent: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    overwrite: bool = False
    kms_key_id: str | None = None
    description: str | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    recovery_days: int | None = None
    force_delete: bool = False

    @property
    def by_arn(self) -> bool:
        return self.region is not None


@dataclass(frozen=True)
class Secret:
    """A secret without its value. What only Secrets Manager knows is None before it has told."""

    name: str
    arn: str | None = None
    description: str = ""
    kms_key_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    #: When it is (or can be) deleted for good; it is scheduled for deletion if ``scheduled``.
    deletion_date: str | None = None
    scheduled: bool = False
    version_id: str | None = None
    previous_id: str | None = None
    #: All versions that have a stage.
    versions: frozenset[str] = frozenset()
    owning_service: str = ""
    primary_region: str = ""
    rotates: bool = False

    @property
    def home(self) -> str:
        """Where names of KMS keys belong that have no account."""
        found = SECRET_ARN.fullmatch(self.arn or "")
        return "arn:{partition}:kms:{region}:{account}:".format(**found.groupdict()) if found else ""


@dataclass(frozen=True)
class Plan:
    """What there is to do: ``actions`` in their order, and what they need. ``after`` is None for a secret that is gone for good."""

    actions: tuple[str, ...] = ()
    after: Secret | None = None
    value: NewValue | None = None
    tags_set: Mapping[str, str] = field(default_factory=dict)
    tags_removed: tuple[str, ...] = ()


def read_options(params: Mapping[str, Any]) -> Desired:
    """The module's options, checked as far as no service is needed. Raises RegistryError."""
    name = params["name"]
    arn = SECRET_ARN.fullmatch(name)
    if name.startswith("arn:") and not arn:
        raise RegistryError(f"'name' is '{name}', which is not the full ARN of a secret (it ends in a hyphen and six characters)")
    if not arn and not _NAME.fullmatch(name):
        raise RegistryError(
            f"'name' is '{name}'; the name of a secret has 1 to 512 of these characters: letters without accents, digits, and /_+=.@-"
        )
    desired = Desired(name, arn.group("region") if arn else None, absent=params["state"] == "absent")
    days, force = params["recovery_window_in_days"], params["force_delete"]
    if days is not None and days not in _RECOVERY:
        raise RegistryError(f"'recovery_window_in_days' is {days}; it must be from {_RECOVERY.start} to {_RECOVERY.stop - 1}")
    if days is not None and force:
        raise RegistryError("'recovery_window_in_days' and 'force_delete: true' exclude each other; leave one out")
    if desired.absent:
        return replace(desired, recovery_days=days, force_delete=force)
    description, key = params["description"], params["kms_key_id"]
    if description is not None and len(description) > _DESCRIPTION:
        raise RegistryError(f"'description' has {len(description)} characters, {_DESCRIPTION} are allowed")
    if key is not None and not key:
        raise RegistryError(f"'kms_key_id' is empty; leave it out to keep the key, or give '{MANAGED_KEY}' for the one that AWS manages")
    return replace(
        desired,
        fields=given_fields(params["username"], params["password"], params["extra"]),
        overwrite=params["overwrite_value"],
        kms_key_id=MANAGED_KEY if key is not None and is_managed(key) and not key.startswith("arn:") else key,
        description=description,
        tags=given_tags(params["tags"]),
        purge_tags=params["purge_tags"],
    )


def described(answer: Mapping[str, Any]) -> Secret:
    """The answer of DescribeSecret. A field that has no value is missing in it."""
    stages = answer.get("VersionIdsToStages") or {}
    deleted = answer.get("DeletedDate")
    return Secret(
        name=answer["Name"],
        arn=answer["ARN"],
        description=answer.get("Description", ""),
        kms_key_id=answer.get("KmsKeyId"),
        tags={tag["Key"]: tag.get("Value", "") for tag in answer.get("Tags") or ()},
        deletion_date=deleted.isoformat() if deleted else None,
        scheduled=deleted is not None,
        version_id=next((version for version, its_stages in stages.items() if "AWSCURRENT" in its_stages), None),
        previous_id=next((version for version, its_stages in stages.items() if "AWSPREVIOUS" in its_stages), None),
        versions=frozenset(stages),
        owning_service=answer.get("OwningService", ""),
        primary_region=answer.get("PrimaryRegion", ""),
        rotates=bool(answer.get("RotationEnabled")),
    )


def ambiguous(name: str) -> bool:
    """Whether a name ends like an ARN, so that Secrets Manager can take a part of an ARN for it."""
    return bool(_LOOKS_LIKE_AN_ARN.fullmatch(name))


def plan(secret: Secret | None, stored: StoredValue | None, desired: Desired, same_key: Callable[[str, str | None, str], bool]) -> Plan:
    """What there is to do.

    ``stored`` is None where the value need not be compared, or cannot, because the secret is scheduled for deletion. ``same_key``
    says whether a wanted key is the one that the secret has. Raises RegistryError for what cannot or must not be done.
    """
    if desired.absent:
        return _deletion(secret, desired)
    return _creation(desired) if secret is None else _update(secret, stored, desired, same_key)


def _deletion(secret: Secret | None, desired: Desired) -> Plan:
    if secret is None or (secret.scheduled and not desired.force_delete):
        return Plan(after=secret)
    return Plan(("deleted",), None if desired.force_delete else replace(secret, scheduled=True))


def _creation(desired: Desired) -> Plan:
    if desired.by_arn:
        raise RegistryError("there is no such secret, and an ARN cannot be chosen; give the name to create one")
    if not {"username", "password"} <= desired.fields.keys():
        raise RegistryError("there is no such secret; give 'username' and 'password' to create it")
    key = None if is_managed(desired.kms_key_id) else desired.kms_key_id
    after = Secret(desired.name, None, desired.description or "", key, desired.tags or {})
    _check_tags(after.tags)
    return Plan(("created",), after, new_value(StoredValue(), desired.fields, overwrite=False), after.tags)


def _update(secret: Secret, stored: StoredValue | None, desired: Desired, same_key: Callable[[str, str | None, str], bool]) -> Plan:
    actions = ["restored"] if secret.scheduled else []
    after = replace(secret, scheduled=False, deletion_date=None)
    if desired.kms_key_id is not None and not same_key(desired.kms_key_id, secret.kms_key_id, secret.home):
        actions.append("kms_key_updated")
        after = replace(after, kms_key_id=None if is_managed(desired.kms_key_id) else desired.kms_key_id)
    if desired.description is not None and desired.description != secret.description:
        actions.append("description_updated")
        after = replace(after, description=desired.description)
    value = new_value(stored, desired.fields, desired.overwrite) if stored is not None and desired.fields else None
    if value:
        actions.append("value_updated")
        after = replace(after, version_id=None)
    tags_set, tags_removed = _tag_changes(secret.tags, desired)
    if tags_set:
        actions.append("tags_added")
    if tags_removed:
        actions.append("tags_removed")
    after = replace(after, tags={key: tag for key, tag in {**secret.tags, **tags_set}.items() if key not in tags_removed})
    if actions:
        _check_writable(secret)
        _check_tags(after.tags)
    return Plan(tuple(actions), after, value, tags_set, tags_removed)


def _tag_changes(current: Mapping[str, str], desired: Desired) -> tuple[dict[str, str], tuple[str, ...]]:
    """The tags to set and the keys to remove. Those that AWS sets (C(aws:...)) stay."""
    if desired.tags is None:
        return {}, ()
    to_set = {key: value for key, value in sorted(desired.tags.items()) if current.get(key) != value}
    foreign = [key for key in sorted(current) if key not in desired.tags and not key.startswith("aws:")]
    return to_set, tuple(foreign if desired.purge_tags else ())


def _check_tags(tags: Mapping[str, str]) -> None:
    count = sum(not key.startswith("aws:") for key in tags)
    if count > MOST_TAGS:
        raise RegistryError(f"it would have {count} tags, {MOST_TAGS} are allowed")


def _check_writable(secret: Secret) -> None:
    """Refuses what AWS would refuse, so that check mode says so too."""
    if secret.owning_service:
        raise RegistryError(f"it is managed by {secret.owning_service}; change it there")
    found = SECRET_ARN.fullmatch(secret.arn or "")
    if found and secret.primary_region not in ("", found.group("region")):
        raise RegistryError(
            f"it is the replica of a secret in {secret.primary_region}; give 'region: {secret.primary_region}' to change that"
        )
