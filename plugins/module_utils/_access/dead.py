# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Statements of a document that have no effect, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .._policy.difference import equivalent
from .._policy.document import Meaning, Policy, as_written
from .._policy.principals import EVERYONE, account_of
from .clauses import Clause, Document, overlaps, within
from .ecr_actions import LOGIN, OF_SCOPE_V1, is_unknown, matched, selected
from .finding import Finding
from .impossible import why_never_met


def dead_clauses(document: Document) -> dict[Clause, str]:
    """The statements that never have an effect, and why."""
    reasons = {clause: _why_dead(clause, document) for clause in document.clauses}
    return {clause: reason for clause, reason in reasons.items() if reason}


def dead_findings(document: Document, dead: Mapping[Clause, str]) -> Iterator[Finding]:
    """Statements that never have an effect, those that others take in or repeat, and actions that count for nothing."""
    for clause, reason in dead.items():
        denies = clause.meaning.effect == "Deny"
        yield Finding(
            "medium" if denies else "low",
            "dead-statement",
            document.title,
            f"{'It denies nothing' if denies else 'It gives nobody access'}: {reason}.",
            "Correct the statement, or remove it.",
            statement=clause.label,
        )
    alive = [clause for clause in document.clauses if clause not in dead]
    for clause in alive:
        yield from _ineffective_actions(clause, document)
    yield from _repeated(alive, document)


def _why_dead(clause: Clause, document: Document) -> str | None:
    return (
        _no_action(clause, document)
        or _no_resource(clause.meaning, document)
        or _no_request(clause.meaning)
        or _all_denied(clause, document)
    )


def _no_action(clause: Clause, document: Document) -> str | None:
    negated, patterns = clause.meaning.action
    in_scope_v1 = document.counts == OF_SCOPE_V1
    if selected(negated, patterns) & document.counts or (not in_scope_v1 and any(map(is_unknown, patterns))):
        return None
    if in_scope_v1:
        return "the scope of the registry policy is V1, where it counts for three actions only, and none of them is here"
    shown = ", ".join(sorted(patterns))
    return f"{'all but ' if negated else ''}{shown} is no action that a {document.source.replace('_', ' ')} has a say in"


def _no_resource(meaning: Meaning, document: Document) -> str | None:
    negated, patterns = meaning.resource
    # A variable may have any value.
    known = {"*" if "${" in pattern else pattern for pattern in patterns}
    if negated:
        return "its NotResource takes out everything" if within((False, frozenset({document.resources})), (False, patterns)) else None
    if any(overlaps(pattern, document.resources) for pattern in known):
        return None
    return f"its resource {', '.join(sorted(map(as_written, known)))} is not one that this document is about"


def _no_request(meaning: Meaning) -> str | None:
    reason = why_never_met(meaning)
    return f"its condition {reason}" if reason else None


def _all_denied(clause: Clause, document: Document) -> str | None:
    denies = document.denies()
    if clause.meaning.effect != "Allow" or not denies:
        return None
    version = document.policy.version
    without, with_it = Policy(denies, version), Policy((clause.statement, *denies), version)
    inside = Policy((clause.statement,), version)
    if not equivalent(without, with_it, document.account) or equivalent(None, inside, document.account):
        return None
    return "other statements deny all that it allows"


def _ineffective_actions(clause: Clause, document: Document) -> Iterator[Finding]:
    """Actions by their name only: a pattern that takes in more than counts does no harm."""
    negated, patterns = clause.meaning.action
    for action in sorted(() if negated else patterns):
        known = matched(action)
        if known & document.counts or action == EVERYONE:
            continue
        if known == LOGIN:
            what = "is allowed by identity policies only"
        else:
            what = "has no effect in this document" if known else "is not known as an action of ECR"
        yield Finding(
            "info",
            "ineffective-action",
            document.title,
            f"{', '.join(sorted(known)) or action} {what}.",
            "Remove it from the statement, or correct it.",
            statement=clause.label,
        )


def _repeated(clauses: list[Clause], document: Document) -> Iterator[Finding]:
    """Of statements that take each other in, the set is reported once; of those that only one other takes in, each."""
    by_meaning: dict[Meaning, list[str]] = {}
    for clause in clauses:
        by_meaning.setdefault(clause.meaning, []).append(clause.label)
    alike: list[tuple[list[Meaning], list[str]]] = []
    for meaning, labels in by_meaning.items():
        for members, its_labels in alike:
            if _takes_in(members[0], meaning, document.account) and _takes_in(meaning, members[0], document.account):
                members.append(meaning)
                its_labels.extend(labels)
                break
        else:
            alike.append(([meaning], list(labels)))
    for _members, labels in alike:
        if len(labels) > 1:
            yield Finding(
                "low",
                "duplicate-statement",
                document.title,
                "These statements mean the same.",
                "Keep one of them.",
                statement=", ".join(sorted(labels)),
            )
    for members, labels in alike:
        wider = [others for its, others in alike if others is not labels and _takes_in(its[0], members[0], document.account)]
        if wider:
            by = min(", ".join(sorted(others)) for others in wider)
            yield Finding(
                "low",
                "covered-statement",
                document.title,
                f"The statement {by} says all of it.",
                "Remove the narrower statement, or the wider one if it says too much.",
                statement=", ".join(sorted(labels)),
            )


def _takes_in(wide: Meaning, narrow: Meaning, owner: str) -> bool:
    """Whether a statement says all that another one says. What is not sure is no."""
    return (
        wide.effect == narrow.effect
        and wide.other == narrow.other
        and _names_all(wide, narrow, owner)
        and within(narrow.action, wide.action)
        and within(narrow.resource, wide.resource)
        and all(any(_is_met_by(needed, given) for given in narrow.condition) for needed in wide.condition)
    )


def _names_all(wide: Meaning, narrow: Meaning, owner: str) -> bool:
    if wide.principal == narrow.principal:
        return True
    if wide.principal is None or narrow.principal is None or wide.principal[0] or narrow.principal[0]:
        return False
    members = wide.principal[1]

    def is_named(member: str) -> bool:
        account = account_of(member)
        # In its own account the statement for the whole account leaves it to identity policies; one for a role does not.
        beyond = account is not None and (EVERYONE in members or (account in members and (wide.effect == "Deny" or account != owner)))
        return member in members or beyond

    return all(map(is_named, narrow.principal[1]))


def _is_met_by(needed: tuple[str, str, frozenset[str]], given: tuple[str, str, frozenset[str]]) -> bool:
    """Whether every request that meets one requirement meets another one: the same, or fewer values of which one is asked for."""
    if needed == given:
        return True
    operator, key, values = needed
    one_of = operator.rpartition(":")[2] in ("stringequals", "stringlike", "arnlike", "stringequalsignorecase")
    one_of = one_of and not operator.startswith("forallvalues")
    return one_of and given[:2] == (operator, key) and given[2] <= values
