# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps roles from getting in the way of those who include them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from jinja2 import nodes
from jinja2.defaults import DEFAULT_NAMESPACE

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(folder.name for folder in (ROOT / "roles").iterdir() if folder.is_dir())
#: Works on the host, as the user that the tasks run as.
ON_HOSTS = "registry_login"
#: The beginnings of modules that talk to an API; the collection of those for AWX is a variable.
API = ("crossaccount.registry.", "kubernetes.core.", "action")
CONDITIONS = ("changed_when", "failed_when", "until", "when")
CONNECTION = "ansible_pipelining"
#: What Ansible itself defines.
MAGIC = {"ansible_check_mode", "group_names", "groups", "hostvars", "inventory_hostname", "lookup", "omit", "query", *DEFAULT_NAMESPACE}
#: How variables begin that hosts and declarations have. They are the defaults of a role's own.
INPUTS = ("alicloud_", "aws_", "registry_", "rhacs_")


class Loader(yaml.SafeLoader):
    """Leaves out texts that are marked as ``!unsafe``, which are not Ansible's."""


Loader.add_constructor("!unsafe", Loader.construct_yaml_null)

role = pytest.mark.parametrize("role", ROLES)


@functools.cache
def content(role: str, *folders: str) -> list[Any]:
    """What is in the YAML files of these folders of a role."""
    files = [file for folder in folders for file in sorted((ROOT / "roles" / role / folder).rglob("*.yml"))]
    return [yaml.load(file.read_text(), Loader) for file in files]


def tasks(role: str) -> Iterator[dict[str, Any]]:
    """All tasks and handlers of a role, those in blocks too, and the blocks."""
    waiting = [task for file in content(role, "tasks", "handlers") for task in file]
    while waiting:
        task = waiting.pop()
        waiting += [inner for part in ("block", "rescue", "always") for inner in task.get(part, [])]
        yield task


def kept(role: str) -> set[str]:
    """The variables that a role leaves behind."""
    registered = {task["register"] for task in tasks(role) if "register" in task}
    return registered.union(*(task.get("ansible.builtin.set_fact", {}) for task in tasks(role)))


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, with what Ansible takes for an expression marked as one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in (*CONDITIONS, "that"):
                yield from (f"{{{{ {text} }}}} as a condition" for text in texts(item))
            else:
                yield from texts(item)


@role
def test_names(role: str) -> None:
    """Nothing has a name that somebody else may have, too."""
    names = kept(role).union(*content(role, "defaults", "vars"), *(task.get("vars", {}) for task in tasks(role)))
    for task in tasks(role):
        control = task.get("loop_control", {})
        assert "loop" not in task or "loop_var" in control, f"the loop of {task['name']!r} uses 'item'"
        names |= {control[key] for key in ("loop_var", "index_var", "extended_var") if key in control}
    assert not {name for name in names - {CONNECTION} if not name.startswith(f"{role}_")}


def read(role: str, *folders: str) -> set[str]:
    """The variables that expressions in these folders of a role read."""
    found = set()
    templates = [file.read_text() for folder in folders for file in (ROOT / "roles" / role / folder).rglob("*.j2")]
    for text in [*texts(content(role, *folders)), *templates]:
        # Ansible doubles backslashes, too.
        names = list(jinja2.Environment().parse(text.replace("\\", "\\\\")).find_all(nodes.Name)) if "{{" in text else []
        found |= {name.name for name in names} - {name.name for name in names if name.ctx == "store"}
    return {name for name in found - MAGIC if not name.startswith(f"{role}_")}


@role
def test_variables_of_others(role: str) -> None:
    """It reads nobody's variables but its own, and in its defaults those that are meant to be shared."""
    assert not read(role, "tasks", "handlers", "vars", "templates")
    assert not {name for name in read(role, "defaults") if not name.startswith(INPUTS)}


@role
def test_what_stays_is_documented(role: str) -> None:
    section = (ROOT / "roles" / role / "README.md").read_text().partition("## What it registers\n")[2].partition("\n## ")[0]
    assert kept(role) - set(re.findall(r"`(\w+)`", section)) == set()


@role
def test_nothing_about_the_play(role: str) -> None:
    """Tags, handlers, and where and how often a task runs, belong to the play."""
    keywords = {"any_errors_fatal", "connection", "delegate_to", "environment", "notify", "remote_user", "run_once", "tags", "throttle"}
    assert not [(task["name"], keywords & task.keys()) for task in tasks(role) if keywords & task.keys()]
    assert not content(role, "handlers")


@role
def test_apis_need_no_other_user(role: str) -> None:
    """A play may become somebody else for its own tasks; where the credentials are, there may be no sudo."""
    for task in tasks(role):
        becomes = not any(key.startswith(API) for key in task) or role == ON_HOSTS
        assert ("become" not in task) if becomes else (task.get("become") is False), task["name"]


@role
def test_texts_are_no_numbers(role: str) -> None:
    """A survey, or -e NAME=VALUE, gives text. Modules turn it into what they need; expressions have to do it themselves."""
    (specification,) = [file["argument_specs"] for file in content(role, "meta") if "argument_specs" in file]
    options = {name: option["type"] for entry in specification.values() for name, option in entry["options"].items()}
    wrong = []
    for text in texts(content(role, "tasks", "handlers", "defaults", "vars")):
        for name in (name for name, kind in options.items() if kind in ("bool", "int") and "{{" in text):
            # As an argument of a filter, or alone, it goes to a module as it is.
            alone = re.fullmatch(rf"\{{\{{ {name}( \| default\([^)]*\))* \}}\}}", text)
            if not alone and re.search(rf"(?<![\w(])(?<!, ){name}\b(?! \| {options[name]}\b)", text):
                wrong.append((name, text))
    assert not wrong
