# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Custom policies of RAM and what grants compile to, in real playbooks."""

from __future__ import annotations

from typing import Any

from tests.integration.alicloud_world import REGION, UID_A, UID_B, Alicloud, task, thrice, told_the_same
from tests.integration.tasks import shown

MODULE = "alicloud_ram_policy"
GRANTS = [
    {
        "name": "payments",
        "registry": {"alicloud_account": UID_B, "region": REGION, "instance_id": "cri-b", "role": "role-acr"},
        "repositories": ["payments/*"],
        "access": "pull",
        "to": [{"account": UID_A, "roles": ["role-assume"]}],
    }
]
WIDER = [{"Effect": "Allow", "Action": ["cr:Get*", "cr:List*", "cr:PullRepository"], "Resource": "*"}]


def compiled(role: str, account: str) -> str:
    return f"{{{{ grants | crossaccount.registry.registry_grant_statements(alicloud_account='{account}', role='{role}') }}}}"


def test_versions(alicloud: Alicloud) -> None:
    cloud = alicloud.cloud
    pull: dict[str, Any] = {"name": "registry-pull", "statements": compiled("role-acr", UID_B)}
    run = alicloud.play(
        [
            *thrice("granted", MODULE, **pull, description="Pull payments"),
            *thrice("wider", MODULE, name="registry-pull", statements=WIDER),
            *thrice("back", MODULE, **pull),
            task("bad input", MODULE, name="registry-pull", statements=[{"Effect": "Allow", "Action": "cr:*"}], ignore=True),
            *thrice("gone", MODULE, name="registry-pull", state="absent"),
        ],
        variables={"grants": GRANTS},
    )
    granted = told_the_same(run, "granted")
    (action,) = granted["actions"]
    assert {change["resource"]: change["actions_gained"] for change in action["access_changes"]} == {
        "*": ["cr:GetAuthorizationToken", "cr:ListInstanceEndpoint"],
        f"acs:cr:{REGION}:{UID_B}:instance/cri-b": ["cr:PullRepository"],
        f"acs:cr:{REGION}:{UID_B}:repository/cri-b/payments/*": ["cr:PullRepository"],
    }
    wider = told_the_same(run, "wider")
    assert "policy/registry-pull gains" in shown(wider)
    assert told_the_same(run, "back")["actions"][0]["version_made_default"] == "v1"
    assert "statement #1: Resource is missing" in run["bad input"].msg
    assert told_the_same(run, "gone")["summary"]["deleted"] == 1
    assert cloud.writes() == ["CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicy"]
