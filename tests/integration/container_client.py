# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands in for docker and podman, which tests cannot install: they keep logins in the same places, and refuse what those refuse.

`python container_client.py docker --config DIR login ...`. With HTTPS_PROXY it tries the password with the registry, as they do.
It notes how it was called in the file `calls` in the home directory. `docker-credential-lab` is a credential helper.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any


def main(name: str, arguments: list[str]) -> int:
    home = Path(os.environ["HOME"])
    with (home / "calls").open("a") as calls:
        calls.write(json.dumps([name, *arguments]) + "\n")
    if name.startswith("docker-credential-"):
        return helper(home / "kept.json", arguments[0])
    parser = argparse.ArgumentParser(prog=name, allow_abbrev=False)
    if name == "docker":
        parser.add_argument("--config", type=Path, default=home / ".docker")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("login", "logout"):
        options = verbs.add_parser(verb, allow_abbrev=False)
        options.add_argument("server")
        if name == "podman":
            options.add_argument("--authfile", type=Path, required=True)
        if verb == "login":
            options.add_argument("--username", required=True)
            options.add_argument("--password-stdin", action="store_true", required=True)
    given = parser.parse_args(arguments)
    file = given.config / "config.json" if name == "docker" else given.authfile
    content = json.loads(file.read_text()) if file.exists() else {}
    done = login(name, given, content) if given.verb == "login" else logout(name, given, content)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(content, indent="\t"))
    return done


def login(name: str, given: argparse.Namespace, content: dict[str, Any]) -> int:
    password = sys.stdin.read().rstrip("\r\n")
    auth = base64.b64encode(f"{given.username}:{password}".encode()).decode()
    if os.environ.get("HTTPS_PROXY"):
        asked = urllib.request.Request(f"https://{given.server}/v2/", headers={"Authorization": f"Basic {auth}"})
        try:
            urllib.request.urlopen(asked).close()
        except urllib.error.HTTPError as error:
            refusal = f"login attempt to https://{given.server}/v2/ failed with status: {error.code} {error.reason}"
            print(f"Error response from daemon: {refusal}" if name == "docker" else f"Error: {refusal}", file=sys.stderr)
            return 1 if name == "docker" else 125
    store = helper_of(given.server, content)
    if store:
        kept = json.dumps({"ServerURL": given.server, "Username": given.username, "Secret": password})
        subprocess.run([f"docker-credential-{store}", "store"], input=kept, text=True, check=True)
        content.setdefault("auths", {})[given.server] = {}
    else:
        content.setdefault("auths", {})[given.server] = {"auth": auth}
    print("Login Succeeded" + ("" if name == "docker" else "!"))
    return 0


def logout(name: str, given: argparse.Namespace, content: dict[str, Any]) -> int:
    store = helper_of(given.server, content)
    if store:
        subprocess.run([f"docker-credential-{store}", "erase"], input=given.server, text=True, check=True)
    if content.get("auths", {}).pop(given.server, None) is None and name == "podman":
        print(f"Error: not logged into {given.server}", file=sys.stderr)
        return 125
    return 0


def helper_of(server: str, content: dict[str, Any]) -> str | None:
    found: str | None = content.get("credHelpers", {}).get(server) or content.get("credsStore")
    return found


def helper(file: Path, verb: str) -> int:
    kept = json.loads(file.read_text()) if file.exists() else {}
    text = sys.stdin.read().strip()
    if verb == "store":
        one = json.loads(text)
        kept[one["ServerURL"]] = one
    elif text not in kept:
        print("credentials not found in native keychain")
        return 1
    elif verb == "get":
        print(json.dumps(kept[text]))
    else:
        del kept[text]
    file.write_text(json.dumps(kept))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
