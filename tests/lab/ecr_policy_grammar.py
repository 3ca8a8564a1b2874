# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ECR accepts as the text of a repository policy or a registry policy.

AWS says one sentence for all that is malformed ("Invalid repository policy provided") and, since 2024, another one for principals
that do not exist ("Principal not found").
"""

from __future__ import annotations

import functools
import re
import typing as t

from .conditions import is_operator
from .documents import as_list, strict_json, wildcard
from .service_models import service_model

TOP = {"Version", "Id", "Statement"}
ELEMENTS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
# Actions that have no API operation of their own (service authorization reference of Amazon ECR).
PERMISSION_ONLY = {"ReplicateImage", "BatchImportUpstreamImage", "GetImageCopyStatus"}
V1_ACTIONS = {"ecr:replicateimage", "ecr:batchimportupstreamimage", "ecr:createrepository"}
CONDITION_KEY = re.compile(r"[a-zA-Z0-9-]+:[\w.:/=+@-]+( +[\w.:/=+@-]+)*")  # spaces are in the keys of tags


class BadPolicy(Exception):
    """The text is malformed; the argument says why, for the lab's own log. AWS does not tell."""


@functools.lru_cache(maxsize=1)
def known_actions() -> frozenset[str]:
    # GetAuthorizationToken is in no repository's and no registry's policy, neither by name nor by a pattern of its own.
    names = (set(service_model("ecr").operation_names) | PERMISSION_ONLY) - {"GetAuthorizationToken"}
    return frozenset(f"ecr:{name}".lower() for name in names)


def parse(text: str) -> dict[str, t.Any]:
    """The document, when its grammar is right (principals are not looked up here); raises BadPolicy."""
    try:
        document = strict_json(text)
    except (ValueError, RecursionError):
        raise BadPolicy("not JSON, or a key is there twice") from None
    if not isinstance(document, dict) or set(document) - TOP or "Statement" not in document:
        raise BadPolicy("elements of the document")
    if document.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise BadPolicy("version")
    if not isinstance(document.get("Id", ""), str):
        raise BadPolicy("id")
    statements = as_list(document["Statement"])
    if not statements:
        raise BadPolicy("no statement")
    sids: set[str] = set()
    for statement in statements:
        _statement(statement)
        sid = statement.get("Sid", "")
        if sid and sid in sids:
            raise BadPolicy(f"duplicate Sid {sid}")
        sids.add(sid)
    return t.cast("dict[str, t.Any]", document)


def _statement(statement: t.Any) -> None:
    if not isinstance(statement, dict) or set(statement) - ELEMENTS:
        raise BadPolicy("elements of a statement")
    if statement.get("Effect") not in ("Allow", "Deny") or not isinstance(statement.get("Sid", ""), str):
        raise BadPolicy("Effect or Sid")
    for one, other, required in (("Principal", "NotPrincipal", True), ("Action", "NotAction", True), ("Resource", "NotResource", False)):
        if (one in statement and other in statement) or (required and one not in statement and other not in statement):
            raise BadPolicy(f"{one} and {other}")
    if "NotPrincipal" in statement and statement["Effect"] != "Deny":
        raise BadPolicy("NotPrincipal goes with Deny only")
    for name in ("Principal", "NotPrincipal"):
        if name in statement:
            _principal(statement[name])
    for name in ("Action", "NotAction"):
        if name in statement:
            _actions(statement[name])
    for name in ("Resource", "NotResource"):
        if name in statement:
            _resources(statement[name])
    if "Condition" in statement:
        _condition(statement["Condition"])


def _principal(element: t.Any) -> None:
    if element == "*":
        return
    if not isinstance(element, dict) or not element:
        raise BadPolicy("Principal")
    for kind, values in element.items():
        if kind not in ("AWS", "Service") or values == [] or not all(isinstance(value, str) for value in as_list(values)):
            raise BadPolicy(f"Principal {kind}")


def _actions(element: t.Any) -> None:
    values = as_list(element)
    if not values:
        raise BadPolicy("no action")
    for value in values:
        if not isinstance(value, str):
            raise BadPolicy("action is no text")
        if value == "*":
            continue
        service, colon, name = value.partition(":")
        if service.lower() != "ecr" or not colon or not name:
            raise BadPolicy(f"action {value}")
        pattern = wildcard(value, ignore_case=True)
        if not any(pattern.fullmatch(action) for action in known_actions()):
            raise BadPolicy(f"unknown action {value}")


def _resources(element: t.Any) -> None:
    for value in as_list(element) or [None]:
        if not isinstance(value, str) or not (value == "*" or re.fullmatch(r"arn:[^:]*:ecr:[^:]*:[^:]*:.+", value)):
            raise BadPolicy(f"resource {value}")


def _condition(element: t.Any) -> None:
    if not isinstance(element, dict):
        raise BadPolicy("Condition")
    for operator, block in element.items():
        if not is_operator(operator) or not isinstance(block, dict) or not block:
            raise BadPolicy(f"condition operator {operator}")
        for key, values in block.items():
            if not CONDITION_KEY.fullmatch(key) or not all(isinstance(value, (str, bool, int, float)) for value in as_list(values)):
                raise BadPolicy(f"condition key {key}")


def check_registry_document(document: dict[str, t.Any], scope: str, partition: str, region: str, account: str) -> None:
    """What a registry policy needs beyond the grammar: resources of this registry, and actions of its scope (V1: three)."""
    prefix = f"arn:{partition}:ecr:{region}:{account}:"
    for statement in as_list(document["Statement"]):
        if "Resource" not in statement and "NotResource" not in statement:
            raise BadPolicy("no Resource")
        for value in as_list(statement.get("Resource", statement.get("NotResource"))):
            if value != "*" and not value.startswith(prefix):
                raise BadPolicy(f"resource {value} of another registry")
        if scope == "V1" and "NotAction" in statement:
            raise BadPolicy("NotAction is about actions that are not in scope V1")
        if scope == "V1":
            for value in as_list(statement["Action"]):
                if value.lower() not in V1_ACTIONS:
                    raise BadPolicy(f"action {value} is not in scope V1")
