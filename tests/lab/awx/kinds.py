# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX keeps: the fields of each kind of object, with what they are when nobody says so."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

REQUIRED = object()


@dataclass(frozen=True)
class Kind:
    """`fields`: name -> default. `refers`: field -> the kind that it is the id of. `unique`: fields that no two objects share.

    `owned_by` is the field by which an object goes with another. `linked` are lists of others: name -> their kind.
    """

    type: str
    fields: dict[str, t.Any]
    refers: dict[str, str] = field(default_factory=dict)
    unique: tuple[str, ...] = ("name",)
    owned_by: str = ""
    linked: dict[str, str] = field(default_factory=dict)
    # Told in the words for an object as a whole, not in those for the fields.
    unique_softly: bool = False


_NAMED: dict[str, t.Any] = {"name": REQUIRED, "description": ""}
_PROMPTS = ("scm_branch", "diff_mode", "variables", "limit", "tags", "skip_tags", "job_type", "verbosity", "inventory", "credential")
_MORE_PROMPTS = ("execution_environment", "labels", "forks", "job_slice_count", "timeout", "instance_groups")

KINDS: dict[str, Kind] = {
    "organizations": Kind("organization", _NAMED),
    "execution_environments": Kind(
        "execution_environment",
        {**_NAMED, "organization": None, "image": REQUIRED, "credential": None, "pull": ""},
        {"organization": "organizations", "credential": "credentials"},
    ),
    "credential_types": Kind("credential_type", {**_NAMED, "kind": REQUIRED, "inputs": {}, "injectors": {}}, unique=("name", "kind")),
    "credentials": Kind(
        "credential",
        {**_NAMED, "organization": None, "credential_type": REQUIRED, "inputs": {}},
        {"organization": "organizations", "credential_type": "credential_types"},
        unique=("organization", "name", "credential_type"),
    ),
    "projects": Kind(
        "project",
        {
            **_NAMED,
            "organization": None,
            "scm_type": "",
            "scm_url": "",
            "scm_branch": "",
            "scm_update_on_launch": False,
            "allow_override": False,
            "credential": None,
            "default_environment": None,
        },
        {"organization": "organizations", "credential": "credentials", "default_environment": "execution_environments"},
        unique=("name", "organization"),
        unique_softly=True,
    ),
    "inventories": Kind(
        "inventory",
        {**_NAMED, "organization": REQUIRED, "kind": "", "host_filter": None, "variables": ""},
        {"organization": "organizations"},
        unique=("name", "organization"),
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {
            **_NAMED,
            "inventory": REQUIRED,
            "source": REQUIRED,
            "source_path": "",
            "source_vars": "",
            "source_project": None,
            "credential": None,
            "execution_environment": None,
            "overwrite": False,
            "overwrite_vars": False,
            "update_on_launch": False,
        },
        {
            "inventory": "inventories",
            "source_project": "projects",
            "credential": "credentials",
            "execution_environment": "execution_environments",
        },
        unique=("name", "inventory"),
        owned_by="inventory",
        unique_softly=True,
    ),
    "hosts": Kind(
        "host",
        {**_NAMED, "inventory": REQUIRED, "enabled": True, "variables": ""},
        {"inventory": "inventories"},
        unique=("name", "inventory"),
        owned_by="inventory",
    ),
    "groups": Kind(
        "group",
        {**_NAMED, "inventory": REQUIRED, "variables": ""},
        {"inventory": "inventories"},
        unique=("name", "inventory"),
        owned_by="inventory",
        linked={"hosts": "hosts", "children": "groups"},
    ),
    "job_templates": Kind(
        "job_template",
        {
            **_NAMED,
            "job_type": "run",
            "inventory": None,
            "project": None,
            "playbook": "",
            "execution_environment": None,
            "forks": 0,
            "limit": "",
            "verbosity": 0,
            "extra_vars": "",
            "diff_mode": False,
            "job_slice_count": 1,
            "survey_enabled": False,
            "allow_simultaneous": False,
            **{f"ask_{prompt}_on_launch": False for prompt in (*_PROMPTS, *_MORE_PROMPTS)},
        },
        {"inventory": "inventories", "project": "projects", "execution_environment": "execution_environments"},
        unique=("name", "organization"),
        linked={"credentials": "credentials"},
        unique_softly=True,
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {**_NAMED, "organization": None, "inventory": None, "extra_vars": "", "survey_enabled": False, "ask_variables_on_launch": False},
        {"organization": "organizations", "inventory": "inventories"},
        unique=("name", "organization"),
        unique_softly=True,
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {
            "identifier": REQUIRED,
            "workflow_job_template": REQUIRED,
            "unified_job_template": None,
            "extra_data": {},
            "all_parents_must_converge": False,
        },
        {"workflow_job_template": "workflow_job_templates", "unified_job_template": "unified_job_templates"},
        unique=("identifier", "workflow_job_template"),
        owned_by="workflow_job_template",
        linked=dict.fromkeys(("success_nodes", "failure_nodes", "always_nodes"), "workflow_job_template_nodes"),
    ),
}
# Kinds that workflows and schedules run.
RUN = ("projects", "inventory_sources", "job_templates", "workflow_job_templates")
