# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What a user asks about secrets: principals, secrets, and what is expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import RegistryError
from .._policy.principals import partition_of
from .._readers import SECRET_ARN
from .questions import Expected, Principal, read_principal


@dataclass(frozen=True, order=True)
class AskedSecret:
    """A secret, by its full ARN, or by its name in a region of an account."""

    text: str
    account: str
    region: str

    @property
    def is_arn(self) -> bool:
        return self.text.startswith("arn:")

    @property
    def arn(self) -> str:
        """Its ARN; for a name without the six characters that only AWS knows."""
        return (
            self.text if self.is_arn else f"arn:{partition_of(self.region)}:secretsmanager:{self.region}:{self.account}:secret:{self.text}"
        )


@dataclass(frozen=True)
class SecretQuestion:
    """May this principal read this secret. ``expected`` is None when nothing is."""

    principal: Principal
    secret: AskedSecret
    expected: Expected | None = None


@dataclass(frozen=True)
class Whose:
    """Whose secrets are those that are given by their names; an empty text where nobody said that."""

    account: str
    region: str


def read_secret(value: Any, whose: Whose, where: str) -> AskedSecret:
    """The secret that a user wrote, with ``where`` in the messages. Raises RegistryError."""
    text = str(value)
    if text.startswith("arn:"):
        found = SECRET_ARN.fullmatch(text)
        if not found:
            raise RegistryError(f"{where} has '{text}', which is not the full ARN of a secret (it ends in a hyphen and six characters)")
        return AskedSecret(text, found["account"], found["region"])
    if not whose.account or not whose.region:
        raise RegistryError(f"{where} has the name '{text}', but nothing says where: give 'secret_account' and 'region', or the full ARN")
    return AskedSecret(text, whose.account, whose.region)


def read_questions(principals: Iterable[Any], secrets: Iterable[Any], whose: Whose) -> list[SecretQuestion]:
    """Every principal with every secret. Raises RegistryError."""
    who = [read_principal(one, "principals") for one in principals]
    what = [read_secret(one, whose, "secrets") for one in secrets]
    return [SecretQuestion(principal, secret) for principal in who for secret in what]


def read_expectations(entries: Iterable[Mapping[str, Any]], whose: Whose) -> list[SecretQuestion]:
    """The option C(expect). Raises RegistryError that says which entry is wrong, also for two that contradict each other."""
    found: dict[tuple[str, AskedSecret], SecretQuestion] = {}
    for at, entry in enumerate(entries):
        where = f"expect[{at}]"
        principal = read_principal(entry["principal"], f"{where}: principal")
        secret = read_secret(entry["secret"], whose, f"{where}: secret")
        question = SecretQuestion(principal, secret, "allowed" if entry["allowed"] else "denied")
        if found.setdefault((principal.text, secret), question) != question:
            raise RegistryError(f"{where}: {principal.text} on {secret.text} is both allowed and not allowed")
    return list(found.values())
