# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where clients keep logins, as their documentation says, and how they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.clients import (
    Surroundings,
    auth_file_of,
    login_command,
    logout_command,
)

HOME = Path("/users/me")


@pytest.mark.parametrize(
    ("client", "platform", "environment", "path"),
    [
        ("docker", "linux", {}, "/users/me/.docker/config.json"),
        ("docker", "darwin", {"DOCKER_CONFIG": "/d"}, "/d/config.json"),
        ("docker", "linux", {"DOCKER_CONFIG": "", "REGISTRY_AUTH_FILE": "/a"}, "/users/me/.docker/config.json"),
        ("podman", "linux", {}, "/run/containers/1000/auth.json"),
        ("skopeo", "linux", {"XDG_RUNTIME_DIR": "/run/user/1000"}, "/run/user/1000/containers/auth.json"),
        ("podman", "linux", {"XDG_RUNTIME_DIR": "/run/user/1000", "REGISTRY_AUTH_FILE": "/a"}, "/a"),
        ("podman", "darwin", {"XDG_RUNTIME_DIR": "/run/user/1000"}, "/users/me/.config/containers/auth.json"),
    ],
)
def test_the_file_of_a_client(client: str, platform: str, environment: dict[str, str], path: str) -> None:
    around = Surroundings(environment, HOME, 1000, platform)
    assert auth_file_of(client, None, around) == Path(path)
    assert auth_file_of(client, "", around) == Path(path)
    assert auth_file_of(client, "/x/config.json", around) == Path("/x/config.json")


def test_files_that_do_not_fit() -> None:
    around = Surroundings({}, HOME, 1000, "linux")
    with pytest.raises(RegistryError, match=r"docker keeps its logins in a file of the name config\.json only"):
        auth_file_of("docker", "/x/auth.json", around)
    with pytest.raises(RegistryError, match="give 'auth_file', or the 'client' whose file it is"):
        auth_file_of("auth_file", None, around)


def test_commands() -> None:
    file = Path("/x/config.json")
    asked = ("--username", "me", "--password-stdin", "quay.io")
    assert login_command("docker", "/bin/docker", file, "quay.io", "me") == ("/bin/docker", "--config", "/x", "login", *asked)
    assert login_command("podman", "/bin/podman", file, "quay.io", "me") == ("/bin/podman", "login", "--authfile", "/x/config.json", *asked)
    assert logout_command("docker", "docker", file, "quay.io") == ("docker", "--config", "/x", "logout", "quay.io")
    assert logout_command("skopeo", "skopeo", file, "quay.io") == ("skopeo", "logout", "--authfile", "/x/config.json", "quay.io")
