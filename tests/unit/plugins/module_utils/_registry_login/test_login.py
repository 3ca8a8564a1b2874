# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be done, what is done, and what is said of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.auth_file import AuthFile, Login
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.login import Client, Wanted
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.present import present_login

HOST, OTHER = (f"111122223333.dkr.ecr.{region}.amazonaws.com" for region in ("eu-west-1", "us-east-1"))
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def password(seconds: float = 12 * 3600) -> str:
    return base64.b64encode(json.dumps({"expiration": int(NOW.timestamp() + seconds)}).encode()).decode()


class Machine:
    """Programs: name -> code, output, errors. Notes how they were run."""

    def __init__(self, **programs: tuple[int, str, str]) -> None:
        self.programs = {name.replace("_", "-"): answer for name, answer in programs.items()}
        self.ran: list[tuple[Sequence[str], str]] = []

    def find(self, name: str) -> str | None:
        return f"/bin/{name}" if name in self.programs else None

    def run(self, command: Sequence[str], data: str) -> tuple[int, str, str]:
        self.ran.append((command, data))
        return self.programs[Path(command[0]).name]


def described(content: Any, *, machine: Machine | None = None, within: timedelta = HOUR) -> dict[str, Any]:
    return present_login(HOST, AuthFile("file", json.dumps(content)), machine or Machine()).described(NOW, within)


def entry(secret: str) -> dict[str, str]:
    return {"auth": Login("AWS", secret).auth}


@pytest.mark.parametrize(
    ("seconds", "logged_in", "reason"),
    [(7200, True, None), (1800, True, "the login expires soon"), (-1, False, "the login has expired")],
)
def test_when_a_login_is_renewed(seconds: int, logged_in: bool, reason: str | None) -> None:
    found = described({"auths": {HOST: entry(password(seconds))}})
    assert (found["logged_in"], found["needs_login"]) == (logged_in, reason is not None)
    assert found["reason"] == (reason or "the login is good")
    assert found["expires_at"].endswith("Z") and found["username"] == "AWS"


def test_logins_that_cannot_be_judged_are_renewed() -> None:
    assert described({})["reason"] == "there is no login"
    found = described({"auths": {HOST: entry("secret")}})
    assert (found["logged_in"], found["expires_at"], found["reason"]) == (True, None, "the login does not say when it expires")


def test_a_helper_is_asked() -> None:
    secret = password()
    machine = Machine(docker_credential_lab=(0, json.dumps({"ServerURL": HOST, "Username": "AWS", "Secret": secret}), ""))
    found = described({"credsStore": "lab", "auths": {HOST: entry("old")}}, machine=machine)
    assert (found["needs_login"], found["helper"], found["username"]) == (False, "lab", "AWS")
    assert machine.ran == [(("/bin/docker-credential-lab", "get"), HOST)]
    assert secret not in json.dumps(found)


@pytest.mark.parametrize("answer", [(1, "credentials not found in native keychain", ""), (0, "nonsense", ""), (0, "{}", ""), (0, "[]", "")])
def test_a_helper_that_has_none(answer: tuple[int, str, str]) -> None:
    found = described({"credHelpers": {HOST: "lab"}}, machine=Machine(docker_credential_lab=answer))
    assert (found["logged_in"], found["reason"]) == (False, "docker-credential-lab has no login")


def test_the_helper_of_ecr_needs_nobody() -> None:
    found = described({"credHelpers": {HOST: "ecr-login"}})
    assert (found["logged_in"], found["needs_login"], found["expires_at"]) == (True, False, None)


def made(file: Path, *wanted: Wanted, client: str = "auth_file", machine: Machine | None = None, check: bool = False) -> dict[str, Any]:
    result = Client(client, file, machine or Machine()).make(wanted, check)
    for one in wanted:
        if one.login:
            assert one.login.password not in json.dumps(result) and one.login.auth not in json.dumps(result)
    return result


def actions(result: dict[str, Any]) -> list[str]:
    return [one["action"] for one in result["actions"]]


def test_check_mode_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "new" / "auth.json"
    wanted = Wanted(HOST, Login("AWS", password()))
    check = made(file, wanted, check=True)
    assert not file.parent.exists()
    assert made(file, wanted) == check
    assert check["changed"] and actions(check) == ["logged_in"]
    assert check["diff"]["before"] == f"{HOST}: not logged in\n"
    assert check["diff"]["after"] == f"{HOST}: logged in as AWS until {check['actions'][0]['expires_at']}\n"
    again = made(file, wanted)
    assert not again["changed"] and "diff" not in again and actions(again) == ["unchanged"]


def test_logging_out_of_what_is_not_logged_in_makes_no_file(tmp_path: Path) -> None:
    result = made(tmp_path / "new" / "auth.json", Wanted(HOST, None))
    assert actions(result) == ["unchanged"] and not (tmp_path / "new").exists()


def test_in_and_out_in_one_file(tmp_path: Path) -> None:
    file = tmp_path / "auth.json"
    made(file, Wanted(HOST, Login("AWS", password())), Wanted(OTHER, Login("AWS", password())))
    result = made(file, Wanted(HOST, None), Wanted(OTHER, None))
    assert actions(result) == ["logged_out"] * 2 and json.loads(file.read_text()) == {"auths": {}}
    assert result["actions"][0]["expires_at"] is None


def test_of_two_for_one_registry_the_last_one_counts(tmp_path: Path) -> None:
    file, secret = tmp_path / "auth.json", password(60)
    result = made(file, Wanted(HOST, Login("AWS", password())), Wanted(HOST, Login("AWS", secret)))
    assert actions(result) == ["logged_in"] and AuthFile("file", file.read_text()).login_for(HOST) == Login("AWS", secret)


def test_a_client_gets_the_password_on_its_standard_input(tmp_path: Path) -> None:
    file, secret = tmp_path / "config.json", password()
    machine = Machine(docker=(0, "Login Succeeded", ""))
    assert actions(made(file, Wanted(HOST, Login("AWS", secret)), client="docker", machine=machine)) == ["logged_in"]
    command = ("/bin/docker", "--config", str(tmp_path), "login", "--username", "AWS", "--password-stdin", HOST)
    assert machine.ran == [(command, secret)]


def test_a_client_that_fails_is_quoted_without_the_password(tmp_path: Path) -> None:
    login = Login("AWS", password())
    machine = Machine(podman=(125, "", f"Error: no {login.password} or {login.auth}\n"))
    result = made(tmp_path / "auth.json", Wanted(HOST, login), Wanted(OTHER, login), client="podman", machine=machine)
    assert len(machine.ran) == 2 and not result["changed"] and result["failed"] and "diff" not in result
    text = "Error: no ******** or ********"
    assert result["msg"] == f"podman could not log in to {HOST}: {text}; podman could not log in to {OTHER}: {text}"
    assert [one["error"] for one in result["actions"]] == [text] * 2
    silent = made(tmp_path / "auth.json", Wanted(HOST, login), client="podman", machine=Machine(podman=(3, "", "")))
    assert silent["actions"][0]["error"] == "podman ended with code 3"


def test_what_cannot_be_done_is_said_before_anything_is(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    wanted = Wanted(HOST, Login("AWS", password()))
    for check in (True, False):
        with pytest.raises(RegistryError, match="docker is not installed"):
            made(file, wanted, client="docker", check=check)
    file.write_text('{"credHelpers": {"' + OTHER + '": "lab"}}')
    for check in (True, False):
        with pytest.raises(RegistryError, match=r"leaves the login for .* to the credential helper lab"):
            made(file, wanted, Wanted(OTHER, wanted.login), check=check)
    assert json.loads(file.read_text()) == {"credHelpers": {OTHER: "lab"}}


def test_the_helper_of_ecr_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    text = json.dumps({"credHelpers": {HOST: "ecr-login"}})
    file.write_text(text)
    for wanted in (Wanted(HOST, Login("AWS", password())), Wanted(HOST, None)):
        for client in ("docker", "auth_file"):
            assert actions(made(file, wanted, client=client)) == ["unchanged"]
    assert file.read_text() == text
