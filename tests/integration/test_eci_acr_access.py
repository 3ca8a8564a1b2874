# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Container instances pull from the registry of another account: empty accounts, one run, and what is said when a part is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration import playbooks
from tests.integration.alicloud_world import REGION, UID_A, UID_B, Alicloud
from tests.integration.jobs import StartedJob, start_job, union
from tests.integration.playbooks import PlaybookRun

PLAYBOOK = "crossaccount.registry.eci_acr_access"
NAT = "47.100.0.1"
IMAGE = "shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0"
OWN_IMAGE = "own-registry-vpc.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0"
CUSTOM_IMAGE = "registry.example.com/apps/web:1.0"
ACROSS: dict[str, Any] = {
    "name": "across",
    "registry": {"alicloud_account": UID_B, "region": REGION, "instance_id": "cri-shared", "role": "role-acr"},
    "repositories": ["apps/*"],
    "access": "pull",
    "to": [{"account": UID_A, "roles": ["role-assume"]}],
}
WITHIN: dict[str, Any] = {
    **ACROSS,
    "name": "within",
    "registry": {"alicloud_account": UID_A, "region": REGION, "instance_id": "cri-own"},
    "to": [{"account": UID_A, "roles": ["acr-only-own"]}],
}
PLACE = {"vswitch_ids": ["vsw-apps"], "security_group_id": "sg-apps", "wait_timeout": 30}
ENTRY = {"entry": NAT, "comment": "payments"}


def group(name: str, image: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "containers": [{"name": "web", "image": image}], **PLACE, **more}


class World:
    """Two accounts without a single role: A has a network and a registry of its own, B a registry that nobody gets at."""

    def __init__(self, alicloud: Alicloud, folder: Path) -> None:
        self.alicloud, self.cloud, self.folder = alicloud, alicloud.cloud, folder
        self.a, self.b = self.cloud.account(UID_A), self.cloud.account(UID_B)
        self.a.add_vswitch("vsw-apps", "vpc-apps", nat_ip=NAT)
        self.a.add_security_group("sg-apps", "vpc-apps")
        self.b.add_instance("cri-shared", name="shared", images=["apps/web:1.0"])
        own = self.a.add_instance("cri-own", name="own", images=["apps/web:1.0"])
        own.add_domain("registry.example.com")
        profiles = [
            {"name": name, "mode": "AK", "access_key_id": account.key.id, "access_key_secret": account.key.secret}
            for name, account in (("runs", self.a), ("owns", self.b))
        ]
        (folder / ".aliyun").mkdir()
        (folder / ".aliyun" / "config.json").write_text(json.dumps({"current": "none", "profiles": profiles}))
        common = {"alicloud_region": REGION, "alicloud_endpoint_url": self.cloud.endpoint}
        self.runs: dict[str, Any] = {**common, "alicloud_account_id": UID_A, "alicloud_profile": "runs"}
        self.owns: dict[str, Any] = {**common, "alicloud_account_id": UID_B, "alicloud_profile": "owns"}
        self.declaration: dict[str, Any] = {"registry_grants": [ACROSS], "eci_acr_access_pull_timeout": 1}

    def tree(self, only: Sequence[str] = ("runs", "owns"), **variables: Any) -> str:
        """The inventory, or the part of it that a slice with only these hosts has."""
        hosts = {"runs": self.runs, "owns": self.owns}
        groups = {"eci_accounts": "runs", "acr_accounts": "owns"}
        children = {name: {"hosts": {host: hosts[host]} if host in only else {}} for name, host in groups.items()}
        return json.dumps({"all": {"vars": {**self.declaration, **variables}, "children": children}})

    @property
    def environment(self) -> dict[str, str]:
        return {**self.alicloud.environment(None), "HOME": str(self.folder)}

    def play(self, *arguments: str, playbook: str = PLAYBOOK, **variables: Any) -> PlaybookRun:
        """Runs the playbook."""
        inventory = self.folder / "inventory.json"
        inventory.write_text(self.tree(**variables))
        return playbooks.run(playbook, self.environment, arguments, inventory=inventory)

    def start_slice(self, host: str) -> StartedJob:
        """Starts the playbook for one host as AWX does in a slice."""
        folder = self.folder / host
        for part in ("env", "inventory", "project"):
            (folder / part).mkdir(parents=True)
        (folder / "inventory" / "hosts.json").write_text(self.tree([host]))
        return start_job(folder, PLAYBOOK, self.environment)

    def statuses(self) -> dict[str, str]:
        """Container groups and image caches that A has, but for those that make caches."""
        groups = {one.name: one.status for one in self.a.groups.values() if one.builds is None}
        return groups | {one.name: one.status for one in self.a.caches.values()}

    def policy(self, uid: str, name: str) -> list[dict[str, Any]]:
        """The statements of a custom policy."""
        statements: list[dict[str, Any]] = json.loads(self.cloud.account(uid).policies[name].default.document)["Statement"]
        return statements


@pytest.fixture
def world(alicloud: Alicloud, tmp_path: Path) -> World:
    return World(alicloud, tmp_path)


def actions(run: PlaybookRun) -> list[tuple[str, str]]:
    """What was changed, or would be: host and resource."""
    parts = [(one.host, part) for one in run.results for part in one.result.get("results", [one.result])]
    told = [(host, action) for host, part in parts for action in part.get("actions") or () if isinstance(action, Mapping)]
    return [(host, action["resource"]) for host, action in told if action["action"] in ("created", "updated", "deleted")]


def failures(run: PlaybookRun) -> str:
    """What the failed tasks say."""
    return "\n".join(str(part.get("msg", "")) for one in run.results if one.failed for part in [one.result, *one.result.get("results", ())])


#: Three groups that cannot pull: what is taken away from each, and what the run says.
LOGIN = {"server": "registry.example.org", "user_name": "robot", "password": "Pz7-secret"}
BROKEN = [
    group("without-trust", IMAGE, grant="across"),
    group("without-attachment", OWN_IMAGE, grant="within"),
    group("without-entry", "third-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0", image_registry_credential=[LOGIN]),
]
CAUSES = [
    f"the trust policy of role role-acr in account {UID_B} (user_role_arn) does not let acs:ram::{UID_A}:role/role-assume assume it",
    f"no policy that is attached to role acr-only-own in account {UID_A} (service_role_arn) allows cr:GetAuthorizationToken on *",
    "the registry third-registry.cn-hangzhou.cr.aliyuncs.com is not reached: its public endpoint is off, or no entry of its access list",
]
#: Only what runs, as somebody's own playbook has it.
ONLY_WORKLOADS = """
- hosts: eci_accounts
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: crossaccount.registry.eci_acr_access
        tasks_from: workloads
"""


MISTYPED = """
- hosts: all
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: crossaccount.registry.eci_acr_access
        tasks_from: workloads
      when: inventory_hostname == 'runs'
    - ansible.builtin.include_role:
        name: crossaccount.registry.eci_acr_access
        tasks_from: acr_account
      when: inventory_hostname == 'owns'
"""


def test_one_run_on_empty_accounts(world: World) -> None:
    """Shown, made, unchanged in slices, in every case: across accounts, narrowed down within one, and by a domain of one's own."""
    world.declaration["registry_grants"] = [ACROSS, WITHIN, {"name": "elsewhere", "registry": {"account": "111122223333"}}]
    cache = {"name": "web", "grant": "across", "images": [IMAGE], "vswitch_id": "vsw-apps", "security_group_id": "sg-apps"}
    world.runs |= {
        "eci_acr_access_image_caches": [cache],
        "eci_acr_access_container_groups": [
            group("across", IMAGE, grant="across"),
            group("within", OWN_IMAGE, grant="within"),
            group("custom-domain", CUSTOM_IMAGE, acr_registry_info=[{"instance_id": "cri-own"}]),
        ],
        "eci_acr_access_vpc_links": [{"instance_id": "cri-own", "vpc_id": "vpc-apps", "vswitch_id": "vsw-apps"}],
    }
    world.owns["eci_acr_access_endpoints"] = [{"instance_id": "cri-shared", "public": True, "acl": [ENTRY]}]
    check = world.play("--check", "--diff").succeeded()
    assert world.cloud.writes() == []
    real = world.play().succeeded()
    assert sorted(actions(real)) == sorted(actions(check))
    assert world.statuses() == {**dict.fromkeys(["across", "within", "custom-domain"], "Running"), "web": "Ready"}
    # Least privilege, and trust in one role.
    assert world.policy(UID_A, "crossaccount-registry-role-assume") == [
        {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": [f"acs:ram::{UID_B}:role/role-acr"]}
    ]
    assert json.loads(world.b.roles["role-acr"].trust)["Statement"] == [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{UID_A}:role/role-assume"]}}
    ]
    assert [item.name for item in world.b.roles["role-acr"].attached] == ["crossaccount-registry-role-acr"]
    assert sorted(world.a.roles) == ["acr-only-own", "aliyunserviceroleforeci", "role-assume"]
    world.cloud.clear_journal()
    again = union(job.wait() for job in [world.start_slice(host) for host in ("runs", "owns")]).succeeded()
    assert again.changed == 0, actions(again)
    assert world.cloud.writes() == []
    broken(world)
    gone = world.play(eci_acr_access_state="absent").succeeded()
    assert ("owns", "role/role-acr") in actions(gone)
    assert (world.statuses().keys() & {"across", "within", "custom-domain", "web"}, world.b.roles, world.a.policies) == (set(), {}, {})


def broken(world: World) -> None:
    """A part of the chain goes, and the run names it."""
    trust = world.b.roles["role-acr"].trust
    world.b.roles["role-acr"].trust = trust.replace("role/role-assume", "role/acr-only-own")
    world.a.roles["acr-only-own"].attached.clear()
    world.a.add_instance("cri-third", name="third", images=["apps/web:1.0"]).open_internet("10.0.0.1/32")
    groups = world.runs["eci_acr_access_container_groups"]
    caches = world.runs.pop("eci_acr_access_image_caches")
    world.runs["eci_acr_access_container_groups"] = BROKEN
    run = world.play("-vvv", playbook=ONLY_WORKLOADS)
    assert run.returncode
    said = failures(run)
    assert [cause for cause in CAUSES if cause not in said] == [], said
    assert "without-entry" in str(run)
    assert LOGIN["password"] not in str(run)
    world.runs |= {"eci_acr_access_container_groups": groups, "eci_acr_access_image_caches": caches}


def test_one_grant_from_flat_variables(world: World) -> None:
    """As a survey asks for them: account ids arrive as numbers."""
    answers = {
        "grant_name": "payments",
        "registry_account_id": int(UID_B),
        "registry_instance_id": "cri-shared",
        "repositories": "apps/web, base/*",
        "eci_account_id": int(UID_A),
        "eci_roles": "role-assume",
    }
    run = world.play("--check", registry_grants=None, eci_acr_access_permissions="system", **answers).succeeded()
    assert actions(run) == [("runs", "role/role-assume"), ("owns", "role/registry-payments")]
    wanted = [
        part["actions"][0]["settings"]["policies"] for one in run.results for part in one.result.get("results", ()) if "actions" in part
    ]
    assert [policy["name"] for policies in wanted for policy in policies] == [
        "AliyunSTSAssumeRoleAccess",
        "AliyunContainerRegistryReadOnlyAccess",
    ]


def test_what_is_mistyped_is_not_passed_over(world: World) -> None:
    """An option that nobody reads, and an account that no grant names."""
    world.runs["eci_acr_access_container_groups"] = [{**group("across", IMAGE, grant="across"), "vswitch_id": "vsw-apps"}]
    world.owns["alicloud_account_id"] = f"{UID_B[:-1]}2"
    said = failures(world.play(playbook=MISTYPED))
    assert "eci_acr_access_container_groups.vswitch_id. Supported parameters include: acr_registry_info" in said
    assert f"the credentials are those of account {UID_B}, but 'account_id' is {UID_B[:-1]}2" in said
    assert world.cloud.writes() == []


@pytest.mark.parametrize("kind", ["image_caches", "container_groups"])
def test_all_that_what_runs_can_be_told_is_declared(kind: str) -> None:
    role = playbooks.ROOT / "roles" / "eci_acr_access"
    caches, groups = (role / "tasks" / "workloads.yml").read_text().split("- name: Run container groups")
    used = set(re.findall(r"eci_acr_access_(?:item|whole)\.(\w+)", {"image_caches": caches, "container_groups": groups}[kind]))
    specification = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]["workloads"]
    assert used == specification["options"][f"eci_acr_access_{kind}"]["options"].keys() - {"grant", "role"}
