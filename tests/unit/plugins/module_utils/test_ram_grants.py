# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grants of registries in Alibaba Cloud: what both sides' roles get."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._grants import read_grants
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.dialect import RAM
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import check_statements
from ansible_collections.crossaccount.registry.plugins.module_utils._ram_grants import RoleDocuments, ram_role_documents, read_ram_grants

A, B, C = "1609982529000001", "1298452580000001", "1777777777000001"
GRANT: dict[str, Any] = {
    "name": "payments",
    "registry": {"alicloud_account": B, "region": "cn-hangzhou", "instance_id": "cri-b", "role": "role-acr"},
    "repositories": ["payments/*"],
    "access": "pull",
    "to": [{"account": A, "roles": ["role-assume"]}],
}
AWS: dict[str, Any] = {
    "name": "payments",
    "registry": {"account": "111122223333", "regions": ["eu-west-1"]},
    "repositories": ["payments/*"],
    "access": "pull",
    "to": [{"account": "444455556666"}],
}
BY_ECI = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["eci.aliyuncs.com"]}}
LOGIN = {"Effect": "Allow", "Action": ["cr:GetAuthorizationToken", "cr:ListInstanceEndpoint"], "Resource": ["*"]}


def pull(*resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": ["cr:PullRepository"], "Resource": [f"acs:cr:cn-hangzhou:{B}:{one}" for one in resources]}


def documents(account: str, *grants: dict[str, Any]) -> dict[str, RoleDocuments]:
    return ram_role_documents(read_ram_grants(list(grants)), account)


def changed(**fields: Any) -> dict[str, Any]:
    """The grant with other fields; None takes one away. C(registry) is changed field by field."""
    grant = copy.deepcopy({**GRANT, **{key: value for key, value in fields.items() if key != "registry"}})
    grant["registry"].update(fields.get("registry", {}))
    return grant


def test_two_accounts() -> None:
    """The chain of the documentation, with precise trust and no more than a pull needs."""
    assert documents(A, GRANT) == {
        "role-assume": RoleDocuments(
            [BY_ECI], [{"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": [f"acs:ram::{B}:role/role-acr"]}]
        )
    }
    trusts = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{A}:role/role-assume"]}}
    assert documents(B, GRANT) == {"role-acr": RoleDocuments([trusts], [LOGIN, pull("instance/cri-b", "repository/cri-b/payments/*")])}
    assert documents(C, GRANT) == {}


def test_the_login_is_allowed_on_everything() -> None:
    """RAM checks it against C(*): on the ARN of the instance it would never be allowed."""
    login, pulled = documents(B, GRANT)["role-acr"].policy
    assert login["Resource"] == ["*"]
    assert "cr:GetAuthorizationToken" in login["Action"]
    assert "*" not in pulled["Resource"]


def test_one_account() -> None:
    """The role that the service assumes pulls by itself."""
    same = changed(to=[{"account": B, "roles": ["eci-pull"]}])
    assert documents(B, same) == {"eci-pull": RoleDocuments([BY_ECI], [LOGIN, pull("instance/cri-b", "repository/cri-b/payments/*")])}


def test_grants_that_share_roles_share_their_documents() -> None:
    second = changed(
        name="base", repositories=["base/python"], to=[{"account": A, "roles": ["role-assume"]}, {"account": C, "roles": ["x"]}]
    )
    found = documents(B, GRANT, second)["role-acr"]
    assert [one["Principal"]["RAM"] for one in found.trust] == [[f"acs:ram::{A}:role/role-assume"], [f"acs:ram::{C}:role/x"]]
    assert found.policy == [LOGIN, pull("instance/cri-b", "repository/cri-b/base/python", "repository/cri-b/payments/*")]
    assert len(documents(A, GRANT, second)["role-assume"].policy) == 1


def test_the_role_has_a_name_of_its_own_by_default() -> None:
    assert list(documents(B, changed(name="pay_roll", registry={"role": None}))) == ["registry-pay-roll"]


def test_names_of_roles_are_the_same_in_any_case() -> None:
    """RAM would take two spellings for one role, whose policy would be written twice, and differently."""
    second = changed(
        name="base", registry={"role": "ROLE-ACR"}, repositories=["base/*"], to=[{"account": A, "roles": ["Role-Assume", "role-assume"]}]
    )
    assert list(documents(A, GRANT, second)) == ["role-assume"]
    (name,) = documents(B, GRANT, second)
    assert name == "role-acr"
    assert documents(B, GRANT, second)[name].policy == [
        LOGIN,
        pull("instance/cri-b", "repository/cri-b/base/*", "repository/cri-b/payments/*"),
    ]
    (grant,) = read_ram_grants([second])
    assert grant.workloads == ((A, "Role-Assume"),)


def test_no_role_is_shared_by_accident() -> None:
    """Whoever may assume it would pull what the other grant is about."""
    first, second = changed(name="pay_roll", registry={"role": None}), changed(name="pay-roll", registry={"role": None})
    with pytest.raises(RegistryError, match="grant 'pay-roll': its role would be registry-pay-roll, that of the grant 'pay_roll'; give"):
        read_ram_grants([first, second])
    assert len(read_ram_grants([first, changed(name="pay-roll", registry={"role": "registry-pay-roll"})])) == 2


def test_one_declaration_has_grants_of_both_clouds() -> None:
    assert [grant.account for grant in read_grants([AWS, GRANT])] == ["111122223333"]
    assert [grant.account for grant in read_ram_grants([AWS, GRANT])] == [B]
    filled = {**AWS, "registry": {**AWS["registry"], "alicloud_account": None, "region": None, "instance_id": None, "role": None}}
    assert read_grants([filled]) == read_grants([AWS])
    assert documents(B, {**GRANT, "scope": None, "principals_as": None}) == documents(B, GRANT)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "level": (changed(access="push"), "grant 'payments': access is 'push'; with a registry in Alibaba Cloud it is pull"),
    "number": (
        changed(registry={"alicloud_account": 1298452580000001}),
        "grant 'payments': registry.alicloud_account is 1298452580000001;",
    ),
    "region": (changed(registry={"region": None}), "grant 'payments': registry.region is None; write for example cn-hangzhou"),
    "instance": (changed(registry={"instance_id": "*"}), "grant 'payments': registry.instance_id is '*'; write for example cri-"),
    "field of AWS": (changed(registry={"regions": ["cn-hangzhou"]}), "grant 'payments': registry: unknown field regions"),
    "scope": (changed(scope="registry"), "grant 'payments': unknown field scope"),
    "namespace": (changed(repositories=["web"]), "grant 'payments': repositories: 'web' has no namespace; write NAMESPACE/NAME"),
    "tag": (changed(repositories=["tag:team=a"]), "grant 'payments': repositories: 'tag:team=a' selects by tag, which RAM cannot"),
    "host": (changed(repositories=["x.cn-hangzhou.cr.aliyuncs.com/a:1"]), "grant 'payments': repositories: 'x.cn-hangzhou"),
    "nobody": (changed(to=[]), "grant 'payments': to must be a list of accounts with the roles"),
    "whole account": (changed(to=[{"account": A}]), "grant 'payments': to[0]: roles must be a list of texts"),
    "text": (changed(to=[A]), "grant 'payments': to[0] is no mapping"),
    "organization": (
        changed(to=[{"organization": "o-x", "account": A, "roles": ["a"]}]),
        "grant 'payments': to[0]: unknown field organization",
    ),
    "role": (changed(to=[{"account": A, "roles": [f"acs:ram::{A}:role/a"]}]), "grant 'payments': to[0]: roles: 'acs:ram::"),
    "name": (changed(name="a b"), "grant 'a b': name must be letters, digits, - and _"),
}


@pytest.mark.parametrize(("grant", "problem"), BAD.values(), ids=BAD)
def test_refusals(grant: dict[str, Any], problem: str) -> None:
    with pytest.raises(RegistryError) as refused:
        read_ram_grants([grant])
    assert str(refused.value).startswith(problem)


def test_what_is_no_declaration() -> None:
    with pytest.raises(RegistryError, match="grants must be a list of grants, not str"):
        read_ram_grants("x")
    with pytest.raises(RegistryError, match="the name is used twice"):
        read_ram_grants([GRANT, GRANT])


workloads = st.lists(
    st.builds(lambda account, role: {"account": account, "roles": [role]}, st.sampled_from([A, B, C]), st.sampled_from("xyz")),
    min_size=1,
    max_size=3,
)
declarations = st.lists(
    st.builds(
        lambda owner, role, to: changed(registry={"alicloud_account": owner, "role": role}, to=to),
        st.sampled_from([A, B]),
        st.sampled_from(["r", "s"]),
        workloads,
    ),
    min_size=1,
    max_size=3,
)


@hypothesis_settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(declarations)
def test_both_sides_fit_together(declared: list[dict[str, Any]]) -> None:
    """Who may assume a role is trusted by it, and the other way round; every document is one that RAM takes."""
    grants = [{**grant, "name": f"g{at}"} for at, grant in enumerate(declared)]
    by_account = {account: documents(account, *grants) for account in (A, B, C)}
    assumes, trusts = set(), set()
    for account, roles in by_account.items():
        for role, found in roles.items():
            assert list(check_statements(found.trust, RAM)) == list(found.trust)
            assert list(check_statements(found.policy, RAM)) == list(found.policy)
            assert found.trust
            assert found.policy
            own = f"acs:ram::{account}:role/{role}"
            assumes |= {(own, arn) for one in found.policy if one["Action"] == ["sts:AssumeRole"] for arn in one["Resource"]}
            trusts |= {(arn, own) for one in found.trust for arn in one["Principal"].get("RAM", ())}
    assert assumes == trusts
