# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides run as they are written, with no more permissions than the committed policies give, of which every line is needed.

With UPDATE_POLICIES=1 users who may do everything follow the guides, and what they needed is written to docs/policies and into the guide.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.demo import __main__ as demo
from tests.integration import least_privilege, playbooks
from tests.integration.accounts import POLICY_PATH, push
from tests.integration.alicloud_world import UID_A, UID_B, Alicloud
from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Ansible, Credentials, Journal
from tests.integration.guides import Follower
from tests.integration.least_privilege import AUTOMATION, POLICIES, Need, needs_of
from tests.integration.playbooks import PlaybookRun
from tests.lab import Lab
from tests.lab.alicloud import AlibabaCloud

#: As a policy of Alibaba Cloud.
EVERYTHING = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
UPDATE = bool(os.environ.get("UPDATE_POLICIES"))
PROFILES = {"images": PRIMARY, "payments": SECONDARY}
CACHE = ("crossaccount.registry.pull_through_cache", "-i", "inventory.yml")
ECI = ("crossaccount.registry.eci_acr_access", "-i", "inventory.yml")
CREDENTIALS = ("crossaccount.registry.registry_credentials", "-i", "inventory.yml")


class Automation:
    """Who runs the guides in both accounts: users with committed policies, or with one that allows everything where these are made anew."""

    def __init__(self, accounts: Mapping[str, Account], policies: Mapping[str, Sequence[str]], folder: Path) -> None:
        self._accounts = accounts
        keys = {name: self._keys(accounts[PROFILES[name]], policies[name]) for name in PROFILES}
        self._profiles = folder / "credentials"
        self._profiles.write_text(
            "\n".join(
                f"[{name}]\naws_access_key_id={key.access_key}\naws_secret_access_key={key.secret_key}\n" for name, key in keys.items()
            )
        )

    def _keys(self, account: Account, names: Sequence[str]) -> Credentials:
        if UPDATE:
            return account.create_user(AUTOMATION, "*")
        key = account.create_user(AUTOMATION)
        for name in names:
            made = account.client("iam").create_policy(PolicyName=name, PolicyDocument=(POLICIES / f"{name}.json").read_text())
            account.client("iam").attach_user_policy(UserName=AUTOMATION, PolicyArn=made["Policy"]["Arn"])
        return key

    def lose(self, name: str) -> None:
        """From now on it does without this policy."""
        for account in self._accounts.values() if not UPDATE else ():
            account.client("iam").detach_user_policy(UserName=AUTOMATION, PolicyArn=f"arn:aws:iam::{account.id}:policy/{name}")

    @property
    def settings(self) -> dict[str, Any]:
        """How to run a playbook with it."""
        return {"environment": {"AWS_SHARED_CREDENTIALS_FILE": str(self._profiles)}, "credentials": None, "region": None}


def just_enough(name: str, needs: set[Need], version: str = "2012-10-17") -> None:
    """The committed policy is what was needed, no less and no more."""
    file = POLICIES / f"{name}.json"
    text = least_privilege.text(least_privilege.document(needs, version))
    if UPDATE:
        file.write_text(text)
    assert json.loads(file.read_text()) == json.loads(text), f"{file} is not what {name} needs; UPDATE_POLICIES=1 writes it anew"


def policy_of(name: str) -> Any:
    return json.loads((POLICIES / f"{name}.json").read_text())


class AlicloudJournal:
    """As that of AWS."""

    def __init__(self, cloud: AlibabaCloud) -> None:
        self.clear, self.calls = cloud.clear_journal, cloud.journal


@pytest.fixture
def accounts(primary: Account, secondary: Account) -> dict[str, Account]:
    return {PRIMARY: primary, SECONDARY: secondary}


TEAM = {"Sid": "OtherTeam", "Effect": "Allow", "Principal": {"AWS": "777788889999"}, "Action": "ecr:DescribeImages"}


def formerly_granted(secondary: Account) -> None:
    """A role that has a policy of the collection, of two versions, and that no grant names any more."""
    secondary.create_role("former")
    iam = secondary.client("iam")
    statement = {"Sid": "CrossaccountRegistryLogin", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_policy(Path=POLICY_PATH, PolicyName="crossaccount-registry-role-former", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    iam.attach_role_policy(RoleName="former", PolicyArn=arn)


def with_all_kinds_of_policies(secondary: Account) -> None:
    """A role and a user whose permissions come from everywhere that permissions come from."""
    secondary.create_role("ecsInstanceRole")
    secondary.let("ecsInstanceRole", "logs:PutLogEvents")
    secondary.create_user("ci", "s3:ListAllMyBuckets")
    iam = secondary.client("iam")
    iam.attach_role_policy(RoleName="ecsInstanceRole", PolicyArn="arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy")
    iam.create_group(GroupName="developers")
    iam.add_user_to_group(GroupName="developers", UserName="ci")
    listing = least_privilege.text(least_privilege.document([("s3:ListBucket", "*")]))
    iam.put_group_policy(GroupName="developers", PolicyName="buckets", PolicyDocument=listing)


def test_first_account(accounts: dict[str, Account], ansible: Ansible, journal: Journal, tmp_path: Path) -> None:
    """The first runs are with the declaration of the guide; then come more kinds of grants, and some of them go."""
    primary, secondary = accounts[PRIMARY], accounts[SECONDARY]
    primary.create_repositories("payments/api", "base/python", tags={"team": "payments"})
    primary.set_policy("payments/api", TEAM)
    with_all_kinds_of_policies(secondary)
    policies = {"images": ("access-primary", "verification"), "payments": ("access-secondary", "verification")}
    automation = Automation(accounts, policies, tmp_path)
    follower = Follower("guide_first_account", tmp_path, ansible, journal, **automation.settings)
    commands = follower.commands()
    looked, checked = next(commands), next(commands)
    assert checked.run.changed == 2
    assert checked.run["Say that a plan cannot be proven"].status == "ok"
    formerly_granted(secondary)
    registry = {"account": PRIMARY, "regions": [REGION]}
    (runtime,) = follower.variables["registry_grants"]
    runtime |= {"to": [{"account": SECONDARY, "roles": ["ecsInstanceRole"], "users": ["ci"]}]}
    by_tag = {**runtime, "name": "by-tag", "repositories": ["tag:team=payments"], "to": [{"account": SECONDARY, "users": ["ci"]}]}
    shared = {**runtime, "name": "shared", "registry": registry, "scope": "registry", "to": [{"account": SECONDARY}]}
    follower.declare(registry_grants=[runtime, by_tag, shared])
    made, verified = commands
    assert (made.run.changed, verified.run.changed) == (3, 0)
    assert primary.sids("payments/api") == ["OtherTeam", "CrossaccountRegistryPaymentsRuntimePull", "CrossaccountRegistryByTagPull"]
    follower.declare(registry_grants=[{**by_tag, "repositories": ["tag:team=payments", "tag:team=none"]}])
    primary.create_repositories("tools/lint", tags={"team": "none"})
    automation.lose("verification")
    removed = follower.playbook("crossaccount.registry.site", "-i", "inventory.yml", "-e", "site_verify=false")
    assert primary.sids("payments/api") == ["OtherTeam", "CrossaccountRegistryByTagPull"]
    # The proof comes after all that is written; it begins pushes.
    tried = {call["operation"] for call in verified.calls}
    last = max(at for at, call in enumerate(made.calls) if call["write"] and call["operation"] not in tried)
    for name, account in (("access-primary", PRIMARY), ("access-secondary", SECONDARY)):
        just_enough(name, needs_of([*checked.calls, *made.calls[: last + 1], *removed.calls], account))
    just_enough("verification", needs_of([*looked.calls, *verified.calls], PRIMARY) | needs_of([*looked.calls, *verified.calls], SECONDARY))


def test_pull_through_cache(accounts: dict[str, Account], ansible: Ansible, journal: Journal, tmp_path: Path) -> None:
    primary, secondary = accounts[PRIMARY], accounts[SECONDARY]
    primary.create_repositories("base/python")
    secondary.create_role("app")
    policies = {"images": ("cache-upstream",), "payments": ("cache-downstream",)}
    follower = Follower("guide_pull_through_cache", tmp_path, ansible, journal, **Automation(accounts, policies, tmp_path).settings)
    (made,) = follower.commands()
    assert made.run.changed > 2
    (declared,) = follower.variables["registry_caches"]
    follower.declare(registry_caches=[{**declared, "upstream": {**declared["upstream"], "repository_prefix": "ROOT"}}])
    changed = follower.playbook(*CACHE, "-e", "pull_through_cache_replace=true")
    follower.declare(registry_caches=[{**declared, "state": "absent"}])
    removed = follower.playbook(*CACHE)
    for name, account in (("cache-upstream", PRIMARY), ("cache-downstream", SECONDARY)):
        just_enough(name, needs_of([*made.calls, *changed.calls, *removed.calls], account))


def test_registry_credentials(accounts: dict[str, Account], ansible: Ansible, journal: Journal, tmp_path: Path) -> None:
    kms = accounts[PRIMARY].client("kms")
    kms.create_alias(AliasName="alias/registry-credentials", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    policies = {"images": ("credentials-owner",), "payments": ("credentials-consumer",)}
    settings = Automation(accounts, policies, tmp_path).settings
    settings["environment"]["QUAY_PASSWORD"] = "Pz7-guide"
    follower = Follower("guide_registry_credentials", tmp_path, ansible, journal, **settings)
    (made,) = follower.commands()
    assert made.run.changed > 2
    settings["environment"]["QUAY_PASSWORD"] = "Qz8-guide"
    renewed = follower.playbook(*CREDENTIALS)
    assert renewed.run.changed == 1
    (declared,) = follower.variables["registry_credentials"]
    definitions = follower.variables["registry_definitions"]
    gone = [
        {**one, kind: {**one[kind], "state": "absent"}}
        for one in definitions
        for kind in ("job_definition", "task_definition")
        if kind in one
    ]
    follower.declare(registry_definitions=gone, registry_credentials=[{**declared, "state": "absent"}])
    removed = follower.playbook(*CREDENTIALS)
    for name, account in (("credentials-owner", PRIMARY), ("credentials-consumer", SECONDARY)):
        just_enough(name, needs_of([*made.calls, *renewed.calls, *removed.calls], account))


def test_rhacs(accounts: dict[str, Account], lab: Lab, ansible: Ansible, journal: Journal, tmp_path: Path) -> None:
    primary = accounts[PRIMARY]
    primary.create_repositories("payments/api")
    push(primary.client("ecr"), "payments/api", "1")
    cluster = lab.start_cluster(name="acs", account=SECONDARY, region=REGION)
    cluster.wait_ready("central")
    central = lab.start_central(cluster=cluster)
    try:
        settings = Automation(accounts, {"images": ("rhacs-registry",), "payments": ("rhacs-cluster",)}, tmp_path).settings
        settings["environment"] |= {**central.environment, "KUBECONFIG": str(cluster.kubeconfig)}
        follower = Follower("guide_rhacs", tmp_path, ansible, journal, **settings)
        (made,) = follower.commands()
        assert made.run.changed > 2
        scanning = follower.variables["rhacs_scanning"]
        follower.declare(rhacs_scanning={**scanning, "registries": [{**scanning["registries"][0], "state": "absent"}]})
        removed = follower.playbook("crossaccount.registry.rhacs_scanning", "-i", "inventory.yml")
        for name, account in (("rhacs-registry", PRIMARY), ("rhacs-cluster", SECONDARY)):
            just_enough(name, needs_of([*made.calls, *removed.calls], account))
    finally:
        central.stop()
        cluster.stop()


def test_alicloud(alicloud: Alicloud, tmp_path: Path) -> None:
    cloud, nat = alicloud.cloud, "47.100.0.1"
    runs, owns = cloud.account(UID_A), cloud.account(UID_B)
    runs.add_vswitch("vsw-apps", "vpc-apps", nat_ip=nat)
    runs.add_security_group("sg-apps", "vpc-apps")
    owns.add_instance("cri-1a2b3c4d5e6f", name="shared", images=["payments/web:1.0"])
    policies = {"runs": (runs, "alicloud-instances"), "owns": (owns, "alicloud-registry")}
    keys = {name: account.user(AUTOMATION, EVERYTHING if UPDATE else policy_of(policy)) for name, (account, policy) in policies.items()}
    profiles = [{"name": name, "mode": "AK", "access_key_id": key.id, "access_key_secret": key.secret} for name, key in keys.items()]
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"current": "none", "profiles": profiles}))
    environment = {**alicloud.environment(None), "HOME": str(tmp_path)}

    def ansible(playbook: Any, *arguments: str, inventory: Path) -> PlaybookRun:
        endpoint = {"alicloud_endpoint_url": cloud.endpoint}
        return playbooks.run(playbook, environment, arguments, endpoint, inventory=inventory)

    follower = Follower("guide_alicloud", tmp_path, ansible, AlicloudJournal(cloud))
    (made,) = follower.commands()
    assert {one.name: one.status for one in runs.groups.values()} == {"web": "Running"}
    removed = follower.playbook(*ECI, "-e", "eci_acr_access_state=absent")
    for name, account in (("alicloud-instances", UID_A), ("alicloud-registry", UID_B)):
        just_enough(name, needs_of([*made.calls, *removed.calls], account), version="1")


def test_lab(lab: Lab, ansible: Ansible, journal: Journal, tmp_path: Path) -> None:
    """In the accounts of the demo; the first host writes the page and its data, too."""
    demo.prepare(lab)
    shutil.copy(demo.EXAMPLE / "inventory.yml", tmp_path)
    environment = {"AWS_SHARED_CREDENTIALS_FILE": demo.credentials(tmp_path)}
    (made,) = Follower("guide_lab", tmp_path, ansible, journal, environment=environment, credentials=None).commands()
    assert {host: recap["changed"] for host, recap in made.run.recap.items()} == {"images": 3, "payments": 1, "shop": 1}


def test_migration(accounts: dict[str, Account], ansible: Ansible, journal: Journal, tmp_path: Path) -> None:
    """What is there goes on to work, is shown as undeclared or as declared, and is taken over."""
    primary, secondary = accounts[PRIMARY], accounts[SECONDARY]
    primary.create_repositories("payments/api")
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    by_hand = {"Sid": "AllowPaymentsPull", "Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": pull}
    primary.set_policy("payments/api", TEAM, by_hand)
    secondary.create_role("ecsInstanceRole")
    secondary.let("ecsInstanceRole", "ecr:GetAuthorizationToken", *pull)
    policies = {"images": ("access-primary", "verification"), "payments": ("access-secondary", "verification")}
    follower = Follower("guide_migration", tmp_path, ansible, journal, **Automation(accounts, policies, tmp_path).settings)
    looked, planned, _made, verified, taken = follower.commands()
    calls = [call for done in (looked, planned, verified) for call in done.calls]
    assert not [call for call in calls if call["write"] and str(call["caller"]).endswith(f"user/{AUTOMATION}")]
    assert primary.sids("payments/api") == ["OtherTeam", "CrossaccountRegistryPaymentsRuntimePull"]
    (action,) = taken.run["Remove them from the repositories"]["actions"]
    assert action["statements_removed"] == ["AllowPaymentsPull"]
    assert [change["principal"] for change in action["access_changes"]] == [SECONDARY]


def test_the_guide_shows_the_policies() -> None:
    assert {file.stem for file in POLICIES.glob("*.json")} == set(least_privilege.TITLES)
    if UPDATE:
        least_privilege.GUIDE.write_text(least_privilege.guide())
    assert least_privilege.GUIDE.read_text() == least_privilege.guide()
