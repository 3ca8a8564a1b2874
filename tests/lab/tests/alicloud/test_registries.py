# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ACR Enterprise instances: endpoints that take a while, access lists, linked VPCs, tokens, domains."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.lab.alicloud import AlibabaCloud
from tests.lab.alicloud.account import Account

from .helpers import OWNS, REGION, allow, code_of, document, send

INTERNET = {"InstanceId": "cri-b", "EndpointType": "Internet"}
AUTOMATIC = {"Entry": "127.0.0.1/32", "Comment": "default"}


@pytest.fixture
def owner(cloud: AlibabaCloud) -> Account:
    account = cloud.account(OWNS)
    account.add_instance("cri-b", "shared", images=["apps/web:1.0"])
    return account


def endpoint(owner: Account) -> tuple[str, list[str]]:
    """The status of the public endpoint and its entries without the automatic one."""
    found = owner.call("cr", "GetInstanceEndpoint", **INTERNET)
    return found["Status"], [item["Entry"] for item in found["AclEntries"] if item != AUTOMATIC]


def enable(owner: Account, enabled: bool = True) -> None:
    owner.call("cr", "UpdateInstanceEndpointStatus", **INTERNET, Enable=enabled)


def test_refusals_are_answers_with_status_200(cloud: AlibabaCloud, owner: Account) -> None:
    found = send(cloud, owner.key, "cr", "GetInstance", InstanceId="cri-none")
    assert (found["IsSuccess"], found["Code"]) == (False, "INSTANCE_NOT_EXIST")
    assert cloud.journal()[-1]["error"] == "INSTANCE_NOT_EXIST"
    found = send(cloud, owner.key, "cr", "GetInstance", InstanceId="cri-b")
    assert (found["IsSuccess"], found["Code"], found["InstanceStatus"]) == (True, "success", "RUNNING")


def test_instances(cloud: AlibabaCloud, owner: Account) -> None:
    owner.add_instance("cri-c", "other", region="cn-beijing", status="STARTING")
    listed = owner.call("cr", "ListInstance", PageSize=1, PageNo=2)
    assert (listed["TotalCount"], [item["RegionId"] for item in listed["Instances"]]) == (2, ["cn-beijing"])
    assert len(owner.call("cr", "ListInstance", region=REGION)["Instances"]) == 1
    assert code_of(owner.call, "cr", "GetInstance", region="cn-beijing", InstanceId="cri-b") == (200, "INSTANCE_NOT_EXIST")
    assert code_of(owner.call, "cr", "GetAuthorizationToken", InstanceId="cri-c") == (200, "INSTANCE_STATUS_NOT_SUPPORT")
    assert code_of(cloud.account("1").call, "cr", "GetInstance", InstanceId="cri-b") == (200, "INSTANCE_NOT_EXIST")


def test_the_public_endpoint_takes_a_while(owner: Account) -> None:
    off = owner.call("cr", "GetInstanceEndpoint", **INTERNET)
    assert (off["Enable"], off["AclEntries"], off["Domains"]) == (False, [], [])
    assert code_of(owner.call, "cr", "CreateInstanceEndpointAclPolicy", **INTERNET, Entry="1.2.3.4") == (
        200,
        "INSTANCE_ENDPOINT_NOT_ENABLED",
    )
    enable(owner)
    found = owner.call("cr", "GetInstanceEndpoint", **INTERNET)
    assert (found["Enable"], found["Status"], found["AclEntries"]) == (True, "CREATING", [AUTOMATIC])
    assert found["Domains"] == [{"Domain": "shared-registry.cn-hangzhou.cr.aliyuncs.com", "Type": "SYSTEM"}]
    assert endpoint(owner)[0] == "RUNNING"
    enable(owner)
    assert endpoint(owner)[0] == "RUNNING"
    enable(owner, enabled=False)
    assert owner.call("cr", "GetInstanceEndpoint", **INTERNET)["Enable"] is False


def test_entries_are_dropped_while_creating(cloud: AlibabaCloud, owner: Account) -> None:
    cloud.delays.endpoint = 60
    enable(owner)
    answer = owner.call("cr", "CreateInstanceEndpointAclPolicy", **INTERNET, Entry="1.2.3.4/32")
    assert answer["IsSuccess"] is True
    cloud.advance(61)
    assert endpoint(owner) == ("CREATING", [])
    assert endpoint(owner) == ("RUNNING", [])
    owner.call("cr", "CreateInstanceEndpointAclPolicy", **INTERNET, Entry="1.2.3.4", Comment="office")
    assert endpoint(owner) == ("RUNNING", [])
    assert endpoint(owner) == ("RUNNING", ["1.2.3.4/32"])
    cloud.delays.acl = 30
    owner.call("cr", "CreateInstanceEndpointAclPolicy", **INTERNET, Entries=json.dumps([{"Entry": "10.1.2.3/8", "Comment": "c"}]))
    for _unused in range(3):
        assert endpoint(owner)[1] == ["1.2.3.4/32"]
    cloud.advance(31)
    assert endpoint(owner)[1] == ["1.2.3.4/32", "10.0.0.0/8"]
    owner.call("cr", "DeleteInstanceEndpointAclPolicy", **INTERNET, Entry="1.2.3.4/32")
    assert endpoint(owner)[1] == ["10.0.0.0/8"]


@pytest.mark.parametrize(
    ("name", "parameters", "code"),
    [
        ("CreateInstanceEndpointAclPolicy", {"Entry": "127.0.0.1"}, "ACL_ENTRY_ALREADY_EXIST"),
        ("CreateInstanceEndpointAclPolicy", {"Entry": "x"}, "PARAMETER_ERROR"),
        ("CreateInstanceEndpointAclPolicy", {"Entry": "1.2.3.4", "EndpointType": "VPC"}, "ENDPOINT_TYPE_NOT_SUPPORT"),
        ("DeleteInstanceEndpointAclPolicy", {"Entry": "1.2.3.4"}, "ACL_ENTRY_NOT_EXIST"),
        ("GetInstanceEndpoint", {"ModuleName": "Other"}, "PARAMETER_ERROR"),
        ("UpdateInstanceEndpointStatus", {"InstanceId": "cri-none", "Enable": "true"}, "INSTANCE_NOT_EXIST"),
    ],
)
def test_refusals_of_endpoints(owner: Account, name: str, parameters: dict[str, t.Any], code: str) -> None:
    owner.instances["cri-b"].open_internet()
    assert code_of(owner.call, "cr", name, **{**INTERNET, **parameters}) == (200, code)


def test_linked_vpcs(owner: Account) -> None:
    for number in range(1, 5):
        owner.add_vswitch(f"vsw-{number}", f"vpc-{number}")
    link = {"InstanceId": "cri-b", "VpcId": "vpc-1", "VswitchId": "vsw-1"}

    def states() -> list[tuple[str, str]]:
        found = owner.call("cr", "GetInstanceVpcEndpoint", InstanceId="cri-b")
        return [(item["VpcId"], item["Status"]) for item in found["LinkedVpcs"]]

    assert code_of(owner.call, "cr", "DeleteInstanceVpcEndpointLinkedVpc", **link) == (200, "INSTANCE_ACCESS_NOT_EXIST")
    owner.call("cr", "CreateInstanceVpcEndpointLinkedVpc", **link, EnableCreateDNSRecordInPvzt=True)
    assert [states(), states()] == [[("vpc-1", "CREATING")], [("vpc-1", "RUNNING")]]
    assert "aliyunserviceroleforcontainerregistryaccesscustomerprivatezone" in owner.roles
    assert code_of(owner.call, "cr", "CreateInstanceVpcEndpointLinkedVpc", **link) == (200, "INSTANCE_ACCESS_ALREADY_EXIST")
    wrong = {**link, "VswitchId": "vsw-2"}
    assert code_of(owner.call, "cr", "CreateInstanceVpcEndpointLinkedVpc", **wrong) == (200, "VPC_NOT_EXIST")
    for number in range(2, 4):
        owner.call("cr", "CreateInstanceVpcEndpointLinkedVpc", InstanceId="cri-b", VpcId=f"vpc-{number}", VswitchId=f"vsw-{number}")
    most = {"InstanceId": "cri-b", "VpcId": "vpc-4", "VswitchId": "vsw-4"}
    assert code_of(owner.call, "cr", "CreateInstanceVpcEndpointLinkedVpc", **most) == (200, "INSTANCE_ACCESS_LIMIT_EXCEEDED")
    owner.call("cr", "DeleteInstanceVpcEndpointLinkedVpc", **link)
    assert ("vpc-1", "DELETING") in states()
    assert "vpc-1" not in dict(states())
    assert code_of(owner.call, "cr", "DeleteInstanceVpcEndpointLinkedVpc", **link) == (200, "INSTANCE_ACCESS_NOT_EXIST")


def test_charts_are_reached_in_ways_of_their_own(owner: Account) -> None:
    """Images are not pulled by what is open for charts."""
    owner.add_vswitch("vsw-1", "vpc-1")
    owner.call("cr", "UpdateInstanceEndpointStatus", **INTERNET, ModuleName="Chart", Enable="true")
    owner.call("cr", "CreateInstanceVpcEndpointLinkedVpc", InstanceId="cri-b", ModuleName="Chart", VpcId="vpc-1", VswitchId="vsw-1")
    assert owner.call("cr", "GetInstanceEndpoint", **INTERNET, ModuleName="Chart")["Enable"] is True
    assert len(owner.call("cr", "GetInstanceVpcEndpoint", InstanceId="cri-b", ModuleName="Chart")["LinkedVpcs"]) == 1
    assert owner.call("cr", "GetInstanceEndpoint", **INTERNET)["Enable"] is False
    assert owner.call("cr", "GetInstanceVpcEndpoint", InstanceId="cri-b")["LinkedVpcs"] == []
    instance = owner.instances["cri-b"]
    assert instance.internet.running is None
    assert not instance.reached_from(frozenset({"vpc-1"}), owner.cloud.now() + 60)


def test_all_endpoints(owner: Account) -> None:
    owner.instances["cri-b"].open_internet("0.0.0.0/0")
    owner.instances["cri-b"].add_domain("registry.example.com")
    found = owner.call("cr", "ListInstanceEndpoint", InstanceId="cri-b")["Endpoints"]
    assert [item["EndpointType"] for item in found] == ["Internet", "VPC"]
    assert {"Domain": "registry.example.com", "Type": "USER"} in found[0]["Domains"]


def test_tokens_and_permissions(cloud: AlibabaCloud, owner: Account) -> None:
    made = owner.call("cr", "GetAuthorizationToken", InstanceId="cri-b", ExpiresInHours=2)
    assert made["ExpireTime"] == pytest.approx((cloud.cloud.now() + 7200) * 1000, abs=5000)
    assert code_of(owner.call, "cr", "GetAuthorizationToken", InstanceId="cri-b", ExpiresInHours=25)[0] == 400
    instance = f"acs:cr:{REGION}:{OWNS}:instance/cri-b"
    one = owner.user("one", json.loads(document(allow("cr:*", instance))))
    owner.call("cr", "GetInstanceEndpoint", key=one, **INTERNET)
    # It is authorized against every resource: a statement about the instance does not do.
    assert code_of(owner.call, "cr", "GetAuthorizationToken", key=one, InstanceId="cri-b") == (403, "NoPermission")
    everything = owner.user("all", json.loads(document(allow(["cr:Get*", "cr:List*"]))))
    owner.call("cr", "GetAuthorizationToken", key=everything, InstanceId="cri-b")
    assert code_of(owner.call, "cr", "UpdateInstanceEndpointStatus", key=everything, **INTERNET, Enable=True) == (403, "NoPermission")


def test_customized_domains(owner: Account) -> None:
    domain = {"InstanceId": "cri-b", "Domain": "registry.example.com"}
    assert code_of(owner.call, "cr", "GetInstanceCustomizedDomain", **domain) == (200, "DOMAIN_NOT_EXIST")
    owner.call("cr", "CreateInstanceCustomizedDomain", **domain, CertId="c-1")
    assert code_of(owner.call, "cr", "CreateInstanceCustomizedDomain", **domain, CertId="c-1") == (200, "DOMAIN_ALREADY_EXIST")
    owner.call("cr", "UpdateInstanceCustomizedDomain", **domain, CertId="c-2")
    assert owner.call("cr", "GetInstanceCustomizedDomain", **domain)["CertId"] == "c-2"
    owner.call("cr", "DeleteInstanceCustomizedDomain", **domain)
    assert owner.instances["cri-b"].domains == {}
