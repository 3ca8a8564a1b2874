# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress is shown while the module runs, to its last word, and only where that is possible and allowed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible import constants

from ansible_collections.crossaccount.registry.plugins.action.ecr_repository_policy import ActionModule

MODULE = "crossaccount.registry.ecr_repository_policy"


class Shown:
    """What is displayed, and where."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, bool]] = []

    def display(self, text: str, stderr: bool = False) -> None:
        self.lines.append((text, stderr))


class Action(ActionModule):
    """The plugin, with a module that says these lines and ends at once."""

    def __init__(self, lines: list[str], transport: str = "local", become: bool = False, **task: Any) -> None:
        settings = {"args": {"region": "eu-west-1"}, "async_val": 0, "no_log": False, "check_mode": False, **task}
        connection = SimpleNamespace(transport=transport, become=MagicMock() if become else None, _shell=MagicMock(tmpdir=None))
        super().__init__(SimpleNamespace(**settings), connection, MagicMock(), MagicMock(), MagicMock(), MagicMock())
        self._display: Any = Shown()
        self._lines = lines
        self.calls: list[tuple[Any, ...]] = []

    def _execute_module(self, module_name: Any = None, module_args: Any = None, wrap_async: bool = False, **_more: Any) -> Any:
        self.calls.append((module_name, dict(module_args), wrap_async))
        if "progress_file" in module_args:
            with Path(module_args["progress_file"]).open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in self._lines)
        return {"changed": True}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    return tmp_path


def test_every_line_is_shown_on_stderr_with_its_host(folder: Path) -> None:
    action = Action(["reading: 5 of 10", "eu-west-1 a: somebody else überschrieb the policy"])
    assert action.run(task_vars={"inventory_hostname": "images"}) == {"changed": True}
    assert action._display.lines == [
        ("[images] reading: 5 of 10", True),
        ("[images] eu-west-1 a: somebody else überschrieb the policy", True),
    ]
    ((name, arguments, wrap_async),) = action.calls
    assert (name, arguments["region"], wrap_async) == (MODULE, "eu-west-1", False)
    assert Path(arguments["progress_file"]).parent == folder
    assert list(folder.iterdir()) == []
    assert action._task.args == {"region": "eu-west-1"}


@pytest.mark.parametrize(
    "settings",
    [{"transport": "ssh"}, {"become": True}, {"no_log": True}, {"async_val": 30}, {"args": {"progress_file": "mine"}}],
)
def test_where_nothing_is_shown(folder: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]) -> None:
    """Elsewhere, in the background, or what must not be logged; and a file of the user's own is the user's."""
    monkeypatch.chdir(folder)
    action = Action(["reading: 5 of 10"], **settings)
    assert action.run(task_vars={})["changed"]
    assert action._display.lines == []
    ((name, arguments, wrap_async),) = action.calls
    assert name == MODULE
    assert arguments == settings.get("args", {"region": "eu-west-1"})
    assert wrap_async is ("async_val" in settings)


def test_the_file_goes_when_the_module_breaks(folder: Path) -> None:
    action = Action([])
    action._execute_module = MagicMock(side_effect=RuntimeError)  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        action.run(task_vars={})
    assert list(folder.iterdir()) == []
