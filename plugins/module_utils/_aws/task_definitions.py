# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The revisions of a task definition in Amazon ECS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._definition_flow import Definition, Revision
from .._definitions.meaning import effective
from .._definitions.task_definition import TASK_RULES
from .._errors import ServiceError
from .definition_module import Place
from .errors import translated
from .tags import is_system_tag

if TYPE_CHECKING:
    from botocore.client import BaseClient

#: How ECS says that there is no active revision, that it does not know a role, and that a revision is inactive already.
_ABSENT, _UNKNOWN_ROLE, _INACTIVE = "Unable to describe task definition", "Role is not valid", "is inactive"


class TaskDefinitions:
    """A family of task definitions. ``writer`` makes each call once, see AwsSession.client."""

    kind = "task definition"

    def __init__(self, place: Place, reader: BaseClient, writer: BaseClient) -> None:
        self.account: str | None = place.account
        self.region: str | None = place.region
        self.resource = place.name
        self._reader: Any = reader
        self._writer: Any = writer
        self._shape = reader.meta.service_model.operation_model("RegisterTaskDefinition").input_shape

    def latest(self) -> Revision | None:
        """A family's name means its latest active revision.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
        """
        try:
            with translated():
                answer = self._reader.describe_task_definition(taskDefinition=self.resource, include=["TAGS"])
        except ServiceError as error:
            if error.code == "ClientException" and _ABSENT in error.message:
                return None
            raise
        found = _revision(answer)
        return found if answer["taskDefinition"].get("status", "ACTIVE") == "ACTIVE" else None

    def active(self) -> Sequence[int]:
        with translated():
            pages = self._reader.get_paginator("list_task_definitions").paginate(familyPrefix=self.resource, status="ACTIVE")
            arns = [arn for page in pages for arn in page["taskDefinitionArns"]]
        names = [arn.rpartition("/")[2].rpartition(":") for arn in arns]
        return sorted(int(number) for family, _colon, number in names if family == self.resource)

    def register(self, definition: Definition) -> Revision:
        with translated():
            return _revision(self._writer.register_task_definition(**definition))

    def deregister(self, revision: int) -> None:
        try:
            with translated():
                self._reader.deregister_task_definition(taskDefinition=f"{self.resource}:{revision}")
        except ServiceError as error:
            if not (error.code == "ClientException" and _INACTIVE in error.message):
                raise

    def effective(self, definition: Definition) -> Definition:
        return effective(definition, self._shape, TASK_RULES)

    def waits_for(self, error: ServiceError, /) -> str | None:
        """ECS looks a role up when it is handed over, and learns of new ones late."""
        return "ECS does not know the role (yet)" if error.code == "ClientException" and _UNKNOWN_ROLE in error.message else None


def _revision(answer: Mapping[str, Any]) -> Revision:
    told = answer["taskDefinition"]
    tags = [tag for tag in answer.get("tags") or () if not is_system_tag(tag["key"])]
    return Revision(told["revision"], told["taskDefinitionArn"], {**told, **({"tags": tags} if tags else {})})
