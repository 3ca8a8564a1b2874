# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who asks the API server, and what they may."""

from __future__ import annotations

import dataclasses
import secrets
import time
import typing as t

from .errors import Refused, unauthorized
from .kinds import Kind

ANONYMOUS = "system:anonymous"


class Rule(t.NamedTuple):
    """Verbs on one resource, in one namespace or (empty) everywhere."""

    resource: str
    verbs: tuple[str, ...]
    namespace: str = ""


@dataclasses.dataclass(frozen=True)
class User:
    name: str
    rules: tuple[Rule, ...] = ()
    everything: bool = False
    expires: float = float("inf")

    def may(self, verb: str, kind: Kind, namespace: str) -> bool:
        return self.everything or any(
            rule.resource in ("*", kind.plural) and (verb in rule.verbs or "*" in rule.verbs) and rule.namespace in ("", namespace)
            for rule in self.rules
        )


class Users:
    """Everybody who has a token."""

    def __init__(self) -> None:
        self._tokens: dict[str, User] = {}

    def add(self, user: User, token: str = "") -> str:
        token = token or secrets.token_urlsafe(32)
        self._tokens[token] = user
        return token

    def who(self, authorization: str) -> User:
        """Who an Authorization header stands for; raises Refused for a token that is not known."""
        scheme, _space, token = authorization.partition(" ")
        if not scheme:
            return User(ANONYMOUS)
        user = self._tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if user is None or time.time() >= user.expires:
            raise unauthorized()
        return user


def rule(text: str, namespace: str) -> Rule:
    """From `pods:get,list`."""
    resource, _colon, verbs = text.partition(":")
    return Rule(resource, tuple(verbs.split(",")), namespace)


def demand(user: User, verb: str, kind: Kind, namespace: str, name: str, path: str = "") -> None:
    """Refuse a user who may not do this, in the words of the API server."""
    if user.may(verb, kind, namespace):
        return
    which = f'{kind.printed} "{name}"' if name else kind.printed
    where = f'in the namespace "{namespace}"' if namespace and kind.namespaced else "at the cluster scope"
    text = f'{which} is forbidden: User "{user.name}" cannot {verb} resource "{kind.plural}{path}" in API group "{kind.group}" {where}'
    raise Refused(403, text, **({"name": name} if name else {}), kind=kind.plural, **({"group": kind.group} if kind.group else {}))
