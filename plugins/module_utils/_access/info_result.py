# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What C(ecr_access_info) returns: equal things on many repositories as one, the worst first, and bounded.

AWX replaces results of more than 700,000 characters by nothing, so a large result says how much it left out instead.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .finding import SEVERITIES, Finding
from .outside import KINDS, Access

#: Characters for all access, and as many for all findings. The rest is for the registries, and for the options that Ansible adds.
_BUDGET = 250_000
#: Names in one list: as many of these as leave room for all entries.
_NAMES_LISTED = (100_000, 1_000, 100, 20)
_IN_MESSAGE = 5


@dataclass(frozen=True)
class Looked:
    """What was found out about one document, or about something that is none.

    ``repository`` is the name of the repository that it is about; None for others. ``source`` is that of L(clauses.Document).
    """

    source: str
    repository: str | None = None
    access: tuple[Access, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RegistryReport:
    """What was found out about the registry of one account in one region. Numbers are None where they are not known."""

    account: str
    region: str
    scope: str | None
    registry_policy: bool | None
    repositories: int | None
    repositories_with_policy: int
    templates: int | None
    cache_rules: int | None
    repositories_cached: int | None
    looked: Sequence[Looked] = field(default=(), repr=False)

    def counts(self) -> dict[str, Any]:
        """The entry of the result."""
        names = ("account", "region", "scope", "registry_policy", "repositories", "repositories_with_policy", "repositories_cached")
        return {name: getattr(self, name) for name in (*names, "templates", "cache_rules")}


def info_result(reports: Sequence[RegistryReport], minimum_severity: str, fail_on: str | None) -> dict[str, Any]:
    """The result of the module. With ``fail_on``, and a finding that is so severe, also C(failed) and C(msg)."""
    access, findings = _grouped_access(reports), _grouped_findings(reports)
    shown = [one for one in findings if _rank(one["severity"]) <= _rank(minimum_severity)]
    counted = Counter(one["severity"] for one in findings)
    listed_access, listed = _within_budget(access, "resources"), _within_budget(shown, "repositories")
    result = {
        "changed": False,
        "registries": [report.counts() for report in reports],
        "access": listed_access,
        "access_left_out": len(access) - len(listed_access),
        "findings": listed,
        "findings_left_out": len(shown) - len(listed),
        "summary": {
            "repositories": sum(report.repositories or 0 for report in reports),
            "outside_principals": len({(one["principal"], one["principal_account"]) for one in access if one["kind"] != "orphan"}),
            "findings": {severity: counted[severity] for severity in SEVERITIES},
        },
    }
    if fail_on is not None:
        severe = [one for one in findings if _rank(one["severity"]) <= _rank(fail_on)]
        if severe:
            result |= {"failed": True, "msg": _message(severe, fail_on)}
    return result


def _rank(severity: str) -> int:
    return [str(one) for one in SEVERITIES].index(severity)


def _grouped_access(reports: Iterable[RegistryReport]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, str, Access], dict[str, None]] = {}
    for report in reports:
        for looked, repositories in _alike(report.looked):
            for one in looked.access:
                names = groups.setdefault((report.account, report.region, looked.source, replace(one, resource="")), {})
                names.update(dict.fromkeys(repositories or [one.resource.partition(":repository/")[2] or "*"]))
    entries = [
        {
            "account": account,
            "region": region,
            "source": source,
            "resources": sorted(names),
            "resources_count": len(names),
            "statements": list(one.statements),
            "principal": one.holder.principal,
            "kind": one.holder.kind,
            "principal_account": one.holder.account,
            "access_levels": list(one.levels),
            "actions": list(one.actions),
            "condition": one.condition,
        }
        for (account, region, source, one), names in groups.items()
    ]
    return sorted(entries, key=_access_order)


def _alike(looked: Iterable[Looked]) -> Iterable[tuple[Looked, list[str]]]:
    """What was found out, each with the repositories that it is about. Repositories with one text share what was found out about it."""
    groups: dict[tuple[Hashable, ...], tuple[Looked, list[str]]] = {}
    for one in looked:
        group = groups.setdefault((one.source, id(one.access), id(one.findings), one.repository is None), (one, []))
        if one.repository is not None:
            group[1].append(one.repository)
    return groups.values()


def _access_order(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """Those who are most first, then those who may do most."""
    changes = sum(level in entry["access_levels"] for level in ("administer", "delete", "push"))
    place = entry["principal"], entry["region"], entry["source"], entry["resources"], entry["statements"], entry["condition"]
    return KINDS.index(entry["kind"]), -changes, *place, entry["actions"], entry["principal_account"] or ""


def _grouped_findings(reports: Iterable[RegistryReport]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, Finding], dict[str, None]] = {}
    for report in reports:
        for looked, repositories in _alike(report.looked):
            for one in looked.findings:
                groups.setdefault((report.account, report.region, one), {}).update(dict.fromkeys(repositories))
    entries = [
        {
            "severity": one.severity,
            "rule": one.rule,
            "account": account,
            "region": region,
            "repository": next(iter(names)) if len(names) == 1 else None,
            "repositories": sorted(names),
            "repositories_count": len(names),
            "document": one.document,
            "statement": one.statement,
            "principal": one.principal,
            "message": one.message,
            "remedy": one.remedy,
        }
        for (account, region, one), names in groups.items()
    ]
    return sorted(entries, key=_finding_order)


def _finding_order(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    texts = (entry[name] or "" for name in ("rule", "region", "document", "principal", "statement", "message"))
    return _rank(entry["severity"]), -entry["repositories_count"], *texts, entry["repositories"]


def _within_budget(entries: list[dict[str, Any]], names: str) -> list[dict[str, Any]]:
    """The entries, with their lists of ``names`` cut off so far as it takes, and as many as then fit, in their order."""
    fitting: list[dict[str, Any]] = []
    for most in _NAMES_LISTED:
        left, fitting = _BUDGET, []
        for entry in entries:
            shortened = {**entry, names: entry[names][:most]}
            left -= len(json.dumps(shortened)) + 2
            if left < 0:
                break
            fitting.append(shortened)
        else:
            break
    return fitting


def _message(severe: Sequence[Mapping[str, Any]], fail_on: str) -> str:
    lines = [f"- {_line(entry)}" for entry in severe[:_IN_MESSAGE]]
    if len(severe) > _IN_MESSAGE:
        lines.append(f"- and {len(severe) - _IN_MESSAGE} more")
    worse = "" if fail_on == SEVERITIES[0] else " or more"
    return "\n".join([f"{len(severe)} findings are {fail_on}{worse}:" if len(severe) > 1 else f"A finding is {fail_on}{worse}:", *lines])


def _line(entry: Mapping[str, Any]) -> str:
    count = entry["repositories_count"]
    where = f" of {entry['repository']}" if entry["repository"] else f" of {count} repositories" if count else ""
    statement = f", statement {entry['statement']}" if entry["statement"] else ""
    place = f"{entry['document']}{where} in {entry['region']} ({entry['account']}){statement}"
    return f"{entry['severity']}: {entry['rule']}: {place}: {entry['message']}"
