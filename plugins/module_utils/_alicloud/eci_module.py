# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the modules for container groups and image caches share: their options, and the way from them to the flow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._definitions.parts import MORE, MORE_SPEC, with_more
from .._errors import RegistryError
from .._progress import Progress
from .._settings_flow import Settings, settings_result
from .eci_causes import cause_of
from .eci_flow import EciFlow, Wanted
from .eci_registries import (
    ACR_REGISTRY_INFO_SPEC,
    IMAGE_REGISTRY_CREDENTIAL_SPEC,
    check_accounts,
    check_infos,
    credential_parameters,
    info_parameters,
)
from .eci_spec import SPEC_TAG, spec_of, with_spec
from .eci_workload import EciStore, Kind
from .identity import caller_identity
from .settings_module import checked_seconds
from .tags import given_tags

if TYPE_CHECKING:
    from .module import AlicloudModule

#: Options of both modules; the documentation fragment C(_eci) describes them.
ECI_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "acr_registry_info": ACR_REGISTRY_INFO_SPEC,
    "image_registry_credential": IMAGE_REGISTRY_CREDENTIAL_SPEC,
    "security_group_id": {"type": "str"},
    "zone_id": {"type": "str"},
    "eip_instance_id": {"type": "str"},
    "resource_group_id": {"type": "str"},
    "tags": {"type": "dict"},
    MORE: MORE_SPEC,
    "recreate": {"type": "str", "choices": ["never", "changed"], "default": "never"},
    "wait": {"type": "bool", "default": True},
    "pull_timeout": {"type": "int", "default": 120},
    "progress_file": {"type": "path"},
}
#: https://www.alibabacloud.com/help/en/eci/developer-reference/api-eci-2018-08-08-createcontainergroup
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,126}[a-z0-9]")
_MOST_TAGS = 20
#: Parameters that this module says itself, or that an option says.
_OURS = ("RegionId", "ClientToken", "DryRun", "Tag")


@dataclass(frozen=True)
class Own:
    """What is special about one of the two: the parameters that only it has, and the settings that ECI tells of them."""

    parameters: Mapping[str, Any]
    settings: Settings


def check_name(params: Mapping[str, Any]) -> None:
    """Raises RegistryError for a name that ECI does not take."""
    if not _NAME.fullmatch(params["name"]):
        raise RegistryError(f"'name' is '{params['name']}'; it must be 2 to 128 lower-case letters, digits and -, with no - at either end")


def manage(module: AlicloudModule, kind: Kind, own: Own | None) -> dict[str, Any]:
    """The work of a module; ``own`` is None where nothing shall be there. Returns its result.

    Raises RegistryError for what makes no sense, before anything is written; AlicloudError.
    """
    params = module.params
    check_name(params)
    infos = params["acr_registry_info"] or []
    check_infos(infos)
    tags = _checked_tags(params["tags"])
    request = None if own is None else _request(params, kind, own)
    wanted = Wanted(
        request=None if request is None else with_spec(request, tags),
        settings={} if own is None else {**own.settings, "tags": tags},
        spec=None if request is None else spec_of({**request, "Tag": tags}),
        identity=params[kind.id_option],
        recreate=params["recreate"] == "changed",
        wait=params["wait"],
        wait_timeout=checked_seconds(params, "wait_timeout"),
        pull_timeout=checked_seconds(params, "pull_timeout"),
    )
    region = module.region
    identity = caller_identity(module)
    for warning in check_accounts(infos, identity.account):
        module.warn(warning)
    store = EciStore(module.client, kind, identity.account, region, params["name"])
    with Progress(params["progress_file"]) as progress:
        flow = EciFlow(store, wanted, lambda failures: cause_of(failures, infos, module.client, identity.account), progress.tell)
        outcome = flow.run(module.check_mode)
    shown = outcome.workload.shown if outcome.workload and outcome.action != "deleted" else None
    result = settings_result([outcome], module.with_diff, module.check_mode)
    return {**result, kind.id_option.removesuffix("_id"): shown, "account_id": identity.account}


def _request(params: Mapping[str, Any], kind: Kind, own: Own) -> dict[str, Any]:
    ours = sorted(set(_OURS) & set(params[MORE] or ()))
    if ours:
        raise RegistryError(f"'{MORE}' has {', '.join(ours)}, which this module gives; leave it out")
    return with_more(
        {
            f"{kind.noun}Name": params["name"],
            **{name: value for name, value in own.parameters.items() if value is not None},
            "AcrRegistryInfo": info_parameters(params["acr_registry_info"]),
            "ImageRegistryCredential": credential_parameters(params["image_registry_credential"]),
            "SecurityGroupId": params["security_group_id"],
            "ZoneId": params["zone_id"],
            "EipInstanceId": params["eip_instance_id"],
            "ResourceGroupId": params["resource_group_id"],
        },
        params,
        "",
    )


def _checked_tags(tags: Mapping[str, Any] | None) -> dict[str, str]:
    found = given_tags(tags) or {}
    if SPEC_TAG in found:
        raise RegistryError(f"the tag '{SPEC_TAG}' is set by this module; leave it out")
    if len(found) >= _MOST_TAGS:
        raise RegistryError(f"'tags' has {len(found)}; ECI takes {_MOST_TAGS}, of which this module needs one")
    return found
