# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second opinion: what two documents answer to every request of a small world, found by asking each one.

It shares nothing with the code under test but the questions. It knows AWS only, documents without C(${...}), and reads a
condition as requirements that are true or false independently of each other.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.difference import AccessChange

Statement = dict[str, Any]

ROOT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?([0-9]{12})(?::root)?")
MEMBER = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::([0-9]{12}):[a-z-]+/.+")
NONE_OF = ("StringNotEquals", "StringNotLike", "ArnNotLike", "NumericNotEquals", "DateNotEquals", "NotIpAddress")
ANY_OF = ("StringEquals", "StringLike", "ArnLike", "NumericEquals", "DateEquals", "IpAddress", "Bool")
DENIED, NOTHING, ALLOWED = -1, 0, 1


@dataclass(frozen=True, order=True)
class Caller:
    """Somebody who asks. The name of an account's root is the account."""

    name: str
    account: str = ""


STRANGER = Caller("arn:aws:iam::999999999999:role/stranger", "999999999999")


@dataclass(frozen=True)
class Verdict:
    """One request whose answer differs: gained or lost."""

    caller: Caller
    action: str
    resource: str
    gained: bool


def many(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


@cache
def expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(symbol, re.escape(symbol)) for symbol in pattern), re.DOTALL)


def pattern_matches(pattern: str, text: str) -> bool:
    return expression(pattern).fullmatch(text) is not None


@cache
def matching(pattern: str, texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(text for text in texts if pattern_matches(pattern, text))


def told_apart(element: str, statements: Iterable[Statement], texts: tuple[str, ...]) -> list[str]:
    """One text for each set of the statements' patterns that some text matches."""
    patterns = {str(pattern) for statement in statements for name in (element, "Not" + element) for pattern in many(statement.get(name))}
    sets = [matching(pattern.lower() if element == "Action" else pattern, texts) for pattern in sorted(patterns)]
    return list({tuple(text in matched for matched in sets): text for text in texts}.values())


def principal_names(element: Any) -> list[str]:
    """Names as this oracle spells them: C(*), an account, an ARN, or C(Type/value)."""
    if not isinstance(element, dict):
        element = {"AWS": element}
    names = []
    for kind, values in element.items():
        for value in map(str, many(values)):
            root = ROOT.fullmatch(value)
            names.append(f"{kind}/{value}" if kind != "AWS" else root[1] if root else value)
    return names


def callers(documents: Iterable[Sequence[Statement]]) -> list[Caller]:
    """Everybody who is named, an unnamed role in each named account, and a stranger."""
    named = {
        name
        for statement in itertools.chain(*documents)
        for element in ("Principal", "NotPrincipal")
        if element in statement
        for name in principal_names(statement[element])
    } - {"*"}
    result = {STRANGER}
    for name in named:
        member = MEMBER.fullmatch(name)
        account = name if ROOT.fullmatch(name) else member[1] if member else ""
        result.add(Caller(name, account))
        if account:
            result.add(Caller(f"arn:aws:iam::{account}:role/nobody-in-particular", account))
    return sorted(result)


def names_caller(statement: Statement, caller: Caller, owner: str | None) -> bool:
    if "NotPrincipal" in statement:
        names = principal_names(statement["NotPrincipal"])
        levels = [caller.name in names, *([caller.account in names] if caller.account else [])]
        exempt = all(levels) if statement["Effect"] == "Deny" else any(levels)
        return "*" not in names and not exempt
    names = principal_names(statement["Principal"])
    if "*" in names or caller.name in names:
        return True
    reaches_members = statement["Effect"] == "Deny" or (owner is not None and caller.account != owner)
    return bool(caller.account) and caller.account in names and reaches_members


def element_matches(statement: Statement, element: str, text: str) -> bool:
    if "Not" + element in statement:
        return not element_matches({element: statement["Not" + element]}, element, text)
    patterns = many(statement.get(element, "*"))
    if element == "Action":
        patterns = [pattern.lower() for pattern in patterns]
    return any(pattern_matches(pattern, text) for pattern in patterns)


def requirements(statement: Statement) -> list[tuple[str, list[Any]]]:
    """("any" | "all", facts): how many of the facts have to be true."""
    found: list[tuple[str, list[Any]]] = []
    for operator, keys in (statement.get("Condition") or {}).items():
        quantifier, _unused, plain = operator.rpartition(":")
        plain = plain.removesuffix("IfExists")
        for key, values in keys.items():
            if plain in ANY_OF and quantifier != "ForAllValues":
                found.append(("any", [(operator, key, value) for value in many(values)]))
            elif plain in NONE_OF and quantifier != "ForAnyValue":
                found.append(("all", [(operator, key, value) for value in many(values)]))
            else:
                found.append(("all", [(operator, key, frozenset(many(values)))]))
    return found


def met(statement: Statement, facts: Mapping[Any, bool]) -> bool:
    return all((any if how == "any" else all)(facts[fact] for fact in needed) for how, needed in requirements(statement))


def answer(statements: Iterable[Statement], facts: Mapping[Any, bool]) -> int:
    effects = {statement["Effect"] for statement in statements if met(statement, facts)}
    return DENIED if "Deny" in effects else ALLOWED if "Allow" in effects else NOTHING


def verdicts(
    before: Sequence[Statement], after: Sequence[Statement], actions: tuple[str, ...], resources: tuple[str, ...], owner: str | None = None
) -> Iterator[Verdict]:
    """Every request whose answer differs in some state of the conditions; of requests that no pattern tells apart, one."""
    both = [*before, *after]
    facts = list(dict.fromkeys(fact for statement in both for _unused, needed in requirements(statement) for fact in needed))
    states = [dict(zip(facts, state, strict=True)) for state in itertools.product((False, True), repeat=len(facts))]

    @cache
    def moves(asked: tuple[bool, ...]) -> frozenset[bool]:
        old = [statement for statement, is_asked in zip(before, asked[: len(before)], strict=True) if is_asked]
        new = [statement for statement, is_asked in zip(after, asked[len(before) :], strict=True) if is_asked]
        answers = [(answer(old, state), answer(new, state)) for state in states]
        return frozenset(now > then for then, now in answers if now != then)

    def columns(element: str, texts: tuple[str, ...]) -> list[tuple[str, tuple[bool, ...]]]:
        return [(text, tuple(element_matches(statement, element, text) for statement in both)) for text in told_apart(element, both, texts)]

    by_action, by_resource = columns("Action", actions), columns("Resource", resources)
    for caller in callers([before, after]):
        named = [names_caller(statement, caller, owner) for statement in both]
        for (action, of_action), (resource, on_resource) in itertools.product(by_action, by_resource):
            for gained in moves(tuple(map(all, zip(named, of_action, on_resource, strict=True)))):
                yield Verdict(caller, action, resource, gained)


def tells(change: AccessChange, verdict: Verdict) -> bool:
    """Whether a reported change speaks of a request whose answer differs, in the right direction."""
    moved = change.actions_gained if verdict.gained else change.actions_lost
    return (
        change.principal in ("*", verdict.caller.name.replace("/", ":", 1), verdict.caller.name, verdict.caller.account)
        and pattern_matches(change.resource, verdict.resource)
        and any(pattern_matches(action.lower(), verdict.action) for action in moved)
    )


def parts(change: AccessChange) -> Iterator[AccessChange]:
    """A reported change as one for each action."""
    for action in change.actions_gained:
        yield replace(change, actions_gained=(action,), actions_lost=())
    for action in change.actions_lost:
        yield replace(change, actions_gained=(), actions_lost=(action,))


def is_about(change: AccessChange, verdict: Verdict) -> bool:
    """Whether a request is by those whom a reported change names; everyone is a stranger, too."""
    return tells(change, verdict) and (change.principal != "*" or verdict.caller == STRANGER)
