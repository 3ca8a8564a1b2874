# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Clusters of Amazon EKS, as far as workloads in them get roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._cluster_names import CLUSTER
from .._errors import RegistryError, ServiceError
from .errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient

NOT_FOUND = "ResourceNotFoundException"


def check_name(option: str, name: str) -> None:
    """Raises RegistryError for what is no name of a cluster."""
    if not CLUSTER.fullmatch(name):
        raise RegistryError(f"'{option}' is '{name}', which is no name of an EKS cluster; give its name, not its ARN")


def no_cluster(eks: BaseClient, account: str | None, name: str, error: ServiceError) -> RegistryError:
    """The error for a cluster that is not there."""
    return RegistryError(
        f"there is no EKS cluster '{name}' in this account and region ({account} {eks.meta.region_name}); "
        f"look at its name, its region and the credentials ({error})"
    )


def issuer_of(eks: BaseClient, account: str, name: str) -> str:
    """The URL of the OpenID Connect issuer of a cluster. Raises RegistryError when there is no cluster or no issuer; ServiceError.

    https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html
    """
    try:
        with translated():
            cluster = eks.describe_cluster(name=name)["cluster"]
    except ServiceError as error:
        if error.code == NOT_FOUND:
            raise no_cluster(eks, account, name, error) from error
        raise
    issuer = cluster.get("identity", {}).get("oidc", {}).get("issuer")
    if not issuer:
        raise RegistryError(f"the EKS cluster '{name}' has no OpenID Connect issuer (yet); its status is {cluster.get('status')}")
    return str(issuer)
