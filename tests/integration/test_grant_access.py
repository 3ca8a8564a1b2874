# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One grant from flat variables, as a survey gives them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.accounts import Fleet, policies, sids
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.playbooks import PlaybookRun

ELSEWHERE = "eu-central-1"
ANSWERS = {
    "grant_name": "base-images",
    "access": "pull",
    "secondary_account_id": SECONDARY,
    "secondary_roles": "ecsInstanceRole, ci",
    "repositories": "base/*\npayments/web",
    "regions": REGION,
}
#: A grant that the playbook was not asked about.
DECLARED = {
    "Sid": "CrossaccountRegistryDeclaredPull",
    "Effect": "Allow",
    "Principal": {"AWS": OTHER},
    "Action": ["ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"],
}


@pytest.fixture
def fleet(tmp_path: Path, primary: Account, secondary: Account) -> Fleet:
    """Two registries, each in two regions; a grant of the declaration is there already."""
    primary.create_repositories("base/python", "payments/web", "payments/api")
    primary.create_repositories("base/python", region=ELSEWHERE)
    primary.set_policy("payments/web", DECLARED)
    for role in ("ecsInstanceRole", "ci"):
        secondary.create_role(role)
    fleet = Fleet(tmp_path)
    fleet.primaries["tools"] = {"aws_account_id": OTHER, "aws_profile": "shop"}
    fleet.common["aws_regions"] = [REGION, ELSEWHERE]
    fleet.write({})
    return fleet


class Survey:
    """Runs the playbook as AWX does: the answers come in a file, marked unsafe, which makes numbers of texts that look like one."""

    def __init__(self, ansible: Ansible, fleet: Fleet, folder: Path) -> None:
        self._ansible, self._fleet, self._file = ansible, fleet, folder / "answers.yml"

    def __call__(self, *arguments: str, **changes: Any) -> PlaybookRun:
        answers = {key: value for key, value in {**ANSWERS, **changes}.items() if value is not None}
        self._file.write_text("".join(f"{key}: {_unsafe(value)}\n" for key, value in answers.items()))
        return self._ansible("crossaccount.registry.grant_access", "-e", f"@{self._file}", *arguments, **self._fleet.settings)


def _unsafe(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_unsafe, value))}]"
    if not isinstance(value, str):
        return str(value)
    return f"!unsafe {json.dumps(value)}"


@pytest.fixture
def survey(ansible: Ansible, fleet: Fleet, tmp_path: Path) -> Survey:
    return Survey(ansible, fleet, tmp_path)


def changed(run: PlaybookRun) -> dict[str, int]:
    return {host: its["changed"] for host, its in run.succeeded().recap.items()}


def test_made_unchanged_changed_and_taken_away(survey: Survey, journal: Journal, primary: Account, secondary: Account) -> None:
    """A grant of the same name leaves nothing of what it was, and no other grant is touched."""
    assert changed(survey(registry_account_id=PRIMARY)) == {"images": 1, "payments": 1, "shop": 0, "tools": 0}
    assert primary.sids("base/python") == ["CrossaccountRegistryBaseImagesPull"]
    assert primary.sids("payments/web") == ["CrossaccountRegistryDeclaredPull", "CrossaccountRegistryBaseImagesPull"]
    assert primary.sids("payments/api") == primary.sids("base/python", ELSEWHERE) == []
    names = [f"arn:aws:iam::{SECONDARY}:role/{role}" for role in ("ci", "ecsInstanceRole")]
    assert primary.statements("base/python")[0]["Principal"] == {"AWS": names}
    found = policies(secondary)
    assert set(found) == {"crossaccount-registry-role-ci", "crossaccount-registry-role-ecsInstanceRole"}
    assert found["crossaccount-registry-role-ci"]["Statement"][1]["Resource"] == [
        f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/{name}" for name in ("base/*", "payments/web")
    ]

    journal.clear()
    lists = {"secondary_roles": ["ecsInstanceRole", "ci"], "repositories": ["base/*", "payments/web"], "regions": [REGION]}
    assert survey(registry_account_id=PRIMARY, **lists).succeeded().changed == 0
    assert journal.writes() == []

    moved = {"access": "pull_push", "secondary_roles": "ci", "repositories": " base/python,", "regions": ELSEWHERE}
    assert changed(survey(registry_account_id=PRIMARY, **moved)) == {"images": 1, "payments": 1, "shop": 0, "tools": 0}
    assert primary.sids("base/python", ELSEWHERE) == ["CrossaccountRegistryBaseImagesPullpush"]
    assert primary.sids("base/python") == []
    assert primary.sids("payments/web") == ["CrossaccountRegistryDeclaredPull"]
    found = policies(secondary)
    assert {name: sids(document) for name, document in found.items()} == {
        "crossaccount-registry-role-ci": ["CrossaccountRegistryLogin", "CrossaccountRegistryBaseImagesPullpush"]
    }

    # The answers of a survey that takes a grant away need not be those that made it.
    assert changed(survey(registry_account_id=PRIMARY, grant_state="absent")) == {"images": 1, "payments": 1, "shop": 0, "tools": 0}
    assert policies(secondary) == {}
    assert primary.sids("base/python", ELSEWHERE) == []
    assert primary.sids("payments/web") == ["CrossaccountRegistryDeclaredPull"]


def test_accounts_that_are_not_in_the_inventory_are_told(survey: Survey) -> None:
    run = survey(registry_account_id="999900001111", secondary_account_id="999900002222", secondary_roles="").succeeded()
    assert run.changed == 0
    told = " ".join(run.stdout.split())
    assert "No secondary account of this inventory is 999900002222, so nothing is written there." in told
    assert "No primary account of this inventory is 999900001111, so nothing is written there." in told


def test_a_whole_account_and_regions_of_the_inventory(survey: Survey, primary: Account, secondary: Account) -> None:
    survey(registry_account_id=PRIMARY, secondary_roles="", regions="", repositories="base/python").succeeded()
    for region in (REGION, ELSEWHERE):
        (statement,) = primary.statements("base/python", region)
        assert statement["Principal"] == {"AWS": [SECONDARY]}
    assert policies(secondary) == {}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"registry_account_id": None}, "the inventory has 2 primary accounts; say with registry_account_id whose registry it is"),
        ({"access": ""}, "grant_access needs grant_name, access, secondary_account_id, repositories, and regions"),
        ({"repositories": None}, "grant_access needs grant_name, access, secondary_account_id, repositories, and regions"),
        (
            {"secondary_account_id": 44455556666},
            "secondary_account_id is '44455556666' and the registry's account '111122223333'; an account",
        ),
        ({"registry_account_id": "images"}, "the registry's account 'images'; an account id has 12 digits"),
        ({"grant_state": "removed"}, "grant_state is 'removed', it must be present or absent"),
        ({"grant_name": "{{ lookup('ansible.builtin.pipe', 'touch %s') }}"}, "name must be letters, digits, - and _"),
        ({"repositories": " , \n"}, "grant_access needs grant_name"),
        ({"secondary_roles": " , \n"}, "secondary_roles names no role; leave it empty to grant to the whole account"),
        ({"regions": "everywhere"}, "registry.regions: 'everywhere' is no region"),
    ],
)
def test_answers_that_are_refused_before_any_write(
    survey: Survey, journal: Journal, tmp_path: Path, answers: dict[str, Any], words: str
) -> None:
    journal.clear()
    trap = tmp_path / "executed"
    given = {key: value.replace("%s", str(trap)) if isinstance(value, str) else value for key, value in answers.items()}
    run = survey(**{"registry_account_id": PRIMARY, **given})
    assert run.returncode != 0
    assert words in " ".join(str(run).split())
    assert journal.writes() == []
    assert not trap.exists()
