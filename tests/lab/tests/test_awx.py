# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX accepts, keeps, shows and refuses, in its words, and how it prepares jobs."""

from __future__ import annotations

import base64
import json
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.lab.awx import Awx
from tests.lab.awx.errors import Refused
from tests.lab.awx.surveys import answers_of, check_spec

URL = "https://git.example.com/project.git"
QUESTION = {"question_name": "Name", "variable": "name", "type": "text", "required": True, "default": ""}
CHOICE = {**QUESTION, "variable": "access", "type": "multiplechoice", "choices": "pull\npush", "default": "pull"}
FIELDS = {"fields": [{"id": "key", "label": "Key"}, {"id": "secret", "label": "Secret", "secret": True}]}


@pytest.fixture(scope="module")
def one_awx() -> t.Iterator[Awx]:
    with Awx() as awx:
        yield awx


@pytest.fixture
def awx(one_awx: Awx, tmp_path: Path) -> Awx:
    """A new one, with a repository that has one playbook."""
    one_awx.reset()
    folder = tmp_path / "repository"
    (folder / "tasks").mkdir(parents=True)
    (folder / "site.yml").write_text("- ansible.builtin.import_playbook: crossaccount.registry.site\n")
    (folder / "tasks" / "main.yml").write_text("- hosts: nobody\n")
    (folder / "settings.yml").write_text("a: 1\n")
    one_awx.add_repository(URL, folder)
    return one_awx


class Client:
    """Asks AWX; the answer is the status and the value."""

    def __init__(self, awx: Awx) -> None:
        self.awx, self.authorization = awx, f"Bearer {awx.environment['CONTROLLER_OAUTH_TOKEN']}"

    def __call__(self, method: str, path: str, body: t.Any = None) -> tuple[int, t.Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.awx.endpoint}/api/v2/{path}", data=data, method=method)
        request.add_header("Authorization", self.authorization)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def create(self, kind: str, /, **fields: t.Any) -> t.Any:
        status, value = self("POST", f"{kind}/", fields)
        assert status == 201, value
        return value

    def refused(self, kind: str, /, **fields: t.Any) -> t.Any:
        status, value = self("POST", f"{kind}/", fields)
        assert status == 400
        return value


@pytest.fixture
def ask(awx: Awx) -> Client:
    return Client(awx)


@pytest.fixture
def template(ask: Client) -> t.Any:
    """A job template with its project and inventory."""
    project = ask.create("projects", name="p", organization=1, scm_type="git", scm_url=URL)["id"]
    inventory = ask.create("inventories", name="i", organization=1)["id"]
    return ask.create("job_templates", name="site", project=project, inventory=inventory, playbook="site.yml")


def test_only_who_is_known_is_answered(awx: Awx, ask: Client) -> None:
    token, ask.authorization = ask.authorization, "Bearer nothing"
    assert ask("GET", "projects/")[0] == 401
    assert ask("GET", "ping/")[1]["version"] == "24.6.1"
    ask.authorization = "Basic " + base64.b64encode(f"admin:{awx.admin_password}".encode()).decode()
    status, made = ask("POST", "tokens/", {})
    assert status == 201
    ask.authorization = f"Bearer {made['token']}"
    assert ask("GET", "me/")[1]["results"][0]["username"] == "admin"
    assert ask("DELETE", f"tokens/{made['id']}/")[0] == 204
    assert ask("GET", "me/")[0] == 401
    ask.authorization = token
    assert ask("GET", "nothing/") == (404, {"detail": "Not found."})


def test_lists_are_filtered_and_come_in_pages(ask: Client) -> None:
    inventory = ask.create("inventories", name="i", organization=1)["id"]
    for number in range(30):
        ask.create("hosts", name=f"h{number:02}", inventory=inventory)
    _status, page = ask("GET", f"hosts/?inventory={inventory}")
    assert (page["count"], len(page["results"])) == (30, 25)
    _status, following = ask("GET", page["next"].removeprefix("/api/v2/"))
    assert (len(following["results"]), following["next"]) == (5, None)
    assert [one["name"] for one in ask("GET", "hosts/?name=h07")[1]["results"]] == ["h07"]
    assert ask("GET", "hosts/?or__id=0&or__name=h08")[1]["count"] == 1
    assert ask("GET", "hosts/?colour=red") == (400, {"detail": "hosts has no field named 'colour'"})


def test_what_cannot_be_is_refused(ask: Client, template: t.Any) -> None:
    """Fields that AWX does not know are ignored."""
    project, inventory = template["project"], template["inventory"]
    assert "colour" not in ask.create("hosts", name="h", inventory=inventory, colour="red")
    assert ask.refused("hosts", name="h", inventory=inventory) == {"__all__": ["Host with this Name and Inventory already exists."]}
    assert ask.refused("hosts", name="x", inventory=99) == {"inventory": ['Invalid pk "99" - object does not exist.']}
    assert ask.refused("hosts", inventory=inventory) == {"name": ["This field is required."]}
    again = {"name": "site", "project": project, "inventory": inventory, "playbook": "site.yml"}
    assert ask.refused("job_templates", **again) == {"__all__": ["Job Template with this (name, organization) combination already exists."]}
    for playbook in ("tasks/main.yml", "settings.yml", "verify.yml"):
        assert ask.refused("job_templates", **{**again, "playbook": playbook}) == {"playbook": ["Playbook not found for project."]}
    assert ask.refused("job_templates", name="x", project=project, playbook="site.yml") == {
        "inventory": ["You must either set a default value or ask to prompt on launch."]
    }
    assert ask.refused("job_templates", **{**again, "name": "x", "diff_mode": "yes"}) == {"diff_mode": ["Must be a valid boolean."]}
    assert ask.refused("job_templates", **{**again, "name": "x", "job_slice_count": 0})["job_slice_count"]
    assert ask("PATCH", f"job_templates/{template['id']}/", {"job_slice_count": 3})[1]["job_slice_count"] == 3


def test_a_project_that_leads_nowhere_fails(ask: Client, template: t.Any) -> None:
    made = ask.create("projects", name="nowhere", organization=1, scm_type="git", scm_url="https://git.example.com/other.git")
    update = made["summary_fields"]["current_update"]["id"]
    assert ask("GET", f"project_updates/{update}/")[1]["status"] == "failed"
    assert ask.refused("projects", name="x", scm_type="git") == {"scm_url": ["SCM URL is required."]}
    _status, same = ask("PATCH", f"projects/{template['project']}/", {"description": "x"})
    assert same["summary_fields"] == {}


def test_what_belongs_together_goes_together(ask: Client, awx: Awx, template: t.Any) -> None:
    ask.create("hosts", name="h", inventory=template["inventory"])
    assert ask("DELETE", f"inventories/{template['inventory']}/")[0] == 202
    assert (awx.stored("hosts"), awx.one("job_templates", "site")["inventory"]) == ([], None)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("name", "Survey question 0 is not a json object."),
        ({"question_name": "x", "variable": "x", "required": True}, "'type' missing from survey question 0"),
        ({**QUESTION, "required": "true"}, "'required' in survey question 0 expected to be boolean."),
        ({**QUESTION, "default": 1}, "Default value 1 in survey question 0 expected to be string."),
        ({**QUESTION, "min": "1"}, "The min limit in survey question 0 expected to be integer."),
        ({**QUESTION, "type": "list"}, "'list' in survey question 0 is not one of"),
        ({**QUESTION, "type": "multiselect"}, "Survey question 0 of type multiselect must specify choices."),
        ({**CHOICE, "default": "pull\npush"}, "Multiple Choice (Single Select) can only have one default value."),
        ({**CHOICE, "default": "scan"}, "Default choice must be answered from the choices listed."),
    ],
)
def test_surveys_that_are_refused(question: t.Any, words: str) -> None:
    with pytest.raises(Refused) as refused:
        check_spec({"name": "", "description": "", "spec": [question]})
    assert words in refused.value.body["error"]


def test_surveys_as_a_whole(ask: Client, template: t.Any) -> None:
    where = f"job_templates/{template['id']}/survey_spec/"
    assert ask("GET", where) == (200, {})
    twice = {"name": "", "description": "", "spec": [QUESTION, QUESTION]}
    assert ask("POST", where, twice) == (400, {"error": "'variable' 'name' duplicated in survey question 1."})
    assert ask("POST", where, {"name": "", "description": ""}) == (400, {"error": "Field 'spec' is missing from survey spec."})
    assert ask("POST", where, {"name": "", "description": "", "spec": []}) == (400, {"error": "'spec' doesn't contain any items."})
    spec = {"name": "", "description": "", "spec": [QUESTION, CHOICE]}
    assert ask("POST", where, spec) == (200, {})
    assert ask("GET", where) == (200, spec)
    assert ask("DELETE", where) == (200, {})
    assert ask("GET", where) == (200, {})


def test_answers() -> None:
    """Defaults stand for what is not answered; nothing but what was asked comes through."""
    spec = {"spec": [QUESTION, CHOICE, {**QUESTION, "variable": "more", "required": False}]}
    assert answers_of(spec, {"name": "{{ x }}", "other": "y"}) == {"name": "{{ x }}", "access": "pull"}
    for answers, words in (
        ({}, "'name' value missing"),
        ({"name": 1}, "Value 1 for 'name' expected to be a string."),
        ({"name": "a", "access": "scan"}, "Value scan for 'access' expected to be one of ['pull', 'push']."),
    ):
        with pytest.raises(Refused) as refused:
            answers_of(spec, answers)
        assert refused.value.body["variables_needed_to_start"] == [words]


@pytest.mark.parametrize(
    ("injectors", "words"),
    [
        ({"env": {"X": "{{ other }}"}}, "X uses an undefined field ('other' is undefined)"),
        ({"env": {"X": "{{ key"}}, "Syntax error rendering template for X inside of env"),
        ({"env": {"X": "{{ tower.filename }}"}}, "Must define unnamed file injector in order to reference `tower.filename`."),
        ({"env": {"ANSIBLE_X": "1"}}, "Environment variable ANSIBLE_X may affect Ansible configuration"),
        ({"env": {"1X": "1"}}, "Additional properties are not allowed ('1X' was unexpected)"),
        ({"files": {}}, "Additional properties are not allowed ('files' was unexpected)"),
    ],
)
def test_types_of_credentials_that_are_refused(ask: Client, injectors: t.Any, words: str) -> None:
    (told,) = ask.refused("credential_types", name="x", kind="cloud", inputs=FIELDS, injectors=injectors)["injectors"]
    assert words in told


def test_credentials_are_shown_without_secrets_and_injected_with_them(awx: Awx, ask: Client, template: t.Any, tmp_path: Path) -> None:
    injectors = {"file": {"template": "{% if key %}{{ key }}{% endif %}:{{ secret }}"}, "env": {"FILE": "{{ tower.filename }}"}}
    its_type = ask.create("credential_types", name="x", kind="cloud", inputs=FIELDS, injectors=injectors)["id"]
    given = {"organization": 1, "credential_type": its_type}
    made = ask.create("credentials", name="c", inputs={"key": "a", "secret": "b"}, **given)
    assert made["inputs"] == {"key": "a", "secret": "$encrypted$"}
    assert ask.refused("credentials", name="d", inputs={"other": "a"}, **given)["inputs"]
    ask("PATCH", f"credentials/{made['id']}/", {"inputs": {"key": "z", "secret": "$encrypted$"}})
    assert awx.one("credentials", "c")["inputs"] == {"key": "z", "secret": "b"}
    other = ask.create("credentials", name="d", inputs={}, **given)
    links = f"job_templates/{template['id']}/credentials/"
    assert ask("POST", links, {"id": made["id"]})[0] == 204
    assert ask("POST", links, {"id": other["id"]}) == (400, {"error": "Cannot assign multiple x credentials."})
    assert ask("DELETE", f"credential_types/{its_type}/")[0] == 403
    (job,) = awx.launch("site", tmp_path)
    file = Path(json.loads((job.folder / "env" / "envvars").read_text())["FILE"])
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("z:b", 0o600)


def test_jobs_are_cut_by_the_names_of_hosts(awx: Awx, ask: Client, template: t.Any, tmp_path: Path) -> None:
    """Answers are unsafe; the template's own variables are not."""
    ids = {name: ask.create("hosts", name=name, inventory=template["inventory"], variables='{"n": 1}')["id"] for name in ("c", "a", "b")}
    group = ask.create("groups", name="g", inventory=template["inventory"])["id"]
    ask("POST", f"groups/{group}/hosts/", {"id": ids["c"]})
    change = {"job_slice_count": 2, "survey_enabled": True, "extra_vars": '{"own": "{{ x }}"}'}
    ask("PATCH", f"job_templates/{template['id']}/", change)
    ask("POST", f"job_templates/{template['id']}/survey_spec/", {"name": "", "description": "", "spec": [QUESTION]})
    jobs = awx.launch("site", tmp_path, {"name": "{{ x }}", "ignored": "y"})
    assert [job.hosts for job in jobs] == [["a", "c"], ["b"]]
    inventories = [json.loads((job.folder / "inventory" / "hosts.json").read_text())["all"] for job in jobs]
    assert [one["children"]["g"]["hosts"] for one in inventories] == [{"c": {}}, {}]
    assert inventories[0]["hosts"] == {"a": {"n": 1}, "c": {"n": 1}}
    assert (jobs[0].folder / "env" / "extravars").read_text() == '"own": "{{ x }}"\n"name": !unsafe "{{ x }}"\n'
    assert (jobs[1].folder / "project" / "site.yml").exists()


def test_workflows(ask: Client, template: t.Any) -> None:
    """Steps follow each other without circles, and give only what the next one takes."""
    workflow = ask.create("workflow_job_templates", name="w", organization=1)["id"]
    given = {"workflow_job_template": workflow, "unified_job_template": template["id"]}
    first, second = (ask.create("workflow_job_template_nodes", identifier=name, **given)["id"] for name in ("first", "second"))
    assert ask("POST", f"workflow_job_template_nodes/{first}/success_nodes/", {"id": second})[0] == 204
    assert ask("POST", f"workflow_job_template_nodes/{second}/always_nodes/", {"id": first}) == (400, {"Error": "Cycle detected."})
    (told,) = ask.refused("workflow_job_template_nodes", identifier="third", extra_data={"x": 1}, **given)["variables"]
    assert told.startswith("Variables x are not allowed on launch.")
    names = [one["name"] for one in ask("GET", "unified_job_templates/?type=job_template&organization=1")[1]["results"]]
    assert names == ["site"]
