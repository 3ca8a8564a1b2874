# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets as moto keeps them: finding one by name or ARN, and its resource policy."""

from __future__ import annotations

import typing as t

from moto.secretsmanager.models import FakeSecret, secretsmanager_backends

from .context import tag_keys
from .documents import Statement
from .ecr_state import StoredPolicy


def find_secret(account: str, region: str, name: str) -> FakeSecret | None:
    """A secret by its name, full ARN, or ARN without the six random characters."""
    store = secretsmanager_backends[account][region].secrets
    for secret in list(store.values()):
        if name in (secret.arn, secret.name) or (name.startswith("arn:") and secret.arn[:-7] == name):
            return t.cast(FakeSecret, secret)
    return None


def policy_of(secret: t.Any) -> StoredPolicy | None:
    return t.cast("StoredPolicy | None", getattr(secret, "lab_policy", None))


def resource_side(account: str, region: str, arn: str) -> tuple[list[Statement], dict[str, list[str]]]:
    """The statements of a secret's resource policy, and the context keys of its tags."""
    secret = find_secret(account, region, arn)
    if secret is None:
        return [], {}
    policy = policy_of(secret)
    return list(policy.statements) if policy else [], tag_keys(secret.tags or [], "aws:resourcetag", "secretsmanager:resourcetag")
