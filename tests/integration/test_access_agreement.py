# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the policies say and what real calls meet are the same, for thousands of declarations; and what is missing is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.explanation import explain
from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import Question, Registry, read_principal
from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import Evidence, IdentitySide, RegistrySide
from ansible_collections.crossaccount.registry.plugins.module_utils._access.verdicts import Judged, Verdict, judge
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_probe import Probed, outcome_of
from ansible_collections.crossaccount.registry.plugins.module_utils._grants import SID_PREFIX, Grant
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy, meaning_of
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.evaluation import Named
from tests.integration.access_declarations import PATHS, Declaration, Pair, declarations
from tests.integration.access_world import World, groups, identity_policy, repository_policy
from tests.integration.conftest import PRIMARY
from tests.lab import Lab

#: The declarations are cut into parts, so that the workers of pytest share them.
PARTS, EACH = 6, 336
THREADS = 4


def without(named: Named, sid: str) -> Named:
    """The document less one statement."""
    kept = tuple(one for one in named.policy.statements if one.get("Sid") != sid)
    return replace(named, policy=Policy(kept, named.policy.version))


def question_of(pair: Pair) -> Question:
    return Question(read_principal(pair.principal, ""), Registry(PRIMARY, pair.region), pair.repository, pair.access)


def known_to(evidence: Evidence, pair: Pair) -> Evidence:
    """With what no reading tells: where the account is in its organization, and from where somebody calls."""
    account = question_of(pair).principal.account
    path = PATHS.get(account)
    return replace(evidence, context={"aws:SourceIp": "127.0.0.1", "aws:PrincipalOrgPaths": [path] if path else []})


def compare(pair: Pair, verdict: Verdict, probed: list[Probed]) -> list[str]:
    """Where evaluation and probe disagree, as texts."""
    judged = {one.step.action: one for one in verdict.judged}
    problems = []
    for one in probed:
        ours = judged.get(one.action)
        if ours is None:  # an action that is not needed for the access
            continue
        told = (one.outcome, one.denial.layer, one.denial.explicit) if one.denial else (one.outcome, None, False)
        expected: tuple[Any, ...] = (ours.outcome, None, False)
        if ours.outcome == "denied":
            # Where several layers deny explicitly, which one AWS tells is not documented.
            layer = told[1] if ours.decision.explicit else ours.decision.layer
            expected = ("denied", layer, ours.decision.explicit)
        if told != expected:
            problems.append(f"{pair} {one.action}: evaluated {ours.decision}, probed {one}")
    if set(judged) <= {one.action for one in probed} and verdict.outcome != outcome_of(probed):
        problems.append(f"{pair}: evaluated {verdict.outcome}, probed {outcome_of(probed)}")
    return problems


# -- what is taken away ----------------------------------------------------------------------------------------------------


def granted_by(one: Judged, documents: Iterable[Named]) -> Iterator[tuple[Named, dict[str, Any]]]:
    """The statements of grants in these documents that could allow a step."""
    for named in documents:
        sids = {ready.label for ready in named.statements["Allow"] if ready.applies(one.request).truth}
        for statement in named.policy.statements:
            if named.speaks_of(one.request) and statement.get("Sid") in sids and statement["Sid"].startswith(SID_PREFIX):
                yield named, statement


def lacking(evidence: Evidence, pair: Pair, side: str, named: Named, sid: str) -> Evidence:
    """The evidence less one statement on one side."""
    if side == "identity":
        identity = evidence.identities[pair.principal]
        assert isinstance(identity, IdentitySide)
        kept = tuple(without(one, sid) if one == named else one for one in identity.identity)
        return replace(evidence, identities={**evidence.identities, pair.principal: replace(identity, identity=kept)})
    place = (PRIMARY, pair.region)
    registry = evidence.registries[place]
    assert isinstance(registry, RegistrySide)
    if registry.registry_policy == named:
        changed = replace(registry, registry_policy=without(named, sid))
    else:
        changed = replace(registry, repositories={**registry.repositories, pair.repository: without(named, sid)})
    return replace(evidence, registries={**evidence.registries, place: changed})


@dataclass(frozen=True)
class Loss:
    """A statement of a grant that is taken away, without which an access that there was is denied; ``left`` is what is still there."""

    pair: Pair
    side: str
    document: Named
    statement: dict[str, Any]
    left: Evidence


def losses(pair: Pair, verdict: Verdict, evidence: Evidence) -> Iterator[Loss]:
    """Each statement without which an access that there is would be denied."""
    if verdict.outcome != "allowed":
        return
    identity = evidence.identities[pair.principal]
    registry = evidence.registries[(PRIMARY, pair.region)]
    assert isinstance(identity, IdentitySide) and isinstance(registry, RegistrySide)
    first, login = verdict.judged[0], verdict.judged[-1]
    looked = (("resource", first, registry.policies_of(pair.repository)), ("identity", first, identity.identity))
    for side, one, documents in (*looked, ("identity", login, identity.identity)):
        for named, statement in granted_by(one, documents):
            left = lacking(evidence, pair, side, named, statement["Sid"])
            if judge(question_of(pair), left).outcome == "denied":
                yield Loss(pair, side, named, statement, left)


def misnamed(loss: Loss, grants: list[Grant]) -> Iterator[str]:
    """What is wrong with what the check names as missing after a statement was taken away."""
    question = question_of(loss.pair)
    verdict = judge(question, loss.left)
    missing = explain(question, verdict, loss.left, grants).missing
    what = f"{loss.pair}: without {loss.statement} of the {loss.document.name}"
    of_registry = "registry_policy" if loss.document.name == "registry policy" else "repository_policy"
    place = (of_registry, PRIMARY, loss.pair.region) if loss.side == "resource" else ("identity_policy", question.principal.account, None)
    if missing is None:
        yield f"{what} nothing is missing: {verdict}"
    elif (missing.policy_kind, missing.account, missing.region) != place:
        yield f"{what} the check names another place: {missing}"
    elif missing.statement["Sid"] != loss.statement["Sid"] or meaning_of(missing.statement) != meaning_of(loss.statement):
        yield f"{what} the check names another statement: {missing}"


class Experiments:
    """Statements that are really taken away, as long as none of them meddles with another; ``left`` is what each asker then has."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._touched: set[Any] = set()
        self.left: dict[Pair, Evidence] = {}

    def add(self, loss: Loss) -> None:
        pair = loss.pair
        place = (pair.region, pair.repository)
        # Every other asker loses it on the side of the registry.
        side = "resource" if len(self.left) % 2 == 0 else "identity"
        if loss.side != side or loss.document.name == "registry policy" or self._touched & {pair.principal, place}:
            return
        self._touched |= {pair.principal, place}
        kept = list(without(loss.document, loss.statement["Sid"]).policy.statements)
        self._world.lab.call_all([repository_policy(*place, kept) if side == "resource" else identity_policy(pair.principal, kept)])
        self.left[pair] = loss.left


# -- the proof ---------------------------------------------------------------------------------------------------------------


class Proof:
    """What was found out so far: ``problems`` as texts, and how much was looked at."""

    def __init__(self, world: World, pool: ThreadPoolExecutor) -> None:
        self._world = world
        self._pool = pool
        self.problems: list[str] = []
        self.outcomes: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.tried = 0

    def add(self, several: list[Declaration], grants: list[Grant]) -> None:
        """Compares evaluation and probe for declarations that are in force, then takes statements away and does it again."""
        evidence = self._world.evidence(several)
        experiments = Experiments(self._world)
        asked = [(one, pair) for one in several for pair in one.pairs]
        for (declaration, pair), probed in zip(asked, self._probe(pair for _one, pair in asked), strict=True):
            known = known_to(evidence, pair)
            verdict = judge(question_of(pair), known)
            self.outcomes[verdict.outcome] += 1
            self.problems += [f"{text} in {declaration}" for text in compare(pair, verdict, probed)]
            for loss in losses(pair, verdict, known):
                self.lost[loss.side] += 1
                self.problems += misnamed(loss, grants)
                experiments.add(loss)
        for (pair, left), probed in zip(experiments.left.items(), self._probe(experiments.left), strict=True):
            self.tried += 1
            self.problems += compare(pair, judge(question_of(pair), left), probed)

    def _probe(self, pairs: Iterable[Pair]) -> list[list[Probed]]:
        """What AWS answers to all of them; then, and not before, something may be changed."""
        return list(self._pool.map(self._world.probe, pairs))


@pytest.mark.parametrize("part", range(PARTS))
def test_evaluation_and_probe_agree_and_what_is_missing_is_named(lab: Lab, part: int) -> None:
    assert PARTS * EACH >= 2000
    declared = declarations(part, EACH)
    assert len(declared) == EACH
    world = World(lab)
    with ThreadPoolExecutor(THREADS) as pool:
        proof = Proof(world, pool)
        for several, grants in groups(declared):
            world.declare(several, grants)
            proof.add(several, grants)
    assert not proof.problems, "\n".join(proof.problems[:5])
    assert proof.outcomes.total() >= 2 * EACH
    assert set(proof.outcomes) == {"allowed", "denied"}
    assert min(proof.lost["resource"], proof.lost["identity"]) > EACH / 4
    assert proof.tried > EACH / 12
