# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Can it be read? A real read of a secret with the credentials of the one who is to read it. Nobody sees the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._access.denials import read_denial
from .._access.questions import Principal, name_of
from .._access.secret_probing import SecretProbe
from .._errors import RegistryError, ServiceError
from .access_probe import consumer_session
from .iam_principals import NOT_ALLOWED
from .secret_store import SecretStore
from .secret_value import PASSWORD, USERNAME

if TYPE_CHECKING:
    from .accounts import AccountSessions
    from .secret_value import StoredValue
    from .session import AwsSession

#: Refusals that are no matter of permissions: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
_REFUSALS: Mapping[str, str] = {
    "InvalidRequestException": "Secrets Manager does not hand it out",
    "DecryptionFailure": "the key that encrypts it cannot be used",
}


def probe_secret(sessions: AccountSessions, principal: Principal, arn: str, region: str) -> SecretProbe:
    """What a read of a secret, by its full ARN, meets for a principal. Trouble is part of the answer, and raises nothing."""
    try:
        store = SecretStore(_session_of(sessions, principal).client("secretsmanager", region))
    except RegistryError as error:
        return SecretProbe("unknown", str(error))
    try:
        value = store.value(arn)
    except ServiceError as error:
        return _refused(principal, error)
    if value.content is None and not value.problem:
        return SecretProbe("denied", "AWS finds no such secret, or it has no value")
    return SecretProbe("allowed", "AWS lets it be read", credential=_is_credential(value))


def _session_of(sessions: AccountSessions, principal: Principal) -> AwsSession:
    if principal.kind == "service":
        raise RegistryError(f"nobody but AWS can act as {name_of(principal)}")
    return sessions.need(principal.account) if principal.kind == "root" else consumer_session(sessions, principal.text)


def _is_credential(value: StoredValue) -> bool:
    """Whether the value is what services expect of the credential of a registry."""
    found = [(value.fields or {}).get(name) for name in (USERNAME, PASSWORD)]
    return all(isinstance(one, str) and one for one in found)


def _refused(principal: Principal, error: ServiceError) -> SecretProbe:
    if error.code in NOT_ALLOWED:
        return SecretProbe("denied", f"AWS denies it to {name_of(principal)}: {error.message}", read_denial(error.message))
    if error.code in _REFUSALS:
        return SecretProbe("denied", f"{_REFUSALS[error.code]}: {error.message}")
    return SecretProbe("unknown", error.passing or f"AWS answered {error.code}: {error.message}")
