# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry in memory that the responder answers from.

It knows just enough of ECR and STS for the clients that are measured. It authorizes nobody, checks no signature and no policy,
and returns a policy as it was sent: it is a stopwatch's other end, not a stand-in for AWS. That is what tests/lab is for.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

ACCOUNT, REGION = "111122223333", "eu-west-1"
#: Repositories in a page of DescribeRepositories, where the caller does not say.
_PAGE = 100


class Refusal(Exception):
    """An error answer of ECR: code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


def repository_names(count: int) -> list[str]:
    """The names of the repositories that the registry starts with."""
    return [f"team-{number % 20:02}/service-{number:04}" for number in range(count)]


def policy_text(number: int) -> str:
    """The policy of a repository that has one from the start. It names an account of its own, that one's functions, and an organization."""
    account = f"{number:012}"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    function = f"arn:aws:lambda:{REGION}:{account}:function:*"
    statements: list[dict[str, Any]] = [
        {"Sid": "Account", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}},
        {"Sid": "Lambda", "Principal": {"Service": "lambda.amazonaws.com"}, "Condition": {"StringLike": {"aws:sourceArn": function}}},
        {"Sid": "All", "Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": [{**one, "Effect": "Allow", "Action": actions} for one in statements]})


class Registry:
    """Repositories, their policies, and how often each operation was called."""

    def __init__(self, count: int = 0) -> None:
        self.names: list[str] = []
        self.policies: dict[str, str] = {}
        self.calls: Counter[str] = Counter()
        self._described: dict[str, bytes] = {}
        self.reset(count)

    def reset(self, count: int, with_policies: bool = False) -> None:
        """Start anew with so many repositories. None of them has a policy, or each has another one."""
        self.policies.clear()
        self.calls.clear()
        self.names[:] = repository_names(count)
        if with_policies:
            self.policies |= {name: policy_text(number) for number, name in enumerate(self.names)}
        self._described = {name: json.dumps(_description(name)).encode() for name in self.names}

    def answer(self, operation: str, request: dict[str, Any]) -> bytes:
        """The answer to one call, as JSON. Raises Refusal."""
        self.calls[operation] += 1
        handler = _OPERATIONS.get(operation)
        if handler is None:
            raise Refusal("UnknownOperationException", f"the responder has no {operation}")
        return handler(self, request)

    def _existing(self, name: str) -> str:
        if name not in self._described:
            raise Refusal("RepositoryNotFoundException", f"The repository with name '{name}' does not exist in the registry")
        return name

    def _describe_repositories(self, request: dict[str, Any]) -> bytes:
        if "repositoryNames" in request:
            return _page([self._described[self._existing(name)] for name in request["repositoryNames"]], None)
        start = int(request.get("nextToken") or 0)
        end = start + int(request.get("maxResults") or _PAGE)
        return _page([self._described[name] for name in self.names[start:end]], str(end) if end < len(self.names) else None)

    def _get_repository_policy(self, request: dict[str, Any]) -> bytes:
        name = self._existing(request["repositoryName"])
        if name not in self.policies:
            raise Refusal("RepositoryPolicyNotFoundException", f"Repository policy does not exist for the repository with name '{name}'")
        return _policy(name, self.policies[name])

    def _set_repository_policy(self, request: dict[str, Any]) -> bytes:
        name = self._existing(request["repositoryName"])
        self.policies[name] = request["policyText"]
        return _policy(name, self.policies[name])

    def _delete_repository_policy(self, request: dict[str, Any]) -> bytes:
        answer = self._get_repository_policy(request)
        del self.policies[request["repositoryName"]]
        return answer

    def _get_registry_policy(self, _request: dict[str, Any]) -> bytes:
        raise Refusal("RegistryPolicyNotFoundException", f"Registry policy does not exist in the registry with id '{ACCOUNT}'")

    def _get_account_setting(self, request: dict[str, Any]) -> bytes:
        return json.dumps({"name": request["name"], "value": "V2"}).encode()

    def _describe_repository_creation_templates(self, _request: dict[str, Any]) -> bytes:
        return json.dumps({"registryId": ACCOUNT, "repositoryCreationTemplates": []}).encode()

    def _describe_pull_through_cache_rules(self, _request: dict[str, Any]) -> bytes:
        return b'{"pullThroughCacheRules":[]}'

    def _list_tags_for_resource(self, _request: dict[str, Any]) -> bytes:
        return b'{"tags":[]}'


_OPERATIONS: dict[str, Callable[[Registry, dict[str, Any]], bytes]] = {
    "DescribeRepositories": Registry._describe_repositories,
    "GetRepositoryPolicy": Registry._get_repository_policy,
    "SetRepositoryPolicy": Registry._set_repository_policy,
    "DeleteRepositoryPolicy": Registry._delete_repository_policy,
    "ListTagsForResource": Registry._list_tags_for_resource,
    "GetRegistryPolicy": Registry._get_registry_policy,
    "GetAccountSetting": Registry._get_account_setting,
    "DescribeRepositoryCreationTemplates": Registry._describe_repository_creation_templates,
    "DescribePullThroughCacheRules": Registry._describe_pull_through_cache_rules,
}


def _page(described: list[bytes], next_token: str | None) -> bytes:
    more = b"" if next_token is None else b',"nextToken":"' + next_token.encode() + b'"'
    return b'{"repositories":[' + b",".join(described) + b"]" + more + b"}"


def _policy(name: str, text: str) -> bytes:
    return json.dumps({"registryId": ACCOUNT, "repositoryName": name, "policyText": text}).encode()


def _description(name: str) -> dict[str, Any]:
    return {
        "repositoryArn": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{name}",
        "registryId": ACCOUNT,
        "repositoryName": name,
        "repositoryUri": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}",
        "createdAt": 1700000000.0,
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": False},
        "encryptionConfiguration": {"encryptionType": "AES256"},
    }
