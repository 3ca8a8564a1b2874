# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""A secret that holds a registry credential: what it is, what it should be, and what there is to do. Calls no service."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from .._errors import RegistryError
from .._grants import read_recipients
from .._readers import SECRET_ARN
from .secret_keys import MANAGED_KEY, is_managed
from .secret_value import NewValue, StoredValue, given_fields, new_value
from .tags import MOST_TAGS, given_tags

#: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
_LOOKS_LIKE_AN_ARN = re.compile(r".*-[A-Za-z0-9]{6}")
_DESCRIPTION = 2048
_RECOVERY = range(7, 31)
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]+")
#: The status of a replica that could not be made.
_FAILED = "Failed"


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
    #: Region -> key of the replica, None to leave it alone.
    replicas: Mapping[str, str | None] | None = None
    purge_replicas: bool = False
    #: The accounts of those who will read the secret.
    reader_accounts: frozenset[str] = frozenset()
    recovery_days: int | None = None
    force_delete: bool = False

    @property
    def by_arn(self) -> bool:
        return self.region is not None


@dataclass(frozen=True)
class Replica:
    """A replica of a secret in another region. ``kms_key_id`` is None for the key that AWS manages there."""

    kms_key_id: str | None = None
    status: str | None = None
    message: str = ""

    @property
    def failed(self) -> bool:
        return self.status == _FAILED


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
    replicas: Mapping[str, Replica] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """Where names of KMS keys belong that have no account."""
        return self.home_in("")

    def home_in(self, region: str) -> str:
        """The same for the replica in a region."""
        found = SECRET_ARN.fullmatch(self.arn or "")
        return f"arn:{found['partition']}:kms:{region or found['region']}:{found['account']}:" if found else ""

    def arn_in(self, region: str) -> str:
        """The ARN of the replica in a region: https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html"""
        parts = str(self.arn).split(":")
        return ":".join([*parts[:3], region, *parts[4:]])

    @property
    def account(self) -> str | None:
        found = SECRET_ARN.fullmatch(self.arn or "")
        return found["account"] if found else None


@dataclass(frozen=True)
class Plan:
    """What there is to do: ``actions`` in their order, and what they need. ``after`` is None for a secret that is gone for good."""

    actions: tuple[str, ...] = ()
    after: Secret | None = None
    value: NewValue | None = None
    tags_set: Mapping[str, str] = field(default_factory=dict)
    tags_removed: tuple[str, ...] = ()
    #: The stored value, where it is to be encrypted anew.
    content: str | bytes | None = field(default=None, repr=False)
    #: Region -> key.
    replicas_added: Mapping[str, str | None] = field(default_factory=dict)
    replica_keys: Mapping[str, str] = field(default_factory=dict)
    replicas_removed: tuple[str, ...] = ()


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
    desired = replace(desired, purge_replicas=params["purge_replica_regions"])
    if desired.absent:
        return replace(desired, recovery_days=days, force_delete=force)
    description, key = params["description"], params["kms_key_id"]
    if description is not None and len(description) > _DESCRIPTION:
        raise RegistryError(f"'description' has {len(description)} characters, {_DESCRIPTION} are allowed")
    _check_key_name(key, "'kms_key_id'")
    return replace(
        desired,
        fields=given_fields(params["username"], params["password"], params["extra"]),
        overwrite=params["overwrite_value"],
        kms_key_id=_key_name(key),
        description=description,
        tags=given_tags(params["tags"]),
        purge_tags=params["purge_tags"],
        replicas=_given_replicas(params["replica_regions"]),
        reader_accounts=frozenset(str(one.account) for one in read_recipients(params["readers"] or (), "readers")),
    )


def _check_key_name(key: str | None, where: str) -> None:
    if key is not None and not key:
        raise RegistryError(f"{where} is empty; leave it out to keep the key, or give '{MANAGED_KEY}' for the one that AWS manages")


def _key_name(key: str | None) -> str | None:
    return MANAGED_KEY if key is not None and is_managed(key) and not key.startswith("arn:") else key


def _given_replicas(entries: Sequence[Mapping[str, Any]] | None) -> dict[str, str | None] | None:
    if entries is None:
        return None
    found: dict[str, str | None] = {}
    for at, entry in enumerate(entries):
        region, key = entry["region"], entry["kms_key_id"]
        if not _REGION.fullmatch(region):
            raise RegistryError(f"replica_regions[{at}]: region is '{region}', which is no region")
        if region in found:
            raise RegistryError(f"replica_regions[{at}]: {region} is there twice; a secret has one replica in a region")
        _check_key_name(key, f"replica_regions[{at}]: kms_key_id")
        found[region] = _key_name(key)
    return found


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
        replicas={one["Region"]: _described_replica(one) for one in answer.get("ReplicationStatus") or ()},
    )


def _described_replica(answer: Mapping[str, Any]) -> Replica:
    key = answer.get("KmsKeyId")
    return Replica(None if is_managed(key) else key, answer.get("Status"), answer.get("StatusMessage", ""))


def ambiguous(name: str) -> bool:
    """Whether a name ends like an ARN, so that Secrets Manager can take a part of an ARN for it."""
    return bool(_LOOKS_LIKE_AN_ARN.fullmatch(name))


def plan(
    secret: Secret | None,
    stored: StoredValue | None,
    desired: Desired,
    same_key: Callable[[str, str | None, str], bool],
    reencrypt: bool = False,
) -> Plan:
    """What there is to do.

    ``stored`` is None where the value need not be compared, or cannot, because the secret is scheduled for deletion. ``same_key``
    says whether a wanted key is the one that the secret, or a replica, has. ``reencrypt``: the current version is not encrypted with
    the wanted key, or would not be after the secret got that key. Raises RegistryError for what cannot or must not be done.
    """
    if desired.absent:
        return _deletion(secret, desired)
    return _creation(desired) if secret is None else _update(secret, stored, desired, same_key, reencrypt)


def _deletion(secret: Secret | None, desired: Desired) -> Plan:
    if secret is None or (secret.scheduled and not desired.force_delete):
        return Plan(after=secret)
    regions = tuple(sorted(secret.replicas))
    if regions and not desired.purge_replicas:
        raise RegistryError(
            f"it has replicas in {', '.join(regions)}, and Secrets Manager deletes no secret that has; "
            "give 'purge_replica_regions: true' to delete them, too"
        )
    after = None if desired.force_delete else replace(secret, scheduled=True, replicas=MappingProxyType({}))
    return Plan((*(("replicas_removed",) if regions else ()), "deleted"), after, replicas_removed=regions)


def _creation(desired: Desired) -> Plan:
    if desired.by_arn:
        raise RegistryError("there is no such secret, and an ARN cannot be chosen; give the name to create one")
    if not {"username", "password"} <= desired.fields.keys():
        raise RegistryError("there is no such secret; give 'username' and 'password' to create it")
    key = None if is_managed(desired.kms_key_id) else desired.kms_key_id
    replicas = {region: Replica(None if is_managed(its) else its) for region, its in (desired.replicas or {}).items()}
    after = Secret(desired.name, None, desired.description or "", key, desired.tags or {}, replicas=replicas)
    _check_tags(after.tags)
    return Plan(("created",), after, new_value(StoredValue(), desired.fields, overwrite=False), after.tags)


def _update(
    secret: Secret,
    stored: StoredValue | None,
    desired: Desired,
    same_key: Callable[[str, str | None, str], bool],
    reencrypt: bool,
) -> Plan:
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
    content = stored.content if reencrypt and stored is not None and not value else None
    if content is not None:
        actions.append("value_reencrypted")
        after = replace(after, version_id=None)
    tags_set, tags_removed = _tag_changes(secret.tags, desired)
    if tags_set:
        actions.append("tags_added")
    if tags_removed:
        actions.append("tags_removed")
    after = replace(after, tags={key: tag for key, tag in {**secret.tags, **tags_set}.items() if key not in tags_removed})
    added, keys, removed = _replica_changes(secret, desired, same_key)
    changes = {"replicas_removed": removed, "replica_keys_updated": keys, "replicas_added": added}
    actions += [action for action, regions in changes.items() if regions]
    new = {region: Replica(None if is_managed(key) else key) for region, key in {**added, **keys}.items()}
    after = replace(after, replicas={region: one for region, one in {**secret.replicas, **new}.items() if region not in removed})
    if actions:
        _check_writable(secret)
        _check_tags(after.tags)
    return Plan(tuple(actions), after, value, tags_set, tags_removed, content, added, keys, removed)


def _replica_changes(
    secret: Secret, desired: Desired, same_key: Callable[[str, str | None, str], bool]
) -> tuple[dict[str, str | None], dict[str, str], tuple[str, ...]]:
    """The replicas to add, those that get another key, and those to remove. One that could not be made is tried again."""
    added: dict[str, str | None] = {}
    keys: dict[str, str] = {}
    for region, key in (desired.replicas or {}).items():
        current = secret.replicas.get(region)
        if secret.home == secret.home_in(region):
            raise RegistryError(f"'replica_regions' has {region}, where the secret itself is; leave it out")
        if current is None or current.failed:
            added[region] = key
        elif key is not None and not same_key(key, current.kms_key_id, secret.home_in(region)):
            keys[region] = key
    others = sorted(set(secret.replicas) - set(desired.replicas or {}))
    return added, keys, tuple(others) if desired.replicas is not None and desired.purge_replicas else ()


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
