# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What real calls say about a question, in words, and where the policies say something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .._grants import Grant
from .._policy.evaluation import Layer, Outcome
from .denials import Denial, DenialLayer
from .explanation import Explanation
from .missing_statement import find_missing
from .questions import LOGIN, Question, name_of
from .sides import Evidence
from .verdicts import Verdict, judge

#: What ECR answers where the repository is not there, however much is allowed.
_ABSENT = "RepositoryNotFoundException"
#: How AWS calls the layers of a denial.
_LAYERS: Mapping[DenialLayer, str] = {
    "organization": "service control policy of the organization",
    "resource": "policy of the repository or registry",
    "identity": "identity policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "trust": "trust policy",
    "resource_control": "resource control policy of the registry's organization",
    "endpoint": "VPC endpoint policy",
}
_MENDABLE: Mapping[DenialLayer, Layer] = {"resource": "resource", "identity": "identity", "boundary": "boundary", "session": "session"}
#: What the policies that are read cannot tell.
_UNSEEN: Mapping[DenialLayer | None, str] = {
    "organization": "service control policies are not read; give them in 'documents'",
    "resource_control": "resource control policies are not read; ask the organization of the registry's account",
    "endpoint": "VPC endpoint policies are not read; look at the endpoint that the call went through",
    "session": "the session has a session policy; give it in 'documents'",
}


class Answer(Protocol):
    """What AWS answered to one call."""

    @property
    def action(self) -> str:
        """The action that was called."""

    @property
    def outcome(self) -> Outcome:
        """What became of the call."""

    @property
    def denial(self) -> Denial | None:
        """Which policy denied it, where AWS says so."""

    @property
    def code(self) -> str | None:
        """AWS's code of the error."""

    @property
    def message(self) -> str | None:
        """AWS's text of the error."""

    @property
    def reason(self) -> str | None:
        """Why it could not be tried."""


@dataclass(frozen=True)
class Probe:
    """The answers to the calls of a question; ``obstacle`` says why there are none."""

    answers: tuple[Answer, ...] = ()
    obstacle: str | None = None

    @property
    def deciding(self) -> Answer | None:
        """The call that decides: the first one that was denied, else the first one whose answer tells nothing, else the first one."""
        for wanted in ("denied", "unknown", "allowed"):
            found = next((one for one in self.answers if outcome_of(one) == wanted), None)
            if found:
                return found
        return None

    @property
    def outcome(self) -> Outcome:
        return outcome_of(self.deciding) if self.deciding else "unknown"


def outcome_of(answer: Answer) -> Outcome:
    """What an answer says about the access: nobody has access to a repository that is not there."""
    return "denied" if answer.code == _ABSENT else answer.outcome


def outcome_with(verdict: Verdict | None, probe: Probe | None) -> Outcome:
    """What counts of both: the real calls, where they tell, and the policies about the actions that no harmless call tries.

    Such actions do not count where only the policies are not known.
    """
    if probe is None or probe.outcome == "unknown":
        return verdict.outcome if verdict else "unknown"
    tried = {one.action for one in probe.answers if outcome_of(one) != "unknown"}
    untried = [one for one in (verdict.judged if verdict else ()) if one.step.action not in tried]
    return "denied" if any(one.outcome == "denied" for one in untried) else probe.outcome


def explain_probe(question: Question, probe: Probe, grants: Sequence[Grant] = ()) -> Explanation:
    """What the calls said, for questions whose policies were not looked at, and what AWS says is missing."""
    one = probe.deciding
    if one is None:
        return Explanation(probe.obstacle or "no harmless call proves this access level")
    if outcome_of(one) == "allowed":
        return Explanation(f"AWS allows {' and '.join(answer.action for answer in probe.answers)}")
    if one.code == _ABSENT:
        registry = question.registry
        return Explanation(f"there is no repository {question.repository} in account {registry.account} in {registry.region}")
    if one.outcome == "unknown":
        return Explanation(f"{one.action} could not be tried: {one.reason}")
    text = f"AWS denies {one.action} to {name_of(question.principal)}{_why(one)}"
    layer = _MENDABLE.get(one.denial.layer) if one.denial and one.denial.layer and not one.denial.explicit else None
    if layer is None:
        return Explanation(text)
    alike = {answer.action for answer in probe.answers if answer.denial and (answer.denial.layer, answer.denial.explicit) == (layer, False)}
    # Nothing is known of the policies, so this only gives the requests.
    asked = [judged for judged in judge(question, Evidence()).judged if judged.step.action in alike]
    asked = [judged for judged in asked if (judged.step.action == LOGIN) == (one.action == LOGIN)]
    return Explanation(text, find_missing(question, layer, asked, Evidence(), grants) if asked else None)


def _why(one: Answer) -> str:
    denial = one.denial
    if denial is None or denial.layer is None:
        return " with an explicit deny" if denial and denial.explicit else f": {one.code}, without saying which policy lacks it"
    if denial.explicit:
        return f": the {_LAYERS[denial.layer]} denies it explicitly" + (f" ({denial.policy})" if denial.policy else "")
    return f": no {_LAYERS[denial.layer]} allows it"


def disagreement(verdict: Verdict, probe: Probe) -> tuple[bool | None, str | None]:
    """Whether policies and calls say the same about each action that both tell about, None when there is none; and if not, what."""
    if verdict.obstacle:
        # Who may log in does so wherever the repository is.
        known = [one for one in probe.answers if outcome_of(one) != "unknown" and one.action != LOGIN]
        against = next((one for one in known if outcome_of(one) == "allowed"), None)
        if against:
            return False, f"AWS allows {against.action}, although {verdict.obstacle}; perhaps it changed a moment ago"
        return (True if known else None), None
    said = {one.step.action: one.outcome for one in verdict.judged}
    both = [one for one in probe.answers if outcome_of(one) != "unknown" and said.get(one.action, "unknown") != "unknown"]
    against = next((one for one in both if outcome_of(one) != said[one.action]), None)
    if against is None:
        return (True if both else None), None
    if outcome_of(against) == "denied":
        layer = against.denial.layer if against.denial else None
        hint = _UNSEEN.get(layer) or (
            "a change may need some more seconds to take effect everywhere; otherwise a policy denies it that is not read: one of the "
            "organization, of a VPC endpoint, or of the session"
        )
        return False, f"the policies allow {against.action}, but AWS denies it{_why(against)}. {hint[:1].upper()}{hint[1:]}"
    return False, (
        f"the policies deny {against.action}, but AWS allows it. A change may need some more seconds to take effect everywhere; otherwise "
        "the call is made by somebody else, or with condition keys that are not known: give them in 'context'"
    )
