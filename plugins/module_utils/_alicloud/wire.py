# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""How a call of an Alibaba Cloud API is written down: product, version, host and flat parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from .._errors import RegistryError


@dataclass(frozen=True)
class Product:
    """One API: its ``version``, its ``host``, in which C({region}) stands for the region, and the ``central`` host of all regions."""

    version: str
    host: str
    central: str | None = None


#: https://api.alibabacloud.com/product names versions and endpoints. RAM has one endpoint for all regions.
PRODUCTS: Mapping[str, Product] = {
    "ram": Product("2015-05-01", "ram.aliyuncs.com"),
    "sts": Product("2015-04-01", "sts.{region}.aliyuncs.com", "sts.aliyuncs.com"),
    "eci": Product("2018-08-08", "eci.{region}.aliyuncs.com"),
    "cr": Product("2018-12-01", "cr.{region}.aliyuncs.com"),
}
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z0-9]+)+")
#: Parameters that must not be in a URL, which proxies and error messages repeat.
_SECRET = re.compile(r"(?:Password|UserName|Secret|Token)$")
#: Characters of a query; beyond this parameters travel in the body. Gateways refuse URLs that are longer than some kilobytes.
_LONGEST_QUERY = 2000


@dataclass(frozen=True)
class Place:
    """Where calls go: C(http) or C(https), and the host with its port."""

    protocol: str
    host: str

    @property
    def url(self) -> str:
        return f"{self.protocol}://{self.host}/"


def place_for(product: str, region: str | None, endpoint_url: str | None) -> Place:
    """Where the calls of a product go. ``endpoint_url`` stands for all products.

    Raises RegistryError for an URL that cannot be one, and where a region is needed and missing.
    """
    if endpoint_url:
        parts = urlsplit(endpoint_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query or "@" in parts.netloc:
            raise RegistryError(f"'endpoint_url' is '{endpoint_url}'; it must be http:// or https:// and a host, with a port if need be")
        return Place(parts.scheme, parts.netloc)
    known = PRODUCTS[product]
    if known.central and not region:
        return Place("https", known.central)
    return Place("https", known.host.format(region=checked_region(region)) if "{region}" in known.host else known.host)


def checked_region(region: str | None) -> str:
    """The region. Raises RegistryError when it is missing, or cannot be one."""
    if not region:
        raise RegistryError("no region is known: give 'region', or set ALIBABA_CLOUD_REGION_ID")
    if not _REGION.fullmatch(region):
        raise RegistryError(f"'region' is '{region}'; it must be the id of a region, such as cn-hangzhou")
    return region


def flattened(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as the wire has them: C(Name.1.Key) for lists and mappings inside, C(true) and C(false), nothing for None."""
    return dict(pair for name, value in parameters.items() for pair in _flat(name, value))


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flat(f"{name}.{key}", one)
    elif isinstance(value, (list, tuple)):
        for at, one in enumerate(value, start=1):
            yield from _flat(f"{name}.{at}", one)
    elif isinstance(value, bool):
        # The library would write Python's spelling, which the services take for false.
        yield name, "true" if value else "false"
    elif value is not None:
        yield name, str(value)


def belongs_into_body(parameters: Mapping[str, str]) -> bool:
    """Whether flat parameters must travel in the body: they are long, or one of them is a secret."""
    return any(_SECRET.search(name) for name in parameters) or len(urlencode(parameters)) > _LONGEST_QUERY


def json_text(value: Any) -> str:
    """A parameter whose value is JSON text, such as tags of RAM."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
