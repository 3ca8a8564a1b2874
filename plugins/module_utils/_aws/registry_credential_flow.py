# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Brings a secret that holds a registry credential to what it should be: read, plan, write, confirm.

Each write leaves a secret that can be used. A secret is created whole, in one call; one that exists gets its new key before its new
value, so that the new version is encrypted with it, and tags last. A run that was interrupted is continued by the next one.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .._errors import RegistryError, ServiceError
from .registry_secret import Desired, Plan, Secret, ambiguous, plan
from .secret_keys import MANAGED_KEY, SecretKeys, is_managed
from .secret_store import SecretStore
from .secret_value import NewValue, StoredValue, new_value

#: First and longest pause in seconds between two looks.
_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
#: Actions that are done by one call.
_SETTINGS = ("kms_key_updated", "description_updated")
#: What AWS answers when the secret is not what it was when it was read.
_MOVED = ("ResourceExistsException", "ResourceNotFoundException", "InvalidRequestException")


@dataclass(frozen=True)
class Outcome:
    """What became of a secret, or in check mode would become of it. None is a secret that is not there."""

    before: Secret | None
    after: Secret | None
    actions: tuple[str, ...]
    value_changes: tuple[str, ...]
    #: The value could not be compared, because the secret must be restored first.
    value_unknown: bool = False


class RegistryCredential:
    """One secret.

    ``elsewhere`` gives the secrets and keys of another region than ``region``, where replicas are. ``owner`` is the account that a new
    secret will belong to; it need not be known without readers. ``wait_timeout`` is in seconds, for all waits together. ``clock``,
    ``sleep`` and ``token`` can be replaced in tests.
    """

    def __init__(
        self,
        store: SecretStore,
        keys: SecretKeys,
        desired: Desired,
        wait_timeout: float,
        warn: Callable[[str], None],
        elsewhere: Callable[[str], tuple[SecretStore, SecretKeys]] | None = None,
        region: str = "",
        owner: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        token: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._store = store
        self._keys = keys
        self._desired = desired
        self._timeout = wait_timeout
        self._warn = warn
        self._elsewhere = elsewhere
        self._region = region
        self._owner = owner
        self._clock = clock
        self._sleep = sleep
        self._token = token
        self._deadline = 0.0
        self._pause = _PAUSE
        self._done: list[str] = []
        #: The token of the value that is written, which becomes the id of its version; the version that it was merged into.
        self._version = ""
        self._tokens: dict[str | bytes, str] = {}
        self._merged_into: str | None = None
        self._value_changes: tuple[str, ...] = ()
        self._deletion_date: str | None = None

    def run(self, check_mode: bool) -> Outcome:
        """Does, or in check mode only works out, what there is to do. Raises RegistryError."""
        before = self._read()
        planned = self._plan(before)
        self._check(planned, before)
        if check_mode or not planned.actions:
            unknown = "restored" in planned.actions and bool(self._desired.fields)
            changes = planned.value.changes if planned.value else ()
            return Outcome(before, planned.after, planned.actions, changes, unknown)
        self._deadline = self._clock() + self._timeout
        after = self._write(before, planned).after
        there = self._confirm()
        if after and there:
            date = self._deletion_date or there.deletion_date
            after = replace(after, arn=there.arn, version_id=there.version_id, deletion_date=date, replicas=there.replicas)
        return Outcome(before, after, tuple(self._done), self._value_changes)

    def progress(self) -> str:
        """What was done before an error, for its message."""
        if not self._done:
            return ""
        return f". Done before that: {', '.join(self._done)}. Mend the cause and run again, the run continues where it stopped"

    # -- read --------------------------------------------------------------------------------------------------------

    def _read(self) -> Secret | None:
        return self._store.find(self._desired.name)

    def _plan(self, secret: Secret | None) -> Plan:
        stored, reencrypt = None, False
        if secret and not secret.scheduled and not (self._version and secret.version_id == self._version):
            reencrypt = self._is_encrypted_otherwise(secret)
            if self._desired.fields or reencrypt:
                stored = self._stored_value(secret)
        return plan(secret, stored, self._desired, self._same_key, reencrypt)

    def _same_key(self, wanted: str, current: str | None, home: str) -> bool:
        """Whether two names mean the same key, in the region of the secret or in that of a replica."""
        return self._keys_in(home.split(":")[3] if home else "").same(wanted, current, home)

    def _keys_in(self, region: str) -> SecretKeys:
        return self._keys if region in ("", self._region) or self._elsewhere is None else self._elsewhere(region)[1]

    def _is_encrypted_otherwise(self, secret: Secret) -> bool:
        """Whether the current version is encrypted with another key than the wanted one, as far as that is known."""
        wanted = self._desired.kms_key_id
        if wanted is None or secret.version_id is None:
            return False
        return not self._keys.same(wanted, secret.kms_key_id, secret.home) or self._has_wanted_key(secret) is False

    def _has_wanted_key(self, secret: Secret) -> bool | None:
        """Whether the current version is encrypted with the wanted key; None where Secrets Manager does not tell."""
        keys = self._store.version_keys(str(secret.arn), str(secret.version_id))
        wanted = str(self._desired.kms_key_id)
        return any(self._keys.same(wanted, key, secret.home) for key in keys) if keys else None

    def _stored_value(self, secret: Secret) -> StoredValue:
        try:
            return self._store.value(str(secret.arn))
        except ServiceError as error:
            if error.code == "DecryptionFailure" and self._desired.overwrite:
                return StoredValue(problem="its value cannot be decrypted any more")
            raise

    def _check(self, planned: Plan, secret: Secret | None) -> None:
        """Refuses a key that cannot be used, before anything is written; warns of what AWS accepts and nobody wants."""
        if self._desired.kms_key_id and {"created", "kms_key_updated"} & set(planned.actions):
            self._keys.check(self._desired.kms_key_id)
        created = planned.after.replicas if planned.after and "created" in planned.actions else {}
        replica_keys = {region: replica.kms_key_id for region, replica in created.items()} | {
            **planned.replicas_added,
            **planned.replica_keys,
        }
        for region, key in replica_keys.items():
            if key:
                self._keys_in(region).check(key)
        if planned.after and not self._desired.absent:
            self._check_readers(planned.after)
        if "created" in planned.actions and ambiguous(self._desired.name):
            self._warn(
                f"The name of the secret '{self._desired.name}' ends in a hyphen and six characters. Secrets Manager can take it for "
                "an ARN; AWS advises against such names."
            )
        if secret and secret.rotates and "value_updated" in planned.actions:
            self._warn(f"The secret '{self._desired.name}' rotates by itself: the next rotation replaces the value that is written now.")

    def _check_readers(self, secret: Secret) -> None:
        """https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html"""
        outside = sorted(self._desired.reader_accounts - {secret.account or self._owner})
        if not outside:
            return
        keys = [("", secret.kms_key_id), *((region, replica.kms_key_id) for region, replica in sorted(secret.replicas.items()))]
        for region, key in keys:
            if is_managed(key) or self._keys_in(region).same(MANAGED_KEY, key, secret.home_in(region)):
                where, option = (f"its replica in {region}", "'replica_regions'") if region else ("it", "'kms_key_id'")
                raise RegistryError(
                    f"{where} would be encrypted with the key that AWS manages ({MANAGED_KEY}), which never decrypts for another account, "
                    f"and 'readers' names {', '.join(outside)}; give a customer managed key in {option}"
                )

    # -- write -------------------------------------------------------------------------------------------------------

    def _write(self, before: Secret | None, planned: Plan) -> Plan:
        """Does what is planned; returns what was planned last, which is another plan when somebody else came in between."""
        secret, left = before, planned
        while left.actions:
            actions, write = self._next_step(secret, left)
            try:
                write()
            except ServiceError as error:
                if error.code not in _MOVED and not error.passing:
                    raise
                secret = self._read()
                again = self._plan(secret)
                if actions[0] not in again.actions:
                    if actions[0] != "created" or (secret and self._version in secret.versions):
                        self._done += actions  # it was our own write, whose answer got lost
                elif (again.actions == left.actions and not _may_pass(error)) or not self._may_wait():
                    raise
                self._check(again, secret)
                planned = left = again
                continue
            self._done += actions
            if "restored" in actions:
                secret, planned = self._restored()
                left = planned
            else:
                left = replace(left, actions=tuple(action for action in left.actions if action not in actions))
        return planned

    def _next_step(self, secret: Secret | None, planned: Plan) -> tuple[list[str], Callable[[], None]]:
        """The first call that is needed, and which actions it does."""
        first = planned.actions[0]
        if first == "created":
            return [first], lambda: self._create(planned)
        arn = str(secret.arn) if secret else self._desired.name
        settings = [action for action in planned.actions if action in _SETTINGS]
        calls: dict[str, Callable[[], None]] = {
            "deleted": lambda: self._delete(arn),
            "restored": lambda: self._store.restore(arn),
            "value_updated": lambda: self._put(arn, planned.value, secret.version_id if secret else None),
            "value_reencrypted": lambda: self._reencrypt(arn, secret, planned.content),
            "tags_added": lambda: self._store.tag(arn, planned.tags_set),
            "tags_removed": lambda: self._store.untag(arn, planned.tags_removed),
            "replicas_removed": lambda: self._store.unreplicate(arn, planned.replicas_removed),
            "replica_keys_updated": lambda: self._update_replicas(secret, planned.replica_keys),
            "replicas_added": lambda: self._store.replicate(arn, planned.replicas_added),
        }
        return (settings, lambda: self._update(arn, settings)) if first in settings else ([first], calls[first])

    def _create(self, planned: Plan) -> None:
        if planned.after is None or planned.value is None:
            raise ValueError("a secret is created with a value")
        self._version = self._token_for(planned.value.text)
        self._store.create(planned.after, planned.value.text, self._version)
        self._value_changes = planned.value.changes

    def _update(self, arn: str, settings: list[str]) -> None:
        key = self._desired.kms_key_id if "kms_key_updated" in settings else None
        self._store.update(arn, key, self._desired.description if "description_updated" in settings else None)

    def _put(self, arn: str, value: NewValue | None, current: str | None) -> None:
        if value is None:
            raise ValueError("there is a value to put")
        self._put_content(arn, value.text, current)
        self._value_changes = self._value_changes or value.changes

    def _put_content(self, arn: str, content: str | bytes, current: str | None) -> None:
        self._version, self._merged_into = self._token_for(content), current
        self._store.put(arn, content, self._version)

    def _reencrypt(self, arn: str, secret: Secret | None, content: str | bytes | None) -> None:
        """Puts the value again, unknown to all but its readers, so that it is encrypted with the new key.

        The reference of UpdateSecret says that Secrets Manager does that by itself for callers who may encrypt with the new key, reports
        of users say that it does not: https://repost.aws/knowledge-center/secrets-manager-cross-account-key
        """
        if content is None or secret is None:
            raise ValueError("there is a value to encrypt anew")
        if not self._has_wanted_key(secret):
            self._put_content(arn, content, secret.version_id)

    def _update_replicas(self, secret: Secret | None, keys: Mapping[str, str]) -> None:
        """A replica cannot be changed but for its key: https://docs.aws.amazon.com/secretsmanager/latest/userguide/standalone-secret.html"""
        if secret is None or self._elsewhere is None:
            raise ValueError("there are replicas")
        for region, key in keys.items():
            self._elsewhere(region)[0].update(secret.arn_in(region), key, None)

    def _token_for(self, content: str | bytes) -> str:
        """The same one for all attempts to write a value, so that what took effect already is no error and no further version."""
        return self._tokens.setdefault(content, self._token())

    def _delete(self, arn: str) -> None:
        self._deletion_date = self._store.delete(arn, self._desired.recovery_days, self._desired.force_delete)

    def _restored(self) -> tuple[Secret | None, Plan]:
        """Waits until a restored secret can be read; returns it and what is left to do."""
        while True:
            secret = self._read()
            try:
                if secret and not secret.scheduled:
                    again = self._plan(secret)
                    self._check(again, secret)
                    return secret, again
            except ServiceError as error:
                if error.code != "InvalidRequestException" or not self._may_wait():
                    raise
                continue
            if not self._may_wait():
                raise RegistryError(
                    f"it was restored, but is still shown as scheduled for deletion after {self._timeout:.0f} seconds; run again"
                )

    # -- confirm -----------------------------------------------------------------------------------------------------

    def _confirm(self) -> Secret | None:
        """Reads back until there is nothing left to do; returns the secret as it is then."""
        while True:
            secret = self._read()
            late = self._shows_late(secret)
            replicating = secret is not None and self._is_replicating(secret)
            left = Plan() if late else self._plan(secret)
            if not late and not left.actions:
                if secret and self._replaced_by_us(secret) and self._may_wait():
                    self._merge_again(secret)
                elif not replicating or not self._may_wait():
                    return secret
                continue
            if not late and secret and "value_updated" in left.actions and self._version not in ("", secret.version_id):
                raise RegistryError(
                    f"somebody else put another value at the same time (version {secret.version_id}); find out who else manages it, "
                    "then run again"
                )
            if not self._may_wait():
                what = f"this is still to be done: {', '.join(left.actions)}" if left.actions else "the new value does not show"
                raise RegistryError(
                    f"everything was written, but after {self._timeout:.0f} seconds {what}; somebody else may have put it back; "
                    "run again to see"
                )

    def _shows_late(self, secret: Secret | None) -> bool:
        """Whether Secrets Manager does not show yet that the secret is there, or which version is the current one."""
        if secret is None or self._desired.absent:
            return not self._desired.absent
        return bool(self._version) and secret.version_id == self._merged_into

    def _replaced_by_us(self, secret: Secret) -> bool:
        """Whether the value that we wrote replaced one that we had not read, because somebody else wrote it in between."""
        return bool(self._version) and secret.version_id == self._version and secret.previous_id != self._merged_into

    def _is_replicating(self, secret: Secret) -> bool:
        """Whether replicas of ours are in the making. Raises RegistryError when one could not be made."""
        ours = {region: replica for region, replica in secret.replicas.items() if region in (self._desired.replicas or {})}
        failed = [f"{region}: {replica.message or 'without a reason'}" for region, replica in sorted(ours.items()) if replica.failed]
        if failed:
            raise RegistryError(f"Secrets Manager could not replicate it to {'; '.join(failed)}; mend the cause, then run again")
        return any(replica.status in ("InProgress", "Pending") for replica in ours.values())

    def _merge_again(self, secret: Secret) -> None:
        """Puts back what others wrote and we replaced unseen: their fields, or, where we changed none, their value."""
        arn = str(secret.arn)
        replaced, ours = (self._store.value(arn, VersionId=version) for version in (secret.previous_id, secret.version_id))
        if not self._desired.fields:
            self._merged_into = secret.previous_id
            if replaced.content is not None and replaced.content != ours.content:
                self._put_content(arn, replaced.content, secret.version_id)
            return
        value = new_value(ours, {**(replaced.fields or {}), **self._desired.fields}, overwrite=True)
        self._merged_into = secret.previous_id
        if value:
            self._put(arn, value, secret.version_id)

    def _may_wait(self) -> bool:
        """Waits a moment; False when there is no time left."""
        if self._clock() + self._pause > self._deadline:
            return False
        self._sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        return True


def _may_pass(error: ServiceError) -> bool:
    """Whether the same call can succeed a moment later.

    A name is free some time after its secret was deleted for good: the reference of DeleteSecret, ForceDeleteWithoutRecovery.
    """
    return bool(error.passing) or (error.operation == "CreateSecret" and "scheduled for deletion" in error.message)
