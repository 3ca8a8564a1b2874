# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the process of Central or of a sensor has around it: environment, files, and the agent that gives its pod credentials."""

from __future__ import annotations

import typing as t


class Process(t.Protocol):
    """A process that uses the AWS SDK."""

    def running(self) -> str:
        """What is new whenever the process is; empty while it does not run."""

    def environment(self) -> dict[str, str]:
        """Its environment variables."""

    def read(self, path: str) -> str:
        """A file in its container; raises FileNotFoundError."""

    def agent_credentials(self, url: str, token: str) -> dict[str, str]:
        """What the agent of EKS Pod Identity answers at a URL: accessKeyId, secretAccessKey, sessionToken. Raises AgentRefused."""


class AgentRefused(Exception):
    """Why the agent gives no credentials."""


class PlainProcess:
    """A process outside of a cluster."""

    def __init__(self, environment: t.Mapping[str, str]) -> None:
        self._environment = dict(environment)

    def running(self) -> str:
        return "always"

    def environment(self) -> dict[str, str]:
        return dict(self._environment)

    def read(self, path: str) -> str:
        raise FileNotFoundError(path)

    def agent_credentials(self, url: str, token: str) -> dict[str, str]:  # noqa: ARG002 - as the protocol names them
        raise AgentRefused(f'Get "{url}": dial tcp: connect: connection refused')
