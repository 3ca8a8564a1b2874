# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the actions of ECR do, and in which documents they count.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
"""

from __future__ import annotations

from functools import lru_cache

from .._policy.patterns import covers, tidy
from .questions import DECIDING_ACTIONS


def _named(names: str) -> frozenset[str]:
    return frozenset(f"ecr:{name}" for name in names.split())


READS = _named(
    "BatchCheckLayerAvailability BatchGetImage BatchGetRepositoryScanningConfiguration DescribeImageReplicationStatus "
    "DescribeImageScanFindings DescribeImageSigningStatus DescribeImages DescribeRepositories GetDownloadUrlForLayer GetImageCopyStatus "
    "GetLifecyclePolicy GetLifecyclePolicyPreview GetRepositoryPolicy ListImageReferrers ListImages ListTagsForResource"
)
WRITES = _named(
    "BatchImportUpstreamImage CompleteLayerUpload CreateRepository InitiateLayerUpload PutImage ReplicateImage StartImageScan "
    "StartLifecyclePolicyPreview UpdateImageStorageClass UploadLayerPart"
)
DELETES = _named("BatchDeleteImage DeleteRepository")
ADMINISTERS = _named(
    "DeleteLifecyclePolicy DeleteRepositoryPolicy PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy "
    "SetRepositoryPolicy TagResource UntagResource"
)
#: Actions whose resource may be a repository.
OF_REPOSITORIES = READS | WRITES | DELETES | ADMINISTERS
#: Actions about a registry as a whole, and the login: no policy of a repository can allow them.
OF_REGISTRIES = _named(
    "CreatePullThroughCacheRule CreateRepositoryCreationTemplate DeletePullThroughCacheRule DeleteRegistryPolicy "
    "DeleteRepositoryCreationTemplate DeleteSigningConfiguration DeregisterPullTimeUpdateExclusion DescribePullThroughCacheRules "
    "DescribeRegistry DescribeReplicationBackfillResults DescribeRepositoryCreationTemplates GetAccountSetting GetRegistryPolicy "
    "GetRegistryScanningConfiguration GetSigningConfiguration ListPullTimeUpdateExclusions ListReplicationBackfills PutAccountSetting "
    "PutRegistryPolicy PutRegistryScanningConfiguration PutReplicationConfiguration PutSigningConfiguration "
    "RegisterPullTimeUpdateExclusion StartReplicationBackfill StopReplicationBackfill UpdatePullThroughCacheRule "
    "UpdateRepositoryCreationTemplate ValidatePullThroughCacheRule"
)
#: It has no resource at all, so only identity policies can allow it.
LOGIN = _named("GetAuthorizationToken")
#: What a registry policy counts for where the account setting REGISTRY_POLICY_SCOPE is V1.
OF_SCOPE_V1 = _named("BatchImportUpstreamImage CreateRepository ReplicateImage")

_ALL = OF_REPOSITORIES | OF_REGISTRIES | LOGIN
_BY_NAME = {action.lower(): action for action in _ALL}
#: Access levels that all of some actions suffice for, and those that any of some actions does.
_LEVELS = {level: frozenset(DECIDING_ACTIONS[level]) for level in ("pull", "push", "scan", "cache")}
_ANY_OF_LEVELS = {"replicate": _named("ReplicateImage"), "delete": DELETES, "administer": ADMINISTERS}


@lru_cache(maxsize=4096)
def matched(pattern: str) -> frozenset[str]:
    """The known actions that a pattern matches, whatever its letter case; an action by its name is a pattern too."""
    pattern = tidy(pattern.lower())
    if "*" not in pattern and "?" not in pattern:
        return frozenset({_BY_NAME[pattern]} if pattern in _BY_NAME else ())
    return frozenset(action for name, action in _BY_NAME.items() if covers(pattern, name))


@lru_cache(maxsize=1024)
def all_matched(patterns: frozenset[str]) -> frozenset[str]:
    """The known actions that any of some patterns matches."""
    return frozenset[str]().union(*map(matched, patterns))


def is_unknown(pattern: str) -> bool:
    """Whether an action could be one that ECR has by now and this table has not. C(*) could not."""
    return pattern.lower().startswith("ecr:") and not matched(pattern)


def selected(negated: bool, patterns: frozenset[str]) -> frozenset[str]:
    """The known actions of an C(Action) element, or of a C(NotAction) (``negated``)."""
    return _ALL - all_matched(patterns) if negated else all_matched(patterns)


@lru_cache(maxsize=1024)
def levels_of(actions: frozenset[str]) -> tuple[str, ...]:
    """The access levels that some actions suffice for, and C(delete) and C(administer) where one of them can do that."""
    return (
        *(level for level, needed in _LEVELS.items() if needed <= actions),
        *(level for level, some in _ANY_OF_LEVELS.items() if some & actions),
    )
