# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of access: what the policies say, what real calls say, why access is denied, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.integration.accounts import grant
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Credentials, Journal
from tests.integration.playbooks import PlaybookRun
from tests.integration.tasks import tasks
from tests.lab import Lab

MODULE = "ecr_access_check"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
LOGIN = {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
#: How the secondary account is read. Ansible hides secrets wherever they are, so it is none that is a word.
SECRET = "lab-secret-0123456789"
ACCOUNTS = [{"account_id": SECONDARY, "access_key": SECONDARY, "secret_key": SECRET}]


class Scene:
    """A repository of the primary account and a role of the secondary one that may pull from it, until something is taken away."""

    def __init__(self, primary: Account, secondary: Account, name: str, region: str = REGION) -> None:
        self.primary, self.secondary, self.region = primary, secondary, region
        self.role, self.repository = f"app-{name}", f"payments/{name}"
        self.principal = f"arn:aws:iam::{SECONDARY}:role/{self.role}"
        self.arn = f"arn:aws:ecr:{region}:{PRIMARY}:repository/{self.repository}"
        secondary.create_role(self.role)
        primary.create_repositories(self.repository, region=region)
        self.allow(self.pull())
        self.own(LOGIN, self.mine())

    @property
    def asked(self) -> dict[str, Any]:
        """The options that ask about it."""
        return {"principals": [self.principal], "repositories": [self.repository], "regions": [self.region], "accounts": ACCOUNTS}

    @property
    def expected(self) -> dict[str, Any]:
        """The entry of C(expect) that wants it to work."""
        return {"principal": self.principal, "repository": self.repository, "allowed": True}

    def pull(self, sid: str = "Pull", principal: Any = None, **elements: Any) -> dict[str, Any]:
        """A statement of the repository policy."""
        return {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": principal or self.principal}, "Action": PULL, **elements}

    def mine(self, sid: str = "Own", **elements: Any) -> dict[str, Any]:
        """A statement of the identity policy."""
        return {"Sid": sid, "Effect": "Allow", "Action": PULL, "Resource": self.arn, **elements}

    def allow(self, *statements: Mapping[str, Any]) -> None:
        """The repository policy becomes these statements."""
        if statements:
            self.primary.set_policy(self.repository, *statements, region=self.region)
        else:
            self.primary.client("ecr", self.region).delete_repository_policy(repositoryName=self.repository)

    def own(self, *statements: Mapping[str, Any]) -> None:
        """The only identity policy of the role becomes these statements."""
        iam = self.secondary.client("iam")
        if statements:
            iam.put_role_policy(RoleName=self.role, PolicyName="own", PolicyDocument=document(*statements))
        else:
            iam.delete_role_policy(RoleName=self.role, PolicyName="own")

    def limit(self, *statements: Mapping[str, Any]) -> None:
        """The role gets a permissions boundary of these statements."""
        iam = self.secondary.client("iam")
        arn = iam.create_policy(PolicyName="limit", PolicyDocument=document(*statements))["Policy"]["Arn"]
        iam.put_role_permissions_boundary(RoleName=self.role, PermissionsBoundary=arn)

    def create_anew(self) -> None:
        """The role is deleted, and created again with the same policy: it is another one."""
        self.secondary.delete_role(self.role)
        self.secondary.create_role(self.role)
        self.own(LOGIN, self.mine())

    def move_to_registry_policy_of_scope_v1(self) -> None:
        """The statement moves to the registry policy, where it does not count."""
        self.allow()
        ecr = self.primary.client("ecr", self.region)
        ecr.put_registry_policy(policyText=document(self.pull("All", Resource="*")))
        ecr.put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")

    def paste(self, missing: Mapping[str, Any]) -> None:
        """Adds the statement to the document that it is missing in."""
        statement, kind = missing["statement"], missing["policy_kind"]
        iam = self.secondary.client("iam")
        if kind == "repository_policy":
            # ECR takes no unique id of a role that is gone.
            kept = [one for one in self.primary.statements(self.repository, self.region) if "AROA" not in str(one)]
            self.allow(*kept, statement)
        elif kind == "identity_policy":
            iam.put_role_policy(RoleName=self.role, PolicyName=f"pasted-{statement['Sid']}", PolicyDocument=document(statement))
        else:
            arn = iam.get_role(RoleName=self.role)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
            default = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            before = iam.get_policy_version(PolicyArn=arn, VersionId=default)["PolicyVersion"]["Document"]
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(*before["Statement"], statement), SetAsDefault=True)


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def checks(ansible: Ansible, wanted: Mapping[str, Mapping[str, Any]], *arguments: str, **settings: Any) -> PlaybookRun:
    """Runs the module once for each name, as an administrator of the primary account."""
    return tasks(ansible, MODULE, wanted, *arguments, credentials=Credentials(PRIMARY, SECRET), **settings)


@dataclass(frozen=True)
class Case:
    """Something that is wrong: how it came, what the check says, and, where one is missing, the statement's action and document.

    C(<repository>), C(<role>) and C(<who>) stand for those of the scene.
    """

    change: Callable[[Scene], object]
    layer: str | None
    reason: str
    missing: tuple[str, str] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    region: str = REGION


def nothing(_scene: Scene) -> None:
    """For what is wrong with the question."""


THEIRS = "repository policy of <repository>"
ON_REPOSITORY, ON_ROLE = ("ecr:BatchGetImage", THEIRS), ("ecr:BatchGetImage", "identity policy of role <role>")
LIMIT = f"permissions boundary arn:aws:iam::{SECONDARY}:policy/limit"
CASES = {
    "policy": Case(lambda scene: scene.allow(), "resource", "the repository <repository> has no policy; across accounts", ON_REPOSITORY),
    "action": Case(
        lambda scene: scene.allow(scene.pull(Action=PULL[:1])),
        "resource",
        f"statement Pull of the {THEIRS} names <who>, but lacks ecr:GetDownloadUrlForLayer",
        ("ecr:GetDownloadUrlForLayer", THEIRS),
    ),
    "principal": Case(
        lambda scene: scene.allow(scene.pull(principal=OTHER)),
        "resource",
        f"no statement of the {THEIRS} names <who>; statement Pull of the {THEIRS} allows it to arn:aws:iam::{OTHER}:root",
        ON_REPOSITORY,
    ),
    "anew": Case(Scene.create_anew, "resource", "which a deleted role or user left behind", ON_REPOSITORY),
    "identity": Case(
        lambda scene: scene.own(), "identity", "<who> has no identity policy that allows anything; neither may it log in", ON_ROLE
    ),
    "login": Case(
        lambda scene: scene.own(scene.mine()),
        "login",
        "no identity policy of <who> allows ecr:GetAuthorizationToken, so it cannot log in",
        ("ecr:GetAuthorizationToken", "identity policy of role <role>"),
    ),
    "deny": Case(
        lambda scene: scene.allow(scene.pull(), {**scene.pull("Stop", "*"), "Effect": "Deny"}),
        "resource",
        f"statement Stop of the {THEIRS} denies ecr:BatchGetImage explicitly",
    ),
    "boundary": Case(
        lambda scene: scene.limit(LOGIN),
        "boundary",
        f"the {LIMIT} does not allow ecr:BatchGetImage, whatever the identity policies of <who> allow",
        ("ecr:BatchGetImage", LIMIT),
    ),
    "scope": Case(
        Scene.move_to_registry_policy_of_scope_v1,
        "resource",
        "REGISTRY_POLICY_SCOPE V1, where registry policies count for three other actions only",
        ON_REPOSITORY,
        region="eu-north-1",
    ),
    "region": Case(
        nothing,
        None,
        f"there is no repository <repository> in account {PRIMARY} in us-east-1; it is in {REGION}, so ask the registry of that region",
        options={"regions": ["us-east-1"]},
    ),
    "absent": Case(
        nothing,
        None,
        f"there is no repository payments/absend in account {PRIMARY} in {REGION}",
        options={"repositories": ["payments/absend"]},
    ),
}


def test_why_access_is_denied(ansible: Ansible, journal: Journal, primary: Account, secondary: Account) -> None:
    """Policies and real calls agree, the reason is told, and the missing statement makes the check pass."""
    fine = Scene(primary, secondary, "fine")
    scenes = {name: Scene(primary, secondary, name, case.region) for name, case in CASES.items()}
    for name, case in CASES.items():
        case.change(scenes[name])

    def told(scene: Scene, text: str) -> str:
        who = f"role {scene.role} of account {SECONDARY}"
        return text.replace("<repository>", scene.repository).replace("<role>", scene.role).replace("<who>", who)

    both = {name: {**scenes[name].asked, "method": "both", **case.options} for name, case in CASES.items()}
    journal.clear()
    run = checks(ansible, {"fine": {**fine.asked, "method": "both"}, **both})
    assert set(journal.writes()) <= {"AssumeRole", "InitiateLayerUpload"}
    assert run.changed == 0
    (found,) = run["fine"]["checks"]
    assert (found["evaluated"], found["probed"], found["agree"], found["layer"]) == ("allowed", "allowed", True, "resource")
    left = {}
    for name, case in CASES.items():
        scene, result = scenes[name], run[name]
        (found,) = result["checks"]
        assert (found["evaluated"], found["probed"], found["agree"]) == ("denied", "denied", True), name
        assert (found["layer"], found["expected"], found["as_expected"], result.failed) == (case.layer, None, None, False), name
        assert told(scene, case.reason) in found["reason"]
        missing = found["missing"]
        action, place = case.missing or (None, None)
        assert (missing and (missing["statement"]["Action"][0], missing["document"])) == (action and (action, told(scene, str(place))))
        if missing:
            left[name] = missing
    assert set(left) == {name for name, case in CASES.items() if case.missing}
    # Where two statements are missing, the second one is named when the first one is there.
    for wanted in (set(left), {"identity"}):
        for name in wanted:
            scenes[name].paste(left[name])
        run = checks(ansible, {name: both[name] for name in wanted})
        left = {name: run[name]["checks"][0]["missing"] for name in wanted if run[name]["checks"][0]["missing"]}
        for name in wanted - set(left):
            (found,) = run[name]["checks"]
            assert (found["evaluated"], found["probed"]) == ("allowed", "allowed"), name
    assert not left


def expire(lab: Lab) -> None:
    """All sessions of roles expire now."""
    lab.control("POST", "/lab/sessions/expire", {})


def test_probes(ansible: Ansible, lab: Lab, primary: Account, secondary: Account) -> None:
    """What real calls say where nobody looks at policies; and credentials that expired say nothing."""
    fine, denied = Scene(primary, secondary, "fine"), Scene(primary, secondary, "denied")
    denied.allow()
    key = secondary.client("sts").assume_role(RoleArn=fine.principal, RoleSessionName="ci")["Credentials"]
    names = {"access_key": "AccessKeyId", "secret_key": "SecretAccessKey", "session_token": "SessionToken"}
    expected: dict[str, Any] = {
        "expect": [fine.expected, {**denied.expected, "principal": fine.principal}],
        "accounts": [{"account_id": SECONDARY, **{option: key[name] for option, name in names.items()}}],
        "method": "probe",
    }
    as_role = {**denied.asked, "method": "probe", "access": ["pull", "push", "cache"]}
    nobody = {**fine.asked, "method": "probe", "principals": [f"lambda.amazonaws.com/{SECONDARY}", f"arn:aws:iam::{OTHER}:role/x"]}
    run = checks(ansible, {"session": expected, "role": as_role, "nobody": nobody})
    wrong, right = run["session"]["checks"]
    assert (right["probed"], right["as_expected"], right["evaluated"]) == ("allowed", True, None)
    assert right["reason"] == "AWS allows ecr:BatchGetImage and ecr:GetDownloadUrlForLayer and ecr:GetAuthorizationToken"
    who = f"role {fine.role} of account {SECONDARY}"
    assert wrong["reason"] == f"AWS denies ecr:BatchGetImage to {who}: no identity policy allows it"
    assert (wrong["layer"], wrong["missing"]["statement"]["Resource"]) == ("identity", denied.arn)
    found = {one["access"]: one for one in run["role"]["checks"]}
    assert [found[access]["probed"] for access in ("pull", "push", "cache")] == ["denied", "denied", "unknown"]
    who = f"role {denied.role} of account {SECONDARY}"
    assert found["pull"]["reason"] == f"AWS denies ecr:BatchGetImage to {who}: no policy of the repository or registry allows it"
    assert found["pull"]["missing"]["statement"]["Principal"] == {"AWS": denied.principal}
    assert found["cache"]["reason"] == "no harmless call proves 'cache'"
    reasons = [one["reason"] for one in run["nobody"]["checks"]]
    assert reasons[0] == f"nobody but AWS can act as lambda.amazonaws.com for account {SECONDARY}"
    assert f"there are no credentials of account {OTHER}" in reasons[1]

    expire(lab)
    expected["expect"] = [fine.expected]
    run = checks(ansible, {"report": expected, "fail": {**expected, "unknown": "fail"}})
    (found_one,) = run["report"]["checks"]
    assert (found_one["probed"], found_one["as_expected"], run["report"].failed) == ("unknown", None, False)
    assert "expired" in found_one["reason"]
    assert run["fail"].failed
    assert "expired" in run["fail"].msg


def test_what_a_newcomer_sees(ansible: Ansible, primary: Account, secondary: Account) -> None:
    """A table of what is not as expected, and the statement to paste; everything of the result is there nevertheless."""
    fine, denied = Scene(primary, secondary, "fine"), Scene(primary, secondary, "denied")
    denied.allow()
    expect = [fine.expected, denied.expected, {**fine.expected, "principal": SECONDARY, "allowed": False}]
    shared = {"registry_account": PRIMARY, "accounts": ACCOUNTS}
    run = checks(ansible, {"wrong": {"expect": expect, **shared}, "right": {"expect": expect[::2], **shared}})
    assert not run["right"].failed
    assert run["right"]["summary"]["as_expected"] == 2
    wrong = run["wrong"]
    assert wrong.failed
    assert wrong["summary"] == {
        "checks": 3,
        "allowed": 1,
        "denied": 2,
        "unknown": 0,
        "expected_allowed": 2,
        "as_expected": 2,
        "mismatched": 1,
        "disagreements": 0,
        "not_checked": 0,
    }
    assert len(wrong["checks"]) == 3
    assert wrong.msg.splitlines() == [
        "1 of 3 checks is not as expected:",
        "",
        "principal                                repository                              access  expected  evaluated  probed  why",
        f"role app-denied of account {SECONDARY}  {PRIMARY} {REGION} payments/denied  pull    allowed   denied     -       "
        "the repository payments/denied has no policy; across accounts the registry's side must allow it too",
        "",
        "What is missing:",
        f'- repository policy of payments/denied in {PRIMARY} {REGION}: {{"Sid": "PullForAppDenied", "Effect": "Allow", '
        f'"Principal": {{"AWS": "{denied.principal}"}}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}}',
    ]
    # People see the table as a table.
    assert "  why\n" in run.stdout


def test_a_declaration(ansible: Ansible, journal: Journal, primary: Account, secondary: Account) -> None:
    """The matrix: as declared; then a statement that somebody removed and one that nobody declared; then without credentials."""
    names = ("payments/web", "payments/api", "base")
    primary.create_repositories(*names)
    secondary.create_role("app")
    declared = [grant("runtime", "pull", (SECONDARY, "app"), repositories=["payments/*"])]
    as_secondary = {"access_key": SECONDARY, "secret_key": SECRET}
    apply = [
        {"crossaccount.registry.ecr_repository_policy": {"grants": declared}},
        {"crossaccount.registry.iam_role_registry_policy": {"grants": declared, **as_secondary}},
    ]
    ansible(apply, credentials=Credentials(PRIMARY, SECRET)).succeeded()
    options = {"grants": declared, "accounts": ACCOUNTS}
    journal.clear()
    run = checks(ansible, {"both": {**options, "method": "both"}})
    # Each document is read once.
    assert len(journal.calls("GetRepositoryPolicy")) == 3
    assert len(journal.calls("GetPolicyVersion")) == 1
    result = run["both"]
    found = {
        (one["repository"], one["access"]): (one["expected"], one["evaluated"], one["probed"], one["agree"]) for one in result["checks"]
    }
    allowed, denied = ("allowed", "allowed", "allowed", True), ("denied", "denied", "denied", True)
    assert found == {
        (name, access): allowed if (name.startswith("payments/") and access == "pull") else denied
        for name in names
        for access in ("pull", "push")
    }
    assert not result.failed

    (statement,) = primary.statements("payments/web")
    primary.client("ecr").delete_repository_policy(repositoryName="payments/web")
    primary.set_policy("base", {**statement, "Sid": "Foreign", "Principal": {"AWS": SECONDARY}})
    let_all = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]})
    secondary.client("iam").put_role_policy(RoleName="app", PolicyName="all", PolicyDocument=let_all)
    pasted = {"kind": "repository_policy", "repository": "payments/web"}
    run = checks(
        ansible,
        {
            "denied": options,
            "report": {**options, "ungranted": "report"},
            "skip": {**options, "ungranted": "skip", "documents": [{**pasted, "policy": {"Statement": [statement]}}]},
            "one side": {"grants": declared, "ungranted": "skip"},
        },
    )
    assert (run["denied"].failed, run["report"].failed, run["skip"].failed) == (True, True, False)
    removed, foreign = sorted((one for one in run["denied"]["checks"] if one["as_expected"] is False), key=lambda one: one["expected"])
    assert (removed["repository"], removed["grant"]) == ("payments/web", "runtime")
    assert removed["missing"]["statement"]["Sid"] == "CrossaccountRegistryRuntimePull"
    assert removed["reason"].endswith("statement CrossaccountRegistryRuntimePull of grant runtime is missing there")
    assert (foreign["repository"], foreign["access"]) == ("base", "pull")
    assert foreign["reason"] == "statement Foreign of the repository policy of base allows it, but no grant declares it"
    assert [one["repository"] for one in run["report"]["checks"] if one["as_expected"] is False] == ["payments/web"]
    assert run["skip"]["summary"]["as_expected"] == 2
    # The side that nobody may read is unknown; what the other side surely denies is denied.
    assert {one["repository"]: one["evaluated"] for one in run["one side"]["checks"]} == {
        "payments/web": "denied",
        "payments/api": "unknown",
    }
    (unknown,) = (one["unknown"] for one in run["one side"]["checks"] if one["evaluated"] == "unknown")
    assert f"there are no credentials of account {SECONDARY}; give them in 'accounts'" in unknown[0]


def test_documents_instead_of_credentials(ansible: Ansible, journal: Journal) -> None:
    """Nothing is read where everything is given; a document that is not given is not guessed."""
    role, name = f"arn:aws:iam::{SECONDARY}:role/app", "payments/web"
    arn = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/{name}"
    theirs = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": role}, "Action": PULL}
    mine = {"Sid": "Own", "Effect": "Allow", "Action": PULL, "Resource": arn}
    given = [
        {"kind": "repository_policy", "account": PRIMARY, "repository": name, "policy": {"Statement": [theirs]}},
        {"kind": "identity_policy", "principal": role, "policy": {"Statement": [LOGIN, mine]}},
    ]
    options = {"principals": [role], "repositories": [name], "registry_account": PRIMARY}
    limit = {"kind": "service_control_policy", "account": SECONDARY, "policy": {"Statement": [LOGIN]}, "name": "policy of the root"}
    run = tasks(
        ansible,
        MODULE,
        {
            "both": {**options, "documents": given},
            "half": {**options, "documents": given[:1]},
            "limit": {**options, "documents": [*given, limit]},
        },
        credentials=None,
    )
    (found,), (half,), (limited,) = (run[one]["checks"] for one in ("both", "half", "limit"))
    assert (found["evaluated"], half["evaluated"], limited["evaluated"]) == ("allowed", "unknown", "denied")
    assert f"the policies of {role}" in half["unknown"][0]
    assert "the policy of the root does not allow ecr:BatchGetImage" in limited["reason"]
    assert not journal.calls()
