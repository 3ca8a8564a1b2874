# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loads every file that attaches behaviour to an operation."""

from __future__ import annotations

from . import (
    batch_definitions,
    ecr_account_settings,
    ecr_cache_pulls,
    ecr_cache_rules,
    ecr_cache_validation,
    ecr_create_on_push,
    ecr_images,
    ecr_layers,
    ecr_registry_policy,
    ecr_replication,
    ecr_repositories,
    ecr_repository_policies,
    ecr_templates,
    ecs_definitions,
    eks_auth,
    eks_clusters,
    eks_pod_identity,
    iam_entities,
    iam_lists,
    iam_oidc_providers,
    iam_policies,
    iam_service_roles,
    iam_trust_policies,
    iam_view,
    kms_policies,
    organization,
    organizations_api,
    secrets_lifecycle,
    secrets_policies,
    secrets_values,
    sts_sessions,
    sts_web_identity,
)

__all__ = [
    "batch_definitions",
    "ecr_account_settings",
    "ecr_cache_pulls",
    "ecr_cache_rules",
    "ecr_cache_validation",
    "ecr_create_on_push",
    "ecr_images",
    "ecr_layers",
    "ecr_registry_policy",
    "ecr_replication",
    "ecr_repositories",
    "ecr_repository_policies",
    "ecr_templates",
    "ecs_definitions",
    "eks_auth",
    "eks_clusters",
    "eks_pod_identity",
    "iam_entities",
    "iam_lists",
    "iam_oidc_providers",
    "iam_policies",
    "iam_service_roles",
    "iam_trust_policies",
    "kms_policies",
    "organization",
    "organizations_api",
    "secrets_lifecycle",
    "secrets_policies",
    "secrets_values",
    "sts_sessions",
    "sts_web_identity",
]

iam_view.install()
