# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof: a real container client logs in with what the collection gives it, and pulls and pushes what was granted, and nothing else."""

from __future__ import annotations

import base64
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.demo import images
from tests.integration.accounts import Fleet, grant
from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Ansible
from tests.integration.logins import HOST, password
from tests.integration.skopeo import Skopeo, find_skopeo
from tests.lab import Lab

SITE = "crossaccount.registry.site"
ROLE = f"arn:aws:iam::{SECONDARY}:role/ecsInstanceRole"
WHO = f"User: arn:aws:sts::{SECONDARY}:assumed-role/ecsInstanceRole/crossaccount-registry"
ONLY_PULL = grant("runtime", "pull", (SECONDARY, "ecsInstanceRole"), ["payments/api"])

Login = Callable[[], None]


@pytest.fixture(scope="session")
def executable() -> Path:
    return find_skopeo()


@pytest.fixture
def fleet(tmp_path: Path, primary: Account, secondary: Account) -> Fleet:
    """The accounts; the primary one has an image in each of two repositories."""
    primary.create_repositories("payments/api", "payments/web")
    for repository in ("payments/api", "payments/web"):
        images.push(primary.client("ecr"), PRIMARY, repository, repository.encode())
    secondary.create_role("ecsInstanceRole")
    folder = tmp_path / "fleet"
    folder.mkdir()
    return Fleet(folder)


@pytest.fixture
def auth_file(tmp_path: Path) -> Path:
    return tmp_path / "run" / "auth.json"


@pytest.fixture
def skopeo(lab: Lab, tmp_path: Path, auth_file: Path, executable: Path) -> Skopeo:
    """The client, which finds the logins of the role and the registries of the lab."""
    settings = {"HOME": str(tmp_path), "PATH": f"{executable.parent}{os.pathsep}{os.environ['PATH']}", "REGISTRY_AUTH_FILE": str(auth_file)}
    return Skopeo(executable, {**os.environ, **lab.registry_environment, **settings})


@pytest.fixture
def log_in(lab: Lab, ansible: Ansible, fleet: Fleet, auth_file: Path, skopeo: Skopeo) -> Login:
    """Logs skopeo in as the role of the secondary account, through the collection's role."""
    play = f"""
        - hosts: payments
          connection: local
          gather_facts: false
          vars:
            ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
          roles:
            - role: crossaccount.registry.registry_login
              vars:
                registry_login_client: skopeo
                registry_login_auth_file: {auth_file}
                registry_login_assume_role: {{role_arn: "{ROLE}"}}
                registry_login_registries:
                  - {{account: "{PRIMARY}", region: {REGION}}}
        """
    settings = fleet.settings
    settings["environment"] = {**settings["environment"], **lab.registry_environment, "PATH": skopeo.environment["PATH"]}

    def run() -> None:
        ansible(play, **settings).succeeded()

    return run


def image(repository: str, tag: str = "latest", host: str = HOST) -> str:
    return f"docker://{host}/{repository}:{tag}"


def creds(account: Account) -> str:
    """User name and password of an account's administrator."""
    return base64.b64decode(account.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]).decode()


def content(folder: Path) -> bytes:
    """What is in the file of an image that was pulled into a folder."""
    layer = json.loads((folder / "manifest.json").read_text())["layers"][0]["digest"].removeprefix("sha256:")
    with tarfile.open(folder / layer) as archive:
        file = archive.extractfile("content")
        return file.read() if file else b""


def denied(action: str, side: str, repository: str = "payments/api") -> str:
    arn = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/{repository}"
    return (
        f"{WHO} is not authorized to perform: ecr:{action} on resource: {arn} because no {side}-based policy allows the ecr:{action} action"
    )


def test_who_may_pull_does_that_and_nothing_else(
    ansible: Ansible, primary: Account, fleet: Fleet, log_in: Login, skopeo: Skopeo, tmp_path: Path
) -> None:
    fleet.declare(ONLY_PULL)
    ansible(SITE, **fleet.settings).succeeded()
    log_in()
    pulled, other = tmp_path / "pulled", tmp_path / "other"
    skopeo.succeeds("copy", image("payments/api"), f"dir:{pulled}")
    assert content(pulled) == b"payments/api"

    assert f"denied: {denied('BatchGetImage', 'identity', 'payments/web')}" in skopeo.fails("inspect", image("payments/web"))
    skopeo.succeeds("copy", "--src-creds", creds(primary), image("payments/web"), f"dir:{other}")
    assert f"denied: {denied('InitiateLayerUpload', 'identity')}" in skopeo.fails("copy", f"dir:{other}", image("payments/api", "mine"))
    assert f"denied: {denied('PutImage', 'identity')}" in skopeo.fails("copy", f"dir:{pulled}", image("payments/api", "mine"))

    primary.client("ecr").delete_repository_policy(repositoryName="payments/api")
    assert f"denied: {denied('BatchGetImage', 'resource')}" in skopeo.fails("inspect", image("payments/api"))
    fleet.declare()
    ansible(SITE, **fleet.settings).succeeded()
    assert f"denied: {denied('BatchGetImage', 'identity')}" in skopeo.fails("inspect", image("payments/api"))


def test_what_one_account_pushes_the_other_one_pulls(
    lab: Lab, ansible: Ansible, primary: Account, fleet: Fleet, log_in: Login, skopeo: Skopeo, tmp_path: Path
) -> None:
    fleet.declare(grant("builder", "pull_push", (SECONDARY, "ecsInstanceRole"), ["payments/*"]))
    ansible(SITE, **fleet.settings).succeeded()
    log_in()
    skopeo.succeeds("copy", image("payments/web"), image("payments/api", "web"))
    skopeo.succeeds("copy", "--src-creds", creds(primary), image("payments/api", "web"), f"dir:{tmp_path / 'pulled'}")
    assert content(tmp_path / "pulled") == b"payments/web"
    (described,) = primary.client("ecr").describe_images(repositoryName="payments/api", imageIds=[{"imageTag": "web"}])["imageDetails"]
    assert json.loads(skopeo.succeeds("inspect", image("payments/api", "web")))["Digest"] == described["imageDigest"]
    tags = json.loads(skopeo.succeeds("list-tags", "--creds", creds(primary), f"docker://{HOST}/payments/api"))
    assert tags["Tags"] == ["latest", "web"]
    absent = f"The repository with name 'payments/none' does not exist in the registry with id '{PRIMARY}'"
    assert f"name unknown: {absent}" in skopeo.fails("inspect", "--creds", creds(primary), image("payments/none"))
    assert "manifest unknown: Requested image not found" in skopeo.fails("inspect", image("payments/api", "none"))

    lab.expire_registry_tokens(SECONDARY)
    assert "denied: Your authorization token has expired. Reauthenticate and try again." in skopeo.fails("inspect", image("payments/api"))
    assert "Not Authorized" in skopeo.fails("inspect", "--creds", f"AWS:{password()}", image("payments/api"))


def test_skopeo_refuses_a_password_that_the_registry_refuses(lab: Lab, ansible: Ansible, skopeo: Skopeo, auth_file: Path) -> None:
    options = {"client": "skopeo", "auth_file": str(auth_file), "logins": [{"registry": HOST, "password": password()}]}
    tasks = [{"name": "log in", "crossaccount.registry.registry_login": options, "ignore_errors": True}]
    result = ansible(tasks, environment={**lab.registry_environment, "PATH": skopeo.environment["PATH"]}).succeeded()["log in"]
    assert result.failed
    assert result.msg.startswith(f"skopeo could not log in to {HOST}: ") and "invalid username/password" in result.msg
    assert [one["action"] for one in result["actions"]] == ["failed"]
    assert not auth_file.exists() or HOST not in auth_file.read_text()
