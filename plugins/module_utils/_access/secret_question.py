# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Would this principal be able to read this secret, and which documents lack a statement for it.

A read is two requests: for the value, and, where a customer managed key encrypts it, for its decryption, which Secrets Manager makes
with the reader's permissions: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .._grants import Recipient, read_recipients
from .._policy.document import Policy, RawStatement
from .._policy.evaluation import Decision, Layer, Named, Outcome, Policies, decide
from .._policy.principals import partition_of
from .._policy.request import Context, Request, context_of
from .._readers import DECRYPT, READ, decrypt_statements, readers_statements, via_service
from .missing_statement import KINDS, Missing, PolicyKind
from .questions import Principal
from .sides import IdentitySide, Unread
from .verdicts import ANYTHING, ANYTHING_OF_IDENTITY, STAND_INS

#: What each kind of policy is called; those of the resource are called by what has them.
_DOCUMENTS: Mapping[Layer, str] = {layer: kind.replace("_", " ") for layer, kind in KINDS.items()}
_SIDS = {READ: "ReadRegistryCredential", DECRYPT: "DecryptRegistryCredential"}


@dataclass(frozen=True)
class SecretSide:
    """What the account of a secret says.

    ``key`` is the ARN of the customer managed key that the current version is encrypted with, None for the one that AWS manages.
    ``tags`` are those of the secret. ``obstacle`` says why nobody can read it, whatever the policies say. ``unread`` and ``key_unread``
    are the documents that AWS did not let us read, each with the reason.
    """

    arn: str
    policy: Named | None = None
    key: str | None = None
    key_policy: Named | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    obstacle: str | None = None
    unread: tuple[str, ...] = ()
    key_unread: tuple[str, ...] = ()

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


@dataclass(frozen=True)
class SecretStep:
    """One of the two requests, and the document that decides about it; ``document`` and ``statement`` are None where all are silent."""

    action: str
    resource: str
    outcome: Outcome
    layer: Layer
    document: str | None
    statement: str | None
    explicit: bool


@dataclass(frozen=True)
class SecretVerdict:
    """The answer. ``reason`` says why in words, ``missing`` are all statements that are missing: with them the read is allowed.

    Where a Deny forbids it, or something else than policies, no statement helps, and ``missing`` may be empty. ``steps`` are empty
    where no policy matters. ``unknown`` is what would have to be known to tell.
    """

    outcome: Outcome
    reason: str
    missing: tuple[Missing, ...] = ()
    steps: tuple[SecretStep, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Step:
    request: Request
    policies: Policies
    unread: tuple[str, ...]


def judge_secret(
    principal: Principal,
    identity: IdentitySide | Unread | None,
    secret: SecretSide,
    session: tuple[Named, ...] | None = None,
    organization: tuple[tuple[Named, ...], ...] | None = None,
    context: Mapping[str, Any] | None = None,
) -> SecretVerdict:
    """What the policies say. ``principal`` is a role, a user, a role's session, or an account; ``identity`` its side, which an account
    has not. ``session``, ``organization`` and ``context`` are as in Evidence. Raises nothing.
    """
    partition = partition_of(secret.region)
    if principal.kind == "service":
        return SecretVerdict("denied", f"{principal.text} is no role, user or account; Secrets Manager lets nobody else read")
    if principal.partition not in (None, partition):
        return SecretVerdict("denied", f"{principal.text} is in another partition of AWS than the secret, and no policy reaches over that")
    if isinstance(identity, Unread) and identity.gone:
        return SecretVerdict("denied", identity.reason)
    if secret.obstacle:
        return SecretVerdict("denied", secret.obstacle)
    if principal.account != secret.account and secret.key is None and not secret.key_unread:
        return SecretVerdict(
            "denied",
            f"the value is encrypted with the key that AWS manages, which never decrypts for another account than {secret.account}; "
            "encrypt it with a customer managed key",
        )
    judged = [_judged(step, principal, secret) for step in _steps(principal, identity, secret, session, organization, context or {})]
    steps = tuple(one.step for one in judged)
    reason = "; ".join(one.reason for one in judged if one.reason)
    missing = tuple(statement for one in judged for statement in one.missing)
    unknown = tuple(text for one in judged for text in one.unknown)
    for outcome in ("denied", "unknown"):
        if any(one.outcome == outcome for one in steps):
            return SecretVerdict(outcome, reason, missing, steps, unknown)
    return SecretVerdict("allowed", "all policies that have a say allow it", steps=steps)


def _steps(
    principal: Principal,
    identity: IdentitySide | Unread | None,
    secret: SecretSide,
    session: tuple[Named, ...] | None,
    organization: tuple[tuple[Named, ...], ...] | None,
    known: Mapping[str, Any],
) -> Iterator[_Step]:
    own_unread: tuple[str, ...] = ()
    if isinstance(identity, IdentitySide):
        own_unread = identity.unread
    elif principal.is_read:
        own_unread = (identity.reason if identity else f"the policies of {principal.text}",)
    side = identity if isinstance(identity, IdentitySide) else IdentitySide(principal.caller(secret.region))
    own = (*side.identity, *([ANYTHING_OF_IDENTITY] if own_unread else []))

    def step(action: str, resource: str, policy: Named | None, unread: tuple[str, ...], keys: Mapping[str, Any]) -> _Step:
        owner = resource.split(":")[4]
        given = context_of(side.caller, action, resource, owner, side.tags, side.organization, known={**keys, **known})
        decides = action == DECRYPT
        request = Request(side.caller, action, resource, owner, given, resource_decides=decides)
        theirs = (*([policy] if policy else []), *([ANYTHING] if unread else []))
        policies = Policies(own, side.boundary, session, theirs, organization)
        return _Step(request, policies, (*own_unread, *unread))

    tags: dict[str, Any] = {}
    for prefix in ("aws:ResourceTag", "secretsmanager:ResourceTag"):
        tags |= {f"{prefix}/*": (), **{f"{prefix}/{key}": value for key, value in secret.tags.items()}}
    yield step(READ, secret.arn, secret.policy, secret.unread, {**tags, "secretsmanager:SecretId": secret.arn})
    if secret.key is not None:
        through = via_service(secret.region)
        keys = {
            "kms:ViaService": through if isinstance(through, str) else through[-1],
            "kms:CallerAccount": principal.account,
            "kms:EncryptionContext:SecretARN": secret.arn,
            "kms:EncryptionContextKeys": ("SecretARN", "SecretVersionId"),
            "aws:ViaAWSService": "true",
        }
        yield step(DECRYPT, secret.key, secret.key_policy, secret.key_unread, keys)
    elif secret.key_unread:
        yield _Step(
            Request(side.caller, DECRYPT, "*", secret.account, Context()),
            Policies((ANYTHING_OF_IDENTITY,), resource=(ANYTHING,)),
            secret.key_unread,
        )


class _Judged(NamedTuple):
    step: SecretStep
    reason: str = ""
    missing: tuple[Missing, ...] = ()
    unknown: tuple[str, ...] = ()


def _judged(step: _Step, principal: Principal, secret: SecretSide) -> _Judged:
    """The outcome of a step, why, and the statements that are missing for it: one for each layer that is silent."""
    action, decision = step.request.action, decide(step.request, step.policies)

    def told(outcome: Outcome, decision: Decision) -> SecretStep:
        # What stands in for a document that was not read is none.
        real = decision.document not in [one.name for one in STAND_INS]
        document, statement = (decision.document, decision.statement) if real else (None, None)
        return SecretStep(action, step.request.resource, outcome, decision.layer, document, statement, decision.explicit)

    if decision.outcome == "allowed" and not step.unread:
        return _Judged(told("allowed", decision))
    if decision.outcome == "allowed":
        unread = ", ".join(step.unread)
        return _Judged(told("unknown", decision), f"{action} depends on what could not be read: {unread}", unknown=step.unread)
    if decision.outcome == "unknown":
        keys = ", ".join(decision.missing)
        return _Judged(told("unknown", decision), f"{action} depends on what is not known: {keys}", unknown=decision.missing)
    found: list[Missing] = []
    policies, first = step.policies, decision
    while decision.outcome == "denied" and not decision.explicit and len(found) < len(_DOCUMENTS) + 1:
        one = _missing(decision.layer, step.request, principal, secret)
        found.append(one)
        policies = _with(policies, decision.layer, Named(one.document, Policy((one.statement,), "2012-10-17")))
        decision = decide(step.request, policies)
    if decision.explicit:
        reason = f"{action} is denied by statement {decision.statement} of the {_name_of(decision, secret, action)}"
        return _Judged(told("denied", decision), reason, tuple(found))
    silent = " and ".join(dict.fromkeys(one.document for one in found))
    return _Judged(told("denied", first), f"{action} is allowed by no statement of the {silent or first.layer}", tuple(found))


def _name_of(decision: Decision, secret: SecretSide, action: str) -> str:
    return decision.document or (_resource_document(secret, action) if decision.layer == "resource" else _DOCUMENTS[decision.layer])


def _resource_document(secret: SecretSide, action: str) -> str:
    if action == READ:
        return f"secret policy of {secret.arn.partition(':secret:')[2][:-7]}"
    return f"key policy of {str(secret.key).rpartition('/')[2]}"


def _missing(layer: Layer, request: Request, principal: Principal, secret: SecretSide) -> Missing:
    """The smallest statement that makes a silent layer allow the request."""
    if layer == "resource":
        reader = _recipient(request, principal)
        find = readers_statements([reader], secret.region)
        (statement,) = find if request.action == READ else decrypt_statements([reader], secret.region, [secret.arn])
        kind: PolicyKind = "secret_policy" if request.action == READ else "key_policy"
        return Missing(request.owner, secret.region, _resource_document(secret, request.action), kind, statement)
    own: RawStatement = {"Sid": _SIDS[request.action], "Effect": "Allow", "Action": request.action, "Resource": request.resource}
    kind = KINDS[layer]
    if layer == "organization":
        return Missing(None, None, _DOCUMENTS[layer], kind, own)
    return Missing(principal.account, None, f"{_DOCUMENTS[layer]} of {principal.kind} {request.caller.name}", kind, own)


def _recipient(request: Request, principal: Principal) -> Recipient:
    if principal.kind == "root":
        return Recipient(principal.account)
    (found,) = read_recipients([{"arn": request.caller.arn}], "principal")
    return found


def _with(policies: Policies, layer: Layer, document: Named) -> Policies:
    """The policies with one more document in a layer."""
    if layer == "identity":
        return replace(policies, identity=(*policies.identity, document))
    if layer == "resource":
        return replace(policies, resource=(*policies.resource, document))
    if layer == "boundary":
        old = policies.boundary.policy.statements if policies.boundary else ()
        return replace(policies, boundary=Named(document.name, Policy((*old, *document.policy.statements), "2012-10-17")))
    if layer == "session":
        return replace(policies, session=(*(policies.session or ()), document))
    return replace(policies, organization=tuple((*level, document) for level in policies.organization or ()))
