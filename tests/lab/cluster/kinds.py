# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of objects that the API server has, and how it tells clients about them."""

from __future__ import annotations

import typing as t

READS = ("get", "list", "watch")
VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class Kind(t.NamedTuple):
    """`group` is empty for the core group."""

    group: str
    version: str
    plural: str
    name: str
    short: tuple[str, ...] = ()
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def printed(self) -> str:
        """The kind as refusals have it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


NAMESPACE = Kind("", "v1", "namespaces", "Namespace", ("ns",), False)
SERVICE_ACCOUNT = Kind("", "v1", "serviceaccounts", "ServiceAccount", ("sa",))
POD = Kind("", "v1", "pods", "Pod", ("po",))
DEPLOYMENT = Kind("apps", "v1", "deployments", "Deployment", ("deploy",))
KINDS = (
    NAMESPACE,
    SERVICE_ACCOUNT,
    POD,
    Kind("", "v1", "configmaps", "ConfigMap", ("cm",)),
    Kind("", "v1", "secrets", "Secret"),
    DEPLOYMENT,
)
# Its object `cluster` tells the issuer of service account tokens.
AUTHENTICATION = Kind("config.openshift.io", "v1", "authentications", "Authentication", (), False)


def _group(name: str, versions: list[str]) -> dict[str, t.Any]:
    given = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": given, "preferredVersion": given[0]}


def discovery(kinds: t.Sequence[Kind], path: str, address: str) -> dict[str, t.Any] | None:
    """What /version, /api, /apis and what is below them answer; None for other paths."""
    parts = path.strip("/").split("/")
    groups = {kind.group: [kind.version] for kind in kinds if kind.group}
    if parts == ["version"]:
        return {"major": "1", "minor": "33", "gitVersion": "v1.33.5-eks-3025e55", "platform": "linux/amd64"}
    if parts == ["api"]:
        servers = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": servers}
    if parts == ["apis"]:
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name, versions) for name, versions in groups.items()]}
    if len(parts) == 2 and parts[0] == "apis" and parts[1] in groups:
        return {"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1], groups[parts[1]])}
    version = "/".join(parts[1:])
    found = [kind for kind in kinds if kind.api_version == version and parts[0] == ("apis" if kind.group else "api")]
    if not found:
        return None
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": [_resource(kind) for kind in found]}


def _resource(kind: Kind) -> dict[str, t.Any]:
    return {
        "name": kind.plural,
        "singularName": kind.name.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.name,
        "verbs": list(VERBS),
        "shortNames": list(kind.short),
    }
