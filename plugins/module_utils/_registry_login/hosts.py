# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The host names of registries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import RegistryError

#: What names end with, by the beginning of the region; all other regions are in the first partition.
#: https://docs.aws.amazon.com/general/latest/gr/ecr.html and the partitions that botocore knows.
_SUFFIX = "amazonaws.com"
_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "us-isof-": "csp.hci.ic.gov",
}
#: The same for dual-stack names, where there are any. https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
_DUAL_STACK_SUFFIXES = {"cn-": "on.amazonwebservices.com.cn"}
_DUAL_STACK_SUFFIX = "on.aws"

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-[0-9]+")
_HOST = re.compile(rf"({_ACCOUNT.pattern})\.dkr(\.ecr|-ecr)(?:-fips)?\.({_REGION.pattern})\.([a-z0-9.-]+)")
_ANY_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class Registry:
    """An ECR registry: its host name, the account that owns it, and its region."""

    host: str
    account: str
    region: str


def registry_at(account: Any, region: Any) -> Registry:
    """The registry of an account in a region, by its usual host name. Raises RegistryError."""
    if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
        raise RegistryError(
            f"the account of a registry is {account!r}; it has 12 digits and is written in quotes, YAML drops leading zeros"
        )
    if not isinstance(region, str) or not _REGION.fullmatch(region):
        raise RegistryError(f"the region of the registry of account {account} is {region!r}; give one such as 'eu-west-1'")
    return Registry(f"{account}.dkr.ecr.{region}.{_suffix(region, _SUFFIXES, _SUFFIX)}", account, region)


def registry_of(value: Any, region: str | None = None) -> Registry:
    """The ECR registry that somebody means: a host name, a mapping of C(account) and C(region), or an account id.

    ``region`` is for those that name none. Raises RegistryError.
    """
    if isinstance(value, Mapping):
        unknown = sorted(set(value) - {"account", "region"})
        if unknown:
            raise RegistryError(f"a registry has account and region, but no {', '.join(map(str, unknown))}")
        return registry_at(value.get("account"), value.get("region", region))
    if not isinstance(value, str) or _ACCOUNT.fullmatch(value):
        return registry_at(value, region)
    name = _bare(value).lower()
    found = _HOST.fullmatch(name)
    if found:
        account, kind, its_region, suffix = found.groups()
        dual = _suffix(its_region, _DUAL_STACK_SUFFIXES, _DUAL_STACK_SUFFIX)
        if suffix == (_suffix(its_region, _SUFFIXES, _SUFFIX) if kind == ".ecr" else dual):
            return Registry(name, account, its_region)
    raise RegistryError(
        f"'{value}' is no registry of Amazon ECR; give its host, such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com, "
        "or its account and region"
    )


def host_of(value: Any) -> str:
    """The host name of a registry, which may be one of another kind when it is given by its host name. Raises RegistryError."""
    if not isinstance(value, str) or _ACCOUNT.fullmatch(value):
        return registry_of(value).host
    name = _bare(value)
    if not _ANY_HOST.fullmatch(name):
        raise RegistryError(f"'{value}' is no host name of a registry; give the host alone, without a repository")
    return name.lower()


def _bare(value: str) -> str:
    return value.strip().removeprefix("https://").removesuffix("/")


def _suffix(region: str, suffixes: Mapping[str, str], usual: str) -> str:
    return next((suffix for start, suffix in suffixes.items() if region.startswith(start)), usual)
