# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What a real read of a secret says, and where the policies say something else. The value itself is never here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .._policy.evaluation import Outcome
from .denials import Denial, DenialLayer
from .secret_question import SecretVerdict

#: What the policies that are read cannot tell.
_UNSEEN: Mapping[DenialLayer | None, str] = {
    "organization": "service control policies are not read; give them in 'documents'",
    "resource_control": "resource control policies are not read; ask the organization of the secret's account",
    "endpoint": "VPC endpoint policies are not read; look at the endpoint that the call went through",
    "session": "the session has a session policy; give it in 'documents'",
}
_LATE = "a change may need some more seconds to take effect everywhere"


@dataclass(frozen=True)
class SecretProbe:
    """What AWS answered to the read, and why. ``credential``: whether the value is one of a registry; None when it could not be read."""

    outcome: Outcome
    reason: str
    denial: Denial | None = None
    credential: bool | None = None


def outcome_with(verdict: SecretVerdict | None, probe: SecretProbe | None) -> Outcome:
    """What counts of both: the real read where it tells."""
    if probe is not None and probe.outcome != "unknown":
        return probe.outcome
    return verdict.outcome if verdict else "unknown"


def disagreement(verdict: SecretVerdict, probe: SecretProbe) -> tuple[bool | None, str | None]:
    """Whether policies and the read say the same, None when one of them does not tell; and if not, what about."""
    if "unknown" in (verdict.outcome, probe.outcome):
        return None, None
    if verdict.outcome == probe.outcome:
        return True, None
    if probe.outcome == "allowed":
        return False, f"the policies deny it, but AWS lets the secret be read: {_LATE}; otherwise condition keys are needed in 'context'"
    hint = _UNSEEN.get(probe.denial.layer if probe.denial else None) or f"{_LATE}; otherwise a policy denies it that is not read"
    return False, f"the policies allow it, but AWS denies it: {probe.reason}. {hint[:1].upper()}{hint[1:]}"
