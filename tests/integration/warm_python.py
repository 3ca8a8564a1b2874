# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pythons that have loaded already what takes long to load: one for modules, and one for ansible-playbook.

Each task of a playbook starts a Python that loads boto3 or the client of Kubernetes, and compiles what Ansible has zipped up for it:
together more than half of what a task costs. `for_modules()` gives an executable to set as ansible_python_interpreter: it hands the
script to a server, which forks for it. The module itself runs as it would anywhere: a process of its own, with its own arguments,
environment, folder and files. Only third-party packages are loaded beforehand, nothing of Ansible and nothing of the collection.

`for_playbooks()` does the same for ansible-playbook, more than half of whose start is loading Ansible's own code.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import hashlib
import importlib
import marshal
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import zipimport
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from types import CodeType
from typing import Any

_FOR_MODULES = (
    *("boto3", "boto3.session", "botocore.client", "botocore.httpsession", "botocore.signers", "s3transfer.manager"),
    *("kubernetes.client", "kubernetes.config", "kubernetes.dynamic"),
)
_FOR_PLAYBOOKS = ("ansible.cli.playbook",)
_ROOT = Path(__file__).resolve().parents[2]
_COMPILED = _ROOT / ".cache" / "compiled"

#: Loads next to nothing, as this is what each task still has to start. Anything but a script is left to the real Python.
_CLIENT = """#!{python} -IS
import sys, posix
if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
    posix.execv({python!r}, [{python!r}, *sys.argv[1:]])
import array, marshal, _socket
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
server.connect({address!r})
wanted = marshal.dumps((sys.argv[1:], posix.getcwd(), dict(posix.environ), posix.umask(0o77)))
standard = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))]
server.sendmsg([len(wanted).to_bytes(4, "big")], standard)
server.sendall(wanted)
posix._exit((server.recv(1) or b"\\xff")[0])
"""


def for_modules() -> str:
    """The path of an executable that runs a script in a process with boto3 loaded. It ends with this process."""
    return _serve(_FOR_MODULES, None)


def for_playbooks(environment: Mapping[str, str]) -> str:
    """The path of an executable that runs ansible-playbook's script in a process that has loaded it. It ends with this process.

    Ansible reads its settings while it is loaded: every set of settings has a server of its own. ``environment`` is the whole one.
    """
    settings = {
        key: value for key, value in environment.items() if key.startswith(("ANSIBLE_", "LC_", "PYTHON")) or key in ("HOME", "PATH")
    }
    return _serve(_FOR_PLAYBOOKS, tuple(sorted(settings.items())))


@functools.cache
def _serve(modules: tuple[str, ...], environment: tuple[tuple[str, str], ...] | None) -> str:
    """Starts a server that has loaded these modules, in this environment or our own; the path of the executable that asks it."""
    if not hasattr(os, "pidfd_open"):
        return sys.executable
    folder = Path(mkdtemp(prefix="warm-python-"))
    address = folder / "socket"
    command = [sys.executable, "-m", "tests.integration.warm_python", str(address), *modules]
    server = subprocess.Popen(command, cwd=_ROOT, env=environment and dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin and server.stdout
    assert server.stdout.readline() == b"ready\n"
    client = folder / "python"
    client.write_text(_CLIENT.format(python=sys.executable, address=str(address)))
    client.chmod(0o700)

    def end() -> None:
        server.communicate()
        for file in (client, address):
            file.unlink(missing_ok=True)
        folder.rmdir()

    atexit.register(end)
    return str(client)


def _keep_compiled() -> None:
    """Lets what is imported from a zip file be compiled once for each text and place in the zip, not in each process."""
    compile_: Any = zipimport._compile_source
    _COMPILED.mkdir(parents=True, exist_ok=True)

    def compiled(path: str, source: bytes) -> CodeType:
        place = path.partition(".zip/")[2]
        key = hashlib.sha256(b"\0".join([sys.version.encode(), place.encode(), source])).hexdigest()
        file = _COMPILED / key
        try:
            code: CodeType = marshal.loads(file.read_bytes())
        except FileNotFoundError:
            code = compile_(path, source)
            new = file.with_suffix(f".{os.getpid()}")
            new.write_bytes(marshal.dumps(code))
            new.replace(file)
        return code

    zipimport._compile_source = compiled


def _child(client: socket.socket) -> list[str]:
    """Takes over what the client has been started with, and returns its arguments: a script and what belongs to it.

    The process that calls this watches over that child, and never returns.
    """
    header, files, _flags, _from = socket.recv_fds(client, 4, 3)
    with client.makefile("rb") as reading:
        argv, folder, environment, umask = marshal.loads(reading.read(int.from_bytes(header, "big")))
    if pid := os.fork():
        process = os.pidfd_open(pid)
        ready = select.select([process, client], [], [])[0]
        if client in ready and process not in ready:  # whoever asked has been killed
            with contextlib.suppress(ProcessLookupError):  # it has no group of its own yet
                os.killpg(pid, signal.SIGKILL)
            os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with contextlib.suppress(OSError):
            client.send(bytes([code if code >= 0 else 128 - code]))
        os._exit(0)
    os.setsid()
    client.close()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.umask(umask)
    os.environ.clear()
    os.environ.update({os.fsdecode(key): os.fsdecode(value) for key, value in environment.items()})
    return list(argv)


def _give_ansible_its_own_folder() -> None:
    """Ansible makes its folder for temporary files while it is loaded, and removes it at its end: each process needs one of its own."""
    constants = sys.modules.get("ansible.constants")
    if constants:
        constants.DEFAULT_LOCAL_TMP = constants.config.get_config_value("DEFAULT_LOCAL_TMP")  # type: ignore[attr-defined]


def main(address: str, *modules: str) -> None:
    """Serves until standard input ends; in each child it runs the script that was asked for, with these modules loaded."""
    _keep_compiled()
    for name in modules:
        importlib.import_module(name)
    gc.freeze()  # so that no child copies these pages to count references
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who watch
    print("ready", flush=True)
    while listening in select.select([listening, sys.stdin], [], [])[0]:
        client = listening.accept()[0]
        if os.fork():
            client.close()
            continue
        listening.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sys.argv = _child(client)
        sys.path[0] = str(Path(sys.argv[0]).parent)
        _give_ansible_its_own_folder()
        runpy.run_path(sys.argv[0], run_name="__main__")
        return


if __name__ == "__main__":
    main(*sys.argv[1:])
