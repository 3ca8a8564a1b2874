# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module iam_oidc_provider: one provider, through its whole life."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import OTHER, PRIMARY, Account, Ansible, Journal
from tests.integration.tasks import done, shown, tasks, thrice
from tests.lab import Lab

MODULE = "iam_oidc_provider"
URL = "https://rh-oidc.s3.us-east-1.amazonaws.com/27bd6cg0vs7nn08mue83fbof94dj4m9a"
ARN = f"arn:aws:iam::{PRIMARY}:oidc-provider/{URL.removeprefix('https://')}"


@pytest.fixture
def issuer(primary: Account) -> str:
    """The issuer of an EKS cluster."""
    made = primary.client("eks").create_cluster(name="acs", roleArn=f"arn:aws:iam::{PRIMARY}:role/cluster", resourcesVpcConfig={})
    return str(made["cluster"]["identity"]["oidc"]["issuer"])


def provider(account: Account, arn: str = ARN) -> dict[str, Any]:
    found = account.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    return {"client_ids": found["ClientIDList"], "tags": {tag["Key"]: tag["Value"] for tag in found["Tags"]}}


def test_the_provider_of_an_eks_cluster(ansible: Ansible, primary: Account, issuer: str) -> None:
    result = thrice(ansible, MODULE, {"eks_cluster": "acs", "tags": {"team": "security"}})
    arn = f"arn:aws:iam::{PRIMARY}:oidc-provider/{issuer.removeprefix('https://')}"
    assert (result["arn"], result["issuer"]) == (arn, issuer)
    assert provider(primary, arn) == {"client_ids": ["sts.amazonaws.com"], "tags": {"team": "security"}}
    assert '"sts.amazonaws.com"' in shown(result)


def test_a_life(ansible: Ansible, primary: Account, journal: Journal) -> None:
    """What is not given stays; nothing goes that was not asked for; who trusts it is named before it goes."""
    run = tasks(
        ansible,
        MODULE,
        {
            "made": {"url": URL, "client_ids": ["openshift"], "tags": {"a": "1", "b": "2"}},
            "left alone": {"url": URL},
            "one more": {"url": URL, "client_ids": ["sts.amazonaws.com"], "tags": {"b": "3"}, "purge_tags": False},
            "exactly": {"url": URL, "client_ids": ["sts.amazonaws.com"], "purge_client_ids": True, "tags": {}},
            "thumbprint": {"url": URL, "thumbprints": ["A" * 40]},
        },
        "--diff",
    )
    assert [one.changed for one in run.results] == [True, False, True, True, True]
    assert [one["actions"][0]["settings_changed"] for one in run.results] == [
        ["client_ids", "tags"], [], ["client_ids", "tags"], ["client_ids", "tags"], ["thumbprints"],
    ]  # fmt: skip
    assert run["one more"]["actions"][0]["settings"]["client_ids"] == ["openshift", "sts.amazonaws.com"]
    assert run["one more"]["actions"][0]["settings"]["tags"] == {"a": "1", "b": "3"}
    assert provider(primary) == {"client_ids": ["sts.amazonaws.com"], "tags": {}}
    trusting = {"Effect": "Allow", "Principal": {"Federated": ARN}, "Action": "sts:AssumeRoleWithWebIdentity"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusting]})
    primary.client("iam").create_role(RoleName="central", Path="/acs/", AssumeRolePolicyDocument=trust)
    journal.clear()
    run = tasks(
        ansible,
        MODULE,
        {
            "trusted": {"url": URL, "state": "absent"},
            "forced": {"url": URL, "state": "absent", "force": True},
            "gone": {"url": URL, "state": "absent"},
        },
    )
    assert "roles trust it: central; nobody could assume them by it then" in run["trusted"].msg
    assert done(run["forced"]) == {URL.removeprefix("https://"): "deleted"}
    assert not run["gone"].changed
    assert journal.writes() == ["DeleteOpenIDConnectProvider"]


def test_what_is_refused(ansible: Ansible, journal: Journal) -> None:
    run = tasks(
        ansible,
        MODULE,
        {
            "plain": {"url": "http://example.com/id"},
            "port": {"url": "https://example.com:8443/id"},
            "scheme": {"url": "HTTPS://example.com/id"},
            "blank": {"url": ""},
            "line break": {"url": "https://example.com/id\n"},
            "other issuer": {"url": "https://aks.example.com/id/", "state": "absent"},
            "cluster": {"eks_cluster": "none"},
            "no name": {"eks_cluster": ""},
            "nothing": {},
            "empty": {"url": URL, "thumbprints": []},
            "colons": {"url": URL, "thumbprints": [":".join(["AA"] * 20)]},
            "audience": {"url": URL, "client_ids": [""]},
            "account": {"url": URL, "account_id": OTHER},
            "tag": {"url": URL, "tags": {"aws:team": "a"}},
        },
    )
    assert run["other issuer"]["arn"].endswith(":oidc-provider/aks.example.com/id/")
    for name in ("plain", "port", "scheme", "blank", "line break"):
        assert "begins with https://, has no port and no query" in run[name].msg
    assert f"there is no EKS cluster 'none' in this account and region ({PRIMARY} eu-west-1); look at" in run["cluster"].msg
    assert "'eks_cluster' is '', which is no name of an EKS cluster" in run["no name"].msg
    assert "one of the following is required: url, eks_cluster" in run["nothing"].msg
    assert "leave it out, then IAM finds out about them by itself" in run["empty"].msg
    assert "a thumbprint has 40 hexadecimal digits, without colons" in run["colons"].msg
    assert "an audience has 1 to 255 characters" in run["audience"].msg
    assert f"the credentials are those of account {PRIMARY}, but 'account_id' is {OTHER}" in run["account"].msg
    assert "begins with 'aws:', which AWS keeps for itself" in run["tag"].msg
    assert journal.writes() == []


def test_somebody_is_faster_and_the_service_in_trouble(lab: Lab, ansible: Ansible, primary: Account) -> None:
    """What somebody else creates at the same moment is no error, and is brought to what it shall be."""
    made = {"service": "iam", "operation": "CreateOpenIDConnectProvider", "parameters": {"Url": URL, "ClientIDList": ["openshift"]}}
    lab.write_concurrently("CreateOpenIDConnectProvider", write=made)
    lab.set_faults("throttling", {"profile": "eventual-consistency", "seconds": 1})
    run = tasks(ansible, MODULE, {"race": {"url": URL}, "again": {"url": URL, "client_ids": ["sts.amazonaws.com", "openshift"]}})
    lab.set_faults()
    assert not run["race"].failed, run["race"].msg
    assert not run["again"].failed, run["again"].msg
    assert sorted(provider(primary)["client_ids"]) == ["openshift", "sts.amazonaws.com"]
