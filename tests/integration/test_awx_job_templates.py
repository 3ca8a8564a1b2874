# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job templates, surveys and a workflow in AWX, made by its own modules; and what jobs do that are launched from them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.accounts import policies, sids
from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Ansible
from tests.integration.jobs import JobRun, start_job, union
from tests.integration.playbooks import PlaybookRun
from tests.lab import Lab
from tests.lab.awx import Awx, Job
from tests.lab.awx.errors import Refused
from tests.lab.awx.surveys import check_spec

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "examples" / "awx-project"
ROLE = ROOT / "roles" / "awx_job_templates"
PLAYBOOK = "crossaccount.registry.awx_job_templates"
JOBS: dict[str, dict[str, Any]] = yaml.safe_load((ROLE / "vars/main/jobs.yml").read_text())["awx_job_templates_known_jobs"]
SOURCE = "inventory/aws_organization_accounts.yml"
URL = "https://git.example.com/platform/registry-access.git"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HUB = f"arn:aws:iam::{PRIMARY}:role/automation"
# Each job template takes its time: the surveys of the others are looked at without making them.
FEW = {job: JOBS[job] for job in ("grant_access", "secondary_account", "primary_account", "verify", "access_report")}


def account(name: str, identity: str, group: str) -> dict[str, Any]:
    role = f"arn:aws:iam::{identity}:role/registry-automation"
    variables = {"aws_assume_role_arn": role, "aws_regions": [REGION]}
    return {"name": name, "account_id": identity, "groups": [group], "variables": variables}


VARIABLES: dict[str, Any] = {
    "awx_job_templates_prefix": "ECR ",
    "awx_job_templates_project_scm_url": URL,
    "awx_job_templates_execution_environment_image": "registry.example.com/ee:1.0",
    "awx_job_templates_credential_inputs": {"access_key": PRIMARY, "secret_key": SECRET, "role_arn": HUB, "external_id": "awx"},
    "awx_job_templates_accounts": [account("images", PRIMARY, "primary_accounts"), account("payments", SECONDARY, "secondary_accounts")],
    "awx_job_templates_slices": {"secondary_account": 4, "grant_access": 2},
    "awx_job_templates_inventory_source_path": SOURCE,
    "awx_job_templates_known_jobs": FEW,
}
ANSWERS = {
    "grant_name": "base-images",
    "access": "pull",
    "secondary_account_id": SECONDARY,
    "secondary_roles": "ecsInstanceRole, ci",
    "repositories": "base/*\npayments/web",
    "registry_account_id": PRIMARY,
}


class Setup:
    """Runs the playbook against an AWX that can reach the example project; ``check``, ``first`` and ``again`` have run already."""

    def __init__(self, ansible: Ansible, awx: Awx) -> None:
        self._ansible, self.awx = ansible, awx
        awx.add_repository(URL, PROJECT)
        self.check = self("--check", "--diff").succeeded()
        self.written_in_check_mode = awx.writes()
        self.first = self("-vvv").succeeded()
        before = len(awx.writes())
        self.again = self("-vvv").succeeded()
        self.written_again = awx.writes()[before:]

    def __call__(self, *arguments: str, **variables: Any) -> PlaybookRun:
        given = {**VARIABLES, **variables}
        return self._ansible(PLAYBOOK, *arguments, variables=given, credentials=None, region=None, environment=self.awx.environment)


@pytest.fixture(scope="module")
def setup(running_lab: Lab) -> Iterator[Setup]:
    with Awx() as awx:
        yield Setup(Ansible(running_lab), awx)


def test_shown_made_and_unchanged(setup: Setup) -> None:
    """Check mode tells all but what belongs to what is not there yet; no secret is told."""
    assert setup.written_in_check_mode == []
    assert (setup.check.changed, setup.first.changed) == (6, 10)
    assert (setup.again.changed, setup.written_again) == (0, [])
    for run in (setup.check, setup.first, setup.again):
        assert SECRET not in str(run)
        assert setup.awx.environment["CONTROLLER_OAUTH_TOKEN"] not in str(run)
    assert {one.path.split("/")[3] for one in setup.awx.requests if one.status >= 400} == set()


def test_what_is_made(setup: Setup) -> None:
    """One job template for each playbook, as the survey, the slices and the prompts want it, and a workflow in this order."""
    awx = setup.awx
    assert awx.names("job_templates") == sorted(f"ECR {job.replace('_', ' ')}" for job in FEW)
    for job, its in FEW.items():
        template = awx.one("job_templates", f"ECR {job.replace('_', ' ')}")
        assert template["playbook"] == f"{job}.yml"
        assert awx.survey(template["name"]) == its.get("survey", {})
        assert template["survey_enabled"] is ("survey" in its)
        assert template["job_slice_count"] == {"secondary_account": 4, "grant_access": 2}.get(job, 1)
        assert template["ask_job_type_on_launch"] and template["ask_diff_mode_on_launch"] and template["diff_mode"]
        assert template["execution_environment"] == awx.one("execution_environments", "ECR execution environment")["id"]
        assert awx.linked("job_templates", template["name"], "credentials") == [awx.one("credentials", "ECR AWS")["id"]]
    host = awx.one("hosts", "payments")
    assert json.loads(host["variables"])["aws_account_id"] == SECONDARY
    assert awx.linked("groups", "secondary_accounts", "hosts") == [host["id"]]

    nodes = {node["id"]: node for node in awx.stored("workflow_job_template_nodes")}
    order, node = [], awx.one("workflow_job_template_nodes", "discover")
    while True:
        order.append(node["identifier"])
        after = [(link, awx.linked("workflow_job_template_nodes", node["identifier"], link)) for link in ("success_nodes", "always_nodes")]
        following = [(link, one) for link, ids in after for one in ids]
        if not following:
            break
        assert following[0][0] == ("always_nodes" if node["identifier"] == "verify" else "success_nodes")
        node = nodes[following[0][1]]
    assert order == ["discover", "secondary_accounts", "primary_accounts", "verify", "report"]
    source = awx.one("inventory_sources", "ECR accounts of the organization")
    assert (source["source_project"], source["source_path"]) == (awx.one("projects", "ECR project")["id"], SOURCE)
    assert (PROJECT / SOURCE).exists()
    assert awx.one("workflow_job_template_nodes", "discover")["unified_job_template"] == source["id"]
    assert awx.one("workflow_job_template_nodes", "report")["extra_data"] == {"access_report_merge": "true"}


def test_the_role_knows_all_playbooks_and_what_they_ask() -> None:
    """Each has a file in the example project; every question is a variable that the head of the playbook, or of what it imports, names."""
    playbooks = {file.stem for file in (ROOT / "playbooks").glob("*.yml")} - {"awx_job_templates"}
    assert set(JOBS) == playbooks == {file.stem for file in PROJECT.glob("*.yml")} - {"read_declaration"}
    for file in PROJECT.glob("*.yml"):
        imports = [play.get("ansible.builtin.import_playbook") for play in yaml.safe_load(file.read_text())]
        assert imports in ([None], ["read_declaration.yml", f"crossaccount.registry.{file.stem}"])
    options = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    assert set(options["awx_job_templates_jobs"]["choices"]) == set(options["awx_job_templates_slices"]["options"]) == set(JOBS)
    for job, its in JOBS.items():
        named = set(re.findall(r"^#   (\w+)  ", (ROOT / "playbooks" / f"{job}.yml").read_text(), re.MULTILINE))
        asked = {question["variable"] for question in its.get("survey", {}).get("spec", [])}
        assert "survey" not in its or check_spec(deepcopy(its["survey"])) == its["survey"]
        assert asked <= named, job
        if job in ("grant_access", "pull_through_cache", "eci_acr_access"):
            assert asked == named, job


@pytest.fixture
def accounts(primary: Account, secondary: Account) -> None:
    """Repositories, the roles of a grant, and those by which AWX gets into the accounts."""
    primary.create_repositories("base/python", "payments/web", "payments/api")
    for role in ("ecsInstanceRole", "ci"):
        secondary.create_role(role)
    primary.create_role("automation", Condition={"StringEquals": {"sts:ExternalId": "awx"}})
    primary.let("automation", "sts:AssumeRole")
    for each in (primary, secondary):
        each.create_role("registry-automation", {"AWS": HUB})
        each.let("registry-automation", "ecr:*", "iam:*")


def run_all(ansible: Ansible, jobs: Sequence[Job]) -> list[JobRun]:
    """Runs jobs at the same time."""
    environment = ansible.environment(None, None)
    return [one.wait() for one in [start_job(job.folder, job.playbook, environment) for job in jobs]]


def outcome(run: PlaybookRun) -> dict[tuple[str, str], Any]:
    """What the modules of a run say they did."""
    return {(one.task, one.host): (one["changed"], one["actions"]) for one in run.results if "actions" in one.result}


@pytest.mark.usefixtures("accounts")
def test_a_survey_grants_in_slices_what_it_grants_whole(
    setup: Setup, ansible: Ansible, tmp_path: Path, primary: Account, secondary: Account
) -> None:
    """The answers are flat and unsafe, and the credential is a file with the keys and the role that they assume first."""
    inventory = tmp_path / "inventory.json"
    groups = {
        f"{group}_accounts": [one] for group, one in zip(("primary", "secondary"), VARIABLES["awx_job_templates_accounts"], strict=True)
    }
    hosts = {
        group: {"hosts": {one["name"]: {"aws_account_id": one["account_id"], **one["variables"]} for one in members}}
        for group, members in groups.items()
    }
    inventory.write_text(json.dumps({"all": {"children": hosts}}))
    jobs = setup.awx.launch("ECR grant access", tmp_path, ANSWERS)
    assert [job.hosts for job in jobs] == [["images"], ["payments"]]
    file = json.loads((jobs[0].folder / "env" / "envvars").read_text())["AWS_SHARED_CREDENTIALS_FILE"]
    assert Path(file).stat().st_mode & 0o777 == 0o600
    assert SECRET not in (jobs[0].folder / "env" / "extravars").read_text()
    settings = {"credentials": None, "region": None, "inventory": inventory, "environment": {"AWS_SHARED_CREDENTIALS_FILE": file}}
    shown = ansible("crossaccount.registry.grant_access", "--check", variables=ANSWERS, **settings).succeeded()

    run = union(run_all(ansible, jobs)).succeeded()
    assert outcome(run) == outcome(shown)
    assert {host: its["changed"] for host, its in run.recap.items()} == {"images": 1, "payments": 1}
    assert primary.sids("base/python") == primary.sids("payments/web") == ["CrossaccountRegistryBaseImagesPull"]
    assert primary.sids("payments/api") == []
    assert {name: sids(one)[1:] for name, one in policies(secondary).items()} == {
        f"crossaccount-registry-role-{role}": ["CrossaccountRegistryBaseImagesPull"] for role in ("ci", "ecsInstanceRole")
    }
    whole = ansible("crossaccount.registry.grant_access", variables=ANSWERS, **settings).succeeded()
    assert whole.changed == 0


@pytest.mark.usefixtures("accounts")
def test_a_job_applies_the_declaration_of_the_project(setup: Setup, ansible: Ansible, tmp_path: Path, secondary: Account) -> None:
    """Ansible reads no group_vars beside a playbook that only imports one of a collection."""
    _images, payments = setup.awx.launch("ECR secondary account", tmp_path)
    (run,) = run_all(ansible, [payments])
    assert run.succeeded().changed == 1
    assert {name: sids(one)[1:] for name, one in policies(secondary).items()} == {
        "crossaccount-registry-role-ecsInstanceRole": ["CrossaccountRegistryPaymentsRuntimePull"]
    }


@pytest.mark.usefixtures("accounts")
def test_answers_are_never_templates(setup: Setup, ansible: Ansible, tmp_path: Path) -> None:
    """AWX refuses what is no choice; what it lets through stays text."""
    with pytest.raises(Refused, match="Value everything for 'access' expected to be one of"):
        setup.awx.launch("ECR grant access", tmp_path / "refused", {**ANSWERS, "access": "everything"})
    trap = tmp_path / "executed"
    hostile = f"{{{{ lookup('ansible.builtin.pipe', 'touch {trap}') }}}}"
    jobs = setup.awx.launch("ECR grant access", tmp_path, {**ANSWERS, "grant_name": hostile, "repositories": hostile})
    (run,) = run_all(ansible, jobs[:1])
    assert run.returncode == 2
    assert "name must be letters, digits, - and _" in str(run)
    assert not trap.exists()


def test_the_example_of_the_readme_and_a_project_that_is_missing(setup: Setup, ansible: Ansible) -> None:
    """But for the job templates, which take long."""
    setup.awx.add("organizations", name="Platform")
    (example,) = re.findall(r"(?ms)^```yaml\n(.*?)^```$", (ROLE / "README.md").read_text())
    without = {"awx_job_templates_known_jobs": {}, "awx_job_templates_workflow": False}
    settings = {"credentials": None, "region": None, "environment": setup.awx.environment}
    assert ansible(example, "--check", variables=without, **settings).succeeded().changed == 4
    before = len(setup.awx.writes())
    refused = ansible(PLAYBOOK, **settings)
    assert refused.returncode == 2
    assert "give awx_job_templates_project_scm_url, the git repository of one to create" in " ".join(str(refused).split())
    assert len(setup.awx.writes()) == before


def test_what_is_there_already_is_used_and_stays(setup: Setup) -> None:
    """An inventory and a project of others: where the inventory has no source, the project comes first, where that is theirs, nothing."""
    awx = setup.awx
    organization = awx.one("organizations", "Default")["id"]
    theirs = awx.add("projects", name="theirs", organization=organization, scm_type="git", scm_url=URL)
    inventory = awx.add("inventories", name="theirs", organization=organization)
    setup(awx_job_templates_inventory="theirs", awx_job_templates_known_jobs={}).succeeded()
    assert awx.one("workflow_job_template_nodes", "discover")["unified_job_template"] == awx.one("projects", "ECR project")["id"]
    both = {"awx_job_templates_inventory": "theirs", "awx_job_templates_project": "theirs"}
    setup(**both, awx_job_templates_known_jobs={"verify": JOBS["verify"]}).succeeded()
    template = awx.one("job_templates", "ECR verify")
    assert (template["project"], template["inventory"]) == (theirs, inventory)
    assert "discover" not in [node["identifier"] for node in awx.stored("workflow_job_template_nodes")]


def test_absent_removes_what_was_made_and_nothing_else(setup: Setup) -> None:
    awx = setup.awx
    awx.add("job_templates", name="other", project=awx.one("projects", "theirs")["id"], playbook="site.yml", ask_inventory_on_launch=True)
    assert setup(awx_job_templates_state="absent").succeeded().changed == 7
    kinds = ("job_templates", "workflow_job_templates", "projects", "inventories", "hosts", "credentials", "credential_types")
    left = {kind: awx.names(kind) for kind in (*kinds, "execution_environments", "organizations")}
    assert {kind: names for kind, names in left.items() if names} == {
        "job_templates": ["other"],
        "projects": ["theirs"],
        "inventories": ["theirs"],
        "organizations": ["Default", "Platform"],
    }
    assert setup(awx_job_templates_state="absent", awx_job_templates_known_jobs={}).succeeded().changed == 0
