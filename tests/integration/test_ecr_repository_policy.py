# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecr_repository_policy: what it adds, replaces and removes, where, and what it leaves alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import OTHER, PRIMARY, SECONDARY, Account, Ansible, Journal
from tests.integration.meaning import statement, statements
from tests.lab import Lab

PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def allow(sid: str | None, account: str = SECONDARY, *actions: str, **more: Any) -> dict[str, Any]:
    """A statement that lets an account pull, or do the given actions."""
    named = {} if sid is None else {"Sid": sid}
    return {**named, "Effect": "Allow", "Principal": {"AWS": account}, "Action": list(actions or PULL), **more}


THEIRS = allow("OtherTeam", OTHER, "ecr:DescribeImages")

#: What others may have put into a policy, in every legal spelling.
FOREIGN: dict[str, list[dict[str, Any]]] = {
    "plain": [THEIRS],
    "nameless": [allow(None, OTHER), {**allow(None, OTHER, "ecr:PutImage"), "Sid": ""}],
    "lambda": [
        {
            "Sid": "LambdaECRImageRetrievalPolicy",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": ["ecr:BatchGetImage", "ecr:DeleteRepositoryPolicy", "ecr:GetDownloadUrlForLayer", "ecr:SetRepositoryPolicy"],
            "Condition": {"StringLike": {"aws:sourceArn": f"arn:aws:lambda:eu-west-1:{PRIMARY}:function:*"}},
        },
    ],
    "conditions": [
        allow("Org", "*", Condition={"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5", "o-b1b2c3d4e5"]}}),
        allow("Tagged", OTHER, Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}, "Bool": {"aws:SecureTransport": "true"}}),
        allow("Variable", OTHER, Condition={"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/${{aws:PrincipalTag/team}}"}}),
    ],
    "negated": [
        {"Sid": "NotUs", "Effect": "Deny", "NotPrincipal": {"AWS": [PRIMARY, OTHER]}, "Action": "ecr:PutImage"},
        {"Sid": "NotDelete", "Effect": "Allow", "Principal": {"AWS": OTHER}, "NotAction": ["ecr:Delete*", "ecr:*Policy"]},
    ],
    "broad": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "ecr:batchgetimage"}],
}


def foreign(account: Account) -> dict[str, list[dict[str, Any]]]:
    """Repositories with the policies of others, in an old and in a new version; returns the statements of each as they are now."""
    for name, its_statements in FOREIGN.items():
        account.create_repositories(f"old/{name}", f"new/{name}")
        account.set_policy(f"old/{name}", *its_statements, version="2008-10-17")
        account.set_policy(f"new/{name}", *its_statements)
    account.create_repositories("new/single")
    document = {"Version": "2012-10-17", "Id": "by hand", "Statement": THEIRS}
    account.client("ecr").set_repository_policy(repositoryName="new/single", policyText=json.dumps(document))
    names = [*(f"{age}/{name}" for age in ("old", "new") for name in FOREIGN), "new/single"]
    return {name: account.statements(name) for name in names}


def test_first_run_second_run_check_mode_and_diff(ansible: Ansible, primary: Account, journal: Journal) -> None:
    primary.create_repositories("payments/api", "payments/web", "payments/old", "base")
    primary.set_policy("payments/web", THEIRS)
    primary.set_policy("payments/old", allow("PaymentsPull", OTHER))
    before = primary.policy_text("base")
    tasks = f"""
        - name: give
          crossaccount.registry.ecr_repository_policy:
            repositories: ["payments/*"]
            statements:
              - {{Sid: PaymentsPull, Effect: Allow, Principal: {{AWS: "{SECONDARY}"}}, Action: [{", ".join(PULL)}]}}
    """
    journal.clear()
    preview = ansible(tasks, "--check", "--diff").succeeded()
    assert journal.writes() == []
    reads = [(call["operation"]) for call in journal.calls()]
    assert reads == ["DescribeRepositories", *["GetRepositoryPolicy"] * 3], "paged describes, one read for each repository, nothing else"

    real = ansible(tasks, "--diff").succeeded()
    assert real["give"].outcome == preview["give"].outcome
    assert real.changed == preview.changed == 1
    assert real.stdout == preview.stdout, "what the screen shows is the same too"
    assert journal.writes() == ["SetRepositoryPolicy"] * 3
    assert primary.statements("payments/web") == [statement(THEIRS), statement(allow("PaymentsPull"))]
    assert primary.statements("payments/old") == primary.statements("payments/api") == [statement(allow("PaymentsPull"))]
    assert primary.policy_text("base") == before

    journal.clear()
    again = ansible(tasks, "--diff").succeeded()
    assert again.changed == 0
    assert again["give"].outcome["diff"] == []
    assert [call["operation"] for call in journal.calls()] == ["DescribeRepositories", *["GetRepositoryPolicy"] * 3]

    result = real["give"]
    assert result["summary"] == {"created": 1, "updated": 2, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
    api, old, web = result["actions"]
    assert [one["resource"] for one in (api, old, web)] == ["payments/api", "payments/old", "payments/web"]
    assert (api["account"], api["region"], api["action"], api["error"]) == (PRIMARY, "eu-west-1", "created", None)
    assert api["statements_added"] == web["statements_added"] == ["PaymentsPull"]
    assert old["statements_replaced"] == ["PaymentsPull"]
    gained = {"principal": SECONDARY, "resource": "*", "condition": "", "actions_gained": PULL, "actions_lost": []}
    assert api["access_changes"] == web["access_changes"] == [gained]
    lost = {"principal": OTHER, "resource": "*", "condition": "", "actions_gained": [], "actions_lost": PULL}
    assert old["access_changes"] == [gained, lost]
    assert api["size"] == len(journal_text(api, journal, primary)) <= api["size_limit"] == 10240

    for line in (
        f"--- before: repository policy of {PRIMARY} eu-west-1 payments/api",
        '+      "Sid": "PaymentsPull",',
        f"{SECONDARY} gains {', '.join(PULL)}",
        f"{OTHER} loses {', '.join(PULL)}",
    ):
        assert line in real.stdout, real.stdout
    shown = real.stdout.partition("payments/web")[2].partition("TASK")[0]
    assert '+        "AWS"' in shown and '-      "Sid": "OtherTeam"' not in shown, "a diff shows what differs, and no more"


def journal_text(action: dict[str, Any], journal: Journal, account: Account) -> str:
    """The text of a repository's policy, minified."""
    assert journal.calls("SetRepositoryPolicy") == []
    document = json.loads(str(account.policy_text(action["resource"])))
    for one in document["Statement"]:
        one["Principal"] = {"AWS": one["Principal"]["AWS"].split(":")[4]}
    return json.dumps(document, separators=(",", ":"))


def test_foreign_statements_stay_in_place_and_unchanged(ansible: Ansible, primary: Account, journal: Journal) -> None:
    there = foreign(primary)
    primary.create_repositories("exact")
    journal.clear()
    ours = allow("Mine1")
    playbook = ansible(
        f"""
        - name: present
          crossaccount.registry.ecr_repository_policy:
            repositories: ["old/*", "new/*"]
            statements: [{json.dumps(ours)}]
        - name: another declaration
          crossaccount.registry.ecr_repository_policy:
            repositories: ["old/*", "new/*"]
            sid_prefix: Mine
            statements: [{json.dumps(allow("Mine2"))}]
        - name: exact somewhere else
          crossaccount.registry.ecr_repository_policy:
            repositories: [exact]
            state: exact
            statements: [{json.dumps(ours)}]
        - name: absent
          crossaccount.registry.ecr_repository_policy:
            repositories: ["*"]
            state: absent
            sid_prefix: Mine
        """
    ).succeeded()
    assert [one["summary"]["updated"] for one in playbook.results] == [len(there), len(there), 0, len(there)]
    assert playbook["absent"]["summary"]["deleted"] == 1 and primary.policy_text("exact") is None
    assert playbook["another declaration"]["actions"][0]["statements_removed"] == ["Mine1"]
    for name, before in there.items():
        texts = [
            call["parameters"]["policyText"]
            for call in journal.calls("SetRepositoryPolicy")
            if call["parameters"]["repositoryName"] == name
        ]
        assert len(texts) == 3
        for text, mine in zip(texts, ([ours], [allow("Mine2")], []), strict=True):
            assert statements(text) == [*before, *map(statement, mine)], f"{name}: foreign first, as they were, then ours"
            head = {key: value for key, value in json.loads(text).items() if key != "Statement"}
            assert head == {
                "Version": "2008-10-17" if name.startswith("old/") else "2012-10-17",
                **({"Id": "by hand"} if name == "new/single" else {}),
            }
        assert primary.statements(name) == before


def test_exact_makes_the_policy_just_this(ansible: Ansible, primary: Account, journal: Journal) -> None:
    primary.create_repositories("app-a", "app-b", "app-c", "app-d")
    primary.set_policy("app-a", THEIRS, allow("Ours"))
    primary.set_policy("app-b", allow("Ours"))
    primary.set_policy("app-d", THEIRS)
    journal.clear()
    run = ansible(
        f"""
        - name: exact
          crossaccount.registry.ecr_repository_policy:
            repositories: [app-a, app-b, app-c]
            state: exact
            policy:
              Version: "2008-10-17"
              Statement: [{json.dumps(allow("Ours"))}]
        - name: nothing
          crossaccount.registry.ecr_repository_policy:
            repositories: [app-b, app-d]
            state: exact
            statements: []
        """
    ).succeeded()
    assert [(one["resource"], one["action"]) for one in run["exact"]["actions"]] == [
        ("app-a", "updated"),
        ("app-b", "unchanged"),
        ("app-c", "created"),
    ]
    assert run["exact"]["actions"][0]["statements_removed"] == ["OtherTeam"]
    assert primary.sids("app-a") == primary.sids("app-c") == ["Ours"]
    assert run["nothing"]["summary"]["deleted"] == 2
    assert primary.policy_text("app-b") is primary.policy_text("app-d") is None
    assert journal.writes().count("DeleteRepositoryPolicy") == 2


def test_the_ways_to_say_what_and_to_take_it_back(ansible: Ansible, primary: Account) -> None:
    """JSON text, a mapping, statements, Sids: one after the other, each idempotent however AWS spells what it has stored."""
    primary.create_repositories("app")
    primary.set_policy("app", THEIRS)
    root = f"arn:aws:iam::{SECONDARY}:root"
    text = json.dumps({"Version": "2012-10-17", "Statement": allow("Text", root, "ecr:batchgetimage", "ecr:BatchGetImage")})
    run = ansible(
        f"""
        - name: text
          crossaccount.registry.ecr_repository_policy: {{repositories: [app], policy: '{text}'}}
        - name: text again, as a mapping in another spelling
          crossaccount.registry.ecr_repository_policy:
            repositories: [app]
            policy:
              Statement: {{Sid: Text, Effect: Allow, Principal: {{AWS: ["{SECONDARY}"]}}, Action: "ecr:BatchGetImage", Condition: {{}}}}
        - name: another meaning
          crossaccount.registry.ecr_repository_policy:
            repositories: [app]
            policy:
              Statement: {{Sid: Text, Effect: Allow, Principal: {{AWS: ["{SECONDARY}"]}}, Action: "ecr:PutImage"}}
        - name: nameless
          crossaccount.registry.ecr_repository_policy:
            repositories: [app]
            statements: [{json.dumps(allow(None))}]
        - name: nameless again
          crossaccount.registry.ecr_repository_policy:
            repositories: [app]
            statements: [{json.dumps(allow(None, root, *reversed(PULL)))}]
        - name: nameless absent
          crossaccount.registry.ecr_repository_policy:
            repositories: [app]
            state: absent
            statements: [{json.dumps(allow(None, root, *reversed(PULL)))}]
        - name: absent by Sid
          crossaccount.registry.ecr_repository_policy: {{repositories: [app], state: absent, sids: [Text, NotThere]}}
        - name: absent already
          crossaccount.registry.ecr_repository_policy: {{repositories: [app, gone, "gone/*"], state: absent, sids: [Text]}}
        """
    ).succeeded()
    changed = {one.task: one.changed for one in run.results}
    assert changed == {
        "text": True,
        "text again, as a mapping in another spelling": False,
        "another meaning": True,
        "nameless": True,
        "nameless again": False,
        "nameless absent": True,
        "absent by Sid": True,
        "absent already": False,
    }
    assert run["another meaning"]["actions"][0]["statements_replaced"] == ["Text"]
    assert run["nameless"]["actions"][0]["statements_added"] == ["#3"]
    assert primary.statements("app") == [statement(THEIRS)]


def test_names_patterns_tags_and_regions(ansible: Ansible, primary: Account, journal: Journal) -> None:
    primary.create_repositories("payments/api", "payments/deep/web", "base/python-3", "base/python-x", tags={"team": "payments"})
    primary.create_repositories("other", "tagged", tags={"team": "pay-roll"})
    for region in ("us-east-1", "ap-south-1"):
        primary.create_repositories("payments/api", "only/here", region=region)
    journal.clear()
    run = ansible(
        """
        - name: patterns
          crossaccount.registry.ecr_repository_policy:
            repositories: ["payments/*", "base/python-?"]
            statements: &any [{Sid: A, Effect: Allow, Principal: {AWS: "444455556666"}, Action: "ecr:BatchGetImage"}]
          check_mode: true
        - name: names
          crossaccount.registry.ecr_repository_policy: {repositories: [payments/api, other], statements: *any}
          check_mode: true
        - name: tag
          crossaccount.registry.ecr_repository_policy: {repositories: ["tag:team=payments"], statements: *any}
          check_mode: true
        - name: tag pattern and name
          crossaccount.registry.ecr_repository_policy: {repositories: ["tag:team=pay-*", payments/api], statements: *any}
          check_mode: true
        - name: two regions
          crossaccount.registry.ecr_repository_policy:
            {repositories: [payments/api], regions: [us-east-1, eu-west-1], statements: *any}
          check_mode: true
        - name: all regions
          crossaccount.registry.ecr_repository_policy: {repositories: [payments/api, only/here], regions: [all], statements: *any}
          check_mode: true
        """
    ).succeeded()
    found = {one.task: [(action["region"], action["resource"]) for action in one["actions"]] for one in run.results}
    here = "eu-west-1"
    assert found == {
        "patterns": [(here, "base/python-3"), (here, "base/python-x"), (here, "payments/api"), (here, "payments/deep/web")],
        "names": [(here, "other"), (here, "payments/api")],
        "tag": [(here, "base/python-3"), (here, "base/python-x"), (here, "payments/api"), (here, "payments/deep/web")],
        "tag pattern and name": [(here, "other"), (here, "payments/api"), (here, "tagged")],
        "two regions": [("us-east-1", "payments/api"), (here, "payments/api")],
        "all regions": [
            *(("ap-south-1", name) for name in ("only/here", "payments/api")),
            (here, "payments/api"),
            *(("us-east-1", name) for name in ("only/here", "payments/api")),
        ],
    }
    assert journal.writes() == []


def grant(name: str, *repositories: str, access: str = "pull", to: Any = None, **more: Any) -> dict[str, Any]:
    """A grant of the primary account in eu-west-1."""
    return {
        "name": name,
        "registry": {"account": PRIMARY, "regions": ["eu-west-1"]},
        "repositories": list(repositories),
        "access": access,
        "to": to or [{"account": SECONDARY}],
        **more,
    }


def test_grants_are_declared_changed_and_revoked(ansible: Ansible, primary: Account, secondary: Account) -> None:
    primary.create_repositories("payments/api", "payments/web", "base/python", "untouched")
    primary.create_repositories("tagged", tags={"share": "yes"})
    primary.set_policy("payments/api", THEIRS, allow("CrossAccountPull", OTHER))
    role = secondary.create_role("runtime", path="/app/")
    first = [
        grant("payments-runtime", "payments/*", to=[{"account": SECONDARY, "roles": ["app/runtime"]}, {"account": OTHER}]),
        grant("functions", "base/*", to=[{"account": SECONDARY, "service": "lambda"}]),
        grant("by-tag", "tag:share=yes", to=[{"organization": "o-a1b2c3d4e5"}]),
        grant("elsewhere", "payments/*") | {"registry": {"account": OTHER, "regions": ["eu-west-1"]}},
    ]
    second = [
        grant("payments-runtime", "payments/api", access="push", to=[{"account": OTHER}]),
        grant("functions", "base/*", to=[{"account": SECONDARY}]),
    ]
    tasks = """
        - name: declare
          crossaccount.registry.ecr_repository_policy:
            grants: "{{ grants }}"
            sid_prefix: CrossaccountRegistry
    """
    run = ansible(tasks, variables={"grants": first}).succeeded()
    assert run["declare"]["summary"] == {"created": 3, "updated": 1, "deleted": 0, "unchanged": 1, "skipped": 0, "failed": 0}
    runtime = statement(allow("CrossaccountRegistryPaymentsRuntimePull") | {"Principal": {"AWS": [OTHER, role]}})
    assert primary.statements("payments/api") == [statement(THEIRS), statement(allow("CrossAccountPull", OTHER)), runtime]
    assert primary.statements("payments/web") == [runtime]
    assert primary.sids("base/python") == ["CrossaccountRegistryFunctionsPullLambdaAccount", "CrossaccountRegistryFunctionsPullLambda"]
    assert primary.sids("tagged") == ["CrossaccountRegistryByTagPullOrganization"]
    assert primary.policy_text("untouched") is None

    assert ansible(tasks, variables={"grants": first}).succeeded().changed == 0

    run = ansible(tasks, variables={"grants": second}).succeeded()
    assert primary.sids("payments/api") == ["OtherTeam", "CrossAccountPull", "CrossaccountRegistryPaymentsRuntimePush"]
    assert primary.policy_text("payments/web") is None is primary.policy_text("tagged")
    assert primary.sids("base/python") == ["CrossaccountRegistryFunctionsPull"]
    by_name = {one["resource"]: one for one in run["declare"]["actions"]}
    assert by_name["payments/web"]["action"] == "deleted"
    moved = {one["principal"]: (one["actions_gained"], one["actions_lost"]) for one in by_name["payments/api"]["access_changes"]}
    assert moved[role] == ([], PULL)
    assert "ecr:PutImage" in moved[OTHER][0] and moved[OTHER][1] == [], "what it may not do any more by us, it may by others"

    ansible(
        """
        - name: one grant less, without a prefix
          crossaccount.registry.ecr_repository_policy: {grants: "{{ grants[:1] }}", state: absent}
        """,
        variables={"grants": second},
    ).succeeded()
    assert primary.sids("payments/api") == ["OtherTeam", "CrossAccountPull"]
    assert primary.sids("base/python") == ["CrossaccountRegistryFunctionsPull"]


def test_other_settings_of_a_repository_are_never_touched(ansible: Ansible, primary: Account, journal: Journal) -> None:
    ecr = primary.client("ecr")
    ecr.create_repository(
        repositoryName="app",
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
        tags=[{"Key": "a", "Value": "b"}],
    )
    rule = {"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}}
    ecr.put_lifecycle_policy(repositoryName="app", lifecyclePolicyText=json.dumps({"rules": [{**rule, "action": {"type": "expire"}}]}))

    def settings() -> Any:
        found = ecr.describe_repositories(repositoryNames=["app"])["repositories"][0]
        lifecycle = ecr.get_lifecycle_policy(repositoryName="app")["lifecyclePolicyText"]
        return found, lifecycle, ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]

    before = settings()
    journal.clear()
    ansible(
        f"""
        - crossaccount.registry.ecr_repository_policy: {{repositories: [app], statements: [{json.dumps(allow("A"))}]}}
        - crossaccount.registry.ecr_repository_policy: {{repositories: [app], state: exact, statements: [{json.dumps(allow("B"))}]}}
        - crossaccount.registry.ecr_repository_policy: {{repositories: [app], state: absent, sids: [B]}}
        """
    ).succeeded()
    assert set(journal.writes()) == {"SetRepositoryPolicy", "DeleteRepositoryPolicy"}
    assert settings() == before


@pytest.mark.parametrize(
    "partition", [pytest.param(("cn-north-1", "aws-cn"), id="China"), pytest.param(("us-gov-west-1", "aws-us-gov"), id="GovCloud")]
)
def test_other_partitions(ansible: Ansible, lab: Lab, partition: tuple[str, str]) -> None:
    region, name = partition
    there = Account(lab, PRIMARY, region)
    there.create_repositories("app")
    role = Account(lab, SECONDARY, region).create_role("runtime")
    assert role.startswith(f"arn:{name}:")
    grants = [
        grant("one", "app", to=[{"account": SECONDARY, "roles": ["runtime"]}]) | {"registry": {"account": PRIMARY, "regions": [region]}}
    ]
    tasks = """
        - name: declare
          crossaccount.registry.ecr_repository_policy: {grants: "{{ grants }}"}
        - name: again
          crossaccount.registry.ecr_repository_policy: {grants: "{{ grants }}"}
    """
    run = ansible(tasks, variables={"grants": grants}, region=region).succeeded()
    assert [one.changed for one in run.results] == [True, False]
    assert there.statements("app")[0]["Principal"] == {"AWS": [role]}
