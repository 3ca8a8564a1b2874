# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of logins share: a home directory with container clients, and passwords."""

from __future__ import annotations

import base64
import json
import os
import shlex
import stat
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.integration.conftest import PRIMARY, REGION

HERE = Path(__file__).parent
HOST = f"{PRIMARY}.dkr.ecr.{REGION}.amazonaws.com"
#: How every password of Amazon ECR begins, and how it begins in an auth file: neither may be seen anywhere else.
PASSWORD, AUTH = "eyJwYXlsb2FkIjoi", base64.b64encode(b"AWS:eyJwYXlsb2FkIjoi").decode()[:24]


def password(seconds: float = 12 * 3600) -> str:
    """A password that expires in so many seconds."""
    parts = {"payload": "cGF5bG9hZA==", "datakey": "a2V5", "version": "2", "type": "DATA_KEY", "expiration": int(time.time() + seconds)}
    return base64.b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()


def entry(secret: str, username: str = "AWS") -> dict[str, str]:
    """A login as auth files have it."""
    return {"auth": base64.b64encode(f"{username}:{secret}".encode()).decode()}


class Home:
    """A home directory of its own, with stand-ins for docker, podman and a credential helper on its PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        programs = folder / "bin"
        programs.mkdir(parents=True)
        for name in ("docker", "podman", "docker-credential-lab"):
            command = shlex.join([sys.executable, str(HERE / "container_client.py"), name])
            (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            (programs / name).chmod(0o755)
        self.environment = {
            "HOME": str(folder),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "DOCKER_CONFIG": "",
            "REGISTRY_AUTH_FILE": "",
        }
        self.docker = folder / ".docker" / "config.json"
        self.podman = folder / "run" / "containers" / "auth.json"

    def write(self, file: Path, content: Any) -> Path:
        """Makes this the file, which everybody may read."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content, indent="\t"))
        file.chmod(0o644)
        return file

    @property
    def calls(self) -> Sequence[Sequence[str]]:
        """How the stand-ins were called."""
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def logins(file: Path) -> dict[str, str]:
    """The passwords in an auth file: registry -> password."""
    found = {}
    for host, one in json.loads(file.read_text())["auths"].items():
        found[host] = base64.b64decode(one["auth"]).decode().partition(":")[2]
    return found


def mode(file: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(file.stat().st_mode)
