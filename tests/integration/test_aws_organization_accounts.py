# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts of an organization as hosts: the examples as written, the cache, refusals, and a playbook that reaches the accounts."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.lab import Lab

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "plugins" / "inventory" / "aws_organization_accounts.py"
NAME = "crossaccount.registry.aws_organization_accounts"
ORGANIZATION, PATH = "o-a1b2c3d4e5", "o-a1b2c3d4e5/r-ab12/"
WORKLOADS, PRODUCTION, TEST = "ou-ab12-11111111", "ou-ab12-22222222", "ou-ab12-33333333"
SANDBOX, STRANGE = "222233334444", "333344445555"
MEMBERS: dict[str, dict[str, Any]] = {
    PRIMARY: {"path": PATH, "name": "Images", "tags": {"registry": "primary"}},
    SECONDARY: {"path": f"{PATH}{WORKLOADS}/{PRODUCTION}/", "name": "Payments", "tags": {"stage": "prod", "admin_role": "payments/admin"}},
    OTHER: {"path": f"{PATH}{WORKLOADS}/{TEST}/", "name": "Web shop", "tags": {"stage": "test"}},
    SANDBOX: {"path": f"{PATH}{WORKLOADS}/{PRODUCTION}/", "name": "sandbox-7"},
    STRANGE: {"path": PATH, "name": "{{ 6 * 7 }}", "state": "CLOSED"},
}
UNITS = {f"{PATH}{WORKLOADS}/": "Workloads", f"{PATH}{WORKLOADS}/{PRODUCTION}/": "Production", f"{PATH}{WORKLOADS}/{TEST}/": "Test"}


class Told(NamedTuple):
    """What ansible-inventory printed."""

    inventory: dict[str, Any]
    stderr: str

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        return dict(self.inventory["_meta"]["hostvars"])

    def group(self, name: str) -> list[str]:
        return sorted(self.inventory.get(name, {}).get("hosts", []))


class Inventories:
    """Inventory files in a folder of their own, which is the home too."""

    def __init__(self, folder: Path, ansible: Ansible) -> None:
        self._folder = folder
        self._ansible = ansible

    def file(self, text: Any, name: str = "a") -> Path:
        file = self._folder / f"{name}.aws_organization_accounts.yml"
        file.write_text(text if isinstance(text, str) else json.dumps({"plugin": NAME, **text}))
        return file

    def __call__(self, *files: Path, account: str = PRIMARY, arguments: tuple[str, ...] = (), **environment: str) -> Told:
        command = ["ansible-inventory", "--list", *arguments]
        for file in files:
            command += ["-i", str(file)]
        everything = {**self._ansible.environment(account, None), "HOME": str(self._folder), "ANSIBLE_FORCE_COLOR": "0", **environment}
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=everything, cwd=self._folder)
        assert ended.returncode == 0, ended.stderr
        return Told(json.loads(ended.stdout), " ".join(ended.stderr.split()))


@pytest.fixture
def inventories(tmp_path: Path, ansible: Ansible, lab: Lab) -> Inventories:
    """Inventories of an organization that PRIMARY manages."""
    lab.set_organization(ORGANIZATION, MEMBERS, management=PRIMARY, units=UNITS)
    return Inventories(tmp_path, ansible)


def examples() -> list[str]:
    """The inventory files that the documentation shows."""
    nodes = [node for node in ast.parse(PLUGIN.read_text()).body if isinstance(node, ast.Assign)]
    texts = {node.targets[0].id: node.value.value for node in nodes if isinstance(node.value, ast.Constant)}  # type: ignore[attr-defined]
    found = str(texts["EXAMPLES"]).split("---\n")
    assert [document["plugin"] for document in yaml.safe_load_all(str(texts["EXAMPLES"]))] == [NAME] * len(found)
    return found


def test_the_first_example_is_all_active_accounts(inventories: Inventories, lab: Lab, journal: Journal) -> None:
    journal.clear()
    lab.fail_next("ListAccountsForParent", error="TooManyRequestsException", times=2)
    found = inventories(inventories.file(examples()[0]))
    assert found.stderr == ""
    assert found.hosts["Payments"] == {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "aws_account_id": SECONDARY,
        "aws_account_name": "Payments",
        "aws_account_state": "ACTIVE",
        "aws_assume_role_arn": f"arn:aws:iam::{SECONDARY}:role/OrganizationAccountAccessRole",
        "aws_management_account_id": PRIMARY,
        "aws_organization_id": ORGANIZATION,
        "aws_organization_path": f"{PATH}{WORKLOADS}/{PRODUCTION}/",
        "aws_organizational_units": ["Workloads", "Production"],
    }
    assert "aws_assume_role_arn" not in found.hosts["Images"]
    assert sorted(found.inventory["ou_Workloads"]["children"]) == ["ou_Workloads_Production", "ou_Workloads_Test"]
    assert found.group("ou_Workloads_Production") == ["Payments", "sandbox-7"]
    assert found.group("state_active") == found.group("aws_accounts") == ["Images", "Payments", "Web-shop", "sandbox-7"]
    assert "ListTagsForResource" not in [call["operation"] for call in journal.calls()]
    done = [call for call in journal.calls() if call["status"] == 200]
    assert len(done) == 2 + 2 * 4  # who asks, the root, and two for the root and each unit


def test_the_second_example_has_a_cache_and_works_from_a_delegated_administrator(
    inventories: Inventories, lab: Lab, journal: Journal
) -> None:
    lab.set_organization(ORGANIZATION, MEMBERS, management=PRIMARY, units=UNITS, delegated=[OTHER])
    file = inventories.file(examples()[1])
    first = inventories(file, account=OTHER)
    assert first.stderr == ""
    assert first.group("primary_accounts") == ["Images"]
    assert first.group("secondary_accounts") == ["Payments", "Web-shop"]
    assert sorted(first.hosts) == ["Images", "Payments", "Web-shop"]
    assert first.hosts["Images"]["aws_assume_role_arn"] == f"arn:aws:iam::{PRIMARY}:role/platform-admin"
    assert first.hosts["Images"]["aws_assume_role_external_id"] == "registry-automation"
    assert "aws_assume_role_arn" not in first.hosts["Web-shop"]
    journal.clear()
    assert inventories(file, account=OTHER) == first
    assert journal.calls() == []
    inventories.file(examples()[1].replace('"sandbox-*", ', ""))
    assert sorted(inventories(file, account=OTHER).hosts) == ["Images", "Payments", "Web-shop", "sandbox-7"]
    assert journal.calls()
    journal.clear()
    inventories(file, account=OTHER, arguments=("--flush-cache",))
    assert journal.calls()


def test_the_third_example_reads_the_management_account_by_a_role(inventories: Inventories, lab: Lab, primary: Account) -> None:
    primary.create_role("organization-reader", {"AWS": OTHER}, Condition={"StringEquals": {"sts:ExternalId": "registry-automation"}})
    reads = ("ListRoots", "ListOrganizationalUnitsForParent", "ListAccountsForParent", "ListTagsForResource")
    primary.let("organization-reader", *(f"organizations:{read}" for read in reads))
    members = {**MEMBERS, STRANGE: {**MEMBERS[STRANGE], "state": "ACTIVE"}, SANDBOX: {**MEMBERS[SANDBOX], "name": "web SHOP"}}
    lab.set_organization(ORGANIZATION, members, management=PRIMARY, units=UNITS)
    found = inventories(inventories.file(examples()[2]), account=OTHER)
    assert sorted(found.hosts) == sorted(["images", "payments", f"web-shop-{OTHER}", f"web-shop-{SANDBOX}", "6-7"])
    assert "would share the name of a host or of a group, and have their id added" in found.stderr
    assert found.group("tag_stage_prod") == ["payments"]
    assert found.hosts["payments"]["aws_assume_role_arn"] == f"arn:aws:iam::{SECONDARY}:role/payments/admin"
    assert found.hosts["images"]["aws_assume_role_arn"] == f"arn:aws:iam::{PRIMARY}:role/platform-admin"
    assert "aws_assume_role_arn" not in found.hosts[f"web-shop-{OTHER}"]
    assert found.hosts["payments"]["stage"] == "prod"
    assert found.hosts["6-7"]["aws_account_name"] == {"__ansible_unsafe": "{{ 6 * 7 }}"}


#: Each is a file of its own: what it has, and what is said.
REFUSED: dict[str, tuple[Mapping[str, Any], str]] = {
    "number": ({"include_filters": [{"ids": [111122223333]}]}, "include_filters[0].ids is 111122223333; an account id has 12 digits"),
    "key": ({"primary_accounts": [{"account": PRIMARY}]}, "'primary_accounts[0]' has no account; an entry has ids, names,"),
    "unit": (
        {"exclude_filters": [{"organizational_units": "Prod"}]},
        "'exclude_filters': organization o-a1b2c3d4e5 has no organizational unit",
    ),
    "role": ({"assume_role": {"arn": "x"}}, "'assume_role' has no arn; it has role_arn, external_id,"),
    "name": ({"hostname": "account"}, "'hostname' is 'account'; it is 'name', 'id', or a template"),
    "template": ({"hostname": "{{ nothing_here }}"}, "the template '{{ nothing_here }}' for account 111122223333:"),
    "state": ({"states": ["OPEN"]}, "OPEN"),
    "option": ({"exclude_filter": [{"names": "sandbox*"}]}, "there is no option exclude_filter; did you mean exclude_filters?"),
    "member": (
        {"access_key": SECONDARY, "secret_key": "any"},
        "AccessDeniedException: You don't have permissions to access this resource.",
    ),
    "outside": ({"access_key": "999988887777", "secret_key": "any"}, "AWSOrganizationsNotInUseException: Your account is not a member"),
    "assumed": ({"assume_role": {"role_arn": f"arn:aws:iam::{PRIMARY}:role/nobody"}}, "AssumeRole: AccessDenied"),
    "strict": ({"compose": {"x": "nothing_here"}, "strict": True}, "Could not set x for host Images"),
}


def test_what_cannot_be_is_refused_in_clear_words(inventories: Inventories, primary: Account) -> None:
    files = {name: inventories.file(options, name) for name, (options, _text) in REFUSED.items()}
    denied = inventories.file({"profile": "reader"}, "denied")
    credentials = denied.parent / "credentials"
    reader = primary.create_user("reader", "organizations:ListRoots")
    credentials.write_text(f"[reader]\naws_access_key_id={reader.access_key}\naws_secret_access_key={reader.secret_key}\n")
    found = inventories(*files.values(), denied, AWS_SHARED_CREDENTIALS_FILE=str(credentials))
    for name, (_options, text) in REFUSED.items():
        assert f"{files[name]}" in found.stderr and text in found.stderr, f"{name}: {found.stderr}"
    assert "has to allow organizations:ListOrganizationalUnitsForParent" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_playbook_reaches_the_accounts(
    inventories: Inventories, ansible: Ansible, journal: Journal, primary: Account, secondary: Account
) -> None:
    central = {"AWS": PRIMARY}
    secondary.create_role("platform-admin", central, Condition={"StringEquals": {"sts:ExternalId": "registry-automation"}})
    secondary.let("platform-admin", "*")
    secondary.create_role("ecsInstanceRole")
    primary.create_repositories("payments/api")
    file = inventories.file(
        {
            "role_name": "platform-admin",
            "role_external_id": "registry-automation",
            "primary_accounts": [{"ids": PRIMARY}],
            "secondary_accounts": [{"organizational_units": "Workloads/Production"}],
            "exclude_filters": [{"names": "sandbox-*"}],
        }
    )
    # What an organization's path is in a host, it is in a grant.
    grant = {
        "name": "payments-runtime",
        "registry": {"account": PRIMARY, "regions": [REGION]},
        "repositories": ["payments/*"],
        "access": "pull",
        "to": [
            {"account": SECONDARY, "roles": ["ecsInstanceRole"]},
            {"organization": ORGANIZATION, "paths": ["{{ hostvars['Payments'].aws_organization_path }}*"]},
        ],
    }
    variables = {"registry_grants": [grant], "aws_regions": [REGION]}
    enabled = {"ANSIBLE_INVENTORY_ENABLED": "ansible.builtin.auto"}
    run = ansible("crossaccount.registry.site", inventory=file, variables=variables, environment=enabled).succeeded()
    assert {result.host for result in run.results if result.changed} >= {"Images", "Payments"}
    assumed = [call["parameters"]["RoleArn"] for call in journal.calls("AssumeRole") if "platform-admin" in call["parameters"]["RoleArn"]]
    assert set(assumed) == {f"arn:aws:iam::{SECONDARY}:role/platform-admin"}
    assert f"{PATH}{WORKLOADS}/{PRODUCTION}/*" in str(primary.policy_text("payments/api"))
