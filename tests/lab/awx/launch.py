# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How AWX prepares the jobs of a template: cut into slices, with answers that are unsafe, and with what its credentials inject."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from pathlib import Path

from . import surveys
from .credential_types import inject
from .projects import Projects
from .store import Object, Store


@dataclass(frozen=True)
class Job:
    """One job, as a folder for ansible-runner with the playbook that it runs and the hosts that it has."""

    folder: Path
    playbook: str
    hosts: list[str]


def prepare(
    store: Store,
    projects: Projects,
    template: Object,
    answers: t.Mapping[str, t.Any],
    folder: Path,
) -> list[Job]:
    """The jobs that a launch of the template makes: several where it is sliced."""
    survey = store.surveys.get(template["id"], {}) if template["survey_enabled"] else {}
    given = dict(answers) if template["ask_variables_on_launch"] else {}
    variables = given | surveys.answers_of(survey, answers)
    hosts = [host for host in store.all("hosts") if host["inventory"] == template["inventory"] and host["enabled"]]
    names = sorted(host["name"] for host in hosts)
    number = max(1, min(template["job_slice_count"], len(names)))
    jobs = []
    for slice_ in range(number):
        job = Job(folder / f"{template['id']}-{slice_}", template["playbook"], names[slice_::number])
        for part in ("env", "inventory"):
            (job.folder / part).mkdir(parents=True)
        (job.folder / "project").symlink_to(projects.folder(store.get("projects", template["project"])["scm_url"]))
        environment: dict[str, str] = {}
        for identity in store.linked(template["id"], "credentials"):
            credential = store.get("credentials", identity)
            its_type = store.get("credential_types", credential["credential_type"])
            env, _variables = inject(its_type, credential["inputs"], job.folder)
            environment |= env
        (job.folder / "inventory" / "hosts.json").write_text(json.dumps(_inventory(store, template["inventory"], hosts, job.hosts)))
        (job.folder / "env" / "extravars").write_text(_unsafe(template["extra_vars"], variables))
        (job.folder / "env" / "envvars").write_text(json.dumps(environment))
        jobs.append(job)
    return jobs


def _inventory(store: Store, inventory: int, hosts: list[Object], names: list[str]) -> dict[str, t.Any]:
    there = {host["id"]: host for host in hosts if host["name"] in names}
    groups = [group for group in store.all("groups") if group["inventory"] == inventory]
    members = {group["name"]: [one for one in store.linked(group["id"], "hosts") if one in there] for group in groups}
    return {
        "all": {
            "hosts": {host["name"]: json.loads(host["variables"] or "{}") for host in there.values()},
            "children": {group: {"hosts": {there[one]["name"]: {} for one in ids}} for group, ids in members.items()},
        }
    }


def _unsafe(extra_vars: str, variables: t.Mapping[str, t.Any]) -> str:
    """The file of extra variables: what the template itself has may be templates, what was answered may not."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in json.loads(extra_vars or "{}").items() if key not in variables]
    lines += [f"{json.dumps(key)}: {_marked(value)}" for key, value in variables.items()]
    return "\n".join([*lines, ""]) or "{}"


def _marked(value: t.Any) -> str:
    return f"!unsafe {json.dumps(value)}" if isinstance(value, str) else json.dumps(value)
