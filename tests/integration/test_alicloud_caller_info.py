# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose credentials a task has, in real playbooks."""

from __future__ import annotations

import json

from tests.integration.alicloud_world import UID_A, UID_B, Alicloud, task

MODULE = "alicloud_caller_info"
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{UID_A}:root"]}}


def test_the_caller(alicloud: Alicloud) -> None:
    other = alicloud.cloud.account(UID_B)
    document = json.dumps({"Version": "1", "Statement": [TRUST]})
    other.call("ram", "CreateRole", RoleName="Operator", AssumeRolePolicyDocument=document)
    role = {"role_arn": f"acs:ram::{UID_B}:role/operator", "session_name": "nightly"}
    run = alicloud.play(
        [
            task("environment", MODULE),
            task("role of another account", MODULE, assume_role=role, account_id=UID_B, check=True),
            task("wrong account", MODULE, account_id=UID_B, ignore=True),
            task("wrong secret", MODULE, access_key_id=other.key.id, access_key_secret="n0t-the-secret", ignore=True),
        ],
        "-vvv",
    )
    assert run["environment"]["caller"]["arn"] == f"acs:ram::{UID_A}:user/admin"
    assert run["role of another account"]["caller"]["arn"] == f"acs:ram::{UID_B}:assumed-role/operator/nightly"
    assert run["role of another account"]["caller"]["account_id"] == UID_B
    assert run["wrong account"].msg.startswith(f"the credentials are those of account {UID_A}, but 'account_id' is {UID_B}")
    assert run["wrong secret"]["error"]["code"] == "SignatureDoesNotMatch"
    for secret in ("n0t-the-secret", alicloud.cloud.account(UID_A).key.secret, *_session_secrets(alicloud)):
        assert secret not in str(run)


def _session_secrets(alicloud: Alicloud) -> list[str]:
    """The secrets of keys that STS has given."""
    return [credential.secret for key, credential in alicloud.cloud.cloud.credentials.items() if key.startswith("STS")]
