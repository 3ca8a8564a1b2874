# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The check of access to secrets, from options to result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._access.asked import read_account
from .._access.given_documents import documents_spec, read_documents, with_documents
from .._access.secret_asked import AskedSecret, SecretQuestion, Whose, read_expectations, read_questions
from .._access.secret_probing import SecretProbe
from .._access.secret_question import SecretSide, SecretVerdict, judge_secret
from .._access.secret_result import SecretRow, secret_result
from .._access.sides import Evidence
from .._errors import RegistryError
from .._fanout import fan_out
from .._policy.document import PolicyError
from .access_evidence import EvidenceReader
from .accounts import ACCOUNTS_SPEC, AccountSessions
from .identity import check_account
from .secret_probe import probe_secret
from .secret_side import NoSuchSecret, read_secret_side

if TYPE_CHECKING:
    from .module import RegistryAWSModule

SECRET_CHECK_SPEC: dict[str, Any] = {
    "account_id": {"type": "raw"},
    "accounts": ACCOUNTS_SPEC,
    "principals": {"type": "list", "elements": "raw"},
    "secrets": {"type": "list", "elements": "str", "no_log": False},
    "secret_account": {"type": "raw", "no_log": False},
    "expect": {
        "type": "list",
        "elements": "dict",
        "options": {
            "principal": {"type": "raw", "required": True},
            "secret": {"type": "str", "required": True, "no_log": False},
            "allowed": {"type": "bool", "required": True},
        },
    },
    "method": {"type": "str", "choices": ["evaluate", "probe", "both"], "default": "evaluate"},
    "documents": documents_spec(
        "secret_policy", "key_policy", secret={"type": "str", "no_log": False}, key={"type": "str", "no_log": False}
    ),
    "context": {"type": "dict"},
    "unknown": {"type": "str", "choices": ["report", "fail"], "default": "report"},
    "workers": {"type": "int", "default": 10},
}


def check_secret_access(module: RegistryAWSModule) -> dict[str, Any]:
    """Runs the check with the module's options; returns the module's result.

    Raises RegistryError or PolicyError for options that make no sense and for credentials of another account than C(account_id), and
    ServiceError when there are no credentials although the options do not say whose secrets they are.
    """
    return _Check(module).run()


class _Check:
    """One run of the module. Raises as check_secret_access()."""

    def __init__(self, module: RegistryAWSModule) -> None:
        params = self._params = module.params
        if params["workers"] < 1:
            raise RegistryError("'workers' must be at least 1")
        self._region = module.region or ""
        self._sessions = AccountSessions(module)
        if params["account_id"] is not None:
            check_account(self._sessions.own, params["account_id"])
        self._questions = self._read_questions()
        self._documents = read_documents(params["documents"] or (), lambda: self._sessions.own, self._region)

    def run(self) -> dict[str, Any]:
        """Reads, judges, tries, and tells."""
        params = self._params
        secrets = sorted({one.secret for one in self._questions})
        sides = dict(zip(secrets, self._sides(secrets), strict=True))
        evidence = self._evidence() if params["method"] != "probe" else Evidence()
        verdicts = [None if params["method"] == "probe" else self._judge(one, sides[one.secret], evidence) for one in self._questions]
        probes: Sequence[SecretProbe | None] = [None] * len(self._questions)
        if params["method"] != "evaluate":
            probes = [self._probe(one, sides[one.secret]) for one in self._questions]
        rows = [
            SecretRow(question, side if isinstance(side := sides[question.secret], SecretSide) else None, verdict, probe)
            for question, verdict, probe in zip(self._questions, verdicts, probes, strict=True)
        ]
        return secret_result(rows, fail_unknown=params["unknown"] == "fail")

    def _read_questions(self) -> list[SecretQuestion]:
        params = self._params
        principals, secrets, expect = (params[name] or [] for name in ("principals", "secrets", "expect"))
        if bool(principals) != bool(secrets):
            raise RegistryError("'principals' and 'secrets' go together: give both")
        if not principals and not expect:
            raise RegistryError("nothing says what to check: give 'expect', or 'principals' and 'secrets'")
        whose = Whose(self._owner([*secrets, *(one["secret"] for one in expect)]), self._region)
        found: dict[tuple[str, AskedSecret], SecretQuestion] = {}
        for one in [*read_expectations(expect, whose), *read_questions(principals, secrets, whose)]:
            found.setdefault((one.principal.text, one.secret), one)
        return list(found.values())

    def _owner(self, secrets: Iterable[str]) -> str:
        """The account of the secrets that are given by their names. Asks STS when the options do not say."""
        given = self._params["secret_account"]
        if given is not None:
            return read_account(given, "secret_account")
        return "" if all(one.startswith("arn:") for one in secrets) else self._sessions.own

    def _sides(self, secrets: Sequence[AskedSecret]) -> list[SecretSide | str]:
        """What is known of each secret; a text, which says why, when not even its ARN is."""
        by_account: dict[str, list[AskedSecret]] = {}
        for one in secrets:
            by_account.setdefault(one.account, []).append(one)
        # The clients of one account are made by one thread.
        done = fan_out(lambda account: [self._side(one) for one in by_account[account]], list(by_account), self._params["workers"])
        found: dict[AskedSecret, SecretSide | str] = {}
        for its, answer in zip(by_account.values(), done, strict=True):
            found |= dict(zip(its, answer.result or [str(answer.error)] * len(its), strict=True))
        return [self._as_given(one, found[one]) for one in secrets]

    def _side(self, secret: AskedSecret) -> SecretSide | str:
        try:
            return read_secret_side(self._sessions.need(secret.account), secret.text, None if secret.is_arn else secret.region)
        except NoSuchSecret as error:
            return SecretSide(secret.arn, obstacle=str(error))
        except (RegistryError, PolicyError) as error:
            if not secret.is_arn:
                return f"which secret it is: {error}"
            return SecretSide(secret.text, unread=(f"the secret policy ({error})",), key_unread=(f"the key that encrypts it ({error})",))

    def _as_given(self, secret: AskedSecret, side: SecretSide | str) -> SecretSide | str:
        """What is known when the documents of the option take the place of what was read."""
        if isinstance(side, str):
            return side
        for one in self._documents:
            if one.secret not in (secret.text, side.arn):
                continue
            if one.kind == "secret_policy":
                side = replace(side, policy=one.policy, unread=())
            else:
                side = replace(side, key=one.key, key_policy=one.policy, key_unread=())
        return side

    def _evidence(self) -> Evidence:
        """What is known about everybody who is asked about."""
        read = EvidenceReader(self._sessions, self._params["workers"]).read({one.principal for one in self._questions}, {})
        return with_documents(replace(read, context=self._params["context"] or {}), self._documents)

    def _judge(self, question: SecretQuestion, side: SecretSide | str, evidence: Evidence) -> SecretVerdict:
        if isinstance(side, str):
            return SecretVerdict("unknown", side, unknown=(side,))
        who = question.principal
        return judge_secret(
            who,
            evidence.identities.get(who.text),
            side,
            evidence.sessions.get(who.text),
            evidence.organizations.get(who.account),
            evidence.context,
        )

    def _probe(self, question: SecretQuestion, side: SecretSide | str) -> SecretProbe:
        if isinstance(side, str):
            return SecretProbe("unknown", side)
        return probe_secret(self._sessions, question.principal, side.arn, question.secret.region)
