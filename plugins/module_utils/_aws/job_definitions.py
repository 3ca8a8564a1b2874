# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The revisions of a job definition in AWS Batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._definition_flow import Definition, Revision
from .._definitions.job_definition import JOB_RULES
from .._definitions.meaning import effective
from .._errors import ServiceError
from .definition_module import Place
from .errors import translated
from .tags import is_system_tag

if TYPE_CHECKING:
    from botocore.client import BaseClient


class JobDefinitions:
    """The job definitions of one name. ``writer`` makes each call once, see AwsSession.client."""

    kind = "job definition"

    def __init__(self, place: Place, reader: BaseClient, writer: BaseClient) -> None:
        self.account: str | None = place.account
        self.region: str | None = place.region
        self.resource = place.name
        self._reader: Any = reader
        self._writer: Any = writer
        self._shape = reader.meta.service_model.operation_model("RegisterJobDefinition").input_shape
        self._active: list[int] = []

    def latest(self) -> Revision | None:
        """Batch tells the active revisions in pages of 100, in no order that is documented, so all of them are read, once.

        https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobDefinitions.html
        """
        with translated():
            pages = self._reader.get_paginator("describe_job_definitions").paginate(jobDefinitionName=self.resource, status="ACTIVE")
            told = [one for page in pages for one in page["jobDefinitions"]]
        active = {one["revision"]: one for one in told if one["jobDefinitionName"] == self.resource and one.get("status") == "ACTIVE"}
        self._active = sorted(active)
        if not active:
            return None
        newest = active[self._active[-1]]
        tags = {key: value for key, value in (newest.get("tags") or {}).items() if not is_system_tag(key)}
        definition = {name: value for name, value in newest.items() if name != "tags"}
        return Revision(newest["revision"], newest["jobDefinitionArn"], {**definition, **({"tags": tags} if tags else {})})

    def active(self) -> Sequence[int]:
        return self._active

    def register(self, definition: Definition) -> Revision:
        with translated():
            answer = self._writer.register_job_definition(**definition)
        return Revision(answer["revision"], answer["jobDefinitionArn"], definition)

    def deregister(self, revision: int) -> None:
        with translated():
            self._reader.deregister_job_definition(jobDefinition=f"{self.resource}:{revision}")

    def effective(self, definition: Definition) -> Definition:
        return effective(definition, self._shape, JOB_RULES)

    def waits_for(self, _error: ServiceError, /) -> str | None:
        """Batch does not look roles up."""
        return None
