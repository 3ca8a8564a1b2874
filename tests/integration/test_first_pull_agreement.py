# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the policies say of first pulls through a cache, and what first pulls meet, are the same; and what is missing is named."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ansible_collections.crossaccount.registry.plugins.module_utils._access.explanation import explain
from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import Question, Registry, read_principal
from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import Evidence
from ansible_collections.crossaccount.registry.plugins.module_utils._access.verdicts import Verdict, judge
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_sides import read_identity_sides, read_registry_side
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.session import AwsSession
from tests.integration.accounts import client_of, push
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account
from tests.lab import Lab

PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
FILL = [*PULL, "ecr:CreateRepository", "ecr:BatchImportUpstreamImage", "ecr:TagResource"]
#: What may be there of a document: everything, all but one action, nothing.
PARTS: list[list[str]] = [FILL, *([one for one in FILL if one != missing] for missing in FILL), []]
#: Whether there is a template, its policy, and whether it has tags.
TEMPLATES = [None, ([], False), (PULL, False), (PULL, True)]
ACCOUNTS = {"app": SECONDARY, "shop": OTHER}


@dataclass(frozen=True)
class Case:
    """Who pulls, and what there is of the three documents; ``template`` is (actions of its policy, whether it has tags)."""

    role: str
    identity: tuple[str, ...]
    registry: tuple[str, ...]
    template: tuple[tuple[str, ...], bool] | None

    @property
    def principal(self) -> str:
        return f"arn:aws:iam::{ACCOUNTS[self.role]}:role/{self.role}"


def cases() -> Iterator[Case]:
    """One document at a time is less than complete, and some pairs of them are. In its own account a role needs no registry policy."""
    known = [None if one is None else (tuple(one[0]), one[1]) for one in TEMPLATES]
    for role, template in itertools.product(ACCOUNTS, known):
        registry = FILL if role == "shop" else []
        yield from (Case(role, tuple(part), tuple(registry), template) for part in PARTS)
        if role == "shop":
            yield from (Case(role, tuple(FILL), tuple(part), template) for part in PARTS[1:])
            yield from (Case(role, tuple(part), (), template) for part in PARTS[1:3])


def allowing(actions: Sequence[str], **elements: Any) -> dict[str, Any]:
    return {"Sid": "Pull", "Effect": "Allow", "Action": list(actions), **elements}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class World:
    """A cache of account SECONDARY that works, two roles that pull, and an image upstream for each case."""

    def __init__(self, lab: Lab, number: int) -> None:
        self.lab = lab
        accounts = {account: Account(lab, account) for account in (PRIMARY, SECONDARY, OTHER)}
        upstream, self._cache = accounts[PRIMARY], accounts[SECONDARY].client("ecr")
        self._iam = {role: accounts[account].client("iam") for role, account in ACCOUNTS.items()}
        for at in range(number):
            upstream.create_repositories(f"base/r{at}")
            push(upstream.client("ecr"), f"base/r{at}", "1")
        fetch = {"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:*", "Resource": "*"}
        upstream.client("ecr").put_registry_policy(policyText=document(fetch))
        fetcher = accounts[SECONDARY].create_role("cache", {"Service": "pullthroughcache.ecr.amazonaws.com"})
        accounts[SECONDARY].let("cache", "ecr:*")
        self._maker = accounts[SECONDARY].create_role("maker", {"Service": "ecr.amazonaws.com"})
        accounts[SECONDARY].let("maker", "ecr:*")
        self._cache.create_pull_through_cache_rule(
            ecrRepositoryPrefix="cached", upstreamRegistryUrl=f"{PRIMARY}.dkr.ecr.{REGION}.amazonaws.com", customRoleArn=fetcher
        )
        for role, account in ACCOUNTS.items():
            accounts[account].create_role(role)
        self._pullers = {role: client_of(lab, accounts[account], role) for role, account in ACCOUNTS.items()}
        self._sessions = {account: AwsSession({"aws_access_key_id": account, "aws_secret_access_key": "x"}, lab.endpoint, REGION)
                          for account in ACCOUNTS.values()}  # fmt: skip
        self._written: dict[str, Any] = {"registry": (), "template": None}

    def write(self, case: Case) -> None:
        """Makes the three documents as the case has them."""
        login = allowing(["ecr:GetAuthorizationToken"], Resource="*") | {"Sid": "Login"}
        mine = [login, *([allowing(case.identity, Resource="*")] if case.identity else [])]
        self._iam[case.role].put_role_policy(RoleName=case.role, PolicyName="own", PolicyDocument=document(*mine))
        if case.registry != self._written["registry"]:
            if case.registry:
                others = allowing(case.registry, Principal={"AWS": OTHER}, Resource="*")
                self._cache.put_registry_policy(policyText=document(others))
            else:
                self._cache.delete_registry_policy()
        if case.template != self._written["template"]:
            if self._written["template"] is not None:
                self._cache.delete_repository_creation_template(prefix="cached")
            if case.template is not None:
                policy = document(allowing(case.template[0], Principal={"AWS": OTHER})) if case.template[0] else ""
                tags = [{"Key": "team", "Value": "core"}] if case.template[1] else []
                self._cache.create_repository_creation_template(
                    prefix="cached",
                    appliedFor=["PULL_THROUGH_CACHE"],
                    customRoleArn=self._maker,
                    **({"repositoryPolicy": policy} if policy else {}),
                    **({"resourceTags": tags} if tags else {}),
                )
        self._written = {"registry": case.registry, "template": case.template}

    def evidence(self, case: Case, repository: str) -> Evidence:
        side = read_registry_side(self._sessions[SECONDARY], SECONDARY, REGION, [repository], workers=1)
        identities: Any = read_identity_sides(self._sessions[ACCOUNTS[case.role]], [case.principal], workers=1)
        return Evidence(identities, {(SECONDARY, REGION): side})

    def pulls(self, case: Case, repository: str) -> bool:
        """A pull as docker does it, by a session of the role."""
        return pulled(self._pullers[case.role], repository)

    def fill(self, repository: str) -> None:
        assert pulled(self._cache, repository)


def pulled(ecr: Any, repository: str) -> bool:
    where = {"registryId": SECONDARY, "repositoryName": repository}
    try:
        images = ecr.batch_get_image(**where, imageIds=[{"imageTag": "1"}])["images"]
        for image in images:
            for layer in json.loads(image["imageManifest"])["layers"]:
                ecr.get_download_url_for_layer(**where, layerDigest=layer["digest"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDeniedException", "RepositoryNotFoundException"):
            raise
        return False
    return bool(images)


def misnamed(case: Case, question: Question, verdict: Verdict, evidence: Evidence) -> str | None:
    """What is wrong with what is named, where one document alone is less than complete."""
    kinds = set()
    if case.identity != tuple(FILL):
        kinds.add("identity_policy")
    if case.registry != tuple(FILL):
        kinds.add("registry_policy")
        if case.template is None or not case.template[0]:
            kinds.add("creation_template")
    found = explain(question, verdict, evidence)
    if found.missing is None or found.missing.policy_kind not in kinds:
        return f"{case}: {found}"
    return None


def test_evaluation_and_first_pulls_agree_and_what_is_missing_is_named(lab: Lab) -> None:
    several = list(cases())
    world = World(lab, len(several))
    seen: Counter[tuple[str, str]] = Counter()
    problems = []
    for at, case in enumerate(several):
        repository = f"cached/base/r{at}"
        world.write(case)
        evidence = world.evidence(case, repository)
        registry = Registry(SECONDARY, REGION)
        first, later = (Question(read_principal(case.principal, ""), registry, repository, level) for level in ("pull", "cached_pull"))
        foreseen = judge(first, evidence)
        assert foreseen.new is not None
        if (foreseen.outcome == "allowed") != world.pulls(case, repository):
            problems.append(f"{case}: first pull evaluated {foreseen.outcome}: {explain(first, foreseen, evidence)}")
        if foreseen.outcome == "denied" and (text := misnamed(case, first, foreseen, evidence)):
            problems.append(text)
        seen[case.role, foreseen.outcome] += 1
        world.fill(repository)
        afterwards = judge(later, evidence)
        if (afterwards.outcome == "allowed") != world.pulls(case, repository):
            problems.append(f"{case}: later pull evaluated {afterwards.outcome}: {explain(later, afterwards, evidence)}")
        seen[case.role, f"later {afterwards.outcome}"] += 1
    assert not problems, "\n".join(problems[:5])
    assert min(seen.values()) >= 7 and len(seen) == 8, seen
