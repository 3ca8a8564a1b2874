# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the modules for definitions share: their options, and the way from them to the flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._definition_flow import DefinitionFlow, DefinitionOptions, DefinitionStore, definition_result
from .._definitions.model import fitted
from .._definitions.parts import MORE, MORE_SPEC, Options
from .._definitions.requirements import Home
from .._errors import RegistryError
from .identity import caller_identity
from .tags import given_tags

with suppress(ImportError):  # amazon.aws reports the missing library
    import botocore

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .module import RegistryAWSModule

#: Options of every module for definitions; the documentation fragment C(definition) describes them.
DEFINITION_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "keep_revisions": {"type": "int"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "account_id": {"type": "raw"},
    "wait_timeout": {"type": "int", "default": 60},
    MORE: MORE_SPEC,
}


@dataclass(frozen=True)
class Place:
    """Where the revisions of a definition are, and their name."""

    account: str
    region: str
    name: str


@dataclass(frozen=True)
class Service:
    """What is special about the definitions of a service.

    ``name_option`` is the option with the name of a definition, and ``check_name`` raises RegistryError for one that cannot be.
    ``request`` makes the parameters of ``operation`` from options and tags, ``check`` raises RegistryError for those that make no sense.
    """

    client: str
    operation: str
    name_option: str
    check_name: Callable[[str], None]
    request: Callable[[Options, Mapping[str, str] | None], dict[str, Any]]
    check: Callable[[Mapping[str, Any], Home], None]
    store: Callable[[Place, BaseClient, BaseClient], DefinitionStore]


def manage(module: RegistryAWSModule, service: Service) -> dict[str, Any]:
    """The work of a module for definitions; returns its result. Raises RegistryError; what can be said before a call is said before."""
    params = module.params
    name = params[service.name_option]
    service.check_name(name)
    for option, least in (("keep_revisions", 1), ("wait_timeout", 0)):
        if params[option] is not None and params[option] < least:
            raise RegistryError(f"'{option}' must be at least {least}")
    if not module.region:
        raise RegistryError("no region: give 'region', or set AWS_REGION")
    reader = module.aws_client(service.client)
    desired = None
    if params["state"] == "present":
        shape = reader.meta.service_model.operation_model(service.operation).input_shape
        desired = fitted(service.request(params, given_tags(params["tags"])), shape, f"botocore {botocore.__version__}")
    identity = caller_identity(module)
    if desired is not None:
        service.check(desired, Home(identity.account, module.region, identity.partition))
    store = service.store(Place(identity.account, module.region, name), reader, module.aws_client(service.client, repeats=False))
    options = DefinitionOptions(
        check_mode=module.check_mode,
        keep=params["keep_revisions"],
        wait_timeout=params["wait_timeout"],
    )
    outcome = DefinitionFlow(options, module.warn).run(store, desired)
    return definition_result(outcome, with_diff=module._diff, check_mode=module.check_mode)
