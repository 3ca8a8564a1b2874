# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request on its way through the lab, and the errors it can end with."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid

if t.TYPE_CHECKING:
    from botocore.model import OperationModel

    from .callers import Caller


class AwsError(Exception):
    """An error that the client sees: AWS's code, AWS's words and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400, **members: t.Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


class FromBeforeReset(AwsError):
    """The call came before the lab was reset. 400, so that no client tries it again in the new lab."""

    def __init__(self) -> None:
        super().__init__("LabReset", "The lab was reset while this call was under way")


class DropConnection(Exception):
    """The connection is to be closed without an answer."""


@dataclasses.dataclass
class Call:
    """A parsed request. `account` is the account whose resources it is about, `caller.account` the one that asks."""

    service: str
    operation: str
    region: str
    partition: str
    parameters: dict[str, t.Any]
    model: OperationModel | None
    protocol: str
    environ: dict[str, t.Any]
    body: bytes
    caller: Caller = dataclasses.field(default=t.cast(t.Any, None))
    account: str = ""
    internal: bool = False
    place: tuple[int, float] | None = None  # its place in the journal and the time, once it is being executed
    resets: int = 0  # how often the lab had been reset when the call came
    request_id: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    needs: list[tuple[str, str]] = dataclasses.field(default_factory=list)  # (action, resource) pairs that policies were asked about

    @property
    def source_ip(self) -> str:
        return str(self.environ.get("REMOTE_ADDR") or "127.0.0.1")


def invalid_parameter(name: str, constraint: str) -> AwsError:
    """ECR's sentence about a parameter."""
    return AwsError("InvalidParameterException", f"Invalid parameter at '{name}' failed to satisfy constraint: '{constraint}'")


def partition_of(region: str) -> str:
    """The partition of a region name."""
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"


def dns_suffix(partition: str) -> str:
    return "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
