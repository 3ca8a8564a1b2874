# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registry policies: what is refused because it is about another registry or another scope, and what is said when ECR says nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.account_setting import outside_of_v1
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.registry_policy import RegistryPolicyStore, check_resources
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy, PolicyError

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-west-1"
HERE = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository"


def policy(**elements: Any) -> Policy:
    statement = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "ecr:BatchGetImage", "Resource": "*", **elements}
    return Policy(({name: value for name, value in statement.items() if value is not None},), "2012-10-17")


@pytest.mark.parametrize(
    "resource", ["*", f"{HERE}/*", [f"{HERE}/a", f"{HERE}/b"], f"arn:aws:ecr:*:{ACCOUNT}:repository/*", "arn:*:ecr:*:*:*"]
)
def test_resources_of_the_registry(resource: Any) -> None:
    check_resources(policy(Resource=resource), ACCOUNT, REGION)


@pytest.mark.parametrize(
    "resource",
    [
        f"arn:aws:ecr:{REGION}:{OTHER}:repository/*",
        f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*",
        f"arn:aws-cn:ecr:{REGION}:{ACCOUNT}:repository/*",
        "arn:aws:s3:::bucket",
        "repository/*",
    ],
)
@pytest.mark.parametrize("element", ["Resource", "NotResource"])
def test_resources_of_others_are_refused(element: str, resource: str) -> None:
    with pytest.raises(PolicyError) as refused:
        check_resources(policy(**{"Resource": None, element: [f"{HERE}/a", resource]}), ACCOUNT, REGION)
    assert str(refused.value) == f"statement Pull: the resource {resource} is none of this registry; those begin with {HERE}/"


@pytest.mark.parametrize(
    ("elements", "outside"),
    [
        ({"Action": ["ecr:ReplicateImage", "ecr:createrepository", "ecr:BatchImportUpstreamImage"]}, []),
        ({"Action": ["ecr:ReplicateImage", "ecr:PutImage"]}, ["Pull: ecr:PutImage"]),
        ({"Action": "ecr:Replicate*"}, ["Pull: ecr:Replicate*"]),
        ({"Action": None, "NotAction": "ecr:ReplicateImage"}, ["Pull: NotAction"]),
    ],
)
def test_what_scope_v1_does_not_know(elements: dict[str, Any], outside: list[str]) -> None:
    assert outside_of_v1(policy(**elements)) == outside


def refused(document: Policy) -> tuple[type[Exception], str, str | None]:
    """What a write comes to that ECR refuses without saying why, and what is waited for then."""

    def put_registry_policy(**_given: str) -> None:
        raise ClientError(
            {"Error": {"Code": "InvalidParameterException", "Message": "Invalid registry policy provided"}}, "PutRegistryPolicy"
        )

    client: Any = SimpleNamespace(put_registry_policy=put_registry_policy)
    store = RegistryPolicyStore(client, client, ACCOUNT, REGION)
    with pytest.raises(RegistryError) as raised:
        store.write(document)
    waits = store.waits_for(raised.value) if isinstance(raised.value, ServiceError) else None
    return type(raised.value), str(raised.value), waits


def test_what_is_said_when_ecr_does_not_say_why() -> None:
    """An action that there is not is named, and nothing is waited for; a role may be new."""
    role = {"AWS": f"arn:aws:iam::{OTHER}:role/app"}
    kind, text, waits = refused(policy(Action=["ecr:BatchGetImage", "ecr:BatchGetImages"], Principal=role))
    assert "ECR has no such action, as far as is known: ecr:BatchGetImages (statement Pull); correct the name" in text
    assert (kind, waits) == (RegistryError, None)
    kind, text, waits = refused(policy())
    assert kind is RegistryError and "one of its actions or resources is not possible here" in text
    kind, text, waits = refused(policy(Principal=role))
    assert kind is ServiceError and "perhaps it does not know a principal (yet)" in str(waits)
