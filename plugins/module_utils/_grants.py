# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Grants: one declaration of who gets which access level to which repositories, compiled to statements for both sides.

The registry side is the primary account's repository or registry policy, the identity side is the policy of a role or user in
the secondary account. Across accounts both must allow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ._errors import RegistryError
from ._policy.document import RawStatement
from ._policy.patterns import covers, tidy
from ._policy.principals import partition_of

#: Sids of statements that come from grants start with this; nobody types it by accident.
SID_PREFIX = "CrossaccountRegistry"
#: The Sid of the one statement of an identity policy that all its grants share: the login.
LOGIN_SID = f"{SID_PREFIX}Login"

_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_WRITE = ("ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")
_PUSH = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", *_WRITE)
_SCAN = (*_PULL, "ecr:DescribeImages", "ecr:ListImages")

#: What a repository or registry policy allows for each access level.
#: pull, push: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html and .../repository-policy-examples.html
#: scan: the actions that Red Hat Advanced Cluster Security documents for an ECR integration
#: cache: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
#: replicate: https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html
REGISTRY_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "pull": _PULL,
    "push": tuple(sorted(_PUSH)),
    "pull_push": tuple(sorted({*_PULL, *_PUSH})),
    "scan": tuple(sorted(_SCAN)),
    "cache": ("ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:GetDownloadUrlForLayer", "ecr:GetImageCopyStatus"),
    "replicate": ("ecr:CreateRepository", "ecr:ReplicateImage"),
}
#: What an identity policy allows beyond that. Scanners list the repositories; the role of a cache stores what it fetched.
_IDENTITY_EXTRA: Mapping[str, tuple[str, ...]] = {"scan": ("ecr:DescribeRepositories",)}
_CACHE_STORE = ("ecr:BatchImportUpstreamImage", *_WRITE)
#: Both statements that AWS Lambda needs for an image in another account have these actions.
#: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
LAMBDA_ACTIONS = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_ACCESS_SIDS = {level: level.replace("_", "").capitalize() for level in REGISTRY_ACTIONS}
_KIND_SIDS = ("", "Roles", "Organization", "OrganizationPaths", "LambdaAccount", "Lambda", "Store")

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]+")
GRANT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html, with wildcards
_REPOSITORY = re.compile(r"[a-z0-9*?][a-z0-9._/*?-]{0,255}")
_TAG = re.compile(r"tag:(?P<key>[^=]{1,128})(?:=(?P<value>.{0,256}))?")
_PRINCIPAL_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):(?:root|(?P<kind>role|user)/.+)")
_IDENTITY_NAME = re.compile(r"(?:[\x21-\x7e]+/)?[A-Za-z0-9+=,.@_*?-]{1,64}")


@dataclass(frozen=True)
class Recipient:
    """Who gets the access: an account (``roles`` and ``users`` narrow it down), an organization, or a service in an account."""

    account: str | None = None
    roles: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    organization: str | None = None
    paths: tuple[str, ...] = ()
    service: str | None = None

    def arns(self, partition: str) -> list[str]:
        """The ARNs of the roles and users; empty when it is the whole account."""
        names = [*(f"role/{role}" for role in self.roles), *(f"user/{user}" for user in self.users)]
        return [f"arn:{partition}:iam::{self.account}:{name}" for name in names]


@dataclass(frozen=True)
class Grant:
    """One entry of the declaration. ``repositories`` are names, patterns, or C(tag:key=value)."""

    name: str
    account: str
    regions: tuple[str, ...]
    repositories: tuple[str, ...]
    access: str
    recipients: tuple[Recipient, ...]
    scope: str = "repository"
    principals_as: str = "arn"

    @property
    def stem(self) -> str:
        """The beginning of this grant's Sids."""
        return SID_PREFIX + "".join(part[:1].upper() + part[1:] for part in re.split("[-_]", self.name))

    def sid(self, kind: str = "") -> str:
        """The Sid of this grant's statement of the given kind."""
        return f"{self.stem}{_ACCESS_SIDS[self.access]}{kind}"

    def family(self) -> frozenset[str]:
        """All Sids that a grant of this name can have, whatever its access level is or was."""
        stem = self.stem
        return frozenset(
            f"{stem}{access}{kind}{tagged}" for access in _ACCESS_SIDS.values() for kind in _KIND_SIDS for tagged in ("", "Tagged")
        )

    def selects(self, repository: str, tags: Mapping[str, str]) -> bool:
        """Whether a repository with this name and these tags is meant."""
        return any(selector_matches(selector, repository, tags) for selector in self.repositories)


def selector_matches(selector: str, repository: str, tags: Mapping[str, str]) -> bool:
    """Whether a selector (a name, a pattern with C(*) and C(?), or C(tag:key=value)) means a repository."""
    tag = _TAG.fullmatch(selector)
    if not tag:
        return covers(tidy(selector), repository)
    key, value = tag.group("key"), tag.group("value")
    return key in tags and (value is None or covers(tidy(value), tags[key]))


def is_region(text: str) -> bool:
    """Whether a text looks like the name of a region."""
    return bool(_REGION.fullmatch(text))


def is_tag_selector(selector: str) -> bool:
    """Whether a selector looks at tags rather than at names."""
    return selector.startswith("tag:")


def selector_problem(selector: Any) -> str | None:
    """What is wrong with a repository selector, as text; None when it is fine."""
    if not isinstance(selector, str):
        return f"{selector!r} is no text"
    if is_tag_selector(selector):
        return None if _TAG.fullmatch(selector) else f"'{selector}' must be tag:key=value or tag:key"
    if not _REPOSITORY.fullmatch(selector) or ".dkr.ecr." in selector.partition("/")[0]:
        return (
            f"'{selector}' is no repository name (lower case letters, digits and . _ - /) and no pattern (the same with * and ?); "
            "write it without the registry's host name and without a tag"
        )
    return None


# -- registry side ---------------------------------------------------------------------------------------------------


def registry_statements(grant: Grant, region: str, scope: str) -> list[RawStatement]:
    """The grant's statements for policies on the registry's side in one region.

    ``scope``: C(repository) for repository policies, which have no C(Resource), or C(registry) for the registry policy. Empty when
    the grant is not for that scope or region. Principals of one kind share a statement, so that documents stay small.
    """
    if scope != grant.scope or region not in grant.regions:
        return []
    partition = partition_of(region)
    actions = REGISTRY_ACTIONS[grant.access]
    identities: list[str] = []
    conditional: dict[str, list[str]] = {}
    organizations: list[str] = []
    paths: list[str] = []
    lambda_accounts: list[str] = []
    for recipient in grant.recipients:
        arns = recipient.arns(partition)
        if recipient.organization:
            (paths if recipient.paths else organizations).extend(recipient.paths or (recipient.organization,))
        elif recipient.service:
            lambda_accounts.append(str(recipient.account))
        elif not arns:
            identities.append(str(recipient.account))
        elif grant.principals_as == "condition":
            conditional.setdefault(str(recipient.account), []).extend(arns)
        else:
            identities.extend(arns)
    statements = []
    if identities:
        statements.append(_allow(grant.sid(), {"AWS": _unique(identities)}, actions))
    if conditional:
        arns = _unique(arn for account in conditional.values() for arn in account)
        operator = "ArnLike" if any("*" in arn or "?" in arn for arn in arns) else "ArnEquals"
        statements.append(_allow(grant.sid("Roles"), {"AWS": _unique(conditional)}, actions, {operator: {"aws:PrincipalArn": arns}}))
    # ECR takes the bare "*" of other services for malformed.
    everyone = {"AWS": "*"}
    if organizations:
        condition = {"StringEquals": {"aws:PrincipalOrgID": _unique(organizations)}}
        statements.append(_allow(grant.sid("Organization"), everyone, actions, condition))
    if paths:
        condition = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": _unique(paths)}}
        statements.append(_allow(grant.sid("OrganizationPaths"), everyone, actions, condition))
    if lambda_accounts:
        accounts = _unique(lambda_accounts)
        functions = [f"arn:{partition}:lambda:{region}:{account}:function:*" for account in accounts]
        statements.append(_allow(grant.sid("LambdaAccount"), {"AWS": accounts}, LAMBDA_ACTIONS))
        service = {"Service": "lambda.amazonaws.com"}
        statements.append(_allow(grant.sid("Lambda"), service, LAMBDA_ACTIONS, {"StringLike": {"aws:SourceArn": functions}}))
    return statements if scope == "repository" else [one for each in statements for one in _with_resources(each, grant, (region,))]


# -- identity side ---------------------------------------------------------------------------------------------------


def identity_statements(grants: Iterable[Grant], account: str, kind: str, name: str) -> list[RawStatement]:
    """The statements for the identity policy of one role or user: what all these grants give it, and the login.

    ``kind`` is C(role) or C(user), ``name`` may start with a path. Empty when no grant names it.
    """
    statements: list[RawStatement] = []
    for grant in grants:
        if grant.access == "replicate" or (account, kind, name.rpartition("/")[2]) not in _named_identities(grant):
            continue
        actions = (*REGISTRY_ACTIONS[grant.access], *_IDENTITY_EXTRA.get(grant.access, ()))
        statements += _with_resources({"Sid": grant.sid(), "Effect": "Allow", "Action": sorted(actions)}, grant, grant.regions)
        if grant.access == "cache":
            own = [f"arn:{partition}:ecr:*:{account}:repository/*" for partition in _unique(map(partition_of, grant.regions))]
            statements.append({"Sid": grant.sid("Store"), "Effect": "Allow", "Action": list(_CACHE_STORE), "Resource": own})
    if statements:
        statements.insert(0, {"Sid": LOGIN_SID, "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"})
    return statements


def identities(grants: Iterable[Grant], account: str) -> list[tuple[str, str]]:
    """The (C(role) or C(user), name) of one account that grants name and that need an identity policy, sorted."""
    named = (one for grant in grants if grant.access != "replicate" for one in _named_identities(grant))
    return sorted({(kind, name) for its_account, kind, name in named if its_account == account and not set("*?") & set(name)})


def _named_identities(grant: Grant) -> set[tuple[str, str, str]]:
    return {
        (str(recipient.account), kind, name.rpartition("/")[2])
        for recipient in grant.recipients
        for kind, names in (("role", recipient.roles), ("user", recipient.users))
        for name in names
    }


def _with_resources(statement: RawStatement, grant: Grant, regions: Sequence[str]) -> list[RawStatement]:
    """The statement for the repositories that the grant names, and one more for those that it selects by tag."""
    arns = [f"arn:{partition_of(region)}:ecr:{region}:{grant.account}:repository/" for region in regions]
    names = [selector for selector in grant.repositories if not is_tag_selector(selector)]
    tags = [tag for selector in grant.repositories if (tag := _TAG.fullmatch(selector))]
    result = []
    if names:
        result.append({**statement, "Resource": [arn + name for arn in arns for name in names]})
    if tags:
        values = [tag.group("value") if tag.group("value") is not None else "*" for tag in tags]
        operator = "StringLike" if any("*" in value or "?" in value for value in values) else "StringEquals"
        condition = {key: dict(value) for key, value in statement.get("Condition", {}).items()}
        condition.setdefault(operator, {})[f"aws:ResourceTag/{tags[0].group('key')}"] = _unique(values)
        result.append({**statement, "Sid": f"{statement['Sid']}Tagged", "Resource": [f"{arn}*" for arn in arns], "Condition": condition})
    return result


def _allow(sid: str, principal: Any, actions: Sequence[str], condition: Mapping[str, Any] | None = None) -> RawStatement:
    statement: RawStatement = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": list(actions)}
    return {**statement, "Condition": dict(condition)} if condition else statement


def _unique(values: Iterable[str]) -> list[str]:
    return sorted(set(values))


# -- reading the declaration -----------------------------------------------------------------------------------------


def read_grants(declaration: Any) -> list[Grant]:
    """Reads and checks a declaration of grants.

    ``declaration`` is a list of mappings with C(name), C(registry) (C(account), C(regions)), C(repositories), C(access), C(to), and
    optionally C(scope) and C(principals_as). Grants of a registry in Alibaba Cloud are left out.

    Raises RegistryError that lists everything that is wrong: which grant, which field, why, and what to write instead.
    """
    problems: list[str] = []
    if isinstance(declaration, (str, Mapping)) or not isinstance(declaration, Sequence):
        raise RegistryError(f"grants must be a list of grants, not {type(declaration).__name__}")
    grants = [grant for at, entry in enumerate(declaration) if not is_ram_grant(entry) and (grant := _read_grant(entry, at, problems))]
    stems: dict[str, Grant] = {}
    for grant in grants:
        other = stems.setdefault(grant.stem, grant)
        if other is not grant and other.name == grant.name:
            problems.append(f"grant '{grant.name}': the name is used twice; every grant needs a name of its own")
        elif other is not grant:
            problems.append(f"grant '{grant.name}': the name gives the same Sid as '{other.name}' ({grant.stem}...); choose another one")
    if problems:
        raise RegistryError("; ".join(problems))
    return grants


def read_recipients(entries: Iterable[Mapping[str, Any]], where: str) -> tuple[Recipient, ...]:
    """Reads accounts, and roles and users of accounts, that do not belong to a grant. C(arn) is short for one role, user or account.

    Raises RegistryError that lists everything that is wrong, with ``where`` and the place in the list.
    """
    problems: list[str] = []
    found = [
        _read_recipient(_by_account(entry, f"{where}[{at}]", problems), f"{where}[{at}]", None, None, problems)
        for at, entry in enumerate(entries)
    ]
    if problems:
        raise RegistryError("; ".join(dict.fromkeys(problems)))
    return tuple(one for one in found if one)


def _by_account(entry: Mapping[str, Any], where: str, problems: list[str]) -> dict[str, Any]:
    """An entry with C(account), also where it has C(arn)."""
    one = {field: value for field, value in entry.items() if value is not None}
    check_keys(one, ("account", "roles", "users", "arn"), where, problems)
    if "arn" not in one:
        return one
    arn = _PRINCIPAL_ARN.fullmatch(str(one["arn"]))
    if not arn or len(one) > 1:
        wrong = "cannot be combined with other fields" if arn else f"is '{one['arn']}', which is no ARN of a role, a user or an account"
        problems.append(f"{where}: arn {wrong}")
    if not arn:
        return {"account": "000000000000"}
    return {"account": arn["account"], **({f"{arn['kind']}s": [one["arn"]]} if arn["kind"] else {})}


def _read_grant(entry: Any, position: int, problems: list[str]) -> Grant | None:
    if not isinstance(entry, Mapping):
        problems.append(f"grant #{position + 1} is no mapping")
        return None
    found = len(problems)
    name = entry.get("name")
    where = f"grant '{name}'" if name else f"grant #{position + 1}"
    check_keys(entry, ("name", "registry", "repositories", "access", "to", "scope", "principals_as"), where, problems)
    if not isinstance(name, str) or not GRANT_NAME.fullmatch(name) or len(name) > 64:
        problems.append(f"{where}: name must be letters, digits, - and _, begin with a letter, and have at most 64 characters")
    registry = entry.get("registry")
    if not isinstance(registry, Mapping):
        problems.append(f"{where}: registry is missing; it needs account and regions")
        registry = {}
    else:
        check_keys(registry, ("account", "regions"), f"{where}: registry", problems)
        _check_account(registry.get("account"), f"{where}: registry.account", problems)
    regions = texts(registry.get("regions"), f"{where}: registry.regions", problems) if registry else ()
    problems += [f"{where}: registry.regions: '{region}' is no region" for region in regions if not is_region(region)]
    if len({partition_of(region) for region in regions}) > 1:
        problems.append(f"{where}: registry.regions: an account is in one partition, these regions are in several: {', '.join(regions)}")
    repositories = texts(entry.get("repositories"), f"{where}: repositories", problems)
    problems += [f"{where}: repositories: {problem}" for one in repositories if (problem := selector_problem(one))]
    if len({tag.group("key") for one in repositories if (tag := _TAG.fullmatch(one))}) > 1:
        problems.append(f"{where}: repositories: select by one tag key in a grant; write another grant for the other key")
    access = entry.get("access")
    if not isinstance(access, str) or access not in REGISTRY_ACTIONS:
        problems.append(f"{where}: access is {access!r}, it must be one of: {', '.join(REGISTRY_ACTIONS)}")
    scope = entry.get("scope") or ("registry" if access == "replicate" else "repository")
    if scope not in ("repository", "registry"):
        problems.append(f"{where}: scope is {scope!r}, it must be repository or registry")
    elif access == "replicate" and scope != "registry":
        problems.append(f"{where}: replication is allowed by the registry policy; leave scope out, or write 'scope: registry'")
    principals_as = entry.get("principals_as") or "arn"
    if principals_as not in ("arn", "condition"):
        problems.append(f"{where}: principals_as is {principals_as!r}, it must be arn or condition")
    recipients = _read_recipients(entry, where, str(principals_as), problems)
    if len(problems) > found:
        return None
    return Grant(str(name), registry["account"], regions, repositories, str(access), recipients, str(scope), str(principals_as))


def _read_recipients(entry: Mapping[str, Any], where: str, principals_as: str, problems: list[str]) -> tuple[Recipient, ...]:
    to = entry.get("to")
    if isinstance(to, (str, Mapping)) or not isinstance(to, Sequence) or not to:
        problems.append(f"{where}: to must be a list of recipients: an account, an organization or a service each")
        return ()
    return tuple(
        recipient
        for at, one in enumerate(to)
        if (recipient := _read_recipient(one, f"{where}: to[{at}]", entry.get("access"), principals_as, problems))
    )


def _read_recipient(one: Any, where: str, access: Any, principals_as: str | None, problems: list[str]) -> Recipient | None:
    """One recipient; None for ``principals_as`` where there is no grant."""
    if not isinstance(one, Mapping):
        problems.append(f"{where} is no mapping; write for example 'account: \"444455556666\"'")
        return None
    check_keys(one, ("account", "roles", "users", "organization", "paths", "service"), where, problems)
    organization, service = one.get("organization"), one.get("service")
    if organization is not None:
        if any(one.get(key) for key in ("account", "roles", "users", "service")):
            problems.append(f"{where}: organization cannot be combined with account, roles, users or service; write two entries")
        if not isinstance(organization, str) or not _ORGANIZATION.fullmatch(organization):
            problems.append(f"{where}: organization is {organization!r}, it must be an id such as o-a1b2c3d4e5")
        if access == "replicate":
            problems.append(f"{where}: replication is allowed to accounts, not to organizations")
        _refuse_empty(one, ("paths",), where, "the whole organization", problems)
        paths = texts(one.get("paths"), f"{where}: paths", problems, required=False)
        problems += [
            f"{where}: paths: '{path}' must begin with '{organization}/'" for path in paths if not path.startswith(f"{organization}/")
        ]
        return Recipient(organization=str(organization), paths=paths)
    if one.get("paths"):
        problems.append(f"{where}: paths belong to an organization")
    _check_account(one.get("account"), f"{where}: account", problems)
    account = str(one.get("account"))
    roles = _read_identities(one.get("roles"), "role", account, f"{where}: roles", principals_as, problems)
    users = _read_identities(one.get("users"), "user", account, f"{where}: users", principals_as, problems)
    _refuse_empty(one, ("roles", "users"), where, "the whole account", problems)
    if service is not None:
        _check_service(service, access, bool(roles or users), where, problems)
    elif access == "replicate" and (roles or users):
        problems.append(f"{where}: replication is allowed to whole accounts; leave roles and users out")
    return Recipient(account=account, roles=roles, users=users, service=None if service is None else str(service))


def _refuse_empty(one: Mapping[str, Any], narrowing: Sequence[str], where: str, whole: str, problems: list[str]) -> None:
    """A list that a template left empty must not widen the access."""
    if any(one.get(field) == [] for field in narrowing) and not any(one.get(field) for field in narrowing):
        empty = " and ".join(field for field in narrowing if one.get(field) == [])
        problems.append(f"{where}: {empty} is empty; leave it out to mean {whole}")


def _check_service(service: Any, access: Any, narrowed: bool, where: str, problems: list[str]) -> None:
    if service == "codebuild":
        problems.append(
            f"{where}: CodeBuild pulls images of another account only with the project's role (imagePullCredentialsType "
            "SERVICE_ROLE), so a statement for the service has no effect; name the role in 'roles' instead of 'service'"
        )
    elif service != "lambda":
        problems.append(f"{where}: service is {service!r}; 'lambda' is the only service that fetches images by itself")
    elif access != "pull":
        problems.append(f"{where}: Lambda only pulls; use 'access: pull'")
    elif narrowed:
        problems.append(f"{where}: service cannot be combined with roles or users; write two entries")


def _read_identities(value: Any, kind: str, account: str, where: str, principals_as: str | None, problems: list[str]) -> tuple[str, ...]:
    """Names of roles or users, with their paths; ARNs are taken apart."""
    names = []
    for text in texts(value, where, problems, required=False):
        arn = re.fullmatch(r"arn:aws[a-z-]*:iam::([0-9]{12}):(role|user)/(.+)", text)
        if arn and (arn.group(1), arn.group(2)) != (account, kind):
            problems.append(f"{where}: '{text}' is no {kind} of the account {account}")
        name = arn.group(3) if arn else text.removeprefix("/")
        if not _IDENTITY_NAME.fullmatch(name) or (text.startswith("arn:") and not arn):
            problems.append(f"{where}: '{text}' is no name and no ARN of a {kind}")
        elif ("*" in name or "?" in name) and principals_as != "condition":
            instead = "add 'principals_as: condition' to the grant" if principals_as else "name each of them"
            problems.append(f"{where}: '{text}' is a pattern, which no principal can be; {instead}")
        names.append(name)
    return tuple(names)


def _check_account(value: Any, where: str, problems: list[str]) -> None:
    if value is None:
        problems.append(f"{where} is missing")
    elif isinstance(value, int):
        problems.append(f"{where} is the number {value}; write it in quotes, because YAML drops leading zeros of numbers")
    elif not isinstance(value, str) or not _ACCOUNT.fullmatch(value):
        problems.append(f"{where} is '{value}', an account id has 12 digits")


def is_ram_grant(entry: Any) -> bool:
    """Whether an entry of a declaration is about a registry in Alibaba Cloud, which _ram_grants reads."""
    registry = entry.get("registry") if isinstance(entry, Mapping) else None
    return isinstance(registry, Mapping) and registry.get("alicloud_account") is not None


def check_keys(entry: Mapping[str, Any], known: Sequence[str], where: str, problems: list[str]) -> None:
    """Adds a problem when an entry has fields that are not ``known``. Those that an argument specification has filled with None do not
    count.
    """
    unknown = sorted(str(key) for key, value in entry.items() if key not in known and value is not None)
    if unknown:
        problems.append(f"{where}: unknown field {', '.join(unknown)}; known are {', '.join(known)}")


def switch(value: Any, where: str) -> bool:
    """A field that is true or false, also as the text that a template makes of it; not given is false.

    Raises RegistryError for anything else.
    """
    try:
        return value is not None and bool(boolean(value))
    except TypeError as error:
        raise RegistryError(f"{where} is {value!r}, it must be true or false") from error


def texts(value: Any, where: str, problems: list[str], required: bool = True) -> tuple[str, ...]:
    """A field that is a list of texts, each once; adds a problem when it is something else."""
    if value is None and not required:
        return ()
    if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence) or (required and not value):
        problems.append(f"{where} must be a list of texts" + (", with at least one" if required and not value else ""))
        return ()
    wrong = [item for item in value if not isinstance(item, str) or not item]
    if wrong:
        problems.append(f"{where}: {wrong[0]!r} is no text")
        return ()
    return tuple(dict.fromkeys(value))
