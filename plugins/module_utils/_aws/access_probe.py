# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Does it work? Real calls with the credentials of the one who is to have access.

They change nothing that lasts and cost nothing. They ask for an image and a layer that no repository has, and begin an upload that is
never completed, so that nothing of it is ever in the repository. AWS looks whether somebody may ask before it looks what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from .._access.denials import Denial, read_denial
from .._errors import RegistryError, ServiceError
from .errors import translated
from .iam_principals import NOT_ALLOWED

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .accounts import AccountSessions
    from .session import AwsSession

Outcome = Literal["allowed", "denied", "unknown"]

#: The digest of no image and no layer: SHA-256 gives it for nothing that is known.
_NO_DIGEST = "sha256:" + "0" * 64
#: The calls of each access level, by the action that they prove, with their arguments beside the repository. Levels whose actions no
#: harmless call proves (cache, replicate) have none.
_IMAGE: Mapping[str, Any] = {"imageIds": [{"imageDigest": _NO_DIGEST}]}
_CALLS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "ecr:GetAuthorizationToken": ("get_authorization_token", {}),
    "ecr:BatchGetImage": ("batch_get_image", _IMAGE),
    "ecr:GetDownloadUrlForLayer": ("get_download_url_for_layer", {"layerDigest": _NO_DIGEST}),
    "ecr:BatchCheckLayerAvailability": ("batch_check_layer_availability", {"layerDigests": [_NO_DIGEST]}),
    "ecr:InitiateLayerUpload": ("initiate_layer_upload", {}),
    "ecr:DescribeImages": ("describe_images", {"maxResults": 1}),
    "ecr:ListImages": ("list_images", {"maxResults": 1}),
}
_LOGIN = ("ecr:GetAuthorizationToken",)
_PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_PUSH = ("ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload")
PROBED_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "login": _LOGIN,
    "pull": _PULL,
    "cached_pull": _PULL,
    "push": _PUSH,
    "pull_push": (*_PULL, *_PUSH),
    "scan": (*_PULL, "ecr:DescribeImages", "ecr:ListImages"),
}

#: What only those hear who may ask: what they ask for is not there, or could not be fetched from where a cache has it from.
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html and .../API_BatchGetImage.html
_ANSWERS = (
    *("LayersNotFoundException", "LayerInaccessibleException", "ImageNotFoundException"),
    *("UnableToGetUpstreamImageException", "UnableToGetUpstreamLayerException"),
)
#: What says nothing about the policies, and why. Codes as under
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html
_EXPIRED = "the credentials have expired; get new ones and try again"
_UNKNOWN = "AWS does not know the credentials, or the region is not enabled for their account"
_SIGNATURE = "the secret of the credentials is wrong, or the clock of this machine is"
_NOBODY = "there are no credentials"
_REASONS: Mapping[str, str] = {
    "RepositoryNotFoundException": "the repository is absent",
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "UnrecognizedClientException": _UNKNOWN,
    "InvalidClientTokenId": _UNKNOWN,
    "InvalidAccessKeyId": _UNKNOWN,
    "OptInRequired": _UNKNOWN,
    "InvalidSignatureException": _SIGNATURE,
    "SignatureDoesNotMatch": _SIGNATURE,
    "IncompleteSignature": _SIGNATURE,
    "MissingAuthenticationToken": _NOBODY,
    "MissingAuthenticationTokenException": _NOBODY,
    "NoCredentialsError": _NOBODY,
}


@dataclass(frozen=True)
class Probed:
    """What AWS answered to a call. ``code`` and ``message`` are its own, None when it answered without an error.

    ``reason`` says in words why the outcome is unknown; otherwise it is None.
    """

    action: str
    outcome: Outcome
    denial: Denial | None = None
    code: str | None = None
    message: str | None = None
    reason: str | None = None


def probe(client: BaseClient, registry_account: str, repository: str, access: str) -> list[Probed]:
    """What AWS answers to the calls of an access level: C(login) (``repository`` does not matter), or one of PROBED_ACTIONS.

    One for each action that is probed, in their order there; errors are outcomes, and nothing is raised. Empty for a level that no
    harmless call proves. Nothing that lasts is changed, and nothing costs anything.
    """
    return [_probe(client, registry_account, repository, action) for action in PROBED_ACTIONS.get(access, ())]


def outcome_of(probed: Iterable[Probed]) -> Outcome:
    """What several answers say together: denied when one is denied, else unknown when one is or there is none, else allowed."""
    outcomes = {one.outcome for one in probed}
    if "denied" in outcomes:
        return "denied"
    return "allowed" if outcomes == {"allowed"} else "unknown"


def _probe(client: BaseClient, registry_account: str, repository: str, action: str) -> Probed:
    operation, arguments = _CALLS[action]
    where = {} if action in _LOGIN else {"registryId": registry_account, "repositoryName": repository}
    call: Callable[[], object] = partial(getattr(client, operation), **where, **arguments)
    try:
        with translated(action.partition(":")[2]):
            call()
    except ServiceError as error:
        return _answered(action, error)
    return Probed(action, "allowed")


def _answered(action: str, error: ServiceError) -> Probed:
    """What an error says about the access."""
    if error.code in _ANSWERS:
        return Probed(action, "allowed", None, error.code, error.message)
    if error.code in NOT_ALLOWED:
        return Probed(action, "denied", read_denial(error.message), error.code, error.message)
    reason = _REASONS.get(error.code) or error.passing or f"AWS answered {error.code}: {error.message}"
    return Probed(action, "unknown", None, error.code, error.message, reason)


def consumer_session(sessions: AccountSessions, arn: str) -> AwsSession:
    """A session that acts as a role or user, for probing.

    ``arn`` is that of a role, a user, or a session of a role. The credentials of its account when they are its own already, else those
    of the role, which they assume. Raises RegistryError that says what is missing: credentials of the account, those of the user, or
    the trust of the role.
    """
    account = arn.split(":")[4] if arn.count(":") > 4 else ""
    found = sessions.of(account)
    if found is None:
        raise RegistryError(f"there are no credentials of account {account}, so nobody can act as {arn}; add the account to 'accounts'")
    own = str(sessions.caller_of(account))
    if _is(own, arn):
        return found
    kind = arn.split(":", 5)[5].partition("/")[0]
    if kind == "user":
        raise RegistryError(
            f"nobody can assume a user, and the credentials of account {account} are {own}; to act as {arn}, give an access key of it "
            "in 'accounts'"
        )
    if kind == "assumed-role":
        raise RegistryError(f"the credentials of account {account} are {own}, not those of the session {arn}; give those in 'accounts'")
    try:
        return found.acting_as({"role_arn": arn, "session_name": "crossaccount-registry"})
    except ServiceError as error:
        if error.code not in NOT_ALLOWED:
            raise RegistryError(f"{arn} cannot be assumed by {own}: {error}") from error
        raise RegistryError(f"{own} may not assume {arn}, so its access cannot be tried: {_lack(own, arn, error)} ({error})") from error


def _lack(own: str, arn: str, error: ServiceError) -> str:
    """Which policy has to change so that somebody may assume a role. STS mostly does not say which side is silent."""
    denial = read_denial(error.message) or Denial(None, explicit=False)
    who = _principal_of(own)
    if denial.explicit:
        policies = {None: "a policy", "trust": "the trust policy of the role", "identity": f"an identity policy of {who}"}
        return f"{policies.get(denial.layer, f'a policy ({denial.layer})')} denies sts:AssumeRole"
    trust = f"the trust policy of the role must allow sts:AssumeRole to {who}"
    identity = f"an identity policy of {who} must allow sts:AssumeRole on {arn}"
    lacks = {None: f"{trust}, or to its account, and then {identity}", "trust": trust, "resource": trust, "identity": identity}
    return lacks.get(denial.layer, f"no policy ({denial.layer}) allows sts:AssumeRole")


def _is(own: str, arn: str) -> bool:
    """Whether credentials with the ARN ``own`` act as ``arn``. The ARN of a session has the name of the role, but not its path."""
    return own == arn or (
        ":assumed-role/" in own and arn.split(":", 5)[5].startswith("role/") and _role_name(own) == arn.rpartition("/")[2]
    )


def _role_name(session: str) -> str:
    return session.split(":", 5)[5].split("/")[1]


def _principal_of(own: str) -> str:
    """The principal that policies can name for the credentials with this ARN."""
    if ":assumed-role/" not in own:
        return own
    fields = own.split(":", 5)
    return f"the role {_role_name(own)} of account {fields[4]}"
