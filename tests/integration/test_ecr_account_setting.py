# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account settings of ECR: always there, in each region."""

from __future__ import annotations

import json

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.tasks import shown, tasks, thrice
from tests.lab import Lab

MODULE = "ecr_account_setting"
SCOPE = "REGISTRY_POLICY_SCOPE"
ELSEWHERE = "eu-central-1"
AS_PRIMARY = {"credentials": PRIMARY, "region": REGION}


def value(account: Account, name: str, region: str = REGION) -> str:
    return str(account.client("ecr", region).get_account_setting(name=name)["value"])


def put_policy(account: Account, action: str) -> None:
    """A registry policy with one action."""
    statement = {"Sid": "Team", "Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": action, "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("ecr").put_registry_policy(policyText=text)


def test_a_setting_in_two_regions(ansible: Ansible, journal: Journal, primary: Account) -> None:
    primary.client("ecr").put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
    journal.clear()
    real = thrice(ansible, MODULE, {"name": "BLOB_MOUNTING", "value": "DISABLED", "regions": [REGION, ELSEWHERE]}, **AS_PRIMARY)
    assert f"account setting of {PRIMARY} {REGION} BLOB_MOUNTING" in shown(real)
    assert journal.writes() == ["PutAccountSetting"] * real["summary"]["updated"]
    assert value(primary, "BLOB_MOUNTING") == value(primary, "BLOB_MOUNTING", ELSEWHERE) == "DISABLED"


def test_the_scope_goes_back_only_where_the_policy_allows_it(ansible: Ansible, journal: Journal, primary: Account) -> None:
    put_policy(primary, "ecr:BatchGetImage")
    journal.clear()
    run = tasks(ansible, MODULE, {"V1": {"name": SCOPE, "value": "V1"}}, **AS_PRIMARY)
    assert "statements that V1 does not know (Team: ecr:BatchGetImage); they would lose their effect; remove them first" in run["V1"].msg
    assert journal.writes() == []
    put_policy(primary, "ecr:ReplicateImage")
    thrice(ansible, MODULE, {"name": SCOPE, "value": "V1"}, **AS_PRIMARY)
    thrice(ansible, MODULE, {"name": SCOPE, "value": "V2"}, **AS_PRIMARY)
    assert value(primary, SCOPE) == "V2"


def test_what_is_refused(ansible: Ansible, journal: Journal) -> None:
    run = tasks(
        ansible,
        MODULE,
        {
            "value": {"name": SCOPE, "value": "V3"},
            "unknown": {"name": "NO_SUCH_SETTING", "value": "x"},
            "nothing": {"name": SCOPE},
            "account": {"name": SCOPE, "value": "V2", "account_id": OTHER},
        },
        **AS_PRIMARY,
    )
    assert "'value' is 'V3'; REGISTRY_POLICY_SCOPE can be V1 or V2" in run["value"].msg
    assert run["unknown"]["actions"][0]["error"]["code"] == "InvalidParameterException"
    assert "Unknown account setting NO_SUCH_SETTING" in run["unknown"].msg
    assert "missing required arguments: value" in run["nothing"].msg
    assert f"the credentials are those of account {PRIMARY}, but 'account_id' is {OTHER}" in run["account"].msg
    assert journal.writes() == []


def test_trouble_of_the_service(lab: Lab, ansible: Ansible, primary: Account) -> None:
    lab.set_faults("throttling", "server-errors", "dropped-connections")
    wanted = {"name": SCOPE, "value": "V1"}
    run = tasks(ansible, MODULE, {"first": wanted, "again": wanted}, **AS_PRIMARY)
    lab.set_faults()
    assert not run["first"].failed, run["first"].msg
    assert not run["again"].changed
    assert value(primary, SCOPE) == "V1"
