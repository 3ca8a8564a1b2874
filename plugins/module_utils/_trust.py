# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Who may assume a role, in plain terms -> trust policy statements."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import RegistryError
from ._policy.document import RawStatement

_ACCOUNT = re.compile(r"[0-9]{12}")
_PROVIDER = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/(?P<issuer>.+)")
#: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com|amazonaws\.com\.cn|amazon\.com)")
#: The audience of tokens that Kubernetes issues for AWS STS.
_AUDIENCE = "sts.amazonaws.com"


def trust_statements(entries: Sequence[Mapping[str, Any]], partition: str = "aws") -> list[RawStatement]:
    """One statement for each entry.

    An entry names exactly one of C(account) (all of it, or its C(roles) and C(users)), C(service), or C(oidc_provider) (an ARN, with
    C(subjects) and C(audience)); C(external_id) and C(source_account) narrow it down, C(sid) names the statement.

    Raises RegistryError that says which entry is wrong and why.
    """
    return [_statement(entry, f"trusted[{at}]", partition) for at, entry in enumerate(entries)]


def _statement(entry: Mapping[str, Any], where: str, partition: str) -> RawStatement:
    kinds = [kind for kind in ("account", "service", "oidc_provider") if entry.get(kind) is not None]
    if len(kinds) != 1:
        raise RegistryError(f"{where} names {', '.join(kinds) or 'nobody'}; it must name one of account, service or oidc_provider")
    sid = {"Sid": entry["sid"]} if entry.get("sid") else {}
    if kinds == ["account"]:
        return {**sid, "Effect": "Allow", **_account(entry, where, partition)}
    return {**sid, "Effect": "Allow", **(_service if kinds == ["service"] else _oidc)(entry, where)}


def _account(entry: Mapping[str, Any], where: str, partition: str) -> RawStatement:
    account = entry["account"]
    if not isinstance(account, str):
        raise RegistryError(f"{where}: account is the number {account}; write it in quotes, because YAML drops leading zeros of numbers")
    if not _ACCOUNT.fullmatch(account):
        raise RegistryError(f"{where}: account is '{account}', an account id has 12 digits")
    _only(entry, where, ("roles", "users", "external_id"))
    empty = [field for field in ("roles", "users") if entry.get(field) == []]
    if empty and not (entry.get("roles") or entry.get("users")):
        raise RegistryError(f"{where}: {' and '.join(empty)} is empty; name somebody, or leave it out to trust the whole account {account}")
    arns = [_arn(name, kind, account, where, partition) for kind in ("role", "user") for name in entry.get(f"{kind}s") or ()]
    external_id = entry.get("external_id")
    if external_id is not None and not _EXTERNAL_ID.fullmatch(external_id):
        raise RegistryError(f"{where}: external_id must be 2 to 1224 letters, digits and _+=,.@:/-")
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
    return {"Principal": {"AWS": arns or [account]}, "Action": "sts:AssumeRole", **condition}


def _arn(name: str, kind: str, account: str, where: str, partition: str) -> str:
    """The ARN of a role or user that is given by its name, with its path, or by its ARN."""
    start = f"arn:{partition}:iam::{account}:{kind}/"
    if name.startswith("arn:") and not name.startswith(start):
        raise RegistryError(f"{where}: {kind}s: '{name}' is no {kind} of the account {account}")
    return start + name.removeprefix(start).lstrip("/")


def _service(entry: Mapping[str, Any], where: str) -> RawStatement:
    _only(entry, where, ("source_account",))
    if not _SERVICE.fullmatch(entry["service"]):
        raise RegistryError(f"{where}: service is '{entry['service']}', it must be the name of a service, such as ecs-tasks.amazonaws.com")
    source = entry.get("source_account")
    if source is not None and not (isinstance(source, str) and _ACCOUNT.fullmatch(source)):
        raise RegistryError(f"{where}: source_account is {source!r}; an account id has 12 digits and is written in quotes")
    condition = {"Condition": {"StringEquals": {"aws:SourceAccount": source}}} if source else {}
    return {"Principal": {"Service": entry["service"]}, "Action": "sts:AssumeRole", **condition}


def _oidc(entry: Mapping[str, Any], where: str) -> RawStatement:
    """https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html"""
    _only(entry, where, ("subjects", "audience"))
    provider = _PROVIDER.fullmatch(entry["oidc_provider"])
    if not provider:
        raise RegistryError(f"{where}: oidc_provider is '{entry['oidc_provider']}', it must be the ARN of an IAM OIDC provider")
    subjects = list(entry.get("subjects") or ())
    if not subjects or any(subject.strip("*?") == "" for subject in subjects):
        raise RegistryError(
            f"{where}: subjects is missing or just a wildcard; without it every workload of the cluster could assume the role"
        )
    issuer = provider.group("issuer")
    operator = "StringLike" if any("*" in subject or "?" in subject for subject in subjects) else "StringEquals"
    condition: dict[str, dict[str, Any]] = {"StringEquals": {f"{issuer}:aud": entry.get("audience") or _AUDIENCE}}
    condition.setdefault(operator, {})[f"{issuer}:sub"] = subjects
    return {"Principal": {"Federated": entry["oidc_provider"]}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}


def _only(entry: Mapping[str, Any], where: str, allowed: Sequence[str]) -> None:
    fields = ("roles", "users", "external_id", "source_account", "subjects", "audience")
    wrong = [field for field in fields if entry.get(field) is not None and field not in allowed]
    if wrong:
        raise RegistryError(f"{where}: {', '.join(wrong)} has no meaning here; with this kind of entry there is {', '.join(allowed)}")
