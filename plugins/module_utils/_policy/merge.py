# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Current document + desired statements + ownership -> next document.

Statements that are not ours keep their place, their Sid and their spelling.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from .document import Meaning, Policy, PolicyError, RawStatement, has_variables, label_of, meaning_of, sid_of
from .principals import orphans, without_orphans, without_principals

State = Literal["present", "absent", "exact"]


@dataclass(frozen=True)
class Ownership:
    """Which statements of a document may be removed.

    ``state``: C(present) adds or replaces the desired statements, C(absent) removes them, C(exact) makes the document just these.
    ``sid_prefix`` and ``sids`` name statements that are ours: those that are not desired (any more) are removed.
    ``companions`` are Sids of statements that make no sense alone: they go when nothing else is left.
    """

    state: State = "present"
    sid_prefix: str | None = None
    sids: frozenset[str] = frozenset()
    companions: frozenset[str] = frozenset()

    def owns(self, sid: str | None) -> bool:
        """Whether the statement with this Sid is ours."""
        return sid is not None and (sid in self.sids or bool(self.sid_prefix and sid.startswith(self.sid_prefix)))


@dataclass
class Plan:
    """The next document and how it differs from the current one.

    ``policy`` is None when no statement is left. ``added``, ``replaced``, ``removed`` and ``orphans_dropped`` name statements by
    their Sid, or by C(#) and their place, counted from 1. ``written`` are the desired statements that are new in the document.
    """

    policy: Policy | None = None
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    orphans_dropped: list[str] = field(default_factory=list)
    written: list[RawStatement] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether the next document differs from the current one."""
        return bool(self.added or self.replaced or self.removed or self.orphans_dropped)


def plan(current: Policy | None, desired: Policy, ownership: Ownership, drop_orphans: bool = False) -> Plan:
    """Works out the next document.

    ``current`` is None when there is no document. ``desired`` holds checked statements: one with a Sid is found by it, one
    without by equal meaning. In a dialect without Sids the principals count, however they are spread over statements that are otherwise
    the same: a desired one that is there is not added, and one that shall go is taken out of them. ``drop_orphans`` removes orphan
    principals from the statements that stay.

    Raises PolicyError when a desired statement needs a document version that would change what other statements mean.
    """
    base = current or Policy(dialect=desired.dialect)
    result = Plan()
    wanted = _Wanted(desired)
    if ownership.state == "exact":
        kept = _exact(base, wanted, result)
    elif ownership.state == "absent":
        kept = [one for one in _numbered(base) if not _remove(one, wanted.named(one, base) or ownership.owns(sid_of(one[1])), result)]
        if not base.dialect.has_sids:
            kept = [(position, left) for position, one in kept if (left := _without_wanted(position, one, wanted, base, result))]
    else:
        kept = _present(base, wanted, ownership, result)
    if drop_orphans:
        kept = [(position, statement) for position, one in kept if (statement := _without_orphans(position, one, base, result))]
    if all(_is_idle(sid_of(statement), wanted, ownership) for _unused, statement in kept):
        kept = [one for one in kept if not _remove(one, True, result)]
    if not result.changed:
        result.policy = current
    elif kept:
        statements = tuple(statement for _unused, statement in kept)
        result.policy = replace(base, statements=statements, version=_version(base, wanted, statements, ownership, result))
        if ownership.state == "exact":
            result.policy = replace(result.policy, other=desired.other)
    return result


class _Wanted:
    """The desired statements, found by Sid or by meaning."""

    def __init__(self, desired: Policy) -> None:
        self.version = desired.version
        self._version = desired.version or desired.dialect.variables_version
        self._dialect = desired.dialect
        self.statements = list({(sid_of(one), self.meaning(one)): one for one in desired.statements}.values())
        self.by_sid = {sid: one for one in self.statements if (sid := sid_of(one))}
        self.unnamed = {self.meaning(one) for one in self.statements if not sid_of(one)}

    def meaning(self, statement: RawStatement) -> Meaning:
        return meaning_of(statement, self._dialect, self._version)

    def named(self, numbered: tuple[int, RawStatement], base: Policy) -> bool:
        """Whether a statement of the document is one of the desired: by its Sid, or by its meaning."""
        statement = numbered[1]
        return sid_of(statement) in self.by_sid or base.meaning(statement) in self.unnamed


def _numbered(policy: Policy) -> Iterable[tuple[int, RawStatement]]:
    return enumerate(policy.statements)


def _is_idle(sid: str | None, wanted: _Wanted, ownership: Ownership) -> bool:
    """Whether a statement goes when only such statements are left: a companion that nobody asks for in this very run."""
    return sid in ownership.companions and (ownership.state == "absent" or sid not in wanted.by_sid)


def _remove(numbered: tuple[int, RawStatement], remove: bool, result: Plan) -> bool:
    if remove:
        position, statement = numbered
        result.removed.append(label_of(statement, position))
    return remove


def _present(base: Policy, wanted: _Wanted, ownership: Ownership, result: Plan) -> list[tuple[int, RawStatement]]:
    kept: list[tuple[int, RawStatement]] = []
    placed: set[str] = set()
    for position, statement in _numbered(base):
        sid = sid_of(statement)
        desired = wanted.by_sid.get(sid) if sid else None
        if desired is None:
            unwanted = ownership.owns(sid) and base.meaning(statement) not in wanted.unnamed
            if not _remove((position, statement), unwanted, result):
                kept.append((position, statement))
        elif sid in placed:
            _remove((position, statement), True, result)
        else:
            placed.add(str(sid))
            if wanted.meaning(desired) == base.meaning(statement):
                kept.append((position, statement))
            else:
                kept.append((position, desired))
                result.replaced.append(str(sid))
                result.written.append(desired)
    there = {base.meaning(statement) for _unused, statement in kept}
    for desired in wanted.statements:
        sid = sid_of(desired)
        if (sid in placed) if sid else (wanted.meaning(desired) in there or _is_spread(wanted.meaning(desired), there, base)):
            continue
        _add(desired, kept, result)
    return kept


def _exact(base: Policy, wanted: _Wanted, result: Plan) -> list[tuple[int, RawStatement]]:
    """The document becomes the desired statements in their order; those that are there already keep their spelling."""
    left = {position: (sid_of(one), base.meaning(one), one) for position, one in _numbered(base)}
    kept: list[tuple[int, RawStatement]] = []
    for desired in wanted.statements:
        sid, meaning = sid_of(desired), wanted.meaning(desired)
        # A statement without a Sid does not take those that another desired one names.
        same = [
            position
            for position, (its_sid, its_meaning, _statement) in left.items()
            if its_meaning == meaning and (its_sid == sid if sid else its_sid not in wanted.by_sid)
        ]
        if same:
            kept.append((same[0], base.statements[same[0]]))
            for position in same:
                del left[position]
            continue
        named = next((position for position, (its_sid, _meaning, _statement) in left.items() if sid and its_sid == sid), None)
        if named is None:
            _add(desired, kept, result)
        else:
            del left[named]
            kept.append((named, desired))
            result.replaced.append(str(sid))
            result.written.append(desired)
    for position, (_sid, _meaning, statement) in sorted(left.items(), key=lambda item: item[0]):
        _remove((position, statement), True, result)
    return kept


def _is_spread(meaning: Meaning, there: Iterable[Meaning], base: Policy) -> bool:
    """Whether statements without names that differ in their principals only have all those of this one."""
    if base.dialect.has_sids or meaning.principal is None or meaning.principal[0]:
        return False
    alike = [one.principal[1] for one in there if one.principal and _differ_in_principals(one, meaning)]
    return bool(alike) and meaning.principal[1] <= frozenset().union(*alike)


def _without_wanted(position: int, statement: RawStatement, wanted: _Wanted, base: Policy, result: Plan) -> RawStatement | None:
    """The statement less the principals of desired ones that are otherwise the same; None when it names nobody any more."""
    meaning = base.meaning(statement)
    unwanted = [one.principal[1] for one in wanted.unnamed if one.principal and _differ_in_principals(one, meaning)]
    gone = frozenset().union(*unwanted) & (meaning.principal[1] if meaning.principal else frozenset())
    if not gone:
        return statement
    principal = without_principals(statement["Principal"], gone, base.dialect)
    (result.removed if principal is None else result.replaced).append(label_of(statement, position))
    return None if principal is None else {**statement, "Principal": principal}


def _differ_in_principals(left: Meaning, right: Meaning) -> bool:
    """Whether two statements that each name somebody are the same but for whom they name."""
    named = all(one.principal and not one.principal[0] for one in (left, right))
    return named and replace(left, principal=None) == replace(right, principal=None)


def _add(desired: RawStatement, kept: list[tuple[int, RawStatement]], result: Plan) -> None:
    position = len(kept)
    kept.append((position, desired))
    result.added.append(label_of(desired, position))
    result.written.append(desired)


def _without_orphans(position: int, statement: RawStatement, base: Policy, result: Plan) -> RawStatement | None:
    """The statement less its orphan principals; None when it names nobody any more."""
    found = orphans(statement.get("Principal"), base.dialect)
    if not found:
        return statement
    result.orphans_dropped.append(f"{label_of(statement, position)}: {', '.join(found)}")
    principal = without_orphans(statement["Principal"], base.dialect)
    return {**statement, "Principal": principal} if principal is not None else None


def _version(base: Policy, wanted: _Wanted, statements: tuple[RawStatement, ...], ownership: Ownership, result: Plan) -> str | None:
    """The version of the next document.

    The current one stays, since it decides whether C(${...}) in foreign statements is a variable or plain text.
    """
    dialect = base.dialect
    if ownership.state == "exact" and (wanted.version or not any(map(has_variables, statements))):
        return wanted.version or base.version or dialect.new_version
    if not base.statements:
        return wanted.version or dialect.new_version
    needed = wanted.version or dialect.variables_version
    if (base.version or dialect.default_version) == needed or not any(map(has_variables, result.written)):
        return base.version
    written = {id(one) for one in result.written}
    foreign = [label_of(one, at) for at, one in enumerate(statements) if id(one) not in written and has_variables(one)]
    if foreign:
        raise PolicyError(
            f"the desired statements use policy variables, which need Version {needed}; the document has Version "
            f"{base.version or dialect.default_version}, and changing it would change what the statements {', '.join(foreign)} mean"
        )
    return needed
