# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""A secret that holds a registry credential: from the module's options to its result."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .identity import caller_identity
from .registry_credential_flow import Outcome, RegistryCredential
from .registry_secret import Secret, read_options
from .secret_keys import MANAGED_KEY, SecretKeys
from .secret_store import SecretStore

if TYPE_CHECKING:
    from .module import RegistryAWSModule

_HINTS = {
    "EncryptionFailure": "enable the KMS key or cancel its deletion, or give another 'kms_key_id'",
    "DecryptionFailure": "enable the KMS key that the value is encrypted with or cancel its deletion; if it is gone for good, "
    "give a whole new value with 'overwrite_value: true', and another 'kms_key_id'",
    "AccessDeniedException": "allow it to this identity; with a customer managed key that means also kms:GenerateDataKey and "
    "kms:Decrypt, in the key policy and to this identity",
}


def manage(module: RegistryAWSModule) -> dict[str, Any]:
    """The module's work; returns its result. Raises RegistryError."""
    desired = read_options(module.params)
    timeout, region = module.params["wait_timeout"], desired.region or module.region
    if timeout < 0:
        raise RegistryError("'wait_timeout' must be at least 0")
    if not region:
        raise RegistryError("no region: give 'region', or set AWS_REGION")
    expects_account = module.params["account_id"] is not None or bool(desired.reader_accounts)
    credential = RegistryCredential(
        store=SecretStore(module.aws_client("secretsmanager", region)),
        keys=SecretKeys(lambda: module.aws_client("kms", region)),
        elsewhere=partial(_elsewhere, module),
        region=region,
        owner=caller_identity(module).account if expects_account else None,
        desired=desired,
        wait_timeout=timeout,
        warn=module.warn,
    )
    try:
        outcome = credential.run(module.check_mode)
    except RegistryError as error:
        raise RegistryError(f"secret '{desired.name}' in {region}: {_explained(error)}{credential.progress()}") from error
    return build_result(outcome, with_diff=module._diff)


def _elsewhere(module: RegistryAWSModule, region: str) -> tuple[SecretStore, SecretKeys]:
    return SecretStore(module.aws_client("secretsmanager", region)), SecretKeys(lambda: module.aws_client("kms", region))


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
            "replica_regions": [
                {"region": region, "kms_key_id": replica.kms_key_id, "status": replica.status}
                for region, replica in sorted(after.replicas.items())
            ],
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
        "replica_regions": {region: replica.kms_key_id or MANAGED_KEY for region, replica in sorted(secret.replicas.items())},
        "value": value_note or "(hidden)",
    }
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def _value_note(outcome: Outcome) -> str:
    if outcome.value_unknown:
        return "(hidden, compared when the secret is restored)"
    if "value_reencrypted" in outcome.actions:
        return "(hidden, the same, encrypted with the new key)"
    return f"(hidden, changes: {', '.join(outcome.value_changes)})" if outcome.value_changes else ""


def _explained(error: RegistryError) -> str:
    """The text of an error, with what to do about it where AWS does not say."""
    hint = _HINTS.get(error.code) if isinstance(error, ServiceError) else None
    return f"{error}; {hint}" if hint else str(error)
