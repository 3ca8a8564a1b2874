# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The options of the module for image integrations: what each integration is to become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._errors import RegistryError
from .._registry_login.hosts import registry_at
from .plan import Keys, Wanted
from .rules import CONTAINER_IAM, KEYS, check_key

#: What is said of one integration; at the top level of the task it is said of all that do not say it themselves.
INTEGRATION_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "new_name": {"type": "str"},
    "registry_id": {"type": "raw"},
    "regions": {"type": "list", "elements": "str", "aliases": ["region"]},
    "credentials": {"type": "str", "choices": [CONTAINER_IAM, KEYS]},
    "access_key": {"type": "str", "no_log": True},
    "secret_key": {"type": "str", "no_log": True},
    "assume_role": {
        "type": "dict",
        "options": {"role": {"type": "str"}, "external_id": {"type": "str"}},
        "required_one_of": [("role", "external_id")],
    },
    "endpoint": {"type": "str"},
    "skip_test": {"type": "bool"},
}
_NAMES = ("name", "new_name")
_KEYS = ("access_key", "secret_key")


def read_wanted(params: Mapping[str, Any]) -> list[Wanted]:
    """What each integration of the task is to become, one for each region. Raises RegistryError."""
    shared = {option: params[option] for option in INTEGRATION_SPEC}
    if params["integrations"] is None:
        wanted = list(_read(shared, params, "the integration"))
    else:
        wanted = []
        for position, entry in enumerate(params["integrations"]):
            where = f"integrations[{position}]"
            wanted += _read(_merged(shared, entry, where), params, where)
    names = [name for one in wanted for name in dict.fromkeys((one.name, one.new_name or one.name))]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RegistryError(f"more than one entry is about the integration {', '.join(twice)}; give each another 'name', or leave one out")
    return wanted


def _merged(shared: Mapping[str, Any], entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    """An entry, with what is shared where it says nothing itself."""
    _check_pairs(entry, where)
    given = {option: value for option, value in entry.items() if value is not None}
    if given.get("credentials") == CONTAINER_IAM:
        shared = {**shared, **dict.fromkeys(_KEYS)}
    elif "access_key" in given:
        shared = {**shared, "credentials": None}
    merged = {**shared, **given}
    roles = [one["assume_role"] for one in (shared, given) if one.get("assume_role")]
    if roles:
        merged["assume_role"] = {option: value for role in roles for option, value in role.items() if value is not None}
    return merged


def _read(entry: Mapping[str, Any], params: Mapping[str, Any], where: str) -> Iterator[Wanted]:
    _check_pairs(entry, where)
    absent, regions = params["state"] == "absent", entry["regions"]
    for option in _NAMES:
        if entry[option] and entry[option] != entry[option].strip():
            raise RegistryError(f"{where}: '{option}' is {entry[option]!r}; take the space or the line break around it away")
    if absent and entry["new_name"]:
        raise RegistryError(f"{where} has 'new_name', which makes no sense with 'state: absent'")
    if regions is not None and not regions:
        raise RegistryError(f"{where} has an empty list of 'regions'; leave it out, or give at least one")
    if regions and len(regions) > 1 and entry["name"]:
        raise RegistryError(f"{where} has a 'name' and several 'regions'; leave the name out, and each region gets one of its own")
    for region in regions or [None]:
        _check_registry(entry["registry_id"], region, where)
        name = entry["name"] or _usual_name(entry["registry_id"], region, where)
        role = entry["assume_role"] or {}
        yield Wanted(
            name=name,
            absent=absent,
            new_name=entry["new_name"] or None,
            registry_id=entry["registry_id"],
            region=region,
            credentials=entry["credentials"],
            keys=_keys(entry, f"{where} ({name})"),
            role=role.get("role"),
            external_id=role.get("external_id"),
            endpoint=entry["endpoint"],
            skip_test=entry["skip_test"],
            rotate=params["update_credentials"] == "always",
            take_over=params["take_over"],
        )


def _check_registry(registry_id: Any, region: str | None, where: str) -> None:
    """Checks what is given of a registry; a part that is not given is taken for a right one."""
    try:
        registry_at("0" * 12 if registry_id is None else registry_id, region or "us-east-1")
    except RegistryError as error:
        raise RegistryError(f"{where}: {error}") from error


def _usual_name(registry_id: str | None, region: str | None, where: str) -> str:
    if not registry_id or not region:
        raise RegistryError(f"{where} has no 'name'; give it, or 'registry_id' and 'regions', and it is ecr-REGISTRY_ID-REGION")
    return f"ecr-{registry_id}-{region}"


def _keys(entry: Mapping[str, Any], where: str) -> Keys | None:
    if entry["access_key"] is None:
        return None
    if entry["credentials"] == CONTAINER_IAM:
        raise RegistryError(f"{where} has keys and 'credentials: container_iam', which uses none; leave one of them out")
    for option in _KEYS:
        try:
            check_key(option, entry[option])
        except RegistryError as error:
            raise RegistryError(f"{where}: {error}") from error
    return Keys(entry["access_key"], entry["secret_key"])


def _check_pairs(entry: Mapping[str, Any], where: str) -> None:
    given = [option for option in _KEYS if entry[option] is not None]
    if len(given) == 1:
        (missing,) = set(_KEYS) - set(given)
        raise RegistryError(f"{where} has '{given[0]}' without '{missing}'; give both, or none to keep those that Central has")
