# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Brings a secret that holds a registry credential to what it should be: read, plan, write, confirm.

Each write leaves a secret that can be used. A secret is created whole, in one call; one that exists gets its new key before its new
value, so that the new version is encrypted with it, and tags last. A run that was interrupted is continued by the next one.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .errors import translated
from .registry_secret import Desired, Plan, Secret, ambiguous, described, plan, read_options
from .secret_keys import MANAGED_KEY, SecretKeys
from .secret_value import StoredValue, stored_value, without_values

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .module import RegistryAWSModule

#: First and longest pause in seconds between two looks.
_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
#: What AWS answers when the secret is not what it was when it was read.
_MOVED = ("ResourceExistsException", "ResourceNotFoundException", "InvalidRequestException")
_HINTS = {
    "EncryptionFailure": "enable the KMS key or cancel its deletion, or give another 'kms_key_id'",
    "DecryptionFailure": "enable the KMS key that the value is encrypted with or cancel its deletion; if it is gone for good, "
    "give a whole new value with 'overwrite_value: true', and another 'kms_key_id'",
    "AccessDeniedException": "allow it to this identity; with a customer managed key that means also kms:GenerateDataKey and "
    "kms:Decrypt, in the key policy and to this identity",
}


@dataclass(frozen=True)
class Outcome:
    """What became of a secret, or in check mode would become of it. None is a secret that is not there."""

    before: Secret | None
    after: Secret | None
    actions: tuple[str, ...]
    value_changes: tuple[str, ...]
    #: The value could not be compared, because the secret must be restored first.
    value_unknown: bool = False


def manage(module: RegistryAWSModule) -> dict[str, Any]:
    """The module's work; returns its result. Raises RegistryError."""
    desired = read_options(module.params)
    timeout, region = module.params["wait_timeout"], desired.region or module.region
    if timeout < 0:
        raise RegistryError("'wait_timeout' must be at least 0")
    if not region:
        raise RegistryError("no region: give 'region', or set AWS_REGION")
    credential = RegistryCredential(
        client=module.client("secretsmanager", region),
        keys=SecretKeys(lambda: module.client("kms", region)),
        desired=desired,
        wait_timeout=timeout,
        warn=module.warn,
    )
    try:
        outcome = credential.run(module.check_mode)
    except RegistryError as error:
        raise RegistryError(f"secret '{desired.name}' in {region}: {_explained(error)}{credential.progress()}") from error
    return build_result(outcome, with_diff=module._diff)


class RegistryCredential:
    """One secret. ``wait_timeout`` is in seconds, for all waits together. ``clock``, ``sleep`` and ``token`` can be replaced in tests."""

    def __init__(
        self,
        client: BaseClient,
        keys: SecretKeys,
        desired: Desired,
        wait_timeout: float,
        warn: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        token: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._client = client
        self._keys = keys
        self._desired = desired
        self._timeout = wait_timeout
        self._warn = warn
        self._clock = clock
        self._sleep = sleep
        self._token = token
        self._deadline = 0.0
        self._pause = _PAUSE
        self._done: list[str] = []
        #: The token of the value to write, which becomes the id of its version.
        self._version = ""
        self._deletion_date: str | None = None

    def run(self, check_mode: bool) -> Outcome:
        """Does, or in check mode only works out, what there is to do. Raises RegistryError."""
        before = self._read()
        planned = self._plan(before)
        self._check(planned, before)
        if check_mode or not planned.actions:
            unknown = "restored" in planned.actions and bool(self._desired.fields)
            return Outcome(before, planned.after, planned.actions, _changes(planned), unknown)
        self._deadline = self._clock() + self._timeout
        last = self._write(before, planned)
        there = self._confirm(before)
        after = last.after and replace(
            last.after,
            arn=there.arn if there else last.after.arn,
            version_id=there.version_id if there else last.after.version_id,
            deletion_date=self._deletion_date or (there.deletion_date if there else None),
        )
        return Outcome(before, after, tuple(self._done), _changes(last))

    def progress(self) -> str:
        """What was done before an error, for its message."""
        if not self._done:
            return ""
        return f". Done before that: {', '.join(self._done)}. Mend the cause and run again, the run continues where it stopped"

    # -- read --------------------------------------------------------------------------------------------------------

    def _read(self) -> Secret | None:
        try:
            secret = described(self._call("describe_secret", SecretId=self._desired.name))
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        if self._desired.name not in (secret.name, secret.arn):
            raise RegistryError(f"Secrets Manager answered with another one, '{secret.arn}'; give its full ARN if you mean that")
        return secret

    def _plan(self, secret: Secret | None) -> Plan:
        stored = None
        if secret and self._desired.fields and not secret.scheduled and not (self._version and secret.version_id == self._version):
            stored = self._stored_value(secret)
        return plan(secret, stored, self._desired, self._keys.same)

    def _stored_value(self, secret: Secret) -> StoredValue:
        try:
            return stored_value(self._call("get_secret_value", SecretId=secret.arn))
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":  # it has no version yet
                return StoredValue()
            if error.code == "DecryptionFailure" and self._desired.overwrite:
                return StoredValue(problem="its value cannot be decrypted any more")
            raise

    def _check(self, planned: Plan, secret: Secret | None) -> None:
        """Refuses a key that cannot be used, before anything is written; warns of what AWS accepts and nobody wants."""
        if self._desired.kms_key_id and {"created", "kms_key_updated"} & set(planned.actions):
            self._keys.check(self._desired.kms_key_id)
        if "created" in planned.actions and ambiguous(self._desired.name):
            self._warn(
                f"The name of the secret '{self._desired.name}' ends in a hyphen and six characters. Secrets Manager can take it for "
                "an ARN; AWS advises against such names."
            )
        if secret and secret.rotates and "value_updated" in planned.actions:
            self._warn(f"The secret '{self._desired.name}' rotates by itself: the next rotation replaces the value that is written now.")

    # -- write -------------------------------------------------------------------------------------------------------

    def _write(self, before: Secret | None, planned: Plan) -> Plan:
        """Does what is planned; returns what was planned last, which is another plan when somebody else came in between."""
        secret, left = before, planned
        while left.actions:
            actions, write = self._next_step(secret, left)
            try:
                write()
            except ServiceError as error:
                if error.code not in _MOVED:
                    raise
                secret = self._read()
                again = self._plan(secret)
                if actions[0] not in again.actions:
                    if actions[0] != "created" or (secret and self._version in secret.versions):
                        self._done += actions  # it was our own write, whose answer got lost
                elif again.actions == left.actions and not self._waits_for(error):
                    raise
                planned = left = again
                continue
            self._done += actions
            if "restored" in actions:
                secret, planned = self._restored()
                left = planned
            else:
                left = replace(left, actions=tuple(action for action in left.actions if action not in actions))
        return planned

    def _next_step(self, secret: Secret | None, planned: Plan) -> tuple[list[str], Callable[[], object]]:
        """The first call that is needed, and which actions it does."""
        if "created" in planned.actions:
            return ["created"], lambda: self._create(planned)
        if secret is None:
            raise ValueError("only a secret that is there is changed")
        first = planned.actions[0]
        if first == "deleted":
            return [first], lambda: self._delete(secret)
        if first == "restored":
            return [first], lambda: self._call("restore_secret", SecretId=secret.arn)
        if first in ("kms_key_updated", "description_updated"):
            both = [action for action in planned.actions if action in ("kms_key_updated", "description_updated")]
            return both, lambda: self._update(secret, both)
        if first == "value_updated":
            return [first], lambda: self._put(secret, planned)
        if first == "tags_added":
            return [first], lambda: self._call("tag_resource", SecretId=secret.arn, Tags=_tag_list(planned.tags_set))
        return [first], lambda: self._call("untag_resource", SecretId=secret.arn, TagKeys=list(planned.tags_removed))

    def _create(self, planned: Plan) -> None:
        if planned.after is None or planned.value is None:
            raise ValueError("a secret is created with a value")
        # The same token for all attempts: what was done already is then no error.
        self._version = self._version or self._token()
        optional = {
            "Description": planned.after.description,
            "KmsKeyId": planned.after.kms_key_id,
            "Tags": _tag_list(planned.after.tags),
        }
        self._call(
            "create_secret",
            Name=self._desired.name,
            SecretString=planned.value.text,
            ClientRequestToken=self._version,
            **{name: value for name, value in optional.items() if value},
        )

    def _update(self, secret: Secret, actions: list[str]) -> None:
        arguments = {}
        if "kms_key_updated" in actions:
            arguments["KmsKeyId"] = self._desired.kms_key_id
        if "description_updated" in actions:
            arguments["Description"] = self._desired.description
        self._call("update_secret", SecretId=secret.arn, **arguments)

    def _put(self, secret: Secret, planned: Plan) -> None:
        if planned.value is None:
            raise ValueError("there is a value to put")
        self._version = self._token()
        self._call("put_secret_value", SecretId=secret.arn, SecretString=planned.value.text, ClientRequestToken=self._version)

    def _delete(self, secret: Secret) -> None:
        how: dict[str, Any] = {}
        if self._desired.force_delete:
            how["ForceDeleteWithoutRecovery"] = True
        elif self._desired.recovery_days is not None:
            how["RecoveryWindowInDays"] = self._desired.recovery_days
        answer = self._call("delete_secret", SecretId=secret.arn, **how)
        self._deletion_date = answer["DeletionDate"].isoformat() if answer.get("DeletionDate") else None

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
                raise RegistryError(f"it was restored, but is still shown as scheduled for deletion after {self._timeout:.0f} seconds; run again")

    # -- confirm -----------------------------------------------------------------------------------------------------

    def _confirm(self, before: Secret | None) -> Secret | None:
        """Reads back until there is nothing left to do; returns the secret as it is then."""
        while True:
            secret = self._read()
            # A secret that was created can be unknown for a moment, and is not to be created once more.
            unseen = secret is None and not self._desired.absent
            left = Plan() if unseen else self._plan(secret)
            if not unseen and not left.actions:
                return secret
            if secret and self._version and "value_updated" in left.actions and secret.version_id not in (before and before.version_id, self._version):
                raise RegistryError(
                    f"somebody else put another value at the same time (version {secret.version_id}); find out who else manages it, "
                    "then run again"
                )
            if not self._may_wait():
                what = "it cannot be found" if unseen else f"this is still to be done: {', '.join(left.actions)}"
                raise RegistryError(
                    f"everything was written, but after {self._timeout:.0f} seconds {what}; somebody else may have put it back; run again to see"
                )

    def _waits_for(self, error: ServiceError) -> bool:
        """Whether an error can go away by itself; waits a moment if so.

        A name is free some time after its secret was deleted for good: the reference of DeleteSecret, ForceDeleteWithoutRecovery.
        """
        return error.operation == "CreateSecret" and "scheduled for deletion" in error.message and self._may_wait()

    def _may_wait(self) -> bool:
        """Waits a moment; False when there is no time left."""
        if self._clock() + self._pause > self._deadline:
            return False
        self._sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        return True

    def _call(self, operation: str, **arguments: Any) -> Mapping[str, Any]:
        """Calls Secrets Manager. Raises ServiceError, without what AWS quotes of the value."""
        try:
            with translated():
                answer: Mapping[str, Any] = getattr(self._client, operation)(**arguments)
                return answer
        except ServiceError as error:
            message = without_values(error.message, [arguments["SecretString"]] if "SecretString" in arguments else [])
            hidden = ServiceError(error.operation, error.code, message, error.request_id)
        raise hidden


def build_result(outcome: Outcome, with_diff: bool) -> dict[str, Any]:
    """The result of the module; the value is never in it."""
    after = outcome.after
    result: dict[str, Any] = {
        "changed": bool(outcome.actions),
        "actions": list(outcome.actions),
        "secret": after
        and {
            "arn": after.arn,
            "name": after.name,
            "version_id": after.version_id,
            "kms_key_id": after.kms_key_id,
            "description": after.description,
            "tags": dict(after.tags),
            "deletion_date": after.deletion_date,
        },
    }
    if with_diff:
        header = f"secret {(after or outcome.before or Secret('')).name}"
        texts = {"before": _shown(outcome.before, ""), "after": _shown(after, _value_note(outcome))}
        result["diff"] = [{"before_header": header, "after_header": header, **texts}] if outcome.actions else []
    return result


def _shown(secret: Secret | None, value_note: str) -> str:
    if secret is None:
        return ""
    shown = {
        "description": secret.description,
        "kms_key_id": secret.kms_key_id or MANAGED_KEY,
        "scheduled_for_deletion": secret.scheduled,
        "tags": dict(sorted(secret.tags.items())),
        "value": value_note or "(hidden)",
    }
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def _value_note(outcome: Outcome) -> str:
    if outcome.value_unknown:
        return "(hidden, compared when the secret is restored)"
    return f"(hidden, changes: {', '.join(outcome.value_changes)})" if outcome.value_changes else ""


def _changes(planned: Plan) -> tuple[str, ...]:
    return planned.value.changes if planned.value else ()


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _explained(error: RegistryError) -> str:
    """The text of an error, with what to do about it where AWS does not say."""
    hint = _HINTS.get(error.code) if isinstance(error, ServiceError) else None
    return f"{error}; {hint}" if hint else str(error)
