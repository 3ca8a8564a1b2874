# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module and ansible-playbook see in a warm Python what they would see in one of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.integration import playbooks
from tests.integration.warm_python import for_modules

SEEN = """
import atexit, json, os, sys
atexit.register(print, "at exit", file=sys.stderr)
foreign = [name for name in sys.modules if name.partition(".")[0] in ("ansible", "ansible_collections")]
seen = [sys.argv, os.getcwd(), dict(os.environ), sys.path[0], __name__, __file__, sys.stdin.read(), sys.executable, foreign, os.umask(0)]
print(json.dumps(seen))
sys.exit(7)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "script.py"


def test_a_script_gets_what_it_was_started_with(script: Path, tmp_path: Path) -> None:
    script.write_text(SEEN)
    texts = []
    for python in (sys.executable, for_modules()):
        command = [python, str(script), "one", "\u00e4 two"]
        done = subprocess.run(
            command,
            input="in",
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"LC_ALL": "C.UTF-8", "B": "\u00e4"},
            umask=0o27,
            check=False,
        )
        assert done.returncode == 7 and done.stderr == "at exit\n"
        texts.append(json.loads(done.stdout))
    assert texts[0] == texts[1]


def test_boto3_is_there_already(script: Path) -> None:
    script.write_text("import sys; print('boto3' in sys.modules)")
    assert subprocess.run([for_modules(), str(script)], capture_output=True, text=True, check=False).stdout == "True\n"


def test_code_from_a_zip_file_is_the_one_in_it(script: Path, tmp_path: Path) -> None:
    for text in ("first", "second", "first"):
        with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
            archive.writestr("zipped.py", f"print({text!r}, __file__)")
        script.write_text(f"import sys; sys.path.insert(0, {str(tmp_path / 'some.zip')!r}); import zipped")
        done = subprocess.run([for_modules(), str(script)], capture_output=True, text=True, check=False)
        assert done.stdout == f"{text} {tmp_path / 'some.zip' / 'zipped.py'}\n"


def test_a_script_that_breaks_or_is_killed_says_so(script: Path) -> None:
    script.write_text("raise ValueError('what broke')")
    done = subprocess.run([for_modules(), str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "ValueError: what broke" in done.stderr
    script.write_text("import os; os.kill(os.getpid(), 9)")
    assert subprocess.run([for_modules(), str(script)], check=False).returncode == 128 + 9


def test_a_script_ends_with_who_started_it(script: Path, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    script.write_text(f"import os, pathlib, time; pathlib.Path({str(file)!r}).write_text(str(os.getpid())); time.sleep(600)")
    process = subprocess.Popen([for_modules(), str(script)])
    while not (file.exists() and file.read_text()):
        time.sleep(0.01)
    process.kill()
    process.wait()
    place = Path("/proc", file.read_text())
    for _attempt in range(1000):
        if not place.exists():
            break
        time.sleep(0.01)
    assert not place.exists()


def test_anything_but_a_script_is_left_to_the_real_python() -> None:
    done = subprocess.run(
        [for_modules(), "-c", "import sys; print('boto3' in sys.modules, sys.argv)", "x"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "False ['-c', 'x']\n"


SEES = """
- hosts: all, nosuch
  gather_facts: false
  tasks:
    - name: What it has
      ansible.builtin.debug:
        msg:
          environment: "{{ lookup('ansible.builtin.pipe', 'env') | split('\\n') | sort }}"
          given: "{{ given }} of {{ groups.all }}"
          timeout: "{{ lookup('ansible.builtin.config', 'DEFAULT_TIMEOUT') }}"
          check: "{{ ansible_check_mode }} {{ ansible_verbosity }}"
    - name: Its folder for temporary files
      ansible.builtin.debug:
        msg: "{{ lookup('ansible.builtin.pipe', 'ls -d ' ~ local ~ '/ansible-local-*') }}"
    - name: What breaks
      ansible.builtin.fail:
"""


@pytest.mark.parametrize("settings", [{}, {"ANSIBLE_TIMEOUT": "77"}], ids=["usual", "other settings"])
def test_a_playbook_sees_what_it_was_started_with(settings: dict[str, str], tmp_path: Path) -> None:
    local = tmp_path / "local"
    environment = {**os.environ, "ANSIBLE_LOCAL_TEMP": str(local), "SOME": "\u00e4", **settings}
    arguments = ("--check", "-vv", "-e", f"local={local}")
    inventory = "all:\n  hosts:\n    here: {ansible_connection: local}\n"
    cold = playbooks.start(SEES, environment, arguments, {"given": "it"}, inventory).wait()
    warm, again = (playbooks.run(SEES, environment, arguments, {"given": "it"}, inventory) for _time in range(2))
    told = cold.task("What it has")["msg"]
    assert told["given"] == "it of ['here']" and told["check"] == "True 2"
    assert str(told["timeout"]) == settings.get("ANSIBLE_TIMEOUT", "10")
    assert "SOME=\u00e4" in told["environment"]
    folders = {run.task("Its folder for temporary files")["msg"] for run in (cold, warm, again)}
    assert "nosuch" in cold.stderr
    for run in (warm, again):
        assert run.stderr == cold.stderr
        assert run.returncode == cold.returncode == 2
        assert [one.status for one in run.results] == [one.status for one in cold.results]
        ours = run.task("What it has")["msg"]
        assert without_places(ours.pop("environment")) == without_places(told["environment"])
        assert ours == {key: value for key, value in told.items() if key != "environment"}
    assert len(folders) == 3 and not list(local.glob("ansible-local-*/*"))


def without_places(lines: list[str]) -> list[str]:
    """The environment without what names the folder of the run."""
    return [line for line in lines if not line.startswith(("EVENTS_FILE=", "PWD=", "OLDPWD=", "_="))]
