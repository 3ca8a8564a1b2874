# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who pulls which image: every link of the chain between two accounts, when it is there and when it is missing."""

from __future__ import annotations

import typing as t

import pytest

from tests.lab.alicloud import AlibabaCloud
from tests.lab.alicloud.account import Account
from tests.lab.alicloud.eci_pull import parse_image

from .helpers import OWNS, REGION, RUNS, allow, deny, document, role_arn, trust

HOST, VPC_HOST, DOMAIN = (
    "shared-registry.cn-hangzhou.cr.aliyuncs.com",
    "shared-registry-vpc.cn-hangzhou.cr.aliyuncs.com",
    "registry.example.com",
)
SERVICE_ROLE, USER_ROLE = role_arn(RUNS, "role-assume"), role_arn(OWNS, "role-acr")
BOTH = {"ArnService": SERVICE_ROLE, "ArnUser": USER_ROLE}
INSTANCE = f"acs:cr:{REGION}:{OWNS}:instance/cri-b"
LEAST = document(
    allow(["cr:GetAuthorizationToken", "cr:ListInstanceEndpoint"]),
    allow(["cr:PullRepository"], [INSTANCE, f"acs:cr:{REGION}:{OWNS}:repository/cri-b/apps/*"]),
)
DOCUMENTED = document(allow(["cr:Get*", "cr:List*"]), allow(["cr:Pull*"], [INSTANCE]))


class World:
    """Two accounts between which everything is set up as the documentation says; tests take things away."""

    def __init__(self, cloud: AlibabaCloud) -> None:
        self.cloud = cloud
        self.runs, self.owns = cloud.account(RUNS), cloud.account(OWNS)
        self.runs.add_vswitch("vsw-a", "vpc-a", nat_ip="47.1.2.3")
        self.instance = self.owns.add_instance("cri-b", "shared", images=["apps/web:1.0"])
        self.instance.open_internet("47.1.2.0/24")
        self.role(self.runs, "role-assume", trust(Service=["eci.aliyuncs.com"]), "AliyunSTSAssumeRoleAccess")
        self.role(self.owns, "role-acr", trust(RAM=[SERVICE_ROLE]), "AliyunContainerRegistryReadOnlyAccess")

    @staticmethod
    def role(account: Account, name: str, trusts: str, policy: str) -> None:
        """A role with a system policy."""
        account.call("ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trusts)
        account.call("ram", "AttachPolicyToRole", RoleName=name, PolicyType="System", PolicyName=policy)

    @staticmethod
    def permit(account: Account, name: str, text: str) -> None:
        """Only this custom policy for a role."""
        account.roles[name].attached.clear()
        account.call("ram", "CreatePolicy", PolicyName=f"only-{name}", PolicyDocument=text)
        account.call("ram", "AttachPolicyToRole", RoleName=name, PolicyType="Custom", PolicyName=f"only-{name}")

    def run(self, image: str, *registries: dict[str, t.Any], account: Account | None = None, **more: t.Any) -> str:
        """The status of a new group after a while; for one that cannot pull, the cause."""
        account = account or self.runs
        given: dict[str, t.Any] = {"RegionId": REGION, "VSwitchId": "vsw-a", "AcrRegistryInfo": list(registries), **more}
        made = account.call("eci", "CreateContainerGroup", ContainerGroupName="web", Container=[{"Name": "web", "Image": image}], **given)
        for _unused in range(2):
            found = self.shown(account, made["ContainerGroupId"])
        failure = account.groups[made["ContainerGroupId"]].failure
        assert (found["Status"] == "Running") == (failure is None)
        return failure.cause if failure else str(found["Status"])

    @staticmethod
    def shown(account: Account, group: str) -> dict[str, t.Any]:
        found = account.call("eci", "DescribeContainerGroups", RegionId=REGION, ContainerGroupIds=f'["{group}"]')
        return t.cast("dict[str, t.Any]", found["ContainerGroups"][0])


@pytest.fixture
def world(cloud: AlibabaCloud) -> World:
    return World(cloud)


def test_two_accounts(world: World) -> None:
    assert world.run(f"{HOST}/apps/web:1.0", BOTH) == "Running"
    assert world.run(f"{HOST}/apps/web:1.0", {**BOTH, "InstanceId": "cri-b", "RegionId": REGION, "Domain": [HOST]}) == "Running"


@pytest.mark.parametrize("text", [LEAST, DOCUMENTED])
def test_least_privilege(world: World, text: str) -> None:
    world.permit(world.owns, "role-acr", text)
    world.permit(world.runs, "role-assume", document(allow("sts:AssumeRole", USER_ROLE)))
    assert world.run(f"{HOST}/apps/web:1.0", BOTH) == "Running"


@pytest.mark.parametrize(
    ("registries", "cause"),
    [
        ([], "login"),
        ([{"ArnService": SERVICE_ROLE}], "login"),
        ([{"ArnUser": USER_ROLE}], "login"),
        ([{**BOTH, "InstanceId": "cri-other"}], "login"),
        ([{**BOTH, "Domain": ["other.example.com"]}], "login"),
        ([{**BOTH, "RegionId": "cn-beijing", "InstanceId": "cri-b"}], "login"),
        ([{**BOTH, "ArnService": role_arn(RUNS, "none")}], "missing role"),
        ([{**BOTH, "ArnUser": role_arn(OWNS, "none")}], "missing role"),
        ([{**BOTH, "ArnService": "role-assume"}], "assume role"),
        ([{"ArnService": USER_ROLE, "ArnUser": SERVICE_ROLE}], "assume role"),
    ],
)
def test_wrong_registry_info(world: World, registries: list[dict[str, t.Any]], cause: str) -> None:
    assert world.run(f"{HOST}/apps/web:1.0", *registries) == cause


def break_service_trust(world: World) -> None:
    world.runs.roles["role-assume"].trust = trust(Service=["ecs.aliyuncs.com"])


def break_user_trust(world: World) -> None:
    world.owns.roles["role-acr"].trust = trust(RAM=[f"acs:ram::{RUNS}:user/admin"])


def narrow_to_another_role(world: World) -> None:
    world.permit(world.runs, "role-assume", document(allow("sts:AssumeRole", role_arn(OWNS, "other"))))


def forget_the_token(world: World) -> None:
    world.permit(world.owns, "role-acr", document(allow("cr:*", INSTANCE)))


def forget_the_pull(world: World) -> None:
    world.permit(world.owns, "role-acr", document(allow(["cr:Get*", "cr:List*"])))


def another_namespace(world: World) -> None:
    pulls = allow("cr:PullRepository", f"acs:cr:{REGION}:{OWNS}:repository/cri-b/other/*")
    world.permit(world.owns, "role-acr", document(allow(["cr:Get*", "cr:List*"]), pulls))


def deny_the_pull(world: World) -> None:
    world.permit(world.owns, "role-acr", document(allow(), deny("cr:Pull*", INSTANCE)))


@pytest.mark.parametrize(
    ("take", "cause"),
    [
        (break_service_trust, "assume role"),
        (lambda world: world.runs.roles["role-assume"].attached.clear(), "assume role"),
        (narrow_to_another_role, "assume role"),
        (break_user_trust, "assume role"),
        (lambda world: world.owns.roles["role-acr"].attached.clear(), "permission"),
        (forget_the_token, "permission"),
        (forget_the_pull, "permission"),
        (another_namespace, "permission"),
        (deny_the_pull, "permission"),
        (lambda world: world.instance.open_internet("47.9.0.0/16"), "endpoint"),
        (lambda world: world.instance.close_internet(), "endpoint"),
        (lambda world: world.instance.images.clear(), "image"),
        (lambda world: setattr(world.instance, "status", "STOPPED"), "endpoint"),
    ],
)
def test_missing_links(world: World, take: t.Callable[[World], t.Any], cause: str) -> None:
    take(world)
    assert world.run(f"{HOST}/apps/web:1.0", BOTH) == cause


def test_what_users_see(world: World) -> None:
    break_user_trust(world)
    image = f"{HOST}/apps/web:1.0"
    assert world.run(image, BOTH) == "assume role"
    (group,) = world.runs.groups
    found = world.shown(world.runs, group)
    assert found["Status"] == "Pending"
    words = (
        f"AssumeRole {USER_ROLE} by acs:ram::{RUNS}:assumed-role/role-assume/eci: NoPermission: You are not authorized to do this action."
    )
    assert [event["Reason"] for event in found["Events"]] == ["Pulling", "Failed", "Failed", "BackOff"]
    assert words in found["Events"][1]["Message"]
    assert found["Events"][1]["Count"] == 2
    state = found["Containers"][0]["CurrentState"]
    assert (state["State"], state["Reason"]) == ("Waiting", "ErrImagePull")
    assert "AcrRegistryInfo" not in str(found)
    # Its pull is tried again: what was missing may come.
    world.owns.roles["role-acr"].trust = trust(RAM=[f"acs:ram::{RUNS}:root"])
    assert world.shown(world.runs, group)["Status"] == "Running"


def test_a_group_fails_after_hours(world: World) -> None:
    assert world.run(f"{HOST}/apps/web:1.0") == "login"
    (group,) = world.runs.groups
    world.cloud.advance(4 * 3600 + 1)
    assert world.shown(world.runs, group)["Status"] == "Failed"


def test_a_fresh_role_fails_at_first(world: World) -> None:
    del world.owns.roles["role-acr"]
    world.cloud.set_faults({"profile": "eventual-consistency", "seconds": 600})
    world.role(world.owns, "role-acr", trust(RAM=[SERVICE_ROLE]), "AliyunContainerRegistryReadOnlyAccess")
    assert world.run(f"{HOST}/apps/web:1.0", BOTH) == "missing role"
    world.cloud.advance(601)
    assert world.run(f"{HOST}/apps/web:1.0", BOTH) == "Running"


def test_one_account(world: World) -> None:
    world.owns.add_vswitch("vsw-b", "vpc-b", nat_ip="47.1.2.9")
    mine = {"account": world.owns, "VSwitchId": "vsw-b"}
    image, arn = f"{HOST}/apps/web:1.0", role_arn(OWNS, "narrow")
    assert world.run(image, **mine) == "Running"
    assert "aliyunserviceroleforeci" in world.owns.roles
    world.role(world.owns, "narrow", trust(Service=["eci.aliyuncs.com"]), "AliyunECIReadOnlyAccess")
    assert world.run(image, {"ArnService": arn}, **mine) == "permission"
    world.permit(world.owns, "narrow", DOCUMENTED)
    assert world.run(image, {"ArnService": arn}, **mine) == "Running"
    world.owns.roles["narrow"].trust = trust(Service=["ecs.aliyuncs.com"])
    assert world.run(image, {"ArnService": arn}, **mine) == "assume role"


def test_customized_domains(world: World) -> None:
    world.owns.add_vswitch("vsw-b", "vpc-b", nat_ip="47.1.2.9")
    world.owns.add_vswitch("vsw-far", "vpc-far", nat_ip="47.1.2.9", region="cn-beijing")
    world.instance.add_domain(DOMAIN)
    mine, image = {"account": world.owns, "VSwitchId": "vsw-b"}, f"{DOMAIN}/apps/web:1.0"
    assert world.run(image, **mine) == "login"
    assert world.run(image, {"InstanceId": "cri-b"}, **mine) == "Running"
    assert world.run(image, BOTH) == "login"
    assert world.run(image, {**BOTH, "InstanceId": "cri-b"}) == "Running"
    far = {"RegionId": "cn-beijing", "VSwitchId": "vsw-far"}
    for entry, expected in (({"InstanceId": "cri-b"}, "login"), ({"InstanceId": "cri-b", "RegionId": REGION}, "Running")):
        given = {"Container": [{"Name": "web", "Image": image}], "ContainerGroupName": "far", "AcrRegistryInfo": [entry], **far}
        made = world.owns.call("eci", "CreateContainerGroup", **given)["ContainerGroupId"]
        for _unused in range(2):
            world.owns.call("eci", "DescribeContainerGroups", RegionId="cn-beijing")
        failure = world.owns.groups[made].failure
        assert (failure.cause if failure else "Running") == expected


def test_networks(world: World) -> None:
    runs, instance = world.runs, world.instance
    runs.add_vswitch("vsw-dark", "vpc-dark")
    runs.add_vswitch("vsw-peer", "vpc-peer", peers=["vpc-b"])
    runs.add_eip("eip-1", "47.1.2.77")
    dark = {"VSwitchId": "vsw-dark"}
    public, private = f"{HOST}/apps/web:1.0", f"{VPC_HOST}/apps/web:1.0"
    assert world.run(public, BOTH, **dark) == "endpoint"
    assert world.run(public, BOTH, **dark, EipInstanceId="eip-1") == "Running"
    assert world.run(public, BOTH, **dark, AutoCreateEip=True) == "endpoint"  # an address that is not in the list
    instance.open_internet("0.0.0.0/0")
    assert world.run(public, BOTH, **dark, AutoCreateEip=True) == "Running"
    assert world.run(private, BOTH, VSwitchId="vsw-peer") == "endpoint"
    instance.link_vpc("vpc-b", "vsw-b")
    assert world.run(private, BOTH, VSwitchId="vsw-peer") == "Running"
    assert world.run(private, BOTH) == "endpoint"
    instance.add_domain(DOMAIN)
    assert world.run(f"{DOMAIN}/apps/web:1.0", {**BOTH, "InstanceId": "cri-b"}, VSwitchId="vsw-peer") == "Running"


def test_logins_of_the_registry_itself(world: World) -> None:
    made = world.owns.call("cr", "GetAuthorizationToken", InstanceId="cri-b")
    login = {"Server": HOST, "UserName": made["TempUsername"], "Password": made["AuthorizationToken"]}
    assert world.run(f"{HOST}/apps/web:1.0", ImageRegistryCredential=[login]) == "Running"
    assert world.run(f"{HOST}/apps/web:1.0", ImageRegistryCredential=[{**login, "Password": "x"}]) == "login"
    world.cloud.advance(3601)
    assert world.run(f"{HOST}/apps/web:1.0", ImageRegistryCredential=[login]) == "login"


def test_personal_edition(world: World) -> None:
    world.owns.add_personal_registry(images=["team/app:1"])
    image = "registry.cn-hangzhou.aliyuncs.com/team/app:1"
    assert world.run(image) == "login"
    assert world.run(image, BOTH) == "Running"
    assert world.run(image.replace("registry.", "registry-vpc."), BOTH) == "Running"
    world.owns.add_vswitch("vsw-b", "vpc-b", nat_ip="47.1.2.9")
    assert world.run(image, account=world.owns, VSwitchId="vsw-b") == "Running"


@pytest.mark.parametrize(
    ("image", "outcome"),
    [
        ("nginx", "Running"),
        ("registry-vpc.cn-hangzhou.aliyuncs.com/eci_open/nginx:1", "Running"),
        ("registry.cn-hangzhou.aliyuncs.com/private/nginx:1", "image"),
        ("registry.example.org/nginx:1", "host"),
    ],
)
def test_registries_elsewhere(world: World, image: str, outcome: str) -> None:
    assert world.run(image) == outcome


def test_names_of_images() -> None:
    assert parse_image("h.example.com:5000/a/b:1").path == "a/b:1"
    assert parse_image("h.example.com/a/b@sha256:1").path == "a/b@sha256:1"
    assert (parse_image("library/nginx").host, parse_image("nginx").path) == ("", "nginx:latest")
