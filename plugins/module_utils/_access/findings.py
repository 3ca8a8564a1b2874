# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What is wrong or risky in a document, and in a registry as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .._guards import ALL_BUT_LISTED, GuardOptions, is_public, strangers
from .._policy.patterns import covers
from .._policy.principals import EVERYONE, is_orphan, orphans
from .._prefixes import ROOT, longest
from .clauses import Clause, Document
from .dead import dead_clauses, dead_findings
from .ecr_actions import READS, selected
from .fetch_failure import explain_fetch
from .finding import Finding, Severity
from .outside import SERVICE, Access, access_of, acts_for_anybody


@dataclass(frozen=True)
class Template:
    """A repository creation template: which new repositories it is applied to, and whether it gives them a policy."""

    prefix: str
    applied_for: tuple[str, ...]
    has_policy: bool


def look_at(document: Document, options: GuardOptions) -> tuple[tuple[Access, ...], tuple[Finding, ...]]:
    """What those outside may do by a document, and its findings, both in no particular order."""
    dead = dead_clauses(document)
    access = access_of(document, dead)
    return access, (*_risks(document, access, options), *dead_findings(document, dead))


def _risks(document: Document, access: Sequence[Access], options: GuardOptions) -> Iterator[Finding]:
    reached: dict[str, list[Access]] = {}
    for one in access:
        for label in one.statements:
            reached.setdefault(label, []).append(one)
    for clause in document.clauses:
        yield from _orphans(clause, document)
        outside = [one for one in reached.get(clause.label, ()) if one.holder.kind != "orphan"]
        if outside:
            yield from _open_to_all(clause, document, outside)
            yield from _wildcards(clause, document)
            yield from _confused_deputies(clause, document)
            yield from _strangers(clause, document, options)


def _open_to_all(clause: Clause, document: Document, outside: Sequence[Access]) -> Iterator[Finding]:
    public = is_public(clause.reach) and any(one.holder.kind == "public" for one in outside)
    negated, members = clause.meaning.principal or (False, frozenset())
    if negated:
        listed = ", ".join(sorted(members)[:3]) + (" ..." if len(members) > 3 else "")
        message = f"Everyone but {listed} has access, " + ("whatever their account is." if public else "as far as the condition is met.")
        remedy = "Name those who shall have access in Principal, and keep others out with a Deny if you must."
        yield _finding("critical" if public else "medium", "not-principal", document, clause, message, remedy, EVERYONE)
    elif public:
        message = "Everyone who has an AWS account has access."
        remedy = "Name the accounts or roles, or add a condition on aws:PrincipalOrgID."
        yield _finding("critical", "public", document, clause, message, remedy, EVERYONE)


def _wildcards(clause: Clause, document: Document) -> Iterator[Finding]:
    negated, patterns = clause.meaning.action
    wild = sorted(pattern for pattern in patterns if "*" in pattern or "?" in pattern)
    reached = selected(negated, patterns if negated else frozenset(wild)) & document.counts
    if not reached:
        return
    only_reads = reached <= READS
    what = "All actions but those in NotAction are" if negated else f"{', '.join(wild)} is"
    more = "actions that read, and those that AWS adds later" if only_reads else "actions that push, delete or administer"
    yield _finding(
        "low" if only_reads else "high",
        "wildcard-action",
        document,
        clause,
        f"{what} allowed to others, which takes in {more}.",
        "Name the actions that are needed.",
    )


def _confused_deputies(clause: Clause, document: Document) -> Iterator[Finding]:
    negated, members = clause.meaning.principal or (False, frozenset())
    for member in sorted(() if negated else members):
        service = member.removeprefix(SERVICE)
        if acts_for_anybody(clause.reach, member):
            yield _finding(
                "high",
                "confused-deputy",
                document,
                clause,
                f"{service} has access for whichever account asks it, not only for yours.",
                "Add a condition on aws:SourceArn or aws:SourceAccount.",
                service,
            )


def _strangers(clause: Clause, document: Document, options: GuardOptions) -> Iterator[Finding]:
    found = strangers(clause.reach, options, document.account)
    for organization in sorted(found.organizations):
        yield _finding(
            "high",
            "organization-not-allowed",
            document,
            clause,
            f"The organization {organization} has access and is not one of those that are allowed.",
            "Remove it from the statement, or add it to 'allowed_organizations'.",
            organization,
        )
    accounts = {other for other in found.others if other.isdigit()}
    for other in sorted(accounts or found.others):
        # What rules of their own tell, and principals whose account is not known.
        if other == ALL_BUT_LISTED or is_orphan(other) or acts_for_anybody(clause.reach, other) or is_public(clause.reach):
            continue
        name = f"The account {other}" if other in accounts else "Any account that meets the condition"
        yield _finding(
            "high",
            "account-not-allowed",
            document,
            clause,
            f"{name} has access and is not one of those that are allowed.",
            "Remove it from the statement, or add it to 'allowed_accounts'.",
            other.removeprefix(SERVICE),
        )


def _orphans(clause: Clause, document: Document) -> Iterator[Finding]:
    for element in ("Principal", "NotPrincipal"):
        for orphan in orphans(clause.statement.get(element)):
            what = "user" if orphan.startswith("AIDA") else "role"
            yield _finding(
                "medium",
                "orphan-principal",
                document,
                clause,
                f"{orphan} is what is left of a deleted {what}; a new {what} of the same name is somebody else.",
                f"Name the {what} by its ARN again if it is back, or remove it; AWS takes no change of a document that has it.",
                orphan,
            )


def _finding(
    severity: Severity, rule: str, document: Document, clause: Clause, message: str, remedy: str, principal: str | None = None
) -> Finding:
    return Finding(severity, rule, document.title, message, remedy, clause.label, principal)


# -- registries ------------------------------------------------------------------------------------------------------


def unparsable(title: str, reason: str) -> Finding:
    """The finding for a document that is no policy."""
    return Finding("medium", "unparsable", title, f"It cannot be understood: {reason}.", "Write it anew.")


def not_read(title: str, reason: str, severity: Severity = "medium") -> Finding:
    """The finding for something that AWS did not let us read."""
    return Finding(severity, "not-read", title, f"It could not be read: {reason}.", "Allow it to the role that looks, or try again.")


def scope_v1() -> Finding:
    """The finding for a registry policy that counts for three actions only."""
    return Finding(
        "low",
        "registry-scope-v1",
        "registry policy",
        "The account setting REGISTRY_POLICY_SCOPE is V1: the registry policy only counts for ecr:ReplicateImage, "
        "ecr:BatchImportUpstreamImage and ecr:CreateRepository.",
        "Set it to V2, after a look at what the registry policy would then allow and deny.",
    )


def without_policy(
    repositories: Sequence[tuple[str, str]],
    cache_prefixes: Sequence[str],
    templates: Sequence[Template],
    registry_access: Sequence[Access],
) -> Iterator[tuple[str, Finding]]:
    """(repository, finding) for those that a pull-through cache or a replication creates, and that have no policy.

    ``repositories`` are the (name, ARN) of those without a policy. Those that the registry policy opens to somebody outside, and those for
    which a creation template has a policy by now, are left out.
    """
    opened = [one for one in registry_access if one.levels and one.levels != ("replicate",)]
    copied = [one for one in registry_access if "replicate" in one.levels]
    for name, arn in repositories:
        if any(covers(one.resource, arn) for one in opened):
            continue
        by_cache = is_cached(name, cache_prefixes)
        by_copy = any(covers(one.resource, arn) for one in copied)
        for how, what, cause in (("PULL_THROUGH_CACHE", by_cache, "A pull-through cache"), ("REPLICATION", by_copy, "Replication")):
            if what and not _has_template(name, how, templates):
                yield (
                    name,
                    Finding(
                        "low",
                        "no-policy",
                        "repository policy",
                        f"{cause} creates repositories here without a policy, so no other account can use them.",
                        "Add a repository creation template with a policy, and give those that are there a policy too.",
                    ),
                )
                break


def invalid_cache_rule(prefix: str, failure: str) -> Finding:
    """The finding for a pull-through cache rule that ECR cannot fetch with."""
    return Finding(
        "medium",
        "cache-rule-invalid",
        f"pull-through cache rule {prefix}",
        f"ECR cannot fetch what is not cached yet: {(explain_fetch(failure) or failure).rstrip('.')}.",
        "Correct the role or the credential of the rule, or have upstream let it in.",
    )


def without_template(
    prefixes: Sequence[str], templates: Sequence[Template], registry_access: Sequence[Access], everything: Callable[[str], str]
) -> Iterator[Finding]:
    """A finding for each cache rule of these prefixes whose repositories will get no policy, and are not open by the registry policy.

    ``everything`` makes the ARN of a pattern of repositories.
    """
    opened = [one for one in registry_access if one.levels and one.levels != ("replicate",)]
    for prefix in prefixes:
        arn = everything("*" if prefix == ROOT else f"{prefix}/*")
        covered = _has_template("" if prefix == ROOT else f"{prefix}/", "PULL_THROUGH_CACHE", templates)
        if not covered and not any(covers(one.resource, arn) for one in opened):
            yield Finding(
                "info",
                "no-template",
                f"pull-through cache rule {prefix}",
                "No creation template with a policy is for what it caches, so no other account can use what is cached from now on.",
                "Add a repository creation template with a policy, unless only this account pulls.",
            )


def is_cached(name: str, cache_prefixes: Sequence[str]) -> bool:
    """Whether a repository has what a pull-through cache rule is for."""
    return longest(cache_prefixes, name) is not None


def _has_template(name: str, how: str, templates: Sequence[Template]) -> bool:
    """Whether the template that is applied to a new repository of this name, the one with the longest prefix, has a policy."""
    fitting = {one.prefix: one for one in templates if how in one.applied_for}
    prefix = longest(fitting, name)
    return prefix is not None and fitting[prefix].has_policy
