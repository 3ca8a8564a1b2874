# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which service principals there are. AWS refuses a service that it does not know, so a typing mistake must not pass here.

AWS publishes no list. The names are those of botocore's services and endpoints, of the principals in AWS managed policies, and a few
more that are in neither and in daily use.
"""

from __future__ import annotations

import functools
import re

import botocore.loaders
from moto.iam import models as iam_models

PRINCIPAL = re.compile(r"((?:[a-z0-9-]+\.)*)([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
MORE = (
    "airflow-env edgelambda eks-fargate-pods eks-nodegroup export mediastore opsworks opsworks-cm org s3-object-lambda "
    "sso-directory tnb verifiedaccess vpc-flow-logs"
)


@functools.lru_cache(maxsize=1)
def known_services() -> frozenset[str]:
    loader = botocore.loaders.create_loader()
    names = set(loader.list_available_services("service-2")) | set(MORE.split())
    for partition in loader.load_data("endpoints")["partitions"]:
        names.update(name.rpartition(".")[2] for name in partition["services"])
    names.update(match[2] for match in PRINCIPAL.finditer(iam_models.aws_managed_policies_data))
    return frozenset(names)


def is_service(principal: str) -> bool:
    """Whether this is a service principal: `lambda.amazonaws.com`, `pullthroughcache.ecr.amazonaws.com`, `logs.eu-west-1.amazonaws.com`."""
    match = PRINCIPAL.fullmatch(principal)
    if match is None:
        return False
    labels = [*match[1].rstrip(".").split("."), match[2]] if match[1] else [match[2]]
    if len(labels) > 1 and REGION.fullmatch(labels[-1]):
        labels.pop()
    return labels[-1] in known_services()
