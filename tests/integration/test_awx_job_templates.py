# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job templates, surveys and a workflow in AWX, by its own modules, and the jobs that they make."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import PRIMARY, SECONDARY, Ansible
from tests.integration.playbooks import PlaybookRun
from tests.lab.awx import Awx

PLAYBOOK = "crossaccount.registry.awx_job_templates"
PROJECT = Path(__file__).parents[2] / "examples" / "awx-project"
URL = "https://git.example.com/platform/registry-access.git"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HUB = f"arn:aws:iam::{PRIMARY}:role/automation"
VARIABLES: dict[str, Any] = {
    "awx_job_templates_prefix": "ECR ",
    "awx_job_templates_project_scm_url": URL,
    "awx_job_templates_execution_environment_image": "registry.example.com/ee:1.0",
    "awx_job_templates_credential_inputs": {"access_key": PRIMARY, "secret_key": SECRET, "role_arn": HUB, "external_id": "awx"},
    "awx_job_templates_accounts": [
        {"name": "images", "account_id": PRIMARY, "groups": ["primary_accounts"]},
        {"name": "payments", "account_id": SECONDARY, "groups": ["secondary_accounts"], "variables": {"aws_regions": ["eu-west-1"]}},
    ],
}


@pytest.fixture(scope="module")
def one_awx() -> Iterator[Awx]:
    with Awx() as awx:
        yield awx


@pytest.fixture
def awx(one_awx: Awx) -> Awx:
    """An empty AWX that can reach the example project."""
    one_awx.reset()
    one_awx.add_repository(URL, PROJECT)
    return one_awx


class Setup:
    """Runs the playbook against AWX."""

    def __init__(self, ansible: Ansible, awx: Awx) -> None:
        self._ansible, self._awx = ansible, awx

    def __call__(self, *arguments: str, **variables: Any) -> PlaybookRun:
        given = {**VARIABLES, **variables}
        settings = {"credentials": None, "region": None, "environment": self._awx.environment}
        return self._ansible(PLAYBOOK, *arguments, variables=given, **settings)


@pytest.fixture
def setup(ansible: Ansible, awx: Awx) -> Setup:
    return Setup(ansible, awx)


def test_first(setup: Setup, awx: Awx) -> None:
    check = setup("--check")
    print(check)
    check.succeeded()
    assert awx.writes() == []
    run = setup()
    print(run, run.seconds)
    run.succeeded()
    again = setup()
    print(again)
    assert again.succeeded().changed == 0
    print(json.dumps(awx.names("job_templates")))
