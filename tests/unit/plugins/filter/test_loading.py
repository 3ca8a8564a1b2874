# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that uses one filter of the collection makes Ansible load the files of all, in a process of its own: they must load little."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import ansible_collections.crossaccount.registry.plugins.filter as filters

PACKAGE = "ansible_collections.crossaccount.registry.plugins"
LOADED = f"""
import sys
from importlib import import_module
for name in sys.argv[1:]:
    import_module("{PACKAGE}.filter." + name)
print(*sorted(name for name in sys.modules if name.startswith("{PACKAGE}.module_utils.")))
"""


def test_files_of_filters_load_nothing_of_the_core_before_they_are_used() -> None:
    (folder,) = filters.__path__
    names = sorted(file.stem for file in Path(folder).glob("*.py") if file.stem != "__init__")
    assert "registry_grant_statements" in names
    # ansible-test finds collections by a hook, which the other process does not have.
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(folder).parents[4]), *filter(None, sys.path)])}
    done = subprocess.run([sys.executable, "-c", LOADED, *names], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [f"{PACKAGE}.module_utils._errors"]
