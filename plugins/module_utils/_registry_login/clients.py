# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Container clients: where they keep logins, and the commands that log in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .._errors import RegistryError

#: No client at all: the file is changed by ourselves.
AUTH_FILE = "auth_file"
CLIENTS = ("docker", "podman", "skopeo", AUTH_FILE)


@dataclass(frozen=True)
class Surroundings:
    """What a client looks at to find its file: the environment, the home directory, the user id, and C(sys.platform)."""

    environment: Mapping[str, str]
    home: Path
    uid: int
    platform: str


def auth_file_of(client: str, given: str | None, around: Surroundings) -> Path:
    """The file in which a client keeps its logins, which is ``given``, or the one that its documentation names.

    https://docs.docker.com/reference/cli/docker/#configuration-files and the manual of C(containers-auth.json). Raises RegistryError.
    """
    if given:
        path = Path(given)
        if client == "docker" and path.name != "config.json":
            raise RegistryError(f"'auth_file' is {given}; docker keeps its logins in a file of the name config.json only")
        return path
    environment = around.environment
    if client == AUTH_FILE:
        raise RegistryError("give 'auth_file', or the 'client' whose file it is")
    if client == "docker":
        return Path(environment.get("DOCKER_CONFIG") or around.home / ".docker") / "config.json"
    if environment.get("REGISTRY_AUTH_FILE"):
        return Path(environment["REGISTRY_AUTH_FILE"])
    if around.platform != "linux":
        return around.home / ".config" / "containers" / "auth.json"
    if environment.get("XDG_RUNTIME_DIR"):
        return Path(environment["XDG_RUNTIME_DIR"]) / "containers" / "auth.json"
    return Path(f"/run/containers/{around.uid}/auth.json")


def login_command(client: str, executable: str, file: Path, host: str, username: str) -> Sequence[str]:
    """The command that logs in; it reads the password from its standard input."""
    return (*_command(client, executable, file, "login"), "--username", username, "--password-stdin", host)


def logout_command(client: str, executable: str, file: Path, host: str) -> Sequence[str]:
    """The command that logs out."""
    return (*_command(client, executable, file, "logout"), host)


def _command(client: str, executable: str, file: Path, verb: str) -> Sequence[str]:
    if client == "docker":
        return (executable, "--config", str(file.parent), verb)
    return (executable, verb, "--authfile", str(file))
