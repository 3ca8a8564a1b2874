# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Who asks AWS for what, and what is known about the request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from .principals import as_list

Kind = Literal["role", "user", "root", "service", "federated"]

#: Keys that are only there when a service calls on behalf of a resource or of somebody else.
_OF_SERVICES = (
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"),
    *("aws:principalservicename", "aws:principalservicenameslist"),
    *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"),
)
#: Keys of identities of an account that service principals certainly lack.
_NOT_OF_SERVICES = ("aws:principalorgid", "aws:principalorgpaths", "aws:principaltag/*", "aws:username")
#: aws:PrincipalType; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
_TYPES: Mapping[Kind, str] = {"role": "AssumedRole", "user": "User", "root": "Account"}


class Context:
    """The condition keys of a request.

    Made from a mapping of keys to a value or to several. A key without values (None, an empty list) is one that the request certainly
    lacks; all keys that are not mentioned are unknown. A key that ends with C(/*) stands for all keys that begin so and are not
    mentioned (C(aws:PrincipalTag/*)). Keys may have any letter case: AWS does not tell it apart, and here it is folded, once.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = {key.lower(): tuple(map(_text, as_list(value))) for key, value in (values or {}).items()}

    def get(self, key: str) -> tuple[str, ...] | None:
        """The values of a lower-case key: empty when the request lacks it, None when that is unknown."""
        found = self._values.get(key)
        if found is None and "/" in key:
            found = self._values.get(key.partition("/")[0] + "/*")
        return found

    def extended(self, values: Mapping[str, Any]) -> Context:
        """This context and some more keys, which win."""
        result = Context(values)
        result._values = {**self._values, **result._values}
        return result

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Context) and self._values == other._values

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Context({self._values!r})"


@dataclass(frozen=True)
class Caller:
    """Who makes a request.

    ``arn`` is that of the role, the user or the account root; for a service its name (C(lambda.amazonaws.com)); for a federated
    caller, who has no role yet, its identity provider (the ARN of an OIDC provider). ``account`` is None for those last two.
    ``session`` is the ARN of the session (C(assumed-role), or C(federated-user) of a user); None for a role when it is not known, for
    a user when there is none. ``unique_id`` is the C(AROA...) or C(AIDA...) id, where known.
    """

    arn: str
    account: str | None
    kind: Kind = "role"
    session: str | None = None
    unique_id: str | None = None

    @property
    def is_outsider(self) -> bool:
        """Whether this is no identity of an account, so that only a resource policy can let it in."""
        return self.kind in ("service", "federated")

    @cached_property
    def identity(self) -> frozenset[str]:
        """The canonical principals that name this caller, but for its session and its account."""
        if self.is_outsider:
            return frozenset({f"{self.kind.capitalize()}:{self.arn}"})
        if self.kind == "root":
            return frozenset({one for one in (self.account, self.arn) if one})
        return frozenset({one for one in (self.arn, self.unique_id) if one})

    @cached_property
    def any_session(self) -> str | None:
        """How the ARN of this role's session begins when its name is not known."""
        if self.kind != "role" or self.session:
            return None
        return f"arn:{self.arn.split(':')[1]}:sts::{self.account}:assumed-role/{self.name}/" if self.arn.count(":") > 4 else None

    @property
    def name(self) -> str:
        """The name of a role or user, without its path."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True)
class Request:
    """One action on one resource. ``owner`` is the account that the resource belongs to.

    ``resource_decides`` is for resources that identity policies alone cannot open, not even in their own account: roles to assume and
    KMS keys.
    """

    caller: Caller
    action: str
    resource: str
    owner: str
    context: Context = field(default_factory=Context)
    resource_decides: bool = False


def context_of(
    caller: Caller,
    action: str,
    resource: str,
    owner: str,
    tags: Mapping[str, str] | None = None,
    organization: str | None = None,
    paths: Iterable[str] = (),
    known: Mapping[str, Any] | None = None,
) -> Context:
    """The condition keys of a request that the caller itself sends to AWS, as far as they follow from who asks for what.

    ``tags`` are all tags of the caller and its session, None when they are not known. ``organization`` is the id of the caller's
    organization, empty text when it is in none, None when that is not known; ``paths`` are its place there
    (C(o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/)). ``known`` are further keys, in any letter case, which win; what neither says stays
    unknown: the network (aws:SourceIp, aws:SourceVpce), the time, MFA, and sts:ExternalId where a role is assumed.

    Each key as under https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    values: dict[str, Any] = {**_of_service(caller), **_of_identity(caller, tags, organization, paths)}
    # The endpoint that is called is that of the resource's region; global services leave the region of an ARN empty.
    region = resource.split(":", 4)[3] if resource.count(":") > 4 else ""
    if region and "*" not in region:
        values["aws:requestedregion"] = region
    if resource != "*":
        values["aws:resourceaccount"] = owner
    # AWS's API endpoints want TLS:
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/infrastructure-security.html
    values["aws:securetransport"] = "true"
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_externalid
    if action.lower() != "sts:assumerole":
        values["sts:externalid"] = ()
    return Context(values).extended(known or {})


def _of_service(caller: Caller) -> dict[str, Any]:
    """What is known of the keys that services set when they call.

    A caller's own request lacks them. A service names itself; for which resource it calls has to be told.
    """
    if caller.kind == "service":
        return {"aws:principalisawsservice": "true", "aws:principalservicename": caller.arn}
    lacking: dict[str, Any] = dict.fromkeys(_OF_SERVICES, ())
    # Requests of federated callers are not signed, and these two keys are documented for signed ones.
    signed = {} if caller.kind == "federated" else {"aws:principalisawsservice": "false", "aws:viaawsservice": "false"}
    return {**lacking, **signed}


def _of_identity(caller: Caller, tags: Mapping[str, str] | None, organization: str | None, paths: Iterable[str]) -> dict[str, Any]:
    """What is known of the keys that describe the caller.

    The value of aws:PrincipalArn is the role's ARN, not the session's. aws:PrincipalOrgID and its like are no keys of service
    principals: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html
    """
    if caller.kind == "service":
        return dict.fromkeys(_NOT_OF_SERVICES, ())
    if caller.kind == "federated":
        return {}
    in_session = caller.kind == "user" and caller.session is not None
    values: dict[str, Any] = {
        "aws:principalarn": caller.session if in_session else caller.arn,
        "aws:principalaccount": caller.account,
        "aws:principaltype": "FederatedUser" if in_session else _TYPES[caller.kind],
        "aws:username": caller.name if caller.kind == "user" and not in_session else (),
    }
    user_id = _user_id(caller)
    if user_id:
        values["aws:userid"] = user_id
    if tags is not None:
        values |= {"aws:principaltag/*": (), **{f"aws:principaltag/{key}": value for key, value in tags.items()}}
    if organization is not None:
        values["aws:principalorgid"] = organization or ()
        values["aws:principalorgpaths"] = tuple(paths) if organization else ()
        if organization and not values["aws:principalorgpaths"]:
            del values["aws:principalorgpaths"]
    return values


def _user_id(caller: Caller) -> str | None:
    """aws:userid, where it is known; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable"""
    session = caller.session.rpartition("/")[2] if caller.session else None
    if caller.kind == "root":
        return caller.account
    if caller.kind == "role":
        return f"{caller.unique_id}:{session}" if caller.unique_id and session else None
    return f"{caller.account}:{session}" if session else caller.unique_id


def _text(value: Any) -> str:
    """A value as policies write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
