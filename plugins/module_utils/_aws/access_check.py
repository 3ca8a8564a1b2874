# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The check of access, from options to result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._access.asked import Asked, questions_of, read_account, read_asked, read_expected
from .._access.cache_questions import cache_questions, cached_by, pulls_of
from .._access.check_result import Basis, Row, check_result
from .._access.given_documents import documents_spec, read_documents, with_documents
from .._access.matrix import Known, Wanted, accounts_with_patterns, matrix, principals_of, registries_of
from .._access.probing import Probe
from .._access.questions import DECIDING_ACTIONS, Question, Registry
from .._access.sides import Evidence, IdentitySide, RegistrySide
from .._access.verdicts import judge
from .._caches import read_caches
from .._errors import RegistryError
from .._grants import read_grants
from .access_evidence import EvidenceReader
from .access_probing import Prober
from .accounts import ACCOUNTS_SPEC, AccountSessions
from .identity import check_account
from .policy_module import GRANTS_SPEC
from .repositories import check_regions

if TYPE_CHECKING:
    from .module import RegistryAWSModule

CHECK_SPEC: dict[str, Any] = {
    "account_id": {"type": "raw"},
    "accounts": ACCOUNTS_SPEC,
    "grants": GRANTS_SPEC,
    "caches": {"type": "list", "elements": "dict"},
    "only_accounts": {"type": "list", "elements": "raw"},
    "except_accounts": {"type": "list", "elements": "raw"},
    "only_registries": {"type": "list", "elements": "raw"},
    "ungranted": {"type": "str", "choices": ["denied", "report", "skip"], "default": "denied"},
    "ungranted_limit": {"type": "int", "default": 10_000},
    "expect": {
        "type": "list",
        "elements": "dict",
        "options": {
            "principal": {"type": "raw"},
            "registry": {"type": "dict", "options": {"account": {"type": "raw"}, "region": {"type": "str"}}},
            "repository": {"type": "str"},
            "access": {"type": "str", "default": "pull"},
            "allowed": {"type": "bool"},
        },
    },
    "principals": {"type": "list", "elements": "raw"},
    "repositories": {"type": "list", "elements": "str"},
    "access": {"type": "list", "elements": "str", "choices": list(DECIDING_ACTIONS), "default": ["pull"]},
    "registry_account": {"type": "raw"},
    "regions": {"type": "list", "elements": "str"},
    "method": {"type": "str", "choices": ["evaluate", "probe", "both"], "default": "evaluate"},
    "documents": documents_spec("repository_policy", "registry_policy", region={"type": "str"}, repository={"type": "str"}),
    "context": {"type": "dict"},
    "unknown": {"type": "str", "choices": ["report", "fail"], "default": "report"},
    "workers": {"type": "int", "default": 32},
}


def check_access(module: RegistryAWSModule) -> dict[str, Any]:
    """Runs the check with the module's options; returns the module's result.

    Raises RegistryError or PolicyError for options that make no sense and for credentials of another account than C(account_id), and
    ServiceError when there are no credentials although the options do not say whose registry it is, or whose they must be.
    """
    return _Check(module).run()


class _Check:
    """One run of the module. Raises RegistryError or PolicyError for options that make no sense."""

    def __init__(self, module: RegistryAWSModule) -> None:
        params = self._params = module.params
        if params["workers"] < 1 or params["ungranted_limit"] < 1:
            raise RegistryError("'workers' and 'ungranted_limit' must be at least 1")
        self._region = module.region
        self._sessions = AccountSessions(module)
        if params["account_id"] is not None:
            check_account(self._sessions.own, params["account_id"])
        self._reader = EvidenceReader(self._sessions, params["workers"])
        self._grants = tuple(read_grants(params["grants"])) if params["grants"] is not None else ()
        self._caches = read_caches(params["caches"] or [])
        accounts = {name: _accounts(params[name], name) for name in ("only_accounts", "except_accounts", "only_registries")}
        self._wanted = Wanted(
            params["ungranted"],
            params["ungranted_limit"],
            accounts["only_accounts"],
            accounts["except_accounts"] or frozenset(),
            accounts["only_registries"],
        )
        self._asked = self._read_asked()
        if params["grants"] is None and params["caches"] is None and not self._asked:
            raise RegistryError("nothing says what to check: give 'grants', 'caches', 'expect', or 'principals' and 'repositories'")
        self._documents = read_documents(params["documents"] or (), self._account, self._region)

    def run(self) -> dict[str, Any]:
        """Reads, judges, tries, and tells."""
        params = self._params
        roles = self._reader.roles(accounts_with_patterns(self._grants))
        evidence = self._evidence(roles)
        declared = matrix(self._grants, _known(evidence, roles), self._wanted)
        asked, not_checked = questions_of(self._asked, evidence)
        of_caches = cache_questions(self._caches, evidence, self._wanted)
        questions = _distinct([*asked, *of_caches, *declared.questions])
        verdicts = [None if params["method"] == "probe" else judge(question, evidence) for question in questions]
        probes: Sequence[Probe | None] = [None] * len(questions)
        if params["method"] != "evaluate":
            probes = Prober(self._sessions, params["workers"]).probe(questions, evidence)
        rows = [Row(*one) for one in zip(questions, verdicts, probes, strict=True)]
        left_out = [*declared.not_checked, *not_checked]
        return check_result(rows, Basis(evidence, self._grants), left_out, fail_unknown=params["unknown"] == "fail")

    def _account(self) -> str:
        """The account of registries that name none. Asks STS when the options do not say."""
        given = self._params["registry_account"]
        return self._sessions.own if given is None else read_account(given, "registry_account")

    def _read_asked(self) -> list[Asked]:
        """What the options ask about beside the declaration."""
        params = self._params
        expect, principals, repositories = (params[name] or [] for name in ("expect", "principals", "repositories"))
        if bool(principals) != bool(repositories):
            raise RegistryError("'principals' and 'repositories' go together: give both")
        check_regions(params["regions"] or ())
        regions = params["regions"] or ([self._region] if self._region else [])
        if principals and not regions:
            raise RegistryError("no region: give 'regions' or 'region', or set AWS_REGION")
        needed = bool(principals) or any(not (entry.get("registry") or {}).get("account") for entry in expect)
        registries = [Registry(self._account(), region) for region in regions] if needed else [Registry("", region) for region in regions]
        return [*read_expected(expect, registries), *read_asked(principals, repositories, params["access"], registries)]

    def _evidence(self, roles: Mapping[str, Sequence[str]]) -> Evidence:
        """What is known about everybody and everything that is asked about."""
        asked = {one.principal for one in self._asked}
        declared = {one for one in principals_of([*self._grants, *pulls_of(self._caches)], roles) if self._wanted.has(one.account)}
        principals = asked | declared if self._params["method"] != "probe" else set()
        read = self._reader.read(principals, self._selectors(), cached_by(self._caches, self._wanted))
        return with_documents(replace(read, context=self._params["context"] or {}), self._documents)

    def _selectors(self) -> dict[Registry, list[str]]:
        """Which repositories of which registries are read."""
        found: dict[Registry, list[str]] = {}
        for one in self._asked:
            found.setdefault(one.registry, []).append(one.repository)
        for grant in self._grants:
            for registry in filter(self._wanted.has_registry, registries_of([grant])):
                found.setdefault(registry, []).extend(
                    grant.repositories if self._wanted.ungranted == "skip" else [*grant.repositories, "*"]
                )
        for registry, patterns in cached_by(self._caches, self._wanted).items():
            found.setdefault(registry, []).extend(patterns)
        return {registry: list(dict.fromkeys(selectors)) for registry, selectors in found.items()}


def _accounts(values: Sequence[Any] | None, option: str) -> frozenset[str] | None:
    return None if values is None else frozenset(read_account(one, option) for one in values)


def _known(evidence: Evidence, roles: Mapping[str, Sequence[str]]) -> Known:
    """What the declaration has to be held against."""
    repositories = {
        Registry(*place): {name: side.tags.get(name, {}) for name in side.repositories}
        for place, side in evidence.registries.items()
        if isinstance(side, RegistrySide)
    }
    sides = [side for side in evidence.identities.values() if isinstance(side, IdentitySide)]
    organizations = {str(side.caller.account): side.organization for side in sides if side.organization is not None}
    return Known(repositories, roles, organizations)


def _distinct(questions: Iterable[Question]) -> list[Question]:
    """Each question once; those that come first win."""
    found: dict[tuple[str, Registry, str, str], Question] = {}
    for one in questions:
        found.setdefault((one.principal.text, one.registry, one.repository, one.access), one)
    return list(found.values())
