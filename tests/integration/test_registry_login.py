# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging in by lookup, modules and role: logins are renewed in time, others stay, and nobody sees a password."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.logins import AUTH, HOST, PASSWORD, Home, entry, logins, mode, password
from tests.integration.playbooks import PlaybookRun, TaskResult
from tests.lab import Lab

LOGIN, INFO, LOOKUP = (f"crossaccount.registry.{name}" for name in ("registry_login", "registry_login_info", "ecr_authorization"))
ELSEWHERE = f"{SECONDARY}.dkr.ecr.us-east-1.amazonaws.com"
TOKEN = "GetAuthorizationToken"
HOUR = 3600

Play = Callable[..., PlaybookRun]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def play(ansible: Ansible, home: Home) -> Play:
    """Runs tasks in that home."""

    def run(*tasks: Mapping[str, Any], arguments: tuple[str, ...] = (), **settings: Any) -> PlaybookRun:
        settings["environment"] = {**home.environment, **settings.get("environment", {})}
        return ansible(list(tasks), *arguments, **settings)

    return run


@pytest.fixture
def role(ansible: Ansible, home: Home) -> Callable[..., PlaybookRun]:
    """Runs the role in that home, as the administrator of the secondary account."""

    def run(*arguments: str, state: str = "present", environment: Mapping[str, str] | None = None, **variables: Any) -> PlaybookRun:
        given = {"registries": [{"account": PRIMARY, "region": REGION}], "state": state, **variables}
        prefixed = {f"registry_login_{name}": value for name, value in given.items()}
        task = {"name": "role", "ansible.builtin.include_role": {"name": "crossaccount.registry.registry_login"}, "vars": prefixed}
        return ansible([task], *arguments, credentials=SECONDARY, environment={**home.environment, **(environment or {})})

    return run


def login(name: str = "login", **options: Any) -> dict[str, Any]:
    return {"name": name, LOGIN: options}


def actions(result: TaskResult) -> list[str]:
    return [one["action"] for one in result["actions"]]


def look(expression: str, name: str = "look") -> dict[str, Any]:
    """A task that keeps what the lookup returns."""
    call = f"query('{LOOKUP}'{', ' + expression if expression else ''})"
    return {"name": name, "ansible.builtin.set_fact": {"found": f"{{{{ {call} }}}}"}, "ignore_errors": True}


def looked_up(play: Play, expression: str, **settings: Any) -> TaskResult:
    """What became of that task."""
    return play(look(expression), **settings).succeeded()["look"]


# The lookup


def test_one_call_for_each_region_gets_all_passwords(play: Play, journal: Journal) -> None:
    fips = f"{OTHER}.dkr.ecr-fips.us-east-1.amazonaws.com"
    terms = f"'{PRIMARY}', '{ELSEWHERE}', '{fips}', {{'account': '{OTHER}', 'region': '{REGION}'}}"
    found = looked_up(play, terms)["ansible_facts"]["found"]
    other = f"{OTHER}.dkr.ecr.{REGION}.amazonaws.com"
    assert [(one["registry"], one["account"], one["region"]) for one in found] == [
        (HOST, PRIMARY, REGION),
        (ELSEWHERE, SECONDARY, "us-east-1"),
        (fips, OTHER, "us-east-1"),
        (other, OTHER, REGION),
    ]
    assert {one["username"] for one in found} == {"AWS"} and all(one["password"].startswith(PASSWORD) for one in found)
    assert all(one["expires_at"].endswith("Z") for one in found)
    assert sorted(call["region"] for call in journal.calls(TOKEN)) == [REGION, "us-east-1"]
    assert all("registryIds" not in call["parameters"] for call in journal.calls(TOKEN))


def test_without_terms_it_is_our_own_registry(play: Play) -> None:
    (found,) = looked_up(play, "", credentials=SECONDARY)["ansible_facts"]["found"]
    assert found["registry"] == f"{SECONDARY}.dkr.ecr.{REGION}.amazonaws.com"
    (found,) = looked_up(play, "region='cn-north-1'", credentials=SECONDARY)["ansible_facts"]["found"]
    assert found["registry"] == f"{SECONDARY}.dkr.ecr.cn-north-1.amazonaws.com.cn"


def test_credentials_are_given_as_to_the_modules(play: Play, primary: Account, secondary: Account, journal: Journal, home: Home) -> None:
    trusted = {"Condition": {"StringEquals": {"sts:ExternalId": "secret-enough"}}}
    arn = secondary.create_role("puller", **trusted)
    secondary.let("puller", "ecr:GetAuthorizationToken")
    keys = primary.create_user("robot", "ecr:GetAuthorizationToken")
    profiles = home.write(home.folder / "profiles", f"[payments]\naws_access_key_id={SECONDARY}\naws_secret_access_key=any\n")
    journal.clear()
    role = f"assume_role={{'role_arn': '{arn}', 'external_id': 'secret-enough'}}"
    environment = {"AWS_SHARED_CREDENTIALS_FILE": str(profiles)}
    # A profile wins over keys in the environment.
    assert not looked_up(play, f"profile='payments', {role}", environment=environment).failed
    assert not looked_up(play, f"access_key='{keys.access_key}', secret_key='{keys.secret_key}', profile='', assume_role={{}}").failed
    callers = [call["caller"] for call in journal.calls(TOKEN)]
    assert callers == [f"arn:aws:sts::{SECONDARY}:assumed-role/puller/crossaccount-registry", f"arn:aws:iam::{PRIMARY}:user/robot"]


def test_what_is_wrong_is_said(play: Play) -> None:
    said = {
        "111122223333": "the account of a registry is 111122223333; it has 12 digits and is written in quotes",
        "'quay.io'": "'quay.io' is no registry of Amazon ECR; give its host",
        f"'{HOST}/payments/api:1'": "is no registry of Amazon ECR",
        f"'{PRIMARY}.dkr.ecr.cn-north-1.amazonaws.com'": "is no registry of Amazon ECR",
        f"{{'account': '{PRIMARY}', 'name': 'x'}}": "a registry has account and region, but no name",
        f"'{HOST}', assume_role={{'arn': 'x'}}": "'assume_role' has no arn; it has role_arn, external_id",
        f"'{HOST}', assume_role={{'external_id': 'x'}}": "'assume_role' needs role_arn",
        f"'{HOST}', assume_role={{'role_arn': 'arn:aws:iam::{SECONDARY}:role/none'}}": "AssumeRole: AccessDenied: ",
        f"'{HOST}', profile='none'": "The config profile (none) could not be found",
    }
    run = play(*(look(expression, name=expression) for expression in said)).succeeded()
    for expression, message in said.items():
        assert run[expression].failed and message in run[expression].msg and "ecr_authorization" in run[expression].msg


def test_without_the_permission_the_reason_is_said(play: Play, primary: Account) -> None:
    result = looked_up(play, f"'{HOST}'", credentials=primary.create_user("nobody"))
    assert "GetAuthorizationToken: AccessDeniedException: User: arn:aws:iam::111122223333:user/nobody is not authorized" in result.msg
    assert "an identity policy of the caller has to allow ecr:GetAuthorizationToken on resource *" in result.msg


def test_without_a_region(play: Play) -> None:
    assert "there is no region: give 'region', or the registry" in looked_up(play, "", region=None).msg
    assert f"the region of the registry of account {PRIMARY} is None" in looked_up(play, f"'{PRIMARY}'", region=None).msg


# The role and the modules


def test_a_login_is_renewed_in_time(role: Callable[..., PlaybookRun], home: Home, journal: Journal) -> None:
    file = home.folder / "auth.json"
    settings = {"client": "auth_file", "auth_file": str(file)}
    check = role("--check", "--diff", **settings).succeeded()
    assert check.changed == 1 and not file.exists() and not file.parent.joinpath(".auth.json.lock").exists()
    assert f"+{HOST}: logged in as AWS until" in check.stdout and f"-{HOST}: not logged in" in check.stdout
    assert role(**settings).succeeded().changed == 1
    assert logins(file)[HOST].startswith(PASSWORD) and mode(file) == 0o600
    journal.clear()
    assert role(**settings).succeeded().changed == 0
    assert role(renew_within=11 * HOUR, **settings).succeeded().changed == 0
    assert journal.calls() == []
    before = logins(file)
    assert role(renew_within=13 * HOUR, **settings).succeeded().changed == 1
    assert logins(file) != before
    home.write(file, {"auths": {HOST: entry(password(HOUR - 60))}})
    assert role(**settings).succeeded().changed == 1
    assert len(journal.calls(TOKEN)) == 2
    assert role(state="absent", **settings).succeeded().changed == 1
    assert logins(file) == {}
    assert role(state="absent", **settings).succeeded().changed == 0


def test_only_what_is_needed_is_asked_for(role: Callable[..., PlaybookRun], home: Home, journal: Journal) -> None:
    good = password()
    file = home.write(home.folder / "auth.json", {"auths": {HOST: entry(good)}})
    registries = [HOST, {"account": PRIMARY, "region": "us-east-1"}, ELSEWHERE]
    run = role(client="auth_file", auth_file=str(file), registries=registries).succeeded()
    reasons = [
        (one["registry"].split(".")[3], one["needs_login"], one["reason"])
        for one in run["crossaccount.registry.registry_login : See which logins are there, and until when"]["logins"]
    ]
    assert reasons == [(REGION, False, "the login is good"), *[("us-east-1", True, "there is no login")] * 2]
    assert [call["region"] for call in journal.calls(TOKEN)] == ["us-east-1"]
    found = logins(file)
    assert found[HOST] == good and len(found) == 3


def test_everything_else_in_the_file_stays(play: Play, home: Home) -> None:
    content = {
        "psFormat": "x",
        "auths": {"quay.io": {"auth": "b3RoZXI6b3RoZXI=", "email": "a@b"}},
        "credHelpers": {"gcr.io": "gcloud"},
        "ü": 1.5,
    }
    for layout in ({"indent": "\t"}, {"indent": 2}, {}):
        file = home.write(home.folder / "real" / "config.json", json.dumps(content, ensure_ascii=False, **layout) + "\n")  # type: ignore[arg-type]
        link = home.folder / "link.json"
        link.unlink(missing_ok=True)
        link.symlink_to(file)
        secret = password()
        task = login(auth_file=str(link), logins=[{"registry": HOST, "password": secret}])
        again = play(task, {**task, "name": "again"}).succeeded()
        assert again.changed == 1 and not again["again"].changed
        expected = {**content, "auths": {**content["auths"], HOST: entry(secret)}}  # type: ignore[dict-item]
        assert file.read_text() == json.dumps(expected, ensure_ascii=False, **layout) + "\n"  # type: ignore[arg-type]
        assert link.is_symlink() and mode(file) == 0o600


def test_a_file_that_is_none_is_left_alone(play: Play, home: Home) -> None:
    said = {
        "{nonsense": "is not JSON",
        "[]": "is no auth file: it is no JSON object",
        '{"auths": []}': "is no auth file: 'auths' in it is no JSON object",
        '{"auths": {"quay.io": "x"}}': "the login for quay.io is no JSON object",
        '{"credsStore": "desktop"}': f"leaves the login for {HOST} to the credential helper desktop",
    }
    files = {text: home.write(home.folder / f"{number}.json", text) for number, text in enumerate(said)}
    given = [{"registry": HOST, "password": password()}]
    run = play(*({**login(text, auth_file=str(file), logins=given), "ignore_errors": True} for text, file in files.items())).succeeded()
    for text, file in files.items():
        assert run[text].failed and said[text] in run[text].msg and str(file) in run[text].msg
        assert file.read_text() == text


@pytest.mark.parametrize("client", ["docker", "podman"])
def test_a_client_logs_in_itself(role: Callable[..., PlaybookRun], lab: Lab, home: Home, client: str, journal: Journal) -> None:
    file = home.docker if client == "docker" else home.podman
    assert role("--check", client=client, environment=lab.registry_environment).succeeded().changed == 1
    assert not file.exists() and not home.calls
    assert role(client=client, environment=lab.registry_environment).succeeded().changed == 1
    assert logins(file)[HOST].startswith(PASSWORD) and mode(file) == 0o600
    where = ["--config", str(file.parent), "login"] if client == "docker" else ["login", "--authfile", str(file)]
    assert home.calls == [[client, *where, "--username", "AWS", "--password-stdin", HOST]]
    journal.clear()
    assert role(client=client).succeeded().changed == 0
    assert journal.calls() == []
    assert role(client=client, state="absent").succeeded().changed == 1
    assert logins(file) == {}
    assert role(client=client, state="absent").succeeded().changed == 0


def test_docker_leaves_a_login_to_its_helper(role: Callable[..., PlaybookRun], lab: Lab, home: Home, journal: Journal) -> None:
    home.write(home.docker, {"credsStore": "lab", "auths": {}})
    assert role(environment=lab.registry_environment).succeeded().changed == 1
    assert PASSWORD in (home.folder / "kept.json").read_text() and "auth" not in json.loads(home.docker.read_text())["auths"][HOST]
    journal.clear()
    assert role().succeeded().changed == 0
    assert role("--check", state="absent").succeeded().changed == 1
    assert role(state="absent").succeeded().changed == 1
    assert role(state="absent").succeeded().changed == 0
    # The helper of ECR logs in by itself; this one is not even installed here.
    home.write(home.docker, {"credHelpers": {HOST: "ecr-login"}})
    run = role().succeeded()
    assert run.changed == 0 and journal.calls() == []
    assert "docker-credential-ecr-login logs in by itself" in json.dumps([one.result for one in run.results])
    home.write(home.docker, {"credHelpers": {HOST: "none"}})
    assert "docker-credential-none, which should keep the login, is not installed" in json.dumps(
        [one.result for one in role("--check").results]
    )


def test_one_that_fails_does_not_stop_the_others(play: Play, lab: Lab, home: Home) -> None:
    wanted = f"[{{'registry': '{ELSEWHERE}', 'password': bad}}] + query('{LOOKUP}', '{HOST}')"
    task = {**login(client="docker", logins=f"{{{{ {wanted} }}}}"), "ignore_errors": True, "vars": {"bad": password()}}
    result = play(task, environment=lab.registry_environment).succeeded()["login"]
    assert result.failed and result.changed and actions(result) == ["failed", "logged_in"]
    refusal = f"login attempt to https://{ELSEWHERE}/v2/ failed with status: 401 Unauthorized"
    assert result.msg == f"docker could not log in to {ELSEWHERE}: Error response from daemon: {refusal}"
    assert list(logins(home.docker)) == [HOST]


def test_what_is_missing_is_said(play: Play, home: Home) -> None:
    given = [{"registry": HOST, "password": password()}]
    tasks = {
        "no file": login("no file", logins=given),
        "no client": login("no client", client="podman", logins=given),
        "wrong name": login("wrong name", client="docker", auth_file="~/auth.json", logins=given),
        "no logins": login("no logins", auth_file="~/auth.json"),
        "no registries": login("no registries", auth_file="~/auth.json", state="absent"),
        "no host": login("no host", auth_file="~/auth.json", state="absent", registries=["quay.io/team/app"]),
        "a number": login("a number", auth_file="~/auth.json", state="absent", registries=[{"account": 111122223333, "region": REGION}]),
    }
    (home.folder / "bin" / "podman").unlink()
    environment = {"PATH": f"{home.folder / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin"}
    run = play(*({**task, "ignore_errors": True} for task in tasks.values()), environment=environment).succeeded()
    said = {name: run[name].msg for name in tasks}
    assert said["no file"] == "give 'auth_file', or the 'client' whose file it is"
    assert said["no client"].startswith("podman is not installed, or not on the PATH")
    assert "docker keeps its logins in a file of the name config.json only" in said["wrong name"]
    assert "logins" in said["no logins"] and "registries" in said["no registries"]
    assert said["no host"] == "'quay.io/team/app' is no host name of a registry; give the host alone, without a repository"
    assert "written in quotes" in said["a number"]


def test_a_file_of_somebody_else_is_refused(play: Play, home: Home) -> None:
    folder = home.folder / "theirs"
    folder.mkdir(mode=0o700)
    home.write(folder / "auth.json" / "x", "")  # a folder of that name is as unreadable for everybody
    task = login(auth_file=str(folder / "auth.json"), logins=[{"registry": HOST, "password": password()}])
    result = play({**task, "ignore_errors": True}).succeeded()["login"]
    assert result.msg.startswith(f"cannot read {folder / 'auth.json'}: Is a directory; run the task as the user whose file it is")


# Nobody sees a password


def assert_unseen(*texts: str) -> None:
    for text in texts:
        for secret in (PASSWORD, AUTH):
            assert secret not in text, text[max(0, text.index(secret) - 500) : text.index(secret) + 100]


def files_in(folder: Path) -> list[str]:
    return [file.read_text(errors="replace") for file in folder.rglob("*") if file.is_file()]


@pytest.mark.parametrize("client", ["auth_file", "docker"])
def test_no_password_is_seen(role: Callable[..., PlaybookRun], lab: Lab, home: Home, tmp_path: Path, client: str) -> None:
    """In check mode, for real, failing, at every verbosity, and in what Ansible leaves behind."""
    temporary = {"ANSIBLE_LOCAL_TEMP": str(tmp_path / "local"), "ANSIBLE_REMOTE_TMP": str(tmp_path / "remote")}
    temporary |= {"ANSIBLE_LOG_PATH": str(tmp_path / "local" / "log"), "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1"}
    (tmp_path / "local").mkdir()
    file = tmp_path / "x" / "config.json"
    settings = {"client": client, "auth_file": str(file), "environment": {**temporary, **lab.registry_environment}}
    check = role("-vvvv", "--check", "--diff", **settings).succeeded()
    real = role("-vvvv", "--diff", **settings).succeeded()
    assert real.changed == 1 and PASSWORD in logins(file)[HOST]
    lab.fail_next(TOKEN, error="AccessDeniedException", message="not you")
    unanswered = role("-vvvv", **settings, renew_within=13 * HOUR)
    assert unanswered.returncode and "AccessDeniedException: not you" in unanswered.stdout
    if client == "auth_file":
        home.write(file, '{"auths": {}, "credsStore": "lab"}')
    else:
        home.write(file, {"auths": {}})
        settings["environment"] = {**settings["environment"], "HTTPS_PROXY": "http://127.0.0.1:9"}
    refused = role("-vvvv", "--diff", **settings)
    assert refused.returncode
    for run in (check, real, unanswered, refused):
        assert_unseen(run.stdout, run.stderr, json.dumps([one.result for one in run.results]))
    assert_unseen(json.dumps(home.calls), *files_in(tmp_path / "local"), *files_in(tmp_path / "remote"))


def test_no_password_is_seen_by_ansible_runner(ansible: Ansible, home: Home, tmp_path: Path) -> None:
    """As AWX runs it: in the events, and in what is left of the run."""
    folder, file = tmp_path / "runner", tmp_path / "auth.json"
    (folder / "project").mkdir(parents=True)
    roles = [{"role": "crossaccount.registry.registry_login"}]
    variables = {"client": "auth_file", "auth_file": str(file), "registries": [HOST]}
    tasks = [{"debug": {"msg": f"{{{{ query('{LOOKUP}', '{HOST}') }}}}"}, "no_log": True}]
    play = {"hosts": "localhost", "gather_facts": False, "roles": roles, "tasks": tasks}
    play["vars"] = {f"registry_login_{name}": value for name, value in variables.items()}
    (folder / "project" / "play.yml").write_text(json.dumps([play]))
    environment = {**ansible.environment(SECONDARY), **home.environment}
    command = ["ansible-runner", "run", str(folder), "-p", "play.yml", "--ident", "one", "--cmdline=-vvvv --diff"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert PASSWORD in logins(file)[HOST]
    events = list((folder / "artifacts" / "one" / "job_events").glob("*.json"))
    assert len(events) > 5
    assert_unseen(done.stdout, done.stderr, *files_in(folder))


def test_credentials_may_be_of_another_kind(play: Play, home: Home) -> None:
    """Passwords that do not say when they expire, and registries of another kind, can be logged in to as well."""
    task = login(
        auth_file=str(home.podman), logins=[{"registry": "https://Quay.example.com/", "username": "me", "password": "canary-secret"}]
    )
    info = {"name": "look", INFO: {"client": "podman", "registries": ["quay.example.com"]}}
    run = play(task, info, arguments=("-vvv",)).succeeded()
    (found,) = run["look"]["logins"]
    assert (found["logged_in"], found["username"], found["expires_at"], found["needs_login"]) == (True, "me", None, True)
    assert found["reason"] == "the login does not say when it expires"
    assert logins(home.podman) == {"quay.example.com": "canary-secret"} and "canary-secret" not in str(run)
