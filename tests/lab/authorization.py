# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Would AWS allow this request? Written from the IAM user guide's "Policy evaluation logic"; shares nothing with the collection.

An explicit deny anywhere wins. In one account, the identity side or the resource side may allow; across accounts both must.
Permissions boundaries and session policies only restrict. What a resource policy gives to an account's root, that account still has to
hand on by identity policies; what it gives to a role, boundaries and session policies still restrict; what it gives to a user, to one
session, or to everybody is given directly.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .callers import Caller
from .conditions import Context, Unresolved, condition_holds, pattern_for
from .documents import Statement

IDENTITY, RESOURCE, BOUNDARY, SESSION = "identity-based policy", "resource-based policy", "permissions boundary", "session policy"
DENY_WORDS = {
    IDENTITY: "an identity-based policy",
    RESOURCE: "a resource-based policy",
    BOUNDARY: "a permissions boundary",
    SESSION: "a sessions policy",
}


# Principals without an account and without identity policies: only a resource policy can let them in.
OUTSIDERS = ("service", "federated")


@dataclasses.dataclass(frozen=True)
class Layers:
    """The policies on the caller's side. A layer of None does not restrict; `everything` is an administrator."""

    identity: tuple[Statement, ...] = ()
    boundary: tuple[Statement, ...] | None = None
    session: tuple[Statement, ...] | None = None
    everything: bool = False


@dataclasses.dataclass(frozen=True)
class Request:
    caller: Caller
    action: str
    resource: str
    context: Context


@dataclasses.dataclass(frozen=True)
class Decision:
    """The answer; `layer` and `explicit` say what decided, `sid` which statement when one did."""

    allowed: bool
    layer: str = ""
    explicit: bool = False
    sid: str = ""

    def reason(self, action: str) -> str:
        """The end of AWS's sentence about a denial."""
        if self.allowed:
            return ""
        if self.explicit:
            return f"with an explicit deny in {DENY_WORDS[self.layer]}"
        return f"because no {self.layer} allows the {action} action"


def decide(
    request: Request, owner: str, layers: Layers, resource: t.Sequence[Statement] | None, resource_must_allow: bool = False
) -> Decision:
    """Decide a request on a resource of the account `owner`.

    `resource` are the statements of the resource policies, None when the resource has none. `resource_must_allow` is for
    trust policies and key policies, which have to allow even inside one account.
    """
    statements = list(resource or ())
    for name, block in ((IDENTITY, layers.identity), (BOUNDARY, layers.boundary), (SESSION, layers.session)):
        hit = _first(block or (), request, allow=False, of_resource=False)
        if hit:
            return Decision(False, name, True, hit.sid)
    for statement in statements:
        if not statement.allow and _principal_strength(statement, request.caller) and _covers(statement, request, of_resource=True):
            return Decision(False, RESOURCE, True, statement.sid)
    strength, sid = _granted(statements, request)
    if request.caller.kind in OUTSIDERS:
        return Decision(True, RESOURCE, sid=sid) if strength else Decision(False, RESOURCE)
    if request.caller.account != owner:
        side = _identity_side(layers, request)
        if not side.allowed:
            return side
        return Decision(True, RESOURCE, sid=sid) if strength else Decision(False, RESOURCE)
    if strength == "direct":
        return Decision(True, RESOURCE, sid=sid)
    if strength == "role":
        restricted = _restrictions(layers, request)
        return restricted or Decision(True, RESOURCE, sid=sid)
    if resource_must_allow and not strength:
        return Decision(False, RESOURCE)
    return _identity_side(layers, request)


def _identity_side(layers: Layers, request: Request) -> Decision:
    hit = _first(layers.identity, request, allow=True, of_resource=False)
    if hit is None and not layers.everything:
        return Decision(False, IDENTITY)
    return _restrictions(layers, request) or Decision(True, IDENTITY, sid=hit.sid if hit else "")


def _restrictions(layers: Layers, request: Request) -> Decision | None:
    for name, block in ((BOUNDARY, layers.boundary), (SESSION, layers.session)):
        if block is not None and _first(block, request, allow=True, of_resource=False) is None:
            return Decision(False, name)
    return None


def _first(block: t.Iterable[Statement], request: Request, allow: bool, of_resource: bool) -> Statement | None:
    return next((s for s in block if s.allow == allow and _covers(s, request, of_resource)), None)


RANK = {"": 0, "account": 1, "role": 2, "direct": 3}


def _granted(statements: t.Iterable[Statement], request: Request) -> tuple[str, str]:
    best, sid = "", ""
    for statement in statements:
        if not statement.allow:
            continue
        strength = _principal_strength(statement, request.caller)
        if RANK[strength] > RANK[best] and _covers(statement, request, of_resource=True):
            best, sid = strength, statement.sid
    return best, sid


def _covers(statement: Statement, request: Request, of_resource: bool) -> bool:
    context = request.context if statement.variables else None
    if statement.actions is not None:
        if not any(_action(pattern, request.action) for pattern in statement.actions):
            return False
    elif statement.not_actions is None or any(_action(pattern, request.action) for pattern in statement.not_actions):
        return False
    if statement.resources is not None:
        if not any(resource_matches(pattern, request.resource, context) for pattern in statement.resources):
            return False
    elif statement.not_resources is not None:
        if any(resource_matches(pattern, request.resource, context) for pattern in statement.not_resources):
            return False
    elif not of_resource:
        return False
    conditions = statement.conditions
    return all(condition_holds(operator, key, values, request.context, statement.variables) for operator, key, values in conditions)


def _action(pattern: str, action: str) -> bool:
    return pattern_for(pattern, None, ignore_case=True).fullmatch(action) is not None


def resource_matches(pattern: str, resource: str, context: Context | None) -> bool:
    """Whether a Resource pattern covers an ARN.

    A wildcard does not reach over a colon, except the one that ends the pattern: C(arn:aws:ecr:*) is everything of ECR.
    """
    if pattern == "*":
        return True
    want = pattern.split(":", 5)
    have = resource.split(":", len(want) - 1)
    if resource.count(":") < 5 or len(have) != len(want) or (len(want) < 6 and not pattern.endswith("*")):
        return False
    try:
        return all(pattern_for(w, context).fullmatch(h) is not None for w, h in zip(want, have, strict=True))
    except Unresolved:
        return False


def _principal_strength(statement: Statement, caller: Caller) -> str:
    """How a statement names the caller: directly, by its role, by its account, or not at all ("")."""
    if statement.principals is not None:
        return max((principal_strength(kind, value, caller) for kind, value in statement.principals), key=RANK.__getitem__, default="")
    if statement.not_principals is None:
        return ""
    named = [principal_strength(kind, value, caller) for kind, value in statement.not_principals]
    if statement.allow:
        return "" if any(named) else "direct"
    # Who is to be exempt from a deny has to be named at every level: account, role and session (IAM user guide, NotPrincipal).
    names = {value for _kind, value in statement.not_principals}
    return "" if "*" in names or _identities(caller) <= names else "direct"


def _identities(caller: Caller) -> set[str]:
    if caller.kind in OUTSIDERS:
        return {caller.name}
    names = {f"arn:{caller.partition}:iam::{caller.account}:root"}
    if caller.unique_id != caller.account:
        names.add(caller.unique_id)
    if caller.kind == "role":
        names.add(caller.arn)
    return names


def principal_strength(kind: str, value: str, caller: Caller) -> str:
    """How one principal of a policy matches a caller. Roles and users match by unique id, or by ARN where documents are kept verbatim."""
    if value == "*" and kind in ("*", "AWS"):
        return "direct"
    if kind in ("Service", "Federated"):
        return "direct" if caller.kind == kind.lower() and value == caller.name else ""
    if kind != "AWS" or caller.kind in OUTSIDERS:
        return ""
    if value in (caller.account, f"arn:{caller.partition}:iam::{caller.account}:root"):
        return "account"
    if value == caller.unique_id or value == caller.principal_arn:
        return "role" if caller.kind == "role" else "direct"
    if caller.kind == "role" and value == caller.arn:
        return "direct"
    return ""
