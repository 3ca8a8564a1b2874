# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection in other people's automation: their roles include ours, from the built artifact, with settings of their own."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.guides import blocks
from tests.integration.playbooks import PlaybookRun, TaskResult

PROJECT = Path(__file__).parent / "inclusion"
PROFILES = {"images": PRIMARY, "payments": SECONDARY, "shop": OTHER}

ROLES = "crossaccount.registry."
RUNTIME, DELIVERY = "CrossaccountRegistryPaymentsRuntimePull", "CrossaccountRegistryShopDeliveryPush"
#: A setting from the group, one from the play, one from the include, one from the command line, and a default of the play for modules.
LEVELS = {"wait_timeout": 71, "workers": 4, "orphan_principals": "drop", "on_error": "continue", "aws_ca_bundle": "none.pem"}
#: What the roles leave behind.
LEFT = {
    "images": ["primary_account_registry_policies", "primary_account_repository_policies", "primary_account_trust_policies"],
    "payments": ["secondary_account_registry_policies"],
    "shop": ["secondary_account_registry_policies"],
}
SETTINGS = {
    "ANSIBLE_ERROR_ON_UNDEFINED_VARS": "false",
    "ANSIBLE_FORKS": "1",
    "ANSIBLE_HASH_BEHAVIOUR": "merge",
    "ANSIBLE_INJECT_FACT_VARS": "false",
    "ANSIBLE_JINJA2_NATIVE": "true",
    "ANSIBLE_PRIVATE_ROLE_VARS": "true",
}
#: What a survey makes of the settings of our roles.
ANSWERS = {
    "access_verification_account_id": int(PRIMARY),
    "access_verification_enforce": "true",
    "access_verification_method": "evaluate",
    "access_verification_regions": "eu-west-1",
    "access_verification_require_probe": "false",
    "access_verification_sides": "primary",
    "access_verification_ungranted_limit": "100",
    "access_verification_validate_caches": "false",
    "access_verification_workers": "2",
    "primary_account_allow_no_match": "true",
    "primary_account_id": int(PRIMARY),
    "primary_account_regions": "eu-west-1",
    "primary_account_wait_timeout": "5",
    "primary_account_workers": "2",
    "pull_through_cache_account_id": int(PRIMARY),
    "pull_through_cache_replace": "false",
    "pull_through_cache_validate": "false",
    "registry_credentials_account_id": int(PRIMARY),
    "registry_credentials_recovery_window_in_days": "7",
    "registry_credentials_verify": "false",
    "rhacs_scanning_account_id": int(PRIMARY),
    "rhacs_scanning_cluster": "",
    "rhacs_scanning_restart_timeout": "60",
    "rhacs_scanning_take_over": "false",
    "rhacs_scanning_test": "false",
    "secondary_account_id": int(PRIMARY),
    "secondary_account_workers": "2",
}

Play = Callable[..., PlaybookRun]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project, a home, and a folder for temporary files."""
    folder = tmp_path_factory.mktemp("platform")
    shutil.copytree(PROJECT, folder / "project")
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    (folder / "home" / "credentials").write_text(
        "\n".join(f"[{name}]\naws_access_key_id={account}\naws_secret_access_key=any\n" for name, account in PROFILES.items())
    )
    return folder


@pytest.fixture
def play(ansible: Ansible, installed: Path, place: Path) -> Play:
    """Runs a playbook of the project, where only what is installed is seen."""
    project = place / "project"
    settings = {
        "ANSIBLE_COLLECTIONS_PATH": str(installed),
        "ANSIBLE_CONFIG": str(project / "ansible.cfg"),
        "AWS_SHARED_CREDENTIALS_FILE": str(place / "home" / "credentials"),
        "HOME": str(place / "home"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "",
        "TMPDIR": str(place / "tmp"),
    }

    def run(name: str, *arguments: str, environment: Mapping[str, str] | None = None, **others: Any) -> PlaybookRun:
        others = {"inventory": project / "inventory.yml", "credentials": None, **others}
        done = ansible.start(project / f"{name}.yml", *arguments, environment={**settings, **(environment or {})}, **others).wait()
        assert not list((place / "tmp").iterdir())
        assert not list((place / "home" / ".ansible" / "tmp").iterdir())
        return done

    return run


@pytest.fixture(autouse=True)
def accounts(primary: Account, secondary: Account, other: Account) -> None:
    """What is there before."""
    primary.create_repositories("payments/api", "shop/web")
    secondary.create_role("app")
    other.create_role("ci")


def ours(run: PlaybookRun, task: str) -> list[TaskResult]:
    """What each run of a task of our roles returned."""
    return [one for one in run.results if one.task.startswith(ROLES) and one.task.endswith(f" : {task}")]


def modules(run: PlaybookRun) -> list[str]:
    """The files of all modules that ran, in their order."""
    return re.findall(r"Using module file (\S+)", run.stdout)


def changes(run: PlaybookRun) -> list[tuple[str, str, Any]]:
    """What was changed, or would have been."""
    return [(one.task, one.host, one["actions"]) for one in run.results if one.changed and "actions" in one.result]


def test_roles_of_roles(play: Play, installed: Path, primary: Account, journal: Journal) -> None:
    """In check mode, for real, and once more with every setting of Ansible that could matter."""
    journal.clear()
    planned = play("site", "--check", "--diff").succeeded()
    assert not journal.writes()
    made = play("site", "-vvv").succeeded()
    assert sorted(changes(planned), key=str) == sorted(changes(made), key=str)
    assert len(changes(made)) == 3
    collections = str(installed / "ansible_collections" / "crossaccount")
    assert {file for file in modules(made) if not file.startswith(collections)} == set()
    assert len(modules(made)) == 7
    assert primary.sids("payments/api") == ["CrossaccountRegistryPaymentsRuntimePull"]
    assert made["Use what the role has made public"]["msg"] == "CrossaccountRegistry"
    assert made["platform_registry : Prove it"]["summary"]["mismatched"] == 0
    again = play("site", environment=SETTINGS).succeeded()
    assert again.changed == 0
    assert set(re.findall(r"WARNING\]: (\w+)", again.stderr)) == {"Deprecation", "DEFAULT_JINJA2_NATIVE", "DEFAULT_UNDEFINED_VAR_BEHAVIOR"}


def test_ways(play: Play) -> None:
    """Each include does what its own variables say, whatever others are called, and leaves only what is documented."""
    run = play("ways", "-e", "primary_account_on_error=continue").succeeded()
    first, *each, _refused, emptied = ours(run, "Write the policies of the repositories")
    given = first["invocation"]["module_args"]
    assert {name: given[name] for name in LEVELS} == LEVELS
    assert [sid for one in each for action in one["actions"] for sid in action["statements_added"]] == [RUNTIME, DELIVERY]
    assert [sid for action in emptied["actions"] for sid in action["statements_removed"]] == [RUNTIME, DELIVERY]
    assert "outside of 'allowed_accounts'" in run["Say what was refused"]["msg"]
    waited = [one["invocation"]["module_args"]["wait_timeout"] for one in ours(run, "Write the policies of the roles")]
    assert sorted(waited) == [5, 5, 60, 60]
    assert re.findall(r"WARNING\]: (.*)", run.stderr) == ["The loop variable 'item' is already in use."]
    for host, role in LEFT.items():
        before, after = (one for one in run.results if one.host == host and one.task == "Look at what there is")
        before, after = (one["ansible_facts"]["platform_snapshots"][-1] for one in (before, after))
        new = {name for name in set(after.pop("variables")) - set(before.pop("variables")) if not name.startswith("ansible_failed_")}
        assert new == {"platform_snapshots", *role}
        assert after == before


def test_answers(play: Play) -> None:
    run = play("answers", variables=ANSWERS).succeeded()
    assert [one["invocation"]["module_args"]["workers"] for one in ours(run, "Write the policies of the repositories")] == [2]


def test_tags(play: Play) -> None:
    """A tag reaches all of a role, however it is brought in, also what the role includes itself."""
    run = play("tags", "--tags", "proof")
    assert not ours(run, "Write the policies of the repositories")
    assert [one.status for one in ours(run, "Fail when it is not as declared")] == ["failed", "failed"]
    skipped = play("tags", "--skip-tags", "proof,registry").succeeded()
    assert [one.task for one in skipped.results] == ["What has no tag"]


def test_servers(play: Play, place: Path) -> None:
    """Hosts that are no accounts: AWS is asked from the controller, or not at all; what could not be asked is not proven."""
    run = play("servers")
    asked = [(one.host, one.status, one.changed) for one in ours(run, "Write the policies of the roles")]
    assert asked == [("web1", "ok", True), ("payments", "ok", False)]
    assert [one.status for one in ours(run, "Check what the principals of this account can do")] == ["unreachable"]
    (refused,) = ours(run, "Refuse to judge what could not be looked at")
    assert refused.failed
    assert not ours(run, "Fail when it is not as declared")
    assert list(json.loads((place / "home" / "auth.json").read_text())["auths"]) == [f"{PRIMARY}.dkr.ecr.{REGION}.amazonaws.com"]
    assert run["See what the grants mean"]["msg"] == [[RUNTIME, DELIVERY], True]


def test_limit(play: Play) -> None:
    """Where it starts at the first task of a role, with one host, which knows the others."""
    run = play("site", "--limit", "payments", "--start-at-task", f"{ROLES}access_verification : Refuse to prove nothing")
    assert {one.host for one in run.results} == {"payments"}
    assert run.results[0].task == f"{ROLES}access_verification : Refuse to prove nothing"
    (verdict,) = ours(run, "Fail when it is not as declared")
    assert "the registry's side" in verdict.msg


def test_the_guide_shows_the_project() -> None:
    """What it shows is in the files that are run here, and so are the playbooks that it runs."""
    shown = [block for block in blocks("guide_include") if block.name]
    assert len(shown) > 5
    assert not [block for block in shown if block.body not in (PROJECT / str(block.name)).read_text()]
    commands = [line for block in blocks("guide_include") if block.language == "console" for line in block.body.splitlines()]
    playbooks = [line.split()[1] for line in commands if line.startswith("ansible-playbook ")]
    assert playbooks and not [name for name in playbooks if not (PROJECT / name).exists()]
