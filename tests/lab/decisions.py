# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`POST /lab/decide`: what enforcement would answer to a principal that no test can log in as, such as a service."""

from __future__ import annotations

import typing as t

from . import access, ecr_state, iam_view
from .authorization import Request, decide
from .call import partition_of
from .callers import Caller, administrator, user_caller
from .context import request_context, tag_keys
from .identity import layers_of
from .principals import SESSION
from .sts_sessions import role_caller


def _principal(given: dict[str, t.Any], partition: str) -> Caller:
    if given.get("service"):
        name = str(given["service"])
        return Caller("service", "", partition, name, name, name, name, name)
    value = str(given["principal"])
    if value.isdigit():
        return administrator(value, partition)
    if value.endswith(":root"):
        return administrator(value.split(":")[4], partition)
    session = SESSION.fullmatch(value)
    if session:
        role = iam_view.role_named(session[2], session[1], session[3])
        if role is not None:
            return role_caller(role, session[4])
    entity = iam_view.by_arn(value)
    if entity is None:
        raise ValueError(f"no such principal: {value}")
    return role_caller(entity, "lab") if ":role/" in value else user_caller(entity)


def decide_hypothetical(given: dict[str, t.Any]) -> dict[str, t.Any]:
    """The decision about `service` or `principal`, `action`, `account`, `region`, `repository`, and what the README names beside these."""
    region, account = str(given["region"]), str(given["account"])
    partition = partition_of(region)
    caller = _principal(given, partition)
    action, name = str(given["action"]), str(given["repository"])
    repository = ecr_state.find_repository(account, region, name)
    tags = ecr_state.tags_of(repository) if repository is not None else []
    more: dict[str, list[str]] = tag_keys(tags, "aws:resourcetag", "ecr:resourcetag")
    for key, field in (("aws:sourcearn", "source_arn"), ("aws:sourceaccount", "source_account"), ("aws:sourceorgid", "source_org_id")):
        if given.get(field):
            more[key] = [str(given[field])]
    for key, value in (given.get("context") or {}).items():
        more[key.lower()] = [str(item) for item in (value if isinstance(value, list) else [value])]
    context = request_context(caller, region, account, "127.0.0.1", more=more)
    resource = f"arn:{partition}:ecr:{region}:{account}:repository/{name}"
    statements = access.statements_about(account, region, name, action, caller.account != account)
    decision = decide(Request(caller, action, resource, context), account, layers_of(caller), statements)
    return {
        "allowed": decision.allowed,
        "layer": decision.layer,
        "explicit": decision.explicit,
        "sid": decision.sid,
        "reason": decision.reason(action),
    }
