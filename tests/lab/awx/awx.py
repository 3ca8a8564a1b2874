# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One AWX, as tests have it: where it is, who may ask, what it has stored, what it was asked, and how it launches."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ..loopback import Answer, Asked, Loopback
from .api import Api
from .launch import Job, prepare
from .projects import Projects
from .store import Object, Store


class Request(t.NamedTuple):
    """A request that AWX got, with its status and the body as it was sent."""

    method: str
    path: str
    status: int
    body: str


class Awx:
    """Runs from when it is made until stop(). It has the organization Default, and nothing else."""

    def __init__(self) -> None:
        self.stopped = False
        self.reset()
        self._server = Loopback("AWX", self._answer, tls=False)
        self.endpoint = self._server.endpoint

    def __enter__(self) -> Awx:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def reset(self) -> None:
        """A new AWX, with another token and password."""
        self.requests: list[Request] = []
        self._projects = Projects()
        self._store = Store(self._projects)
        self._api = Api(self._store)

    def stop(self) -> None:
        """Stop it; once is enough."""
        self.stopped = True
        self._server.stop()

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the modules of awx.awx reach it as administrator, with a token."""
        return {"CONTROLLER_HOST": self.endpoint, "CONTROLLER_OAUTH_TOKEN": self._api.token}

    @property
    def admin_password(self) -> str:
        """The password of the user admin."""
        return self._api.password

    def add_repository(self, url: str, folder: Path) -> None:
        """Lets projects with this URL be what is in the folder. All other URLs lead nowhere."""
        self._projects.add(url, folder)

    def add(self, kind: str, /, **fields: t.Any) -> int:
        """Store an object, as somebody else would; returns its id."""
        return int(self._store.create(kind, fields)["id"])

    def stored(self, kind: str) -> list[Object]:
        """The objects of a kind, with their secrets."""
        return [dict(one) for one in self._store.all(kind)]

    def one(self, kind: str, name: str) -> Object:
        """The object with this name; nodes of workflows go by their identifier."""
        key = "identifier" if kind == "workflow_job_template_nodes" else "name"
        (found,) = [one for one in self.stored(kind) if one[key] == name]
        return found

    def names(self, kind: str) -> list[str]:
        return sorted(one["name"] for one in self.stored(kind))

    def linked(self, kind: str, name: str, link: str) -> list[int]:
        """The ids in a list of the object with this name."""
        return self._store.linked(self.one(kind, name)["id"], link)

    def survey(self, template: str) -> dict[str, t.Any]:
        """The survey of a job template."""
        return self._store.surveys.get(self.one("job_templates", template)["id"], {})

    def launch(self, template: str, folder: Path, answers: t.Mapping[str, t.Any] | None = None) -> list[Job]:
        """Prepares the jobs of a launch in the folder; raises Refused for answers that are not allowed."""
        return prepare(self._store, self._projects, self.one("job_templates", template), answers or {}, folder)

    def writes(self) -> list[Request]:
        """The requests that would change something, whether they were refused or not; those about tokens are left out."""
        return [one for one in self.requests if one.method not in ("GET", "HEAD") and "/tokens/" not in one.path]

    def _answer(self, asked: Asked) -> Answer:
        answer = self._api.answer(asked)
        self.requests.append(Request(asked.method, asked.path, answer.status, asked.body.decode("utf-8", "replace")))
        return answer
