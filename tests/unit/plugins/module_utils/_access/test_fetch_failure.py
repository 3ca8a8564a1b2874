# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why ECR cannot fetch: one sentence for one document."""

from __future__ import annotations

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.fetch_failure import explain_fetch

ROLE = "arn:aws:iam::444455556666:role/caches/platform"
SESSION = "User: arn:aws:sts::444455556666:assumed-role/platform/ecr is not authorized to perform"
UPSTREAM = "arn:aws:ecr:eu-west-1:111122223333:repository/base/*"


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (
            f"User: pullthroughcache.ecr.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: {ROLE}",
            f"the trust policy of the role {ROLE} does not let pullthroughcache.ecr.amazonaws.com assume it, or there is no such role",
        ),
        (
            f"User: pullthroughcache.ecr.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: {ROLE} with an explicit "
            "deny in the role trust policy",
            f"an explicit deny in the trust policy keeps pullthroughcache.ecr.amazonaws.com from assuming the role {ROLE}",
        ),
        (
            f"{SESSION}: ecr:BatchGetImage on resource: {UPSTREAM} because no identity-based policy allows the ecr:BatchGetImage action",
            f"no identity policy of the role platform of account 444455556666 allows ecr:BatchGetImage on {UPSTREAM}",
        ),
        (
            f"{SESSION}: ecr:BatchGetImage on resource: {UPSTREAM} because no resource-based policy allows the ecr:BatchGetImage action",
            "account 111122223333 in eu-west-1 has no registry or repository policy that allows ecr:BatchGetImage on "
            f"{UPSTREAM} to the role platform of account 444455556666",
        ),
        (
            f"{SESSION}: ecr:BatchGetImage on resource: {UPSTREAM} with an explicit deny in a resource-based policy",
            "an explicit deny in a policy of account 111122223333 in eu-west-1 keeps the role platform of account 444455556666 from "
            f"ecr:BatchGetImage on {UPSTREAM}",
        ),
        (
            f"{SESSION}: ecr:PutImage on resource: {UPSTREAM} because no permissions boundary allows the ecr:PutImage action",
            f"the permissions boundary of the role platform of account 444455556666 does not allow ecr:PutImage on {UPSTREAM}",
        ),
        (f"{SESSION}: ecr:PutImage", "a policy does not allow ecr:PutImage to the role platform of account 444455556666"),
        ("The authentication to the upstream registry failed.", None),
    ],
)
def test_one_sentence_for_one_document(failure: str, sentence: str | None) -> None:
    assert explain_fetch(failure) == sentence
