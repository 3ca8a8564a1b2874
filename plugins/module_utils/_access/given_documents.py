# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Documents that a user gives instead of those that are in AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._errors import RegistryError
from .._policy.document import PolicyError, parse
from .._policy.evaluation import Named
from .asked import read_account
from .questions import Principal, Registry, read_principal
from .sides import V1_ACTIONS, Evidence, IdentitySide, RegistrySide, Unread

#: What an entry of a kind must say besides.
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "repository_policy": ("account", "region", "repository"),
    "registry_policy": ("account", "region"),
    "identity_policy": ("principal",),
    "permissions_boundary": ("principal",),
    "session_policy": ("principal",),
    "service_control_policy": ("account",),
    "secret_policy": ("secret",),
    "key_policy": ("secret", "key"),
}


@dataclass(frozen=True)
class Given:
    """One document. ``policy`` is None for a document that says that there is none."""

    kind: str
    policy: Named | None
    registry: Registry | None = None
    repository: str = ""
    principal: Principal | None = None
    account: str = ""
    level: int = 0
    secret: str = ""
    key: str = ""


def documents_spec(*kinds: str, **places: Mapping[str, Any]) -> dict[str, Any]:
    """The option C(documents) of a module that takes these kinds besides those of principals.

    ``places`` are the fields, with their specifications, that say which document one of these kinds is.
    """
    of_principals = ("identity_policy", "permissions_boundary", "session_policy", "service_control_policy")
    return {
        "type": "list",
        "elements": "dict",
        "options": {
            "kind": {"type": "str", "required": True, "choices": [*kinds, *of_principals]},
            "account": {"type": "raw"},
            **places,
            "principal": {"type": "str"},
            "level": {"type": "int", "default": 0},
            "name": {"type": "str"},
            "policy": {"type": "json", "required": True},
        },
    }


def read_documents(entries: Iterable[Mapping[str, Any]], account: Callable[[], str], region: str | None) -> list[Given]:
    """The option C(documents); ``account`` (which may have to be asked for) and ``region`` are for entries that name none.

    Raises RegistryError or PolicyError that say which entry is wrong.
    """
    return [_read({**entry, "region": entry.get("region") or region}, account, f"documents[{at}]") for at, entry in enumerate(entries)]


def _read(entry: Mapping[str, Any], account: Callable[[], str], where: str) -> Given:
    kind = str(entry["kind"])
    registry_side = kind in ("repository_policy", "registry_policy")
    known = {**entry, "account": entry.get("account") or (account() if registry_side else None)}
    missing = [field for field in _REQUIRED[kind] if not known.get(field)]
    if missing:
        raise RegistryError(f"{where}: kind {kind} needs {' and '.join(missing)}")
    owner = "" if known["account"] is None else read_account(known["account"], f"{where}: account")
    title = {
        "repository_policy": f"repository policy of {entry.get('repository')}",
        "registry_policy": "registry policy",
        "secret_policy": f"given policy of {entry.get('secret')}",
        "key_policy": f"given policy of {entry.get('key')}",
    }.get(kind, f"given {kind.replace('_', ' ')}")
    try:
        policy = parse(entry["policy"])
    except PolicyError as error:
        raise PolicyError(f"{where}: {error}") from error
    principal = read_principal(entry["principal"], f"{where}: principal") if "principal" in _REQUIRED[kind] else None
    if principal and not principal.is_read:
        raise RegistryError(f"{where}: {principal.text} has no {kind}; give the ARN of a role or user")
    return Given(
        kind=kind,
        policy=Named(entry.get("name") or title, policy) if policy.statements else None,
        registry=Registry(owner, str(entry["region"])) if registry_side else None,
        repository=str(entry.get("repository") or ""),
        principal=principal,
        account=owner,
        level=entry.get("level") or 0,
        secret=str(entry.get("secret") or ""),
        key=str(entry.get("key") or ""),
    )


def with_documents(evidence: Evidence, documents: Iterable[Given]) -> Evidence:
    """What is known when these documents take the place of what was read."""
    registries, identities = dict(evidence.registries), dict(evidence.identities)
    sessions: dict[str, list[Named]] = {}
    levels: dict[str, dict[int, list[Named]]] = {}
    replaced: set[str] = set()
    for one in documents:
        if one.registry:
            key = (one.registry.account, one.registry.region)
            registries[key] = _in_registry(registries.get(key), one, one.registry)
        elif one.principal and one.kind == "session_policy":
            sessions.setdefault(one.principal.text, []).extend([one.policy] if one.policy else [])
        elif one.principal:
            text = one.principal.text
            identities[text] = _in_identity(identities.get(text), one, one.principal, first=text not in replaced)
            replaced |= {text} if one.kind == "identity_policy" else set()
        elif not one.secret:
            levels.setdefault(one.account, {}).setdefault(one.level, []).extend([one.policy] if one.policy else [])
    return replace(
        evidence,
        registries=registries,
        identities=identities,
        sessions={**evidence.sessions, **{text: tuple(found) for text, found in sessions.items()}},
        organizations={
            **evidence.organizations,
            **{account: tuple(tuple(found[level]) for level in sorted(found)) for account, found in levels.items()},
        },
    )


def _in_registry(side: RegistrySide | Unread | None, one: Given, registry: Registry) -> RegistrySide:
    if not isinstance(side, RegistrySide):
        # Repositories that no document is given for are not known to be absent.
        side = RegistrySide(registry.account, registry.region, complete=False)
    about = one.repository if one.kind == "repository_policy" else ""
    unread = {name: texts for name, texts in side.unread.items() if name != about}
    if one.kind == "repository_policy":
        return replace(side, repositories={**side.repositories, one.repository: one.policy}, unread=unread)
    policy = replace(one.policy, only=V1_ACTIONS) if one.policy and side.scope == "V1" else one.policy
    return replace(side, registry_policy=policy, unread=unread)


def _in_identity(side: IdentitySide | Unread | None, one: Given, principal: Principal, first: bool) -> IdentitySide:
    if isinstance(side, IdentitySide):
        known = side
    else:
        reason = side.reason if side else f"the identity policies of {principal.text}"
        known = IdentitySide(principal.caller(""), unread=(reason,))
    if one.kind == "permissions_boundary":
        return replace(known, boundary=one.policy)
    others = () if first else known.identity
    return replace(known, identity=(*others, *([one.policy] if one.policy else [])), unread=())
