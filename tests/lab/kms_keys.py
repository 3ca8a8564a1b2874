# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""KMS keys as moto keeps them: finding one by id, ARN or alias, and its key policy."""

from __future__ import annotations

import typing as t

from moto.kms.models import Key, kms_backends

from .documents import Statement, statements_of


def find_key(account: str, region: str, name: str) -> Key | None:
    """A key by id, key ARN, alias name or alias ARN; None also when it is of another region."""
    fields = name.split(":")
    if name.startswith("arn:"):
        if len(fields) < 6 or fields[3] != region:
            return None
        account = fields[4]
    backend = kms_backends[account][region]
    try:
        return t.cast(Key, backend.keys[backend.any_id_to_key_id(name)])
    except (KeyError, AttributeError, TypeError):
        return None


def key_policy(account: str, region: str, arn: str) -> list[Statement]:
    key = find_key(account, region, arn)
    return list(statements_of(str(key.policy))) if key is not None else []
