# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Questions about access: may this principal have this access level to this repository, and which actions decide that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .._errors import RegistryError
from .._grants import REGISTRY_ACTIONS
from .._policy.principals import account_root, partition_of
from .._policy.request import Caller

if TYPE_CHECKING:
    from .sides import NewRepository

Expected = Literal["allowed", "denied"]
PrincipalKind = Literal["role", "user", "root", "service"]
#: Where a step of an access takes place. C(registry): about a repository that is not there yet, so that it has no policy.
Place = Literal["registry", "repository", "store", "login"]

LOGIN = "ecr:GetAuthorizationToken"
#: A pull of what somebody else has had a pull-through cache fetch by then.
CACHED_PULL = "cached_pull"
#: The access levels that a pull-through cache can serve where there is no repository yet.
CACHEABLE = ("pull", CACHED_PULL)
LAMBDA = "lambda.amazonaws.com"

#: The actions that decide about an access level. A pull does without ecr:BatchCheckLayerAvailability, which grants give because AWS's
#: examples do: AWS's own managed policy for pulls does not have it.
#: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEC2ContainerRegistryPullOnly.html
DECIDING_ACTIONS: Mapping[str, tuple[str, ...]] = {
    **REGISTRY_ACTIONS,
    "pull": ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
    CACHED_PULL: ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
    "pull_push": tuple(sorted({"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", *REGISTRY_ACTIONS["push"]})),
}
#: What the role of a pull-through cache does in its own account with what it fetched.
#: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
STORE_ACTIONS = (
    *("ecr:BatchImportUpstreamImage", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"),
)

#: What the first pull through a cache does before there is a repository, in the order in which AWS looks.
#: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html and
#: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html (BatchGetImage)
CREATE, TAG = "ecr:CreateRepository", "ecr:TagResource"
_BEFORE = ("ecr:BatchGetImage", CREATE, "ecr:BatchImportUpstreamImage")

_ACCOUNT = re.compile(r"[0-9]{12}")
_IDENTITY = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>[0-9]{12}):(?P<kind>role|user)/(?P<path>[\x21-\x7e]+)")
_ROOT = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):root")
_SESSION = re.compile(r"arn:(?P<partition>aws[a-z-]*):sts::(?P<account>[0-9]{12}):assumed-role/(?P<name>[^/]+)/[^/]+")
_FUNCTION = re.compile(r"arn:(?P<partition>aws[a-z-]*):lambda:[a-z0-9-]+:(?P<account>[0-9]{12}):function:.+")
_SERVICE = re.compile(r"(?P<service>[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?)/(?P<account>[0-9]{12})")


@dataclass(frozen=True, order=True)
class Principal:
    """Who is asked about.

    ``text`` is the one spelling of it: the ARN of a role, user, role's session or Lambda function, an account id (an administrator of
    the account), or C(service/account). ``partition`` is None for those whose partition is that of the registry.
    """

    text: str
    kind: PrincipalKind
    account: str
    partition: str | None = None

    @property
    def is_read(self) -> bool:
        """Whether policies of its own account have a say; administrators and services need none."""
        return self.kind in ("role", "user")

    def caller(self, region: str) -> Caller:
        """Who asks a registry in a region, as far as the principal alone tells: without its unique id and the path of a session's role."""
        if self.kind == "service":
            return Caller(LAMBDA if self.partition else self.text.partition("/")[0], None, "service")
        if self.kind == "root":
            return Caller(account_root(self.account, partition_of(region)), self.account, "root")
        session = _SESSION.fullmatch(self.text)
        if session:
            return Caller(f"arn:{self.partition}:iam::{self.account}:role/{session['name']}", self.account, "role", self.text)
        return Caller(self.text, self.account, self.kind)

    def context(self, region: str) -> dict[str, Any]:
        """The condition keys that a service sets when it calls for this account: for Lambda any function of it in the region.

        https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
        """
        if self.kind != "service":
            return {}
        values: dict[str, Any] = {"aws:SourceAccount": self.account}
        if self.partition:
            values["aws:SourceArn"] = self.text
        elif self.text.startswith(f"{LAMBDA}/"):
            values["aws:SourceArn"] = f"arn:{partition_of(region)}:lambda:{region}:{self.account}:function:*"
        return values


@dataclass(frozen=True, order=True)
class Registry:
    """The registry of one account in one region."""

    account: str
    region: str

    def arn_of(self, repository: str) -> str:
        """The ARN of a repository of this registry."""
        return f"arn:{partition_of(self.region)}:ecr:{self.region}:{self.account}:repository/{repository}"


@dataclass(frozen=True)
class Question:
    """One check. ``expected`` is None when nothing is; ``grant`` is the name of the grant that declares the access, if one does.

    ``undeclared`` says that a declaration is checked and does not have this access. ``note`` says why nothing is expected.
    ``of_cache`` says that a declaration of caches has it.
    """

    principal: Principal
    registry: Registry
    repository: str
    access: str
    expected: Expected | None = None
    grant: str | None = None
    undeclared: bool = False
    note: str | None = None
    of_cache: bool = False

    @property
    def cached(self) -> bool:
        """Whether a pull-through cache is to serve it."""
        return self.of_cache or self.access == CACHED_PULL


@dataclass(frozen=True)
class Step:
    """One action that an access level needs, on which resource of which account."""

    place: Place
    action: str
    resource: str
    owner: str


def name_of(principal: Principal) -> str:
    """What messages call a principal."""
    if principal.kind == "root":
        return f"account {principal.account}"
    if principal.kind == "service":
        service = LAMBDA if principal.partition else principal.text.partition("/")[0]
        return f"{service} for account {principal.account}"
    name = principal.text.partition("assumed-role/")[2].partition("/")[0] or principal.text.rpartition("/")[2]
    return f"{principal.kind} {name} of account {principal.account}"


def read_principal(value: Any, where: str) -> Principal:
    """The principal that a user wrote. Raises RegistryError that says what it could be."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise RegistryError(f"{where} has the number {value}; write account ids in quotes, because YAML drops leading zeros of numbers")
    text = str(value)
    if _ACCOUNT.fullmatch(text):
        return Principal(text, "root", text)
    root = _ROOT.fullmatch(text)
    if root:
        return Principal(root["account"], "root", root["account"])
    identity = _IDENTITY.fullmatch(text)
    if identity:
        return Principal(text, "role" if identity["kind"] == "role" else "user", identity["account"], identity["partition"])
    session = _SESSION.fullmatch(text)
    if session:
        return Principal(text, "role", session["account"], session["partition"])
    function = _FUNCTION.fullmatch(text)
    if function:
        return Principal(text, "service", function["account"], function["partition"])
    service = _SERVICE.fullmatch(text)
    if service:
        return Principal(text, "service", service["account"])
    raise RegistryError(
        f"{where} has '{text}'; a principal is the ARN of a role, a user, a role's session or a Lambda function, a 12-digit account id "
        f"in quotes, or a service with the account that it works for, such as {LAMBDA}/444455556666"
    )


def steps_of(question: Question, new: NewRepository | None = None) -> tuple[Step, ...]:
    """What must all be allowed for the access, in the order in which denials are explained. ``new``: what a first pull would create.

    A missing login comes last: it would hide that an identity has no policy at all.
    """
    registry, principal = question.registry, question.principal
    resource = registry.arn_of(question.repository)
    if new and question.access == "pull":
        tag = (TAG,) if new.template and new.template.tags else ()
        found = [Step("registry", action, resource, registry.account) for action in (*_BEFORE, *tag)]
        found.append(Step("repository", "ecr:GetDownloadUrlForLayer", resource, registry.account))
    else:
        found = [Step("repository", action, resource, registry.account) for action in DECIDING_ACTIONS[question.access]]
    if question.access == "cache" and principal.is_read:
        own = Registry(principal.account, registry.region).arn_of(question.repository)
        found += [Step("store", action, own, principal.account) for action in STORE_ACTIONS]
    # Replication and services do not log in.
    if question.access != "replicate" and principal.kind != "service":
        found.append(Step("login", LOGIN, "*", principal.account))
    return tuple(found)
