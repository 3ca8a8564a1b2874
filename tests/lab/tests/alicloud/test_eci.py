# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Container groups and image caches: states over time, idempotency, filters, what is refused."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.lab.alicloud import AlibabaCloud
from tests.lab.alicloud.account import Account

from .helpers import REGION, RUNS, allow, code_of, document, send, trust

GROUP: dict[str, t.Any] = {
    "RegionId": REGION,
    "ContainerGroupName": "web",
    "Container": [{"Name": "c", "Image": "nginx"}],
    "VSwitchId": "vsw-a",
}
CACHE: dict[str, t.Any] = {"RegionId": REGION, "ImageCacheName": "web", "Image": ["nginx"], "VSwitchId": "vsw-a"}


@pytest.fixture
def account(cloud: AlibabaCloud) -> Account:
    found = cloud.account(RUNS)
    found.add_vswitch("vsw-a", "vpc-a", nat_ip="47.1.2.3")
    found.add_security_group("sg-a", "vpc-a")
    return found


def create(account: Account, **changes: t.Any) -> str:
    return str(account.call("eci", "CreateContainerGroup", **{**GROUP, **changes})["ContainerGroupId"])


def groups(account: Account, **filters: t.Any) -> list[dict[str, t.Any]]:
    found = account.call("eci", "DescribeContainerGroups", **{"RegionId": REGION, **filters})
    return t.cast("list[dict[str, t.Any]]", found["ContainerGroups"])


def states(account: Account, times: int = 2) -> list[list[str]]:
    return [[group["Status"] for group in groups(account)] for _unused in range(times)]


def create_cache(account: Account, **changes: t.Any) -> str:
    return str(account.call("eci", "CreateImageCache", **{**CACHE, **changes})["ImageCacheId"])


def caches(account: Account, **filters: t.Any) -> list[dict[str, t.Any]]:
    found = account.call("eci", "DescribeImageCaches", **{"RegionId": REGION, **filters})
    return t.cast("list[dict[str, t.Any]]", found["ImageCaches"])


def cache_states(account: Account, times: int = 3) -> list[tuple[str, str]]:
    found = [caches(account)[0] for _unused in range(times)]
    return [(cache["Status"], cache["Progress"]) for cache in found]


def test_states_of_a_group(cloud: AlibabaCloud, account: Account) -> None:
    cloud.delays.group = 30
    group = create(account, SecurityGroupId="sg-a", Tag=[{"Key": "a", "Value": "b"}], Cpu=1, Memory=2)
    assert states(account) == [["Scheduling"], ["Scheduling"]]
    cloud.advance(31)
    assert states(account) == [["Running"], ["Running"]]
    (found,) = groups(account)
    assert (found["ContainerGroupId"], found["Tags"], found["Cpu"]) == (group, [{"Key": "a", "Value": "b"}], 1.0)
    assert (found["VpcId"], found["Containers"][0]["CurrentState"]["State"]) == ("vpc-a", "Running")
    account.call("eci", "DeleteContainerGroup", RegionId=REGION, ContainerGroupId=group)
    assert states(account) == [["Terminating"], []]
    gone = {"RegionId": REGION, "ContainerGroupId": group}
    assert code_of(account.call, "eci", "DeleteContainerGroup", **gone) == (404, "ContainerGroupNotFound")


def test_jobs_end(account: Account) -> None:
    for name, command in (("good", ["true"]), ("bad", ["false"])):
        create(account, ContainerGroupName=name, RestartPolicy="Never", Container=[{"Name": "c", "Image": "nginx", "Command": command}])
    assert states(account)[-1] == ["Succeeded", "Failed"]
    assert [group["Containers"][0]["CurrentState"]["ExitCode"] for group in groups(account)] == [0, 1]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"DryRun": "true"}, 400, "DryRunOperation"),
        ({"RegionId": None}, 400, "MissingRegionId"),
        ({"ContainerGroupName": "Web"}, 400, "InvalidParameter.ContainerGroupName"),
        ({"Container": None}, 400, "MissingContainer"),
        ({"Container": [{"Name": "c"}]}, 400, "MissingContainer.Image"),
        ({"Container": [{"Name": "c", "Image": "a"}, {"Name": "c", "Image": "b"}]}, 400, "InvalidParameter.DuplicatedName"),
        ({"RestartPolicy": "Sometimes"}, 400, "InvalidParameter.RestartPolicy"),
        ({"VSwitchId": "vsw-none"}, 404, "InvalidVSwitchId.NotFound"),
        ({"VSwitchId": ",".join(["vsw-a"] * 11)}, 400, "InvalidParameter.VSwitchId"),
        ({"SecurityGroupId": "sg-b"}, 403, "OperationDenied.SecurityGroupMisMatch"),
        ({"SecurityGroupId": "sg-none"}, 404, "InvalidSecurityGroupId.NotFound"),
        ({"EipInstanceId": "eip-none"}, 404, "InvalidEipInstanceId.NotFound"),
        ({"ImageSnapshotId": "imc-none"}, 404, "ImageSnapshot.NotFound"),
        ({"RamRoleName": "none"}, 403, "NoPermission"),
        ({"Tag": [{"Key": f"k{number}"} for number in range(21)]}, 403, "QuotaExceeded"),
        ({"ClientToken": "x" * 65}, 400, "InvalidParameter.ClientToken"),
        ({"AutoCreateEip": "True"}, 400, "InvalidParameter"),
        ({"AcrRegistryInfo": "x"}, 400, "InvalidParameter"),
    ],
)
def test_refusals(account: Account, changes: dict[str, t.Any], status: int, code: str) -> None:
    account.add_security_group("sg-b", "vpc-b")
    assert code_of(create, account, **changes) == (status, code)
    assert account.groups == {}


def test_client_tokens(account: Account) -> None:
    first = create(account, ClientToken="t")
    assert create(account, ClientToken="t") == first
    assert code_of(create, account, ClientToken="t", ContainerGroupName="other") == (400, "IdempotentParameterMismatch")
    account.call("eci", "DeleteContainerGroup", RegionId=REGION, ContainerGroupId=first)
    states(account)
    assert create(account, ClientToken="t") == first  # of a group that is gone
    assert account.groups == {}
    assert code_of(create, account, ClientToken="u", DryRun="true") == (400, "DryRunOperation")
    assert create(account, ClientToken="u") != first
    account.add_vswitch("vsw-b", "vpc-b")
    assert create(account) != create(account)  # a name is not an identity


def test_filters_and_pages(account: Account) -> None:
    ids = [create(account, ContainerGroupName=f"g{number:02}", Tag=[{"Key": "n", "Value": str(number)}]) for number in range(25)]
    answer = account.call("eci", "DescribeContainerGroups", RegionId=REGION)
    assert (len(answer["ContainerGroups"]), answer["TotalCount"]) == (20, 25)
    assert len(groups(account, NextToken=answer["NextToken"])) == 5
    assert len(groups(account, Limit=3)) == 3
    assert code_of(groups, account, Limit=21) == (400, "InvalidParameter.Limit")
    assert code_of(groups, account, ContainerGroupIds="x") == (400, "InvalidParameter.ContainerGroupIds")
    assert [group["ContainerGroupId"] for group in groups(account, ContainerGroupIds=json.dumps(ids[3:5]))] == ids[3:5]
    assert [group["ContainerGroupName"] for group in groups(account, ContainerGroupName="g07")] == ["g07"]
    assert len(groups(account, Tag=[{"Key": "n", "Value": "7"}])) == 1
    assert groups(account, Status="Pending") == groups(account, RegionId="cn-beijing") == []
    assert "Events" not in groups(account, WithEvent=False)[0]


def test_updates(account: Account) -> None:
    group = create(account)
    update = {"RegionId": REGION, "ContainerGroupId": group}
    assert code_of(account.call, "eci", "UpdateContainerGroup", **update, Cpu=4) == (400, "IncorrectStatus")
    assert states(account)[-1] == ["Running"]
    account.call(
        "eci", "UpdateContainerGroup", **update, Cpu=4, Container=[{"Name": "c", "Image": "httpd"}], UpdateType="IncrementalUpdate"
    )
    assert states(account) == [["Updating"], ["Running"]]
    (found,) = groups(account)
    assert (found["Cpu"], found["Memory"], found["Containers"][0]["Image"]) == (4.0, 4.0, "httpd")
    secret = [{"InstanceId": "cri-1", "ArnService": "acs:ram::1:role/r"}]
    account.call("eci", "UpdateContainerGroup", **update, AcrRegistryInfo=secret)
    assert account.groups[group].registries == [{"InstanceId": "cri-1"}]


def test_permissions(account: Account) -> None:
    create(account)
    nobody = account.user("nobody")
    assert account.call("eci", "DescribeContainerGroups", key=nobody, RegionId=REGION)["ContainerGroups"] == []
    assert account.call("eci", "DescribeImageCaches", key=nobody, RegionId=REGION)["ImageCaches"] == []
    assert code_of(account.call, "eci", "CreateContainerGroup", key=nobody, **GROUP) == (403, "Forbidden.RAM")


def test_service_linked_role_and_passed_roles(account: Account) -> None:
    maker = account.user("maker", json.loads(document(allow("eci:*"))))
    assert code_of(account.call, "eci", "CreateContainerGroup", key=maker, **GROUP) == (403, "CreateServiceLinkedRole.Denied")
    create(account)
    account.call("eci", "CreateContainerGroup", key=maker, **GROUP)
    account.call("ram", "CreateRole", RoleName="inner", AssumeRolePolicyDocument=trust(Service="ecs.aliyuncs.com"))
    given = {**GROUP, "RamRoleName": "inner"}
    assert code_of(account.call, "eci", "CreateContainerGroup", key=maker, **given) == (403, "InvalidUser.PassRoleForbidden")
    create(account, RamRoleName="inner")


def test_states_of_a_cache(account: Account) -> None:
    cache = create_cache(account, ImageCacheSize=10, Tag=[{"Key": "a", "Value": "b"}], RetentionDays=7)
    (builder,) = groups(account)
    assert builder["ContainerGroupName"] == "imagecache-web"
    assert cache_states(account) == [("Creating", "50%"), ("Ready", "100%"), ("Ready", "100%")]
    (found,) = caches(account, ImageCacheId=cache)
    assert (found["ImageCacheSize"], found["Images"], found["ContainerGroupId"]) == (20, ["nginx"], builder["ContainerGroupId"])
    assert found["SnapshotId"]
    assert not set(found) & {"AcrRegistryInfo", "SecurityGroupId", "VSwitchId", "RetentionDays"}
    assert groups(account) == []  # what was in between is gone
    for filters, number in [({"Image": "nginx"}, 1), ({"Image": "x"}, 0), ({"MatchImage": ["nginx"]}, 1), ({"ImageCacheName": "x"}, 0)]:
        assert len(caches(account, **filters)) == number
    account.call("eci", "DeleteImageCache", RegionId=REGION, ImageCacheId=cache)
    assert caches(account) == []
    gone = {"RegionId": REGION, "ImageCacheId": cache}
    assert code_of(account.call, "eci", "DeleteImageCache", **gone) == (404, "ImageSnapshot.NotFound")


def test_a_cache_waits_for_a_network(cloud: AlibabaCloud, account: Account) -> None:
    account.add_vswitch("vsw-dark", "vpc-dark")
    create_cache(account, VSwitchId="vsw-dark")
    assert cache_states(account) == [("Preparing", "0%")] * 3
    cloud.advance(4 * 3600 + 1)
    assert cache_states(account, 1) == [("Failed", "0%")]


def test_a_cache_cannot_pull(cloud: AlibabaCloud, account: Account) -> None:
    create_cache(account, Image=["registry.example.org/private:1"])
    assert cache_states(account)[-1] == ("Creating", "50%")
    assert "no such host" in caches(account)[0]["Events"][1]["Message"]
    cloud.advance(4 * 3600 + 1)
    assert cache_states(account, 1)[0][0] == "Failed"
    cloud.advance(24 * 3600 + 1)
    assert caches(account) == []


def test_client_tokens_of_caches(account: Account) -> None:
    first = create_cache(account, ClientToken="t")
    assert create_cache(account, ClientToken="t") == first
    assert code_of(create_cache, account, ClientToken="t", Image=["httpd"]) == (400, "IdempotentParameterMismatch")
    assert list(account.caches) == [first]


def test_deleting_what_builds_a_cache_breaks_it(cloud: AlibabaCloud, account: Account) -> None:
    cloud.delays.cache = 60
    create_cache(account)
    (builder,) = groups(account)
    account.call("eci", "DeleteContainerGroup", RegionId=REGION, ContainerGroupId=builder["ContainerGroupId"])
    assert cache_states(account, 1)[0][0] == "Failed"


def test_updates_of_a_cache(account: Account) -> None:
    cache = create_cache(account)
    update = {"RegionId": REGION, "ImageCacheId": cache, "Image": ["nginx", "httpd"]}
    assert code_of(account.call, "eci", "UpdateImageCache", **update) == (400, "ImageSnapshot.IncorrectStatus")
    cache_states(account)
    account.call("eci", "UpdateImageCache", **update)
    assert [status for status, _progress in cache_states(account)] == ["Updating", "Ready", "Ready"]
    assert caches(account)[0]["Images"] == ["nginx", "httpd"]
    account.call("eci", "UpdateImageCache", **{**update, "Image": ["registry.example.org/x:1"]})
    cache_states(account)
    account.cloud.advance(4 * 3600 + 1)
    assert cache_states(account, 1)[0][0] == "UpdateFailed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Image": None}, "MissingImage"),
        ({"Image": ["x"] * 21}, "InvalidParameter.Image"),
        ({"AcrRegistryInfo": [{"ArnService": "acs:ram::1:role/r"}]}, "MissingAcrRegistryInfo.InstanceId"),
        ({"EliminationStrategy": "FIFO"}, "InvalidParameter.EliminationStrategy"),
        ({"ImageCacheName": "W"}, "InvalidParameter.ImageCacheName"),
    ],
)
def test_refusals_of_caches(account: Account, changes: dict[str, t.Any], code: str) -> None:
    assert code_of(create_cache, account, **changes) == (400, code)
    assert account.caches == account.groups == {}


def test_groups_from_caches(account: Account) -> None:
    cache = create_cache(account)
    assert code_of(create, account, ImageSnapshotId=cache) == (400, "ImageSnapshot.IncorrectStatus")
    cache_states(account)
    account.add_vswitch("vsw-dark", "vpc-dark")
    for changes in ({"ImageSnapshotId": cache}, {"AutoMatchImageCache": True}):
        create(account, VSwitchId="vsw-dark", **changes)
    create(account, VSwitchId="vsw-dark")
    assert states(account)[-1] == ["Running", "Running", "Pending"]


def test_the_real_client(cloud: AlibabaCloud, account: Account) -> None:
    flat = {
        "RegionId": REGION,
        "ContainerGroupName": "web",
        "Container.1.Name": "c",
        "Container.1.Image": "nginx",
        "Container.1.Command.1": "sleep",
        "Container.1.EnvironmentVar.1.Key": "K",
        "Container.1.EnvironmentVar.1.Value": "v",
        "VSwitchId": "vsw-a",
        "AcrRegistryInfo.1.InstanceId": "cri-1",
        "AcrRegistryInfo.1.Domain.1": "a.example.com",
        "ImageRegistryCredential.1.Server": "a.example.com",
        "ImageRegistryCredential.1.Password": "very secret",
    }
    made = send(cloud, account.key, "eci", "CreateContainerGroup", **flat)
    assert account.groups[made["ContainerGroupId"]].registries == [{"InstanceId": "cri-1", "Domain": ["a.example.com"]}]
    (container,) = groups(account)[0]["Containers"]
    assert (container["Commands"], container["EnvironmentVars"]) == (["sleep"], [{"Key": "K", "Value": "v"}])
    (entry,) = cloud.journal()
    assert (entry["ignored"], "very secret" in str(entry)) == ([], False)
