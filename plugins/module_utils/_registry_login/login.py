# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Logging in and out: what has to be done, and doing it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from .._errors import RegistryError
from .auth_file import Login, alone, read, write
from .clients import AUTH_FILE, login_command, logout_command
from .passwords import expiry_of, shown
from .present import Present, Tools, present_login


class Wanted(NamedTuple):
    """A login that there is to be for a registry; None when there is to be none."""

    host: str
    login: Login | None


@dataclass(frozen=True)
class Step:
    """One registry: what there is and what there is to be."""

    present: Present
    wanted: Wanted

    @property
    def needed(self) -> bool:
        """Whether something has to be done. What a helper does by itself is left to it."""
        return not self.present.by_itself and self.present.login != self.wanted.login

    @property
    def action(self) -> str:
        if not self.needed:
            return "unchanged"
        return "logged_in" if self.wanted.login else "logged_out"

    def described(self, error: str | None) -> dict[str, Any]:
        """The step as a result shows it, without the password."""
        login = self.wanted.login if self.needed and not error else self.present.login
        return {
            "registry": self.wanted.host,
            "action": "failed" if error else self.action,
            "expires_at": shown(expiry_of(login.password)) if login else None,
            "helper": self.present.helper,
            "error": error,
        }


class Client:
    """A container client (or C(auth_file) for none) with the file in which it keeps logins, on a machine with these ``tools``."""

    def __init__(self, name: str, file: Path, tools: Tools) -> None:
        self.name, self.file, self.tools = name, file, tools

    def present(self, hosts: Iterable[str]) -> list[Present]:
        """What there is for each registry. Raises RegistryError."""
        file = read(self.file)
        return [present_login(host, file, self.tools) for host in hosts]

    def make(self, wanted: Sequence[Wanted], check: bool) -> dict[str, Any]:
        """Makes the logins as wanted, or with ``check`` says what would be done. One that fails does not stop the others.

        Of several for one registry the last one counts.

        Returns the result of the module. Raises RegistryError, before anything is written.
        """
        wanted = list({one.host: one for one in wanted}.values())
        steps = self._plan(wanted)
        if check or not any(step.needed for step in steps):
            return self._result(steps, {})
        with alone(self.file):
            steps = self._plan(wanted)
            needed = [step for step in steps if step.needed]
            return self._result(steps, self._write(needed) if self.name == AUTH_FILE else self._run(needed))

    def _plan(self, wanted: Sequence[Wanted]) -> list[Step]:
        steps = [Step(present, one) for present, one in zip(self.present(one.host for one in wanted), wanted, strict=True)]
        needed = [step for step in steps if step.needed]
        if self.name != AUTH_FILE:
            if needed and self.tools.find(self.name) is None:
                raise RegistryError(f"{self.name} is not installed, or not on the PATH; install it, or let 'client' be {AUTH_FILE}")
            return steps
        for step in needed:
            if step.present.helper:
                raise RegistryError(
                    f"{self.file} leaves the login for {step.wanted.host} to the credential helper {step.present.helper}, so a login in "
                    "the file would not be used; let 'client' be the one whose file it is"
                )
        return steps

    def _write(self, steps: Sequence[Step]) -> dict[str, str]:
        if steps:
            logins = {step.wanted.host: step.wanted.login for step in steps if step.wanted.login}
            without = tuple(step.wanted.host for step in steps if step.wanted.login is None)
            write(self.file, read(self.file).text_with(logins, without))
        return {}

    def _run(self, steps: Sequence[Step]) -> dict[str, str]:
        """Runs the client for each step; returns the errors by registry."""
        errors = {}
        executable = self.tools.find(self.name) or self.name
        for step in steps:
            host, login = step.wanted
            if login:
                command = login_command(self.name, executable, self.file, host, login.username)
            else:
                command = logout_command(self.name, executable, self.file, host)
            code, output, said = self.tools.run(command, login.password if login else "")
            if code:
                errors[host] = _without(login, (said or output).strip()) or f"{self.name} ended with code {code}"
        return errors

    def _result(self, steps: Sequence[Step], errors: dict[str, str]) -> dict[str, Any]:
        actions = [step.described(errors.get(step.wanted.host)) for step in steps]
        changed = any(one["action"] in ("logged_in", "logged_out") for one in actions)
        result: dict[str, Any] = {"changed": changed, "auth_file": str(self.file), "actions": actions}
        if changed:
            headers = {"before_header": str(self.file), "after_header": str(self.file)}
            result["diff"] = {**headers, "before": _lines(steps, {}, after=False), "after": _lines(steps, errors, after=True)}
        if errors:
            verb = "log in to" if any(step.wanted.login for step in steps) else "log out of"
            texts = [f"{self.name} could not {verb} {host}: {text}" for host, text in errors.items()]
            result.update(failed=True, msg="; ".join(texts))
        return result


def _without(login: Login | None, text: str) -> str:
    """What a client said, in case that it repeats the password."""
    for secret in (login.password, login.auth) if login else ():
        text = text.replace(secret, "********")
    return text


def _lines(steps: Sequence[Step], errors: dict[str, str], after: bool) -> str:
    """The logins as text for a difference, which has no passwords."""
    lines = []
    for step in steps:
        login = step.wanted.login if after and step.needed and step.wanted.host not in errors else step.present.login
        until = shown(expiry_of(login.password)) if login else None
        state = "not logged in" if login is None else f"logged in as {login.username}" + (f" until {until}" if until else "")
        lines.append(f"{step.wanted.host}: {state}\n")
    return "".join(lines)
