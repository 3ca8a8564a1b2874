# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which actions on which resources a call needs, as the service authorization reference says."""

from __future__ import annotations

import typing as t

from . import iam_view
from .call import Call
from .documents import as_list


class Target(t.NamedTuple):
    """`resource` is what policies are matched against, `printed` what a denial says."""

    action: str
    resource: str
    printed: str


NO_PERMISSION_NEEDED = {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken"), ("sts", "GetAccessKeyInfo")}
# These decide for themselves, by the trust policy of the role.
OWN_DECISION = {("sts", "AssumeRole"), ("sts", "AssumeRoleWithWebIdentity"), ("sts", "AssumeRoleWithSAML")}

# Without a UserName these are about the user who asks.
ABOUT_ONESELF = {"GetUser", "CreateAccessKey", "ListAccessKeys", "DeleteAccessKey", "UpdateAccessKey"}

ECR_REGISTRY_WIDE = {
    "GetAuthorizationToken",
    "PutRegistryPolicy",
    "GetRegistryPolicy",
    "DeleteRegistryPolicy",
    "DescribeRegistry",
    "GetAccountSetting",
    "PutAccountSetting",
    "PutReplicationConfiguration",
    "GetRegistryScanningConfiguration",
    "PutRegistryScanningConfiguration",
}


def account_of(call: Call) -> str:
    """The account whose resources a call is about: the caller's own, unless an id or an ARN names another one."""
    parameters = call.parameters
    own = call.caller.account
    if call.service == "ecr":
        if parameters.get("registryId"):
            return str(parameters["registryId"])
        return _account_in(parameters.get("resourceArn"), own)
    if call.service == "secretsmanager":
        return _account_in(parameters.get("SecretId"), own)
    if call.service == "kms":
        from .kms_keys import named_key  # moto's KMS is loaded when it is used

        return _account_in(named_key(call), own)
    return own


def _account_in(arn: t.Any, default: str) -> str:
    fields = str(arn or "").split(":")
    return fields[4] if len(fields) > 5 and fields[0] == "arn" and len(fields[4]) == 12 and fields[4].isdigit() else default


def targets_of(call: Call) -> list[Target]:
    """Every (action, resource) pair that has to be allowed for a call."""
    if (call.service, call.operation) in NO_PERMISSION_NEEDED | OWN_DECISION:
        return []
    finders = {"ecr": _ecr, "iam": _iam, "secretsmanager": _secret, "kms": _kms, "ecs": _definition, "batch": _definition}
    finders |= {"organizations": _organization}
    finder = finders.get(call.service, _cluster if call.service in ("eks", "eks-auth") else None)
    if finder is not None:
        return finder(call)
    return [Target(f"{call.service}:{call.operation}", "*", "*")]


def _ecr(call: Call) -> list[Target]:
    parameters = call.parameters
    prefix = f"arn:{call.partition}:ecr:{call.region}:{call.account}:repository/"
    action = f"ecr:{call.operation}"
    if call.operation in ECR_REGISTRY_WIDE or "PullThroughCacheRule" in call.operation or "CreationTemplate" in call.operation:
        return [Target(action, "*", "*"), *_ecr_beside(call, prefix)]
    if parameters.get("resourceArn"):
        return [Target(action, parameters["resourceArn"], parameters["resourceArn"])]
    names = [parameters["repositoryName"]] if parameters.get("repositoryName") else as_list(parameters.get("repositoryNames") or ["*"])
    found = [Target(action, prefix + name, prefix + name) for name in names]
    if call.operation == "CreateRepository" and parameters.get("tags"):
        found.append(Target("ecr:TagResource", found[0].resource, found[0].printed))
    return found


def _ecr_beside(call: Call, repositories: str) -> list[Target]:
    """What a call needs beside its own action: to hand over a role, to make a service-linked one, and what a template does later."""
    from .ecr_service_roles import NEEDED_BY, is_there, linked_arn  # loaded when it is used

    kind = NEEDED_BY.get(call.operation)
    if kind is None:
        return []
    arns = {"iam:PassRole": call.parameters.get("customRoleArn")}
    if not is_there(kind, call.account, call.partition):
        arns["iam:CreateServiceLinkedRole"] = linked_arn(kind, call.account, call.partition)
    if call.operation.endswith("CreationTemplate"):
        prefix = str(call.parameters["prefix"]).removesuffix("/")
        under = repositories + ("*" if prefix == "ROOT" else f"{prefix}/*")
        arns["ecr:CreateRepository"] = under
        arns["ecr:SetRepositoryPolicy"] = under if call.parameters.get("repositoryPolicy") else None
        arns["ecr:PutLifecyclePolicy"] = under if call.parameters.get("lifecyclePolicy") else None
    return [Target(action, arn, arn) for action, arn in arns.items() if arn]


def _iam(call: Call) -> list[Target]:
    parameters = call.parameters
    account = f"arn:{call.partition}:iam::{call.account}:"
    action = f"iam:{call.operation}"
    path = str(parameters.get("Path") or "/")
    kinds = (("RoleName", "role", iam_view.role_named), ("UserName", "user", iam_view.user_named), ("GroupName", "group", None))
    for key, kind, finder in kinds:
        name = parameters.get(key)
        if name:
            entity = finder(call.account, call.partition, name) if finder else None
            return [Target(action, entity.arn if entity is not None else f"{account}{kind}{path}{name}", f"{kind} {name}")]
    if parameters.get("PolicyArn"):
        return [Target(action, parameters["PolicyArn"], f"policy {parameters['PolicyArn']}")]
    if parameters.get("PolicyName"):
        return [Target(action, f"{account}policy{path}{parameters['PolicyName']}", f"policy {parameters['PolicyName']}")]
    if call.operation == "CreateOpenIDConnectProvider":
        arn = f"{account}oidc-provider/{str(parameters['Url']).removeprefix('https://').rstrip('/')}"
        return [Target(name, arn, arn) for name in (action, *(["iam:TagOpenIDConnectProvider"] if parameters.get("Tags") else []))]
    for key in ("OpenIDConnectProviderArn", "SAMLProviderArn", "InstanceProfileName"):
        if parameters.get(key):
            value = str(parameters[key])
            arn = value if value.startswith("arn:") else f"{account}instance-profile{path}{value}"
            return [Target(action, arn, arn)]
    if call.operation in ("ListRoles", "ListUsers", "ListPolicies", "ListGroups"):
        kind = {"ListRoles": "role", "ListUsers": "user", "ListPolicies": "policy", "ListGroups": "group"}[call.operation]
        arn = f"{account}{kind}{parameters.get('PathPrefix') or '/'}"
        return [Target(action, arn, arn)]
    if call.caller.kind == "user" and call.operation in ABOUT_ONESELF:
        return [Target(action, call.caller.arn, f"user {call.caller.name}")]
    return [Target(action, "*", "*")]


def _secret(call: Call) -> list[Target]:
    from .secrets_store import find_secret  # moto's Secrets Manager is loaded when it is used

    action = f"secretsmanager:{call.operation}"
    name = call.parameters.get("SecretId") or call.parameters.get("Name")
    if not name or call.operation in ("ListSecrets", "GetRandomPassword", "BatchGetSecretValue"):
        return [Target(action, "*", "*")]
    secret = find_secret(call.account, call.region, name)
    prefix = f"arn:{call.partition}:secretsmanager:{call.region}:{call.account}:secret:"
    # The random characters of a secret that is not there are unknown; policies have six ? or a * for them.
    absent = str(name) if str(name).startswith("arn:") else f"{prefix}{name}-AbCdEf"
    arn = secret.arn if secret is not None else absent
    targets = [Target(action, arn, str(name))]
    if call.operation == "CreateSecret" and call.parameters.get("Tags"):
        targets.append(Target("secretsmanager:TagResource", arn, str(name)))
    if call.operation == "CreateSecret" and call.parameters.get("AddReplicaRegions"):
        targets.append(Target("secretsmanager:ReplicateSecretToRegions", arn, str(name)))
    return targets


def _definition(call: Call) -> list[Target]:
    """Only registering a task definition, and registering and deregistering a job definition, are about one. Its roles are handed over."""
    from .definition_revisions import roles_in

    parameters, action = call.parameters, f"{call.service}:{call.operation}"
    prefix = f"arn:{call.partition}:{call.service}:{call.region}:{call.account}:"
    named = {
        "RegisterTaskDefinition": ("task-definition/", f"{parameters.get('family')}:*"),
        "RegisterJobDefinition": ("job-definition/", parameters.get("jobDefinitionName")),
        "DeregisterJobDefinition": ("job-definition/", str(parameters.get("jobDefinition")).rpartition("/")[2]),
    }
    if call.operation not in named:
        return [Target(action, "*", "*")]
    arn = prefix + "".join(map(str, named[call.operation]))
    tagged = [Target(f"{call.service}:TagResource", arn, arn)] if parameters.get("tags") else []
    return [Target(action, arn, arn), *tagged, *(Target("iam:PassRole", role, role) for role in roles_in(parameters))]


def _cluster(call: Call) -> list[Target]:
    """EKS: clusters, and the associations of Pod Identity in them, whose roles are handed over."""
    parameters, action = call.parameters, f"{call.service}:{call.operation}"
    prefix = f"arn:{call.partition}:eks:{call.region}:{call.account}:"
    name = parameters.get("clusterName") or parameters.get("name")
    if parameters.get("resourceArn"):
        arn = str(parameters["resourceArn"])
    elif parameters.get("associationId"):
        arn = f"{prefix}podidentityassociation/{name}/{parameters['associationId']}"
    else:
        arn = f"{prefix}cluster/{name}" if name else "*"
    tagged = [Target("eks:TagResource", arn, arn)] if parameters.get("tags") and call.operation != "TagResource" else []
    passed = [parameters["roleArn"]] if parameters.get("roleArn") and "PodIdentity" in call.operation else []
    return [Target(action, arn, arn), *tagged, *(Target("iam:PassRole", role, role) for role in passed)]


def _organization(call: Call) -> list[Target]:
    """Accounts, organizational units and the root have ARNs with the management account and the organization."""
    from .organization import declared, membership

    action, place = f"organizations:{call.operation}", membership(call.account)
    keys = ("ParentId", "ChildId", "ResourceId", "AccountId", "OrganizationalUnitId")
    name = next((str(call.parameters[key]) for key in keys if key in call.parameters), "")
    if not (name and place):
        return [Target(action, "*", "*")]
    kind = "root" if name.startswith("r-") else "ou" if name.startswith("ou-") else "account"
    arn = f"arn:{call.partition}:organizations::{declared(place[0]).management}:{kind}/{place[0]}/{name}"
    return [Target(action, arn, arn)]


def _kms(call: Call) -> list[Target]:
    from .kms_keys import find_key, named_key

    action = f"kms:{call.operation}"
    name = named_key(call)
    if not name:
        return [Target(action, "*", "*")]
    key = find_key(call.account, call.region, str(name))
    absent = str(name) if str(name).startswith("arn:") else f"arn:{call.partition}:kms:{call.region}:{call.account}:key/{name}"
    arn = key.arn if key is not None else absent
    return [Target(action, arn, arn)]
