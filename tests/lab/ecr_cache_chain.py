# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a pull through cache rule to the private registry upstream: every role, trust and policy that has a say.

The role of the rule, or the service-linked one, reads upstream and writes to the cache (ECR user guide, "IAM policies required for cross
account ECR to ECR pull through cache"). In one account its identity policies decide; across accounts upstream has to allow it too.
"""

from __future__ import annotations

from . import ecr_service_roles
from .access import statements_about
from .callers import Caller
from .context import tag_keys
from .ecr_cache_rules import Rule
from .ecr_prefixes import ROOT, rest_of
from .ecr_service_roles import CACHE, must_be_allowed
from .ecr_state import find_repository, tags_of

READS = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchImportUpstreamImage", "ecr:GetImageCopyStatus")
WRITES = ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")


def upstream_name(rule: Rule, repository: str) -> str:
    """The repository upstream of a cached one (ECR user guide, "Customizing repository prefixes for ECR to ECR pull through cache")."""
    rest = rest_of(rule.prefix, repository)
    return str(rest) if rule.upstream_prefix in (None, ROOT) else f"{rule.upstream_prefix}/{rest}"


def assumed_role(rule: Rule) -> Caller:
    """The principal that reads and writes for a rule; raises AwsError when ECR cannot assume the role, or it may not log in to ECR."""
    caller = ecr_service_roles.acting(CACHE, rule.registry, rule.region, rule.partition, rule.role)
    must_be_allowed(caller, "ecr:GetAuthorizationToken", "*", (rule.registry, rule.upstream.region), None)
    return caller


def must_read(rule: Rule, caller: Caller, repository: str) -> None:
    """Raise Denied when the role may not have images of this repository upstream."""
    _must(caller, READS, rule.upstream.account, rule.upstream.region, repository)


def must_write(rule: Rule, caller: Caller, repository: str) -> None:
    """Raise Denied when the role may not put images into this repository of the cache."""
    _must(caller, WRITES, rule.registry, rule.region, repository)


def _must(caller: Caller, actions: tuple[str, ...], account: str, region: str, name: str) -> None:
    found = find_repository(account, region, name)
    more = tag_keys(tags_of(found) if found is not None else [], "aws:resourcetag", "ecr:resourcetag")
    resource = f"arn:{caller.partition}:ecr:{region}:{account}:repository/{name}"
    for action in actions:
        statements = statements_about(account, region, name, action, caller.account != account)
        must_be_allowed(caller, action, resource, (account, region), statements, more)
