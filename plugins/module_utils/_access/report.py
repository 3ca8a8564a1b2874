# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""One report from what each account's host found: merged, without duplicates, counted, the worst first.

A result is what the role C(access_verification) keeps for one host: C(format), C(host), C(account), C(sides), C(checked_at), and of the
modules C(ecr_access_check) and C(ecr_access_info) the C(checks), their C(summary), C(not_checked), C(access), C(findings), C(registries),
and how many of them were left out.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .._errors import RegistryError
from .finding import SEVERITIES

#: The version of the shape of results and reports. It grows when a field changes its meaning or goes.
FORMAT = 1
#: What can be said about an access, the worst first.
STATES = ("broken", "undeclared", "contradiction", "unknown", "works", "open", "denied")
#: Those that are as declared.
FINE = ("works", "open", "denied")

Row = Mapping[str, Any]


def report_of(results: Iterable[Any], created: str, hosts: Mapping[str, str]) -> dict[str, Any]:
    """The report.

    ``results``: in any order; of several of the same host the latest counts. ``created``: when, in ISO 8601 and UTC. ``hosts``: the hosts
    that should have a result, with their accounts. Raises RegistryError for a result that is none, and for a time that is none.
    """
    latest = {part["host"]: part for part in sorted(map(_checked, results), key=lambda part: str(part.get("checked_at")))}
    parts = [latest[host] for host in sorted(latest)]
    checks = _checks(parts)
    findings = sorted(_distinct(parts, "findings"), key=lambda one: (SEVERITIES.index(one["severity"]), _text(one)))
    report: dict[str, Any] = {
        "format": FORMAT,
        "created": created,
        "created_text": _readable(created),
        "hosts": [_looked_at(part) for part in parts],
        "summary": _summary(parts, checks, findings),
        "checks": checks,
        "findings": findings,
        "access": sorted(_distinct(parts, "access"), key=_text),
        "registries": sorted(_distinct(parts, "registries"), key=lambda one: (one["account"], one["region"])),
        "not_looked_at": _not_looked_at(parts, hosts),
    }
    return {**report, **headline(report["summary"]), "fingerprint": _fingerprint(report)}


def state_of(check: Row) -> str:
    """What a row of C(ecr_access_check) means to somebody who reads the declaration: one of STATES."""
    found = check["outcome"]
    if check["as_expected"] is False:
        return "broken" if check["expected"] == "allowed" else "undeclared"
    if check["agree"] is False:
        return "contradiction"
    if found == "unknown":
        return "unknown"
    if check["expected"] is None:
        return "open" if found == "allowed" else "denied"
    return "works" if found == "allowed" else "denied"


def headline(summary: Mapping[str, Any]) -> dict[str, str]:
    """What a reader has to know first: C(headline), one sentence, and C(lead), what else there is."""
    states, severities = summary["states"], summary["findings"]
    unknown = summary["declared_unknown"]
    more = []
    if unknown and unknown != summary["declared"]:
        others = f"{unknown:,} more" if states["broken"] else f"the other {unknown:,}" if unknown > 1 else "the other one"
        more.append(f"Whether {others} {_verb(unknown, 'works', 'work')} is not known.")
    if states["undeclared"]:
        more.append(f"{_count(states['undeclared'], 'access')} {_verb(states['undeclared'], 'works', 'work')} without being declared.")
    if states["contradiction"]:
        more.append(f"For {states['contradiction']:,}, the policies say one thing and AWS does another.")
    serious = [f"{severities[severity]:,} {severity}" for severity in ("critical", "high") if severities[severity]]
    if serious:
        more.append(f"{' and '.join(serious)} {_verb(severities['critical'] + severities['high'], 'finding', 'findings')}.")
    elif any(severities.values()):
        more.append("No critical or high findings.")
    return {"headline": _first_sentence(summary), "lead": " ".join(more)}


def _first_sentence(summary: Mapping[str, Any]) -> str:
    declared, broken, unknown = summary["declared"], summary["states"]["broken"], summary["declared_unknown"]
    accesses = _count(declared, "declared access")
    if not declared:
        return "No declared access was checked."
    if broken:
        at_least = "" if summary["complete"] else "At least "
        return f"{at_least}{broken:,} of {accesses} {_verb(broken, 'does', 'do')} not work."
    if unknown == declared:
        return f"Whether {accesses} {_verb(declared, 'works', 'work')} is not known."
    if unknown:
        return f"{declared - unknown:,} of {accesses} {_verb(declared - unknown, 'works', 'work')}."
    return "The declared access works." if declared == 1 else f"All {accesses} work."


def _readable(created: str) -> str:
    try:
        time = datetime.fromisoformat(created)
    except ValueError as error:
        raise RegistryError(f"the time of a report is '{created}', it must be written as 2026-11-21T21:37:00Z") from error
    return f"{time.day} {time:%B %Y, %H:%M} UTC"


def _count(number: int, what: str) -> str:
    return f"{number:,} {_verb(number, what, f'{what}es')}"


def _verb(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


def _checked(result: Any) -> Mapping[str, Any]:
    """The result, with every field; refused if it is none, or one of another version."""
    if not isinstance(result, Mapping) or not isinstance(result.get("host"), str):
        raise RegistryError(f"this is no result of the role access_verification: {_short(result)}")
    if result.get("format") != FORMAT:
        raise RegistryError(
            f"the result of host '{result['host']}' has format {result.get('format')!r}, this collection reads format {FORMAT}; "
            "use the same version of the collection for all parts of a report"
        )
    lists = {key: list(result.get(key) or ()) for key in ("sides", "checks", "not_checked", "access", "findings", "registries")}
    for severity in {one.get("severity") for one in lists["findings"]} - set(SEVERITIES):
        raise RegistryError(
            f"the result of host '{result['host']}' has a finding of severity {severity!r}; there are {', '.join(SEVERITIES)}"
        )
    left_out = {key: int(result.get(key) or 0) for key in ("checks_left_out", "access_left_out", "findings_left_out")}
    return {**result, "account": str(result.get("account")), "summary": result.get("summary") or {}, **lists, **left_out}


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _distinct(parts: Sequence[Row], key: str) -> list[dict[str, Any]]:
    """The entries of all parts under a key, equal ones once."""
    return list({_text(one): dict(one) for part in parts for one in part[key]}.values())


def _identity(check: Row) -> tuple[str, ...]:
    return tuple(str(check[key]) for key in ("registry_account", "region", "repository", "principal", "access"))


def _checks(parts: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows of all parts with their C(state), one for each question: of two answers the one that knows more."""
    best: dict[tuple[str, ...], Row] = {}
    for part in parts:
        for check in part["checks"]:
            before = best.get(_identity(check))
            if before is None or _knowledge(check) > _knowledge(before):
                best[_identity(check)] = check
    rows = [{**check, "state": state_of(check)} for check in best.values()]
    return sorted(rows, key=lambda row: (STATES.index(row["state"]), _identity(row)))


def _knowledge(check: Row) -> tuple[bool, bool]:
    known = ("allowed", "denied")
    return check["probed"] in known, check["evaluated"] in known


def _looked_at(part: Row) -> dict[str, Any]:
    return {key: part.get(key) for key in ("host", "account", "sides", "checked_at")}


def _summary(parts: Sequence[Row], checks: Sequence[Row], findings: Sequence[Row]) -> dict[str, Any]:
    """The counts. Checks that were left out of a result are as declared, unless it has no room for all that are not."""
    states = Counter(row["state"] for row in checks)
    declared = [row for row in checks if row["expected"] == "allowed"]
    unlisted = sum(part["checks_left_out"] for part in parts)
    unlisted_declared = sum(_unlisted(part, "expected_allowed", lambda row: row["expected"] == "allowed") for part in parts)
    states["works"] += unlisted_declared
    states["denied"] += unlisted - unlisted_declared
    severities = Counter(one["severity"] for one in findings)
    return {
        "checks": len(checks) + unlisted,
        "declared": len(declared) + unlisted_declared,
        "declared_unknown": sum(row["state"] == "unknown" for row in declared),
        "as_declared": sum(states[state] for state in FINE),
        "problems": sum(states[state] for state in STATES if state not in FINE),
        "complete": not any(_unlisted(part, "mismatched", lambda row: row["as_expected"] is False) for part in parts),
        "states": {state: states[state] for state in STATES},
        "findings": {severity: severities[severity] for severity in SEVERITIES},
        "left_out": {key: sum(part[f"{key}_left_out"] for part in parts) for key in ("checks", "access", "findings")},
    }


def _unlisted(part: Row, counted: str, listed: Callable[[Row], bool]) -> int:
    """How many rows of a kind the result's summary counts, but does not list."""
    if not part["checks_left_out"]:
        return 0
    return int(part["summary"].get(counted) or 0) - sum(listed(row) for row in part["checks"])


def _not_looked_at(parts: Sequence[Row], hosts: Mapping[str, str]) -> list[str]:
    """What a reader may think was looked at, and was not; one sentence each."""
    present = {part["host"] for part in parts}
    told = [
        f"Account {account} (host {host}) has no result: its checks failed, or were not run."
        for host, account in sorted(hosts.items())
        if host not in present
    ]
    told += sorted({f"{one['subject']}: {one['reason']}" for part in parts for one in part["not_checked"]})
    for part in parts:
        told += [
            f"{part[f'{key}_left_out']} {what} of account {part['account']} (host {part['host']}) are left out, to keep the result small."
            for key, what in (("checks", "checks that are as declared"), ("access", "entries of who has access"), ("findings", "findings"))
            if part[f"{key}_left_out"]
        ]
    return told


def _fingerprint(report: Row) -> str:
    """Equal for reports that differ only in when they were made."""
    lasting = {key: value for key, value in report.items() if key not in ("created", "created_text")}
    lasting["hosts"] = [{key: value for key, value in host.items() if key != "checked_at"} for host in report["hosts"]]
    return hashlib.sha256(_text(lasting).encode()).hexdigest()
