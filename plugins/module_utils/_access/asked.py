# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What a user asks about without a declaration: principals, repositories, access levels, and what is expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._errors import RegistryError
from .._grants import selector_matches, selector_problem
from .matrix import NotChecked, is_open
from .questions import DECIDING_ACTIONS, Expected, Principal, Question, Registry, read_principal
from .sides import Evidence, RegistrySide

_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class Asked:
    """A question whose repository may be a selector that means several."""

    principal: Principal
    registry: Registry
    repository: str
    access: str
    expected: Expected | None = None


def read_account(value: Any, where: str) -> str:
    """An account id that a user wrote. Raises RegistryError."""
    if not isinstance(value, str) or not _ACCOUNT.fullmatch(value):
        raise RegistryError(f"{where} is {value!r}; an account id has 12 digits and is written in quotes, because YAML drops leading zeros")
    return value


def read_expected(entries: Iterable[Mapping[str, Any]], registries: Sequence[Registry]) -> list[Asked]:
    """The option C(expect); ``registries`` are those of entries that name none. Raises RegistryError that says which entry is wrong."""
    asked = []
    for at, entry in enumerate(entries):
        where = f"expect[{at}]"
        missing = [field for field in ("principal", "repository", "allowed") if entry.get(field) is None]
        if missing:
            raise RegistryError(f"{where}: {' and '.join(missing)} is missing")
        if entry["access"] not in DECIDING_ACTIONS:
            raise RegistryError(f"{where}: access is {entry['access']!r}, it must be one of: {', '.join(DECIDING_ACTIONS)}")
        principal = read_principal(entry["principal"], f"{where}: principal")
        expected: Expected = "allowed" if entry["allowed"] else "denied"
        for registry in _registries(entry.get("registry") or {}, registries, where):
            asked.append(Asked(principal, registry, _selector(entry["repository"], where), entry["access"], expected))
    return asked


def read_asked(
    principals: Iterable[Any], repositories: Iterable[str], levels: Sequence[str], registries: Sequence[Registry]
) -> list[Asked]:
    """Every principal with every repository and access level. Raises RegistryError."""
    who = [read_principal(value, "principals") for value in principals]
    what = [_selector(one, "repositories") for one in repositories]
    return [Asked(one, registry, name, access) for one in who for registry in registries for name in what for access in levels]


def questions_of(asked: Iterable[Asked], evidence: Evidence) -> tuple[list[Question], list[NotChecked]]:
    """The questions, one for each repository that a selector means, and the selectors that mean none.

    Raises RegistryError when one access is expected to be both allowed and denied.
    """
    questions, not_checked = [], []
    for one in asked:
        names = [one.repository]
        if is_open(one.repository):
            side = evidence.registries.get((one.registry.account, one.registry.region))
            where = f"{one.registry.account} {one.registry.region}"
            if not isinstance(side, RegistrySide):
                reason = side.reason if side else "the registry was not read"
                not_checked.append(NotChecked(f"'{one.repository}' in {where}", f"which repositories it means is not known: {reason}"))
                continue
            names = sorted(name for name in side.repositories if selector_matches(one.repository, name, side.tags.get(name, {})))
            if not names:
                not_checked.append(NotChecked(f"'{one.repository}' in {where}", "it means no repository there"))
        questions += [Question(one.principal, one.registry, name, one.access, one.expected) for name in names]
    _refuse_contradictions(questions)
    return questions, list(dict.fromkeys(not_checked))


def _refuse_contradictions(questions: Iterable[Question]) -> None:
    said: dict[Question, Expected] = {}
    for question in questions:
        if question.expected and said.setdefault(replace(question, expected=None), question.expected) != question.expected:
            where = f"{question.repository} in {question.registry.account} {question.registry.region}"
            raise RegistryError(f"expect: '{question.access}' for {question.principal.text} on {where} is both allowed and not allowed")


def _registries(given: Mapping[str, Any], default: Sequence[Registry], where: str) -> Sequence[Registry]:
    account, region = given.get("account"), given.get("region")
    if account is not None:
        read_account(account, f"{where}: registry.account")
    if account is None and region is None:
        found = list(default)
    elif account is None:
        found = [Registry(one.account, str(region)) for one in default[:1]]
    else:
        found = [Registry(account, region)] if region else [Registry(account, one.region) for one in default]
    if not found:
        raise RegistryError(f"{where}: registry is missing; give its account and region, or 'registry_account' and 'regions'")
    return found


def _selector(value: Any, where: str) -> str:
    problem = selector_problem(value)
    if problem:
        raise RegistryError(f"{where}: {problem}")
    return str(value)
