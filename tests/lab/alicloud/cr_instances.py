# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ACR Enterprise instances to read, tokens, and customized domains."""

from __future__ import annotations

import hashlib
import typing as t

from .call import Call
from .cr_checks import SUCCESS, find_instance, module_name, named, running_instance
from .cr_state import Instance, Token
from .errors import Unsuccessful
from .operations import operation

USER = "cr_temp_user"


def _whole(instance: Instance) -> dict[str, t.Any]:
    return {
        "InstanceId": instance.id,
        "InstanceName": instance.name,
        "InstanceStatus": instance.status,
        "InstanceSpecification": "Enterprise_Basic",
        "CreateTime": int(instance.created * 1000),
        "ModifiedTime": int(instance.created * 1000),
        "ResourceGroupId": "rg-default",
    }


@operation("cr", "GetInstance", named)
def get_instance(call: Call) -> dict[str, t.Any]:
    return {**SUCCESS, **_whole(find_instance(call))}


@operation("cr", "ListInstance", lambda call: f"acs:cr:*:{call.caller.account}:instance/*")
def list_instance(call: Call) -> dict[str, t.Any]:
    number, size = call.parameters.number("PageNo", 1, 10_000, 1) or 1, call.parameters.number("PageSize", 1, 100, 30) or 30
    name, status = call.parameters.optional("InstanceName"), call.parameters.optional("InstanceStatus")
    call.parameters.optional("ResourceGroupId")
    found = [
        {**_whole(instance), "RegionId": instance.region}
        for instance in call.account.instances.values()
        if call.region in (None, instance.region) and name in (None, instance.name) and status in (None, instance.status)
    ]
    page = found[(number - 1) * size : number * size]
    return {**SUCCESS, "TotalCount": len(found), "PageNo": number, "PageSize": size, "Instances": page}


# Authorized against every resource: a statement about one instance does not allow it.
@operation("cr", "GetAuthorizationToken")
def get_authorization_token(call: Call) -> dict[str, t.Any]:
    instance = running_instance(call)
    hours = call.parameters.number("ExpiresInHours", 1, 24, 1) or 1
    password = hashlib.sha256(call.cloud.new_number("8").encode()).hexdigest()
    token = Token(USER, password, call.now + hours * 3600)
    instance.tokens.append(token)
    return {**SUCCESS, "TempUsername": USER, "AuthorizationToken": password, "ExpireTime": int(token.expires * 1000)}


def _domain(call: Call, instance: Instance) -> str:
    domain = call.parameters.text("Domain")
    if domain not in instance.domains:
        raise Unsuccessful("DOMAIN_NOT_EXIST", "domain is not exist")
    return domain


@operation("cr", "CreateInstanceCustomizedDomain", named, writes=True)
def create_customized_domain(call: Call) -> dict[str, t.Any]:
    instance, domain = running_instance(call), call.parameters.text("Domain")
    module_name(call)
    certificate = call.parameters.text("CertId")
    call.parameters.optional("CertRegionId")
    if domain in instance.domains:
        raise Unsuccessful("DOMAIN_ALREADY_EXIST", "domain already exists")
    instance.add_domain(domain, certificate)
    return dict(SUCCESS)


@operation("cr", "GetInstanceCustomizedDomain", named)
def get_customized_domain(call: Call) -> dict[str, t.Any]:
    instance = find_instance(call)
    domain = _domain(call, instance)
    return {**SUCCESS, "Domain": domain, "ModuleName": module_name(call), "CertId": instance.domains[domain], "Status": "RUNNING"}


@operation("cr", "UpdateInstanceCustomizedDomain", named, writes=True)
def update_customized_domain(call: Call) -> dict[str, t.Any]:
    instance = running_instance(call)
    module_name(call)
    call.parameters.optional("CertRegionId")
    instance.domains[_domain(call, instance)] = call.parameters.text("CertId")
    return dict(SUCCESS)


@operation("cr", "DeleteInstanceCustomizedDomain", named, writes=True)
def delete_customized_domain(call: Call) -> dict[str, t.Any]:
    instance = running_instance(call)
    module_name(call)
    del instance.domains[_domain(call, instance)]
    return dict(SUCCESS)
