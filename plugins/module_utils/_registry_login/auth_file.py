# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The file in which container clients keep their logins: C(config.json) of Docker, C(auth.json) of podman and skopeo.

https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md and the documentation of C(docker login).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._errors import RegistryError

#: What clients put around a host name in older files.
_AROUND = re.compile(r"^(?:https?://)?(?P<host>[^/]+)(?:/|/v1/|/v2/)?$")
#: Other ways to keep a login, which a new one replaces.
_REPLACED = ("identitytoken", "registrytoken", "username", "password")
#: As docker, podman and skopeo lay out a new file.
_INDENT = "\t"


@dataclass(frozen=True)
class Login:
    """User name and password for a registry."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.username!r}, ...)"

    @property
    def auth(self) -> str:
        """Both, as the file has them."""
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


class AuthFile:
    """What is in such a file. Everything but the logins of the registries that are asked for stays as it is."""

    def __init__(self, path: str, text: str) -> None:
        """``path`` is for messages. Raises RegistryError when ``text`` is not what clients write; it quotes nothing of it."""
        self._text = text
        try:
            self._content: Any = json.loads(text) if text.strip() else {}
        except ValueError as error:
            raise RegistryError(f"{path} is not JSON ({error}); mend or remove it, nothing was written") from None
        for what, value in (("it", self._content), *((f"'{key}' in it", self._get(key)) for key in ("auths", "credHelpers"))):
            if not isinstance(value, dict):
                raise RegistryError(f"{path} is no auth file: {what} is no JSON object; mend or remove it, nothing was written")
        for host, entry in self._get("auths").items():
            if not isinstance(entry, dict):
                raise RegistryError(
                    f"{path} is no auth file: the login for {host} is no JSON object; mend or remove it, nothing was written"
                )

    def _get(self, key: str) -> Any:
        value = self._content.get(key) if isinstance(self._content, dict) else None
        return {} if value is None else value

    def helper_of(self, host: str) -> str | None:
        """The credential helper that keeps the login for a registry instead of the file; None when none does."""
        helper = self._get("credHelpers").get(host) or self._get("credsStore")
        return helper if isinstance(helper, str) and helper else None

    def login_for(self, host: str) -> Login | None:
        """The login that the file has for a registry; None when there is none that can be read."""
        for key in self._keys(host):
            try:
                text = base64.b64decode(self._get("auths")[key].get("auth") or "", validate=True).decode()
            except (binascii.Error, TypeError, ValueError):
                continue
            username, colon, password = text.rstrip("\0").partition(":")
            if colon:
                return Login(username, password)
        return None

    def has(self, host: str) -> bool:
        """Whether the file says anything about a registry."""
        return bool(self._keys(host))

    def _keys(self, host: str) -> list[str]:
        """The names under which the file has a registry, the usual one first."""
        names = ((key, _AROUND.match(key)) for key in self._get("auths"))
        return sorted((key for key, found in names if found and found["host"] == host), key=lambda key: key != host)

    def text_with(self, logins: Mapping[str, Login], without: tuple[str, ...] = ()) -> str:
        """The text of the file with these logins, and without those for some registries."""
        auths = dict(self._get("auths"))
        for host in without:
            for key in self._keys(host):
                del auths[key]
        for host, login in logins.items():
            kept = {key: value for key, value in auths.get(host, {}).items() if key not in _REPLACED}
            auths[host] = {**kept, "auth": login.auth}
        content = {**self._content, "auths": auths}
        ending = "\n" if self._text.endswith("\n") else ""
        return json.dumps(content, indent=self._indent, ensure_ascii=False) + ending

    @property
    def _indent(self) -> str | None:
        """How the file is indented; None when it is one line."""
        found = re.match(r"\s*\{\s*?\n([ \t]+)", self._text)
        if found:
            return found[1]
        return None if self._text.strip() not in ("", "{}") and "\n" not in self._text.strip() else _INDENT


def read(path: Path) -> AuthFile:
    """The file as it is; a file that is not there is empty. Raises RegistryError."""
    with _explained(path, "read"):
        return AuthFile(str(path), path.read_text(encoding="utf-8") if path.exists() else "")


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keeps other tasks from changing the file meanwhile. Makes its folder, which only its owner can enter, when it is not there.

    Raises RegistryError.
    """
    target = Path(os.path.realpath(path))
    with contextlib.ExitStack() as stack:
        with _explained(path, "write"):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = stack.enter_context(open(_lock_file(target), "w", opener=_private))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lock_file(target: Path) -> Path:
    return target.with_name(f".{target.name}.lock")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def write(path: Path, text: str) -> None:
    """Puts a new text into the file, whole or not at all; only its owner, which stays the same, can read it then.

    A symbolic link stays one. Raises RegistryError.
    """
    target = Path(os.path.realpath(path))
    with _explained(path, "write"):
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # mkstemp makes it 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                _keep_owner(target, file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink()
            raise


def _keep_owner(target: Path, handle: int) -> None:
    if not target.exists():
        return
    old, new = target.stat(), os.fstat(handle)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.fchown(handle, old.st_uid, old.st_gid)


@contextlib.contextmanager
def _explained(path: Path, what: str) -> Iterator[None]:
    """Turns errors of the system about the file into RegistryError."""
    try:
        yield
    except UnicodeDecodeError:
        raise RegistryError(f"{path} is no auth file: it is not text; mend or remove it, nothing was written") from None
    except OSError as error:
        raise RegistryError(
            f"cannot {what} {path}: {error.strerror}; run the task as the user whose file it is, or give another 'auth_file'"
        ) from error
