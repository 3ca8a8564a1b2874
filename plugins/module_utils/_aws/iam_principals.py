# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What IAM keeps about roles and users: who they are, and every policy of theirs."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from .._errors import RegistryError, ServiceError
from .._fanout import fan_out
from .._policy.document import PolicyError, parse
from .._policy.evaluation import Named
from .._policy.request import Caller
from .errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient

_Answer = TypeVar("_Answer")

#: How services of AWS refuse those who may not ask.
NOT_ALLOWED = ("AccessDenied", "AccessDeniedException")


class NoSuchPrincipal(RegistryError):
    """A role or user that is not there; AWS lets nobody act as it."""


@dataclass(frozen=True)
class Principal:
    """A role or user. ``tags`` are None when they are not known; ``unread`` are documents that AWS did not let us read, with the reason."""

    caller: Caller
    identity: tuple[Named, ...] = ()
    boundary: Named | None = None
    tags: Mapping[str, str] | None = None
    unread: tuple[str, ...] = ()


@dataclass
class _Holder:
    """A role, user or group: its own policies, the ARNs of the managed ones, and what AWS did not let us read."""

    title: str
    inline: list[Named] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass
class _Identity(_Holder):
    """A role or user."""

    caller: Caller = field(kw_only=True)
    groups: list[str] = field(default_factory=list)
    boundary: str | None = None
    tags: Mapping[str, str] | None = None


class _Managed(NamedTuple):
    """A managed policy, or why it was not read."""

    policy: Named | None
    unread: str = ""


def read_principals(client: BaseClient, arns: Iterable[str], workers: int) -> dict[str, Principal | RegistryError]:
    """Reads roles and users of one account; managed policies and groups that several of them have are read once.

    ``arns`` are those of roles, users, or sessions of roles. An error is kept for its principal: NoSuchPrincipal, ServiceError, or a
    RegistryError that names the document that cannot be understood.
    """
    return _Reader(client, workers).read(list(dict.fromkeys(arns)))


class _Reader:
    def __init__(self, client: BaseClient, workers: int) -> None:
        self._client = client
        self._workers = workers

    def read(self, arns: Sequence[str]) -> dict[str, Principal | RegistryError]:
        identities = self._each(self._identity, arns)
        groups = self._each(self._group, _names(one.groups for one in _found(identities)))
        attached = [one.attached for one in (*_found(identities), *_found(groups))]
        boundaries = [[one.boundary] for one in _found(identities) if one.boundary]
        managed = self._each(self._managed, _names([*attached, *boundaries]))
        result: dict[str, Principal | RegistryError] = {}
        for arn, identity in identities.items():
            try:
                result[arn] = _assembled(_value(identity), groups, managed)
            except RegistryError as error:
                result[arn] = error
        return result

    def _each(self, work: Callable[[str], _Answer], items: Sequence[str]) -> dict[str, _Answer | RegistryError]:
        done = fan_out(work, items, self._workers)
        found: dict[str, _Answer | RegistryError] = {}
        for item, one in zip(items, done, strict=True):
            if isinstance(one.error, RegistryError):
                found[item] = one.error
            elif one.result is not None:
                found[item] = one.result
        return found

    def _identity(self, arn: str) -> _Identity:
        """A role or user, with its own policies."""
        caller = _caller(arn)
        kind, name = caller.kind, caller.name
        holder = _Identity(f"{kind} {name}", caller=caller)
        try:
            with translated():
                found = self._client.get_role(RoleName=name)["Role"] if kind == "role" else self._client.get_user(UserName=name)["User"]
        except ServiceError as error:
            if error.code == "NoSuchEntity":
                raise NoSuchPrincipal(f"there is no {kind} {name} in account {caller.account}{self._close_to(caller)}") from error
            if error.code not in NOT_ALLOWED:
                raise
            holder.unread.append(f"the {holder.title} itself ({error})")
        else:
            if not caller.session and found["Arn"] != arn:
                raise NoSuchPrincipal(f"there is no {kind} {arn}; the {kind} of that name is {found['Arn']}")
            holder.caller = Caller(found["Arn"], caller.account, kind, caller.session, found["RoleId" if kind == "role" else "UserId"])
            holder.tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
            holder.boundary = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        if kind == "user":
            pages = self._allowed(holder, "the groups", lambda: self._pages("list_groups_for_user", UserName=name))
            holder.groups = [group["GroupName"] for page in pages or () for group in page["Groups"]]
        self._own_policies(holder, kind, name)
        return holder

    def _group(self, name: str) -> _Holder:
        holder = _Holder(f"group {name}")
        self._own_policies(holder, "group", name)
        return holder

    def _own_policies(self, holder: _Holder, kind: str, name: str) -> None:
        """Reads the inline policies of a role, user or group, and which managed ones it has."""
        whose = {f"{kind.capitalize()}Name": name}
        pages = self._allowed(holder, "the inline policies", lambda: self._pages(f"list_{kind}_policies", **whose))
        get = getattr(self._client, f"get_{kind}_policy")
        for inline in [inline for page in pages or () for inline in page["PolicyNames"]]:
            title = f"inline policy {inline} of {holder.title}"
            answer = self._allowed(holder, title, partial(get, **whose, PolicyName=inline))
            if answer is not None:
                holder.inline.append(_named(title, answer["PolicyDocument"]))
        pages = self._allowed(holder, "the attached policies", lambda: self._pages(f"list_attached_{kind}_policies", **whose))
        holder.attached = [policy["PolicyArn"] for page in pages or () for policy in page["AttachedPolicies"]]

    def _managed(self, arn: str) -> _Managed:
        """The default version of a managed policy, or why it was not read."""
        title = f"managed policy {arn}"
        try:
            with translated():
                version = self._client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
                document = self._client.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        except ServiceError as error:
            if error.code not in NOT_ALLOWED:
                raise
            return _Managed(None, f"{title} ({error})")
        return _Managed(_named(title, document))

    def _pages(self, operation: str, **arguments: str) -> list[dict[str, Any]]:
        return list(self._client.get_paginator(operation).paginate(**arguments))

    def _allowed(self, holder: _Holder, what: str, call: Callable[[], _Answer]) -> _Answer | None:
        """What a call answers; None, and a note, when AWS does not let us ask."""
        try:
            with translated():
                return call()
        except ServiceError as error:
            if error.code not in NOT_ALLOWED:
                raise
            holder.unread.append(f"{what}{'' if holder.title in what else f' of {holder.title}'} ({error})")
            return None

    def _close_to(self, caller: Caller) -> str:
        """Names that come close, as far as we may see them."""
        kind = caller.kind.capitalize()
        try:
            with translated():
                names = [one[f"{kind}Name"] for page in self._pages(f"list_{caller.kind}s") for one in page[f"{kind}s"]]
        except ServiceError:
            return ""
        close = difflib.get_close_matches(caller.name, names, n=3)
        return f"; there is {', '.join(close)}" if close else ""


def _caller(arn: str) -> Caller:
    """Who an ARN means, as far as the ARN alone tells. Raises RegistryError."""
    fields = arn.split(":", 5)
    kind, _slash, path = fields[-1].partition("/")
    if len(fields) == 6 and path and kind == "assumed-role":
        role = path.partition("/")[0]
        return Caller(f"arn:{fields[1]}:iam::{fields[4]}:role/{role}", fields[4], "role", arn)
    if len(fields) == 6 and path and kind == "role":
        return Caller(arn, fields[4], "role")
    if len(fields) == 6 and path and kind == "user":
        return Caller(arn, fields[4], "user")
    raise RegistryError(f"'{arn}' is the ARN of no role, user or session of a role")


def _named(title: str, document: Any) -> Named:
    """A document of IAM, ready to be evaluated. Raises RegistryError that says which one cannot be understood."""
    try:
        return Named(title, parse(document))
    except PolicyError as error:
        raise RegistryError(f"the {title} cannot be understood: {error}") from error


def _assembled(
    identity: _Identity, groups: Mapping[str, _Holder | RegistryError], managed: Mapping[str, _Managed | RegistryError]
) -> Principal:
    """A principal with all that it has through others. Raises the error of a part."""
    parts = [identity, *(_value(groups[name]) for name in identity.groups)]
    unread = [text for part in parts for text in part.unread]
    policies = [one for part in parts for one in part.inline]
    for arn in _names(part.attached for part in parts):
        found = _value(managed[arn])
        if found.policy:
            policies.append(found.policy)
        else:
            unread.append(found.unread)
    boundary = None
    if identity.boundary:
        found = _value(managed[identity.boundary])
        if found.policy:
            boundary = Named(f"permissions boundary {identity.boundary}", found.policy.policy)
        else:
            unread.append(f"permissions boundary: {found.unread}")
    return Principal(identity.caller, tuple(policies), boundary, identity.tags, tuple(unread))


def _value(found: _Answer | RegistryError) -> _Answer:
    if isinstance(found, RegistryError):
        raise found
    return found


def _found(answers: Mapping[str, _Answer | RegistryError]) -> list[_Answer]:
    return [one for one in answers.values() if not isinstance(one, RegistryError)]


def _names(lists: Iterable[Iterable[str]]) -> list[str]:
    """Each name once, in the order in which they come."""
    return list(dict.fromkeys(name for names in lists for name in names))
