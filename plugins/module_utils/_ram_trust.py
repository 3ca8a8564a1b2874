# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Who may assume a RAM role, in plain terms -> trust policy statements.

https://www.alibabacloud.com/help/en/ram/user-guide/edit-the-trust-policy-of-a-ram-role
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import RegistryError
from ._policy.dialect import RAM
from ._policy.document import RawStatement

#: A service, or (ACCOUNT@SERVICE) what it does for another account.
_SERVICE = re.compile(r"(?:[0-9]{10,20}@)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.aliyuncs\.com")
_NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_PROVIDER = re.compile(r"acs:ram::[0-9]{10,20}:(?P<kind>oidc-provider|saml-provider)/[A-Za-z0-9._-]+", re.IGNORECASE)
#: https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
#: To whom identity providers send users who sign in, in the console of Alibaba Cloud.
_RECIPIENT = "https://signin.aliyun.com/saml-role/sso"
#: Kind of entry -> what narrows it down.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "service": (),
    "account": ("roles", "users", "external_id"),
    "oidc_provider": ("issuer", "audience", "subjects"),
    "saml_provider": ("recipient",),
}


def ram_trust_statements(entries: Sequence[Mapping[str, Any]]) -> list[RawStatement]:
    """One statement for each entry.

    An entry names exactly one of C(service), C(account) (all of it, or its C(roles) and C(users), with C(external_id)),
    C(oidc_provider) (an ARN, with C(issuer), C(audience) and C(subjects)) and C(saml_provider) (an ARN, with C(recipient)).

    Raises RegistryError that says which entry is wrong and why.
    """
    return [_statement(entry, f"trusted[{at}]") for at, entry in enumerate(entries)]


def _statement(entry: Mapping[str, Any], where: str) -> RawStatement:
    kinds = [kind for kind in _KINDS if entry.get(kind) is not None]
    if len(kinds) != 1:
        raise RegistryError(f"{where} names {', '.join(kinds) or 'nobody'}; it must name one of {', '.join(_KINDS)}")
    wrong = sorted(key for key, value in entry.items() if value is not None and key not in (*kinds, *_KINDS[kinds[0]]))
    if wrong:
        allowed = ", ".join(_KINDS[kinds[0]]) or "nothing else"
        raise RegistryError(f"{where}: {', '.join(wrong)} has no meaning with {kinds[0]}, which goes with {allowed}")
    make = {"service": _service, "account": _account, "oidc_provider": _oidc, "saml_provider": _saml}[kinds[0]]
    return {"Effect": "Allow", "Action": "sts:AssumeRole", **make(entry, where)}


def _service(entry: Mapping[str, Any], where: str) -> RawStatement:
    if not _SERVICE.fullmatch(entry["service"]):
        raise RegistryError(f"{where}: service is '{entry['service']}', it must be the name of a service, such as eci.aliyuncs.com")
    return {"Principal": {"Service": [entry["service"]]}}


def _account(entry: Mapping[str, Any], where: str) -> RawStatement:
    account = entry["account"]
    if not isinstance(account, str) or not RAM.account_id.fullmatch(account):
        raise RegistryError(f"{where}: account is {account!r}; {RAM.account_id_help}")
    empty = [field for field in ("roles", "users") if entry.get(field) == []]
    if empty and not (entry.get("roles") or entry.get("users")):
        raise RegistryError(f"{where}: {' and '.join(empty)} is empty; name somebody, or leave it out to trust the whole account {account}")
    arns = [_arn(name, kind, account, where) for kind in ("role", "user") for name in entry.get(f"{kind}s") or ()]
    external_id = entry.get("external_id")
    if external_id is not None and not _EXTERNAL_ID.fullmatch(external_id):
        raise RegistryError(f"{where}: external_id must have 2 to 1224 letters, digits, and + = , . @ : / -")
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
    return {"Principal": {"RAM": arns or [f"acs:ram::{account}:root"]}, **condition}


def _arn(name: str, kind: str, account: str, where: str) -> str:
    """The ARN of a role or user that is given by its name or by its ARN."""
    start = f"acs:ram::{account}:{kind}/"
    plain = name[len(start) :] if name.lower().startswith(start) else name
    if not _NAME.fullmatch(plain):
        raise RegistryError(f"{where}: {kind}s: '{name}' is no {kind} of the account {account}")
    return start + plain


def _oidc(entry: Mapping[str, Any], where: str) -> RawStatement:
    """https://www.alibabacloud.com/help/en/ram/user-guide/create-a-ram-role-for-a-trusted-idp"""
    _check_provider(entry["oidc_provider"], "oidc_provider", where)
    missing = [field for field in ("issuer", "audience") if not entry.get(field)]
    if missing or not str(entry["issuer"]).startswith("https://"):
        raise RegistryError(f"{where}: an OIDC provider goes with its issuer, an https:// URL, and the audience of the tokens")
    subjects = list(entry.get("subjects") or ())
    if not subjects or any(subject.strip("*?") == "" for subject in subjects):
        raise RegistryError(
            f"{where}: subjects is missing or just a wildcard; without it everybody whom the provider knows could assume the role"
        )
    equal: dict[str, Any] = {"oidc:iss": entry["issuer"], "oidc:aud": entry["audience"]}
    condition: dict[str, dict[str, Any]] = {"StringEquals": equal}
    operator = "StringLike" if any("*" in subject or "?" in subject for subject in subjects) else "StringEquals"
    condition.setdefault(operator, {})["oidc:sub"] = subjects
    return {"Principal": {"Federated": [entry["oidc_provider"]]}, "Condition": condition}


def _saml(entry: Mapping[str, Any], where: str) -> RawStatement:
    _check_provider(entry["saml_provider"], "saml_provider", where)
    recipient = entry.get("recipient") or _RECIPIENT
    return {"Principal": {"Federated": [entry["saml_provider"]]}, "Condition": {"StringEquals": {"saml:recipient": recipient}}}


def _check_provider(arn: str, field: str, where: str) -> None:
    found = _PROVIDER.fullmatch(arn)
    kind = field.replace("_", "-")
    if not found or found["kind"].lower() != kind:
        raise RegistryError(f"{where}: {field} is '{arn}', it must be an ARN such as acs:ram::1234567890123456:{kind}/NAME")
