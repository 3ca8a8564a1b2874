# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Finds the secrets of registry credentials: their ARNs and keys, never their values."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._access.asked import read_account
from .._errors import RegistryError
from .._readers import SECRET_ARN
from .accounts import ACCOUNTS_SPEC, AccountSessions
from .identity import check_account
from .secret_keys import SecretKeys
from .secret_side import current_key
from .secret_store import SecretStore

if TYPE_CHECKING:
    from .module import RegistryAWSModule
    from .registry_secret import Secret
    from .session import AwsSession

LOOKUP_SPEC: dict[str, Any] = {
    "account_id": {"type": "raw"},
    "accounts": ACCOUNTS_SPEC,
    "secrets": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "no_log": False,
        "options": {
            "name": {"type": "str", "required": True},
            "account": {"type": "raw"},
            "region": {"type": "str"},
            "kms_key_id": {"type": "str", "no_log": False},
        },
    },
    "missing": {"type": "str", "choices": ["report", "fail"], "default": "report"},
    "wait_timeout": {"type": "int", "default": 0},
}
_PAUSE = 2.0


def find_secrets(module: RegistryAWSModule) -> dict[str, Any]:
    """The module's result. Raises RegistryError for options that make no sense, and for secrets that cannot be looked for."""
    lookup = _Lookup(module)
    deadline = time.monotonic() + module.params["wait_timeout"]
    while True:
        found = lookup.run()
        gone = [one for one in found if one["arn"] is None]
        if not gone or time.monotonic() + _PAUSE > deadline:
            break
        time.sleep(_PAUSE)
    if gone and module.params["missing"] == "fail":
        texts = ", ".join(f"{one['name']} of account {one['account']} in {one['region']}" for one in gone)
        raise RegistryError(f"there is no secret {texts}; create it first, for example with secretsmanager_registry_credential")
    return {"changed": False, "secrets": found}


class _Lookup:
    """Raises RegistryError for options that make no sense."""

    def __init__(self, module: RegistryAWSModule) -> None:
        params = module.params
        if params["wait_timeout"] < 0:
            raise RegistryError("'wait_timeout' must be at least 0")
        self._sessions = AccountSessions(module)
        if params["account_id"] is not None:
            check_account(self._sessions.own, params["account_id"])
        self._wanted = [self._place(one, module.region, f"secrets[{at}]") for at, one in enumerate(params["secrets"])]

    def run(self) -> list[dict[str, Any]]:
        """What is there now."""
        return [self._find(**one) for one in self._wanted]

    def _place(self, entry: Mapping[str, Any], region: str | None, where: str) -> dict[str, Any]:
        arn = SECRET_ARN.fullmatch(entry["name"])
        if arn:
            return {"name": entry["name"], "account": arn["account"], "region": arn["region"], "key": entry["kms_key_id"]}
        place = entry["region"] or region
        if not place:
            raise RegistryError(f"{where}: no region: give it there, or 'region', or set AWS_REGION")
        account = self._sessions.own if entry["account"] is None else read_account(entry["account"], f"{where}: account")
        return {"name": entry["name"], "account": account, "region": place, "key": entry["kms_key_id"]}

    def _find(self, name: str, account: str, region: str, key: str | None) -> dict[str, Any]:
        where = f"secret {name} of account {account} in {region}"
        try:
            session = self._sessions.need(account)
            secret = SecretStore(session.client("secretsmanager", region)).find(name)
            key_arn = _key_arn(session, region, secret, key)
        except RegistryError as error:
            raise RegistryError(f"{where}: {error}") from error
        return {
            "name": name,
            "account": account,
            "region": region,
            "arn": secret.arn if secret else None,
            "kms_key_arn": key_arn,
            "scheduled_for_deletion": bool(secret and secret.scheduled),
        }


def _key_arn(session: AwsSession, region: str, secret: Secret | None, key: str | None) -> str | None:
    """The key that the secret is going to have, else the one that its current version has."""
    if key is None and secret is not None and not secret.scheduled:
        key = current_key(session.client("secretsmanager", region), secret)
    return SecretKeys(lambda: session.client("kms", region)).arn(key)
