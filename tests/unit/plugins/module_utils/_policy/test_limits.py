# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of documents, and what is said about those that are over."""

from __future__ import annotations

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy, PolicyError, parse
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.limits import (
    MANAGED_POLICY,
    REGISTRY_POLICY,
    REPOSITORY_POLICY,
    TRUST_POLICY,
    DocumentKind,
    check_size,
    size_of,
)

PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
ROLE = "arn:aws:iam::{:012}:role/service-role/payments-runtime-ExecutionR"


def document(principals: list[str]) -> Policy:
    statement = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": principals}, "Action": PULL}
    return parse({"Version": "2012-10-17", "Statement": [statement]})


def padded(size: int) -> Policy:
    """A document of exactly this size."""
    empty = size_of(parse({"Statement": {"Sid": ""}}))
    return parse({"Statement": {"Sid": "x" * (size - empty)}})


@pytest.mark.parametrize(
    ("spelling", "fit"), [("arn:aws:iam::{:012}:root", 304), ("{:012}", 670), (ROLE, 128)], ids=["root ARNs", "account ids", "role ARNs"]
)
def test_how_many_principals_fit_a_repository_policy(spelling: str, fit: int) -> None:
    names = [spelling.format(number) for number in range(fit + 20)]
    check_size(document(names[:fit]), REPOSITORY_POLICY)
    with pytest.raises(PolicyError):
        check_size(document(names), REPOSITORY_POLICY)


@pytest.mark.parametrize(
    ("kind", "limit", "advice"),
    [
        (REPOSITORY_POLICY, 10_240, "aws:PrincipalOrgID"),
        (REPOSITORY_POLICY, 10_240, "'scope: registry'"),
        (REGISTRY_POLICY, 10_240, "'scope: repository'"),
        (TRUST_POLICY, 2_048, "L-C07B4B0D"),
        (MANAGED_POLICY, 6_144, "'payments/*'"),
    ],
)
def test_a_document_over_its_limit_is_refused_with_advice(kind: DocumentKind, limit: int, advice: str) -> None:
    assert check_size(padded(limit), kind) == limit
    with pytest.raises(PolicyError) as refusal:
        check_size(padded(limit + 1), kind)
    assert str(refusal.value).startswith(f"the {kind.name} would have {limit + 1:,} characters, {limit:,} are allowed; ")
    assert advice in str(refusal.value)


def test_no_document_has_no_size() -> None:
    assert size_of(None) == 0
    assert check_size(None, TRUST_POLICY) == 0


def test_size_counts_characters_of_the_shortest_text() -> None:
    assert size_of(parse('{ "Statement" : [ { "Sid" : "é" } ] }')) == len('{"Statement":[{"Sid":"é"}]}')
