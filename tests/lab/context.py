# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request context: the condition keys of a request, in lower case, each with its values."""

from __future__ import annotations

import datetime
import time
import typing as t

from . import organization
from .callers import Caller


def _iso(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def principal_keys(caller: Caller) -> dict[str, list[str]]:
    """The keys that describe who asks. A service principal has none of an account's (AWS: aws:PrincipalOrgID is absent for services)."""
    if caller.kind == "service":
        return {"aws:principalisawsservice": ["true"], "aws:principalservicename": [caller.name]}
    if caller.kind == "federated":
        return {"aws:principalisawsservice": ["false"], "aws:federatedprovider": [caller.name]}
    keys = {
        "aws:principalarn": [caller.principal_arn],
        "aws:principalaccount": [caller.account],
        "aws:principaltype": [{"root": "Account", "user": "User", "role": "AssumedRole"}[caller.kind]],
        "aws:principalisawsservice": ["false"],
        "aws:viaawsservice": ["false"],
        "aws:userid": [caller.user_id],
    }
    if caller.temporary:
        keys["aws:multifactorauthpresent"] = ["false"]  # absent for long-term keys
        keys["aws:tokenissuetime"] = [_iso(caller.issued)]
    if caller.kind == "user":
        keys["aws:username"] = [caller.name]
    place = organization.membership(caller.account)
    if place:
        keys["aws:principalorgid"] = [place[0]]
        keys["aws:principalorgpaths"] = [place[1]]
    for key, value in caller.tags:
        keys[f"aws:principaltag/{key.lower()}"] = [value]
    return keys


def request_context(
    caller: Caller, region: str, owner: str, source_ip: str, secure: bool = True, more: t.Mapping[str, t.Sequence[str]] | None = None
) -> dict[str, list[str]]:
    """Every key of one request. The lab speaks HTTP on loopback but stands for HTTPS endpoints, so aws:SecureTransport is true."""
    keys = principal_keys(caller)
    now = time.time()
    keys["aws:requestedregion"] = [region]
    keys["aws:resourceaccount"] = [owner]
    keys["aws:sourceip"] = [source_ip]
    keys["aws:securetransport"] = ["true" if secure else "false"]
    keys["aws:currenttime"] = [_iso(now)]
    keys["aws:epochtime"] = [str(int(now))]
    place = organization.membership(owner)
    if place:
        keys["aws:resourceorgid"] = [place[0]]
        keys["aws:resourceorgpaths"] = [place[1]]
    for key, values in (more or {}).items():
        keys[key.lower()] = list(values)
    return keys


def tag_keys(tags: t.Iterable[t.Mapping[str, str]], *prefixes: str) -> dict[str, list[str]]:
    """Context keys like aws:ResourceTag/team from a list of Key and Value."""
    return {f"{prefix}/{tag['Key'].lower()}": [tag["Value"]] for tag in tags for prefix in prefixes}
