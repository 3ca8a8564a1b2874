# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A push to a repository that is not there creates it, when a creation template is for that."""

from __future__ import annotations

import dataclasses

from . import access
from .call import Call
from .ecr_state import find_repository
from .ecr_template_use import CREATE_ON_PUSH, make_repository, tags_for
from .ecr_templates import template_for
from .operations import before


@before("ecr", "InitiateLayerUpload", "PutImage")
def create_missing_repository(call: Call) -> None:
    """Without a template the push fails, as always, for want of the repository; with one the caller may have to be allowed to create it."""
    name = str(call.parameters["repositoryName"])
    if find_repository(call.account, call.region, name) is not None:
        return
    if template_for(call.account, call.region, name, CREATE_ON_PUSH) is None:
        return
    tags = tags_for(call.account, call.region, name, CREATE_ON_PUSH)
    access.authorize(dataclasses.replace(call, operation="CreateRepository", parameters={"repositoryName": name, "tags": tags}))
    make_repository(call.account, call.region, call.partition, name, CREATE_ON_PUSH)
