# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nobody sees a password of a private registry: not on the screen, not in what AWX keeps, not in a temporary file, not when it fails."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from ansible.parsing.vault import VaultLib, VaultSecret

from tests.integration.canaries import Watch, canary, found_in, text_of
from tests.integration.conftest import PRIMARY, REGION, Account, Ansible
from tests.lab import Lab

ROLE = "crossaccount.registry.registry_credentials"
CREDENTIAL = {"name": "quay", "secret": {"account": PRIMARY, "region": REGION, "name": "registry/quay"}, "readers": []}
#: What is done, and whether it fails: the values, the check mode, and what is in the environment.
ATTEMPTS: dict[str, tuple[bool, Any, dict[str, Any]]] = {
    "predicted": (False, {"quay": {"username": "u", "password": "{{ canaries.vault }}"}}, {"check_mode": True}),
    "created": (False, {"quay": {"username": "u", "password": "{{ canaries.vault }}"}}, {}),
    "refused by AWS": (True, {"quay": {"password": "{{ canaries.quoted }}"}}, {}),
    "changed": (False, {"quay": {"password": "{{ canaries.lookup }}", "extra": {"token": "{{ canaries.token }}"}}}, {}),
    "no text": (True, {"quay": {"password": ["{{ canaries.listed }}"]}}, {}),
    "no mapping": (True, "{{ canaries.text }}", {}),
    "no value": (True, {"quay": "{{ canaries.bare }}"}, {}),
    "mistyped": (True, {"quay": {"pasword": "{{ canaries.typo }}"}}, {}),
    "not declared": (True, {"quai": {"password": "{{ canaries.stray }}"}}, {}),
    "broken": (True, {"quay": {"password": "{{ canaries.broken }}"}}, {"environment": {"AWS_DATA_PATH": "{{ models }}"}}),
}


def attempt(name: str) -> dict[str, Any]:
    """An inclusion of the role, whose results are shown, as somebody might do who looks for a mistake."""
    _fails, values, more = ATTEMPTS[name]
    variables = {
        "registry_credentials_declaration": [CREDENTIAL],
        "registry_credentials_account_id": PRIMARY,
        "registry_credentials_values": values,
    }
    role = {"name": ROLE, "tasks_from": "owner", "apply": more}
    return {
        "name": name,
        "block": [
            {"name": name, "ansible.builtin.include_role": role, "vars": variables},
            {"name": f"{name} succeeded", "ansible.builtin.debug": {"var": "registry_credentials_secrets"}},
        ],
        "rescue": [{"name": f"{name} failed", "ansible.builtin.debug": {"var": "ansible_failed_result"}}],
    }


def test_no_trace_of_a_secret(lab: Lab, ansible: Ansible, primary: Account, tmp_path: Path) -> None:
    """In a run of ansible-runner with everything that makes it talk, and values from a vault, a lookup and variables."""
    canaries = {name: canary() for name in ("vault", "lookup", "token", "quoted", "listed", "text", "bare", "typo", "stray", "broken")}
    runner, given, temporary = tmp_path / "runner", tmp_path / "given", tmp_path / "temporary"
    for folder in (runner / "env", runner / "project", given, temporary):
        folder.mkdir(parents=True)
    (given / "password").write_text("of the vault")
    (given / "lookup").write_text(canaries["lookup"])
    sealed = VaultLib([("default", VaultSecret(b"of the vault"))]).encrypt(canaries["vault"]).decode()
    vault = "    vault_canary: !vault |\n" + "".join(f"      {line}\n" for line in sealed.splitlines())
    read = {
        "crossaccount.registry.secretsmanager_access_check": {
            "principals": [PRIMARY],
            "secrets": ["registry/quay"],
            "region": REGION,
            "method": "both",
        }
    }
    tasks = [*map(attempt, ATTEMPTS), {"name": "read", **read, "register": "checked"}]
    listed = {name: one for name, one in canaries.items() if name not in ("vault", "lookup")}
    variables = {**listed, "vault": "{{ vault_canary }}", "lookup": f"{{{{ lookup('ansible.builtin.file', '{given}/lookup') }}}}"}
    # A model of the service that cannot be read: nobody foresees that, and the module ends with a traceback.
    model = given / "models" / "secretsmanager" / "2017-10-17" / "service-2.json"
    model.parent.mkdir(parents=True)
    model.write_text("no JSON")
    (given / "variables.json").write_text(json.dumps({"canaries": variables, "models": str(given / "models")}))
    head = f"- hosts: localhost\n  gather_facts: false\n  vars:\n{vault}  vars_files: ['{given}/variables.json']\n"
    play = f"{head}  tasks: {json.dumps(tasks)}\n"
    (runner / "project" / "play.yml").write_text(play)
    (runner / "env" / "cmdline").write_text(f"--diff -vvvv --vault-password-file {given}/password")
    lab.fail_next(
        "PutSecretValue",
        error="ValidationException",
        message="1 validation error: Value '" + json.dumps({"username": "u", "password": canaries["quoted"]}) + "' failed",
    )
    environment = ansible.environment() | {
        "ANSIBLE_DISPLAY_TRACEBACK": "always",
        "ANSIBLE_LOG_PATH": str(temporary / "log"),
        "ANSIBLE_LOCAL_TEMP": str(temporary / "local"),
        "ANSIBLE_REMOTE_TEMP": str(temporary / "remote"),
        "TMPDIR": str(temporary),
    }
    assert "ANSIBLE_KEEP_REMOTE_FILES" not in environment
    command = ["ansible-runner", "run", str(runner), "-p", "play.yml", "--ident", "run"]
    with Watch(canaries, temporary) as watch:
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr

    written = [json.loads(file.read_text()) for file in (runner / "artifacts/run/job_events").glob("*.json")]
    events = [one["event_data"] for one in written if "event_data" in one]
    done = {event["task"] for event in events if "res" in event and not event["res"].get("skipped")}
    for name, (fails, _values, _more) in ATTEMPTS.items():
        assert f"{name} {'failed' if fails else 'succeeded'}" in done
    (checked,) = [event["res"] for event in events if event.get("task") == "read" and "res" in event]
    assert [(one["probed"], one["agree"], one["credential"]) for one in checked["checks"]] == [("allowed", True, True)]
    stored = json.loads(primary.client("secretsmanager").get_secret_value(SecretId="registry/quay")["SecretString"])
    assert stored == {"username": "u", "password": canaries["lookup"], "token": canaries["token"]}

    kept = text_of([runner / "artifacts", temporary])
    assert "'quay' must be a mapping of username, password and extra; it has pasword; nothing of it" in kept
    assert "(hidden, changes: password, token)" in kept and "JSONDecodeError" in kept
    assert not found_in(run.stdout + run.stderr + kept + json.dumps(written, ensure_ascii=False), canaries)
    assert watch.files
    assert not watch.seen
