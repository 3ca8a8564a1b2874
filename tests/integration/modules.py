# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules in the process of the test, against the lab: for many questions in a row, which would each start a process in a playbook."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from tests.lab import Lab

PACKAGE = "ansible_collections.crossaccount.registry.plugins.modules"
#: What administrators sign with here. Ansible hides secrets wherever they are, so it is none that is a word.
SECRET = "lab-secret-0123456789"


class Modules:
    """Runs modules as administrators of accounts."""

    def __init__(self, lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._lab, self._monkeypatch, self._capsys = lab, monkeypatch, capsys

    def run(self, name: str, account: str, check: bool = False, **options: Any) -> dict[str, Any]:
        """The result of a module, whether it failed or not."""
        for variable, value in self._lab.environment_of(account, SECRET).items():
            self._monkeypatch.setenv(variable, value)
        module = importlib.import_module(f"{PACKAGE}.{name}")
        with patch_module_args({**options, "_ansible_check_mode": check}), pytest.raises(SystemExit):
            module.main()
        result: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return result
