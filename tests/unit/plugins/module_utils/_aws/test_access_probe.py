# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact calls by which access is tried, what their answers mean, and who may try it for whom."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_probe import (
    PROBED_ACTIONS,
    Probed,
    consumer_session,
    outcome_of,
    probe,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError

PRIMARY, SECONDARY = "111122223333", "444455556666"
WHERE = {"registryId": PRIMARY, "repositoryName": "team/app"}
DIGEST = "sha256:" + "0" * 64
ROLE, USER = f"arn:aws:iam::{SECONDARY}:role/team/puller", f"arn:aws:iam::{SECONDARY}:user/ci"
DENIED = (
    f"User: arn:aws:sts::{SECONDARY}:assumed-role/puller/s is not authorized to perform: ecr:BatchGetImage on resource: "
    f"arn:aws:ecr:eu-west-1:{PRIMARY}:repository/team/app because no resource-based policy allows the ecr:BatchGetImage action"
)
IMAGES = {**WHERE, "imageIds": [{"imageDigest": DIGEST}]}
LAYER = {**WHERE, "layerDigest": DIGEST}
CALLS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "login": [("get_authorization_token", {})],
    "pull": [("batch_get_image", IMAGES), ("get_download_url_for_layer", LAYER)],
    "push": [("batch_check_layer_availability", {**WHERE, "layerDigests": [DIGEST]}), ("initiate_layer_upload", WHERE)],
    "pull_push": [
        *[("batch_get_image", IMAGES), ("get_download_url_for_layer", LAYER)],
        *[("batch_check_layer_availability", {**WHERE, "layerDigests": [DIGEST]}), ("initiate_layer_upload", WHERE)],
    ],
    "scan": [
        *[("batch_get_image", IMAGES), ("get_download_url_for_layer", LAYER)],
        *[("describe_images", {**WHERE, "maxResults": 1}), ("list_images", {**WHERE, "maxResults": 1})],
    ],
}


@pytest.fixture
def ecr() -> Iterator[Stubber]:
    client = boto3.client("ecr", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="s")
    with Stubber(client) as stub:
        yield stub
    stub.assert_no_pending_responses()


def answer(ecr: Stubber, code: str, message: str = "AWS's words") -> Probed:
    """What a pull says when BatchGetImage answers with an error."""
    ecr.add_client_error("batch_get_image", code, message)
    ecr.add_response("get_download_url_for_layer", {}, LAYER)
    return probe(ecr.client, PRIMARY, "team/app", "pull")[0]


@pytest.mark.parametrize("access", CALLS)
def test_the_calls_of_each_access_level(ecr: Stubber, access: str) -> None:
    for operation, arguments in CALLS[access]:
        ecr.add_response(operation, {}, arguments)
    found = probe(ecr.client, PRIMARY, "team/app", access)
    assert found == [Probed(action, "allowed") for action in PROBED_ACTIONS[access]]
    assert outcome_of(found) == "allowed"


@pytest.mark.parametrize("access", ["cache", "replicate"])
def test_what_no_harmless_call_proves_is_unknown(ecr: Stubber, access: str) -> None:
    assert probe(ecr.client, PRIMARY, "team/app", access) == []
    assert outcome_of([]) == "unknown"


@pytest.mark.parametrize(
    "code",
    [
        *("LayersNotFoundException", "LayerInaccessibleException", "ImageNotFoundException"),
        *("UnableToGetUpstreamImageException", "UnableToGetUpstreamLayerException"),
    ],
)
def test_only_who_may_ask_hears_what_is_not_there(ecr: Stubber, code: str) -> None:
    assert answer(ecr, code) == Probed("ecr:BatchGetImage", "allowed", None, code, "AWS's words")


@pytest.mark.parametrize("code", ["AccessDeniedException", "AccessDenied"])
def test_a_denial_is_read(ecr: Stubber, code: str) -> None:
    found = answer(ecr, code, DENIED)
    assert (found.outcome, found.code, found.message, found.reason) == ("denied", code, DENIED, None)
    assert found.denial and (found.denial.layer, found.denial.explicit, found.denial.action) == ("resource", False, "ecr:BatchGetImage")


def test_a_denial_that_says_nothing_is_one(ecr: Stubber) -> None:
    assert answer(ecr, "AccessDeniedException", "no") == Probed("ecr:BatchGetImage", "denied", None, "AccessDeniedException", "no")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("RepositoryNotFoundException", "the repository is absent"),
        ("ExpiredToken", "the credentials have expired; get new ones and try again"),
        ("ExpiredTokenException", "the credentials have expired; get new ones and try again"),
        ("UnrecognizedClientException", "AWS does not know the credentials, or the region is not enabled for their account"),
        ("InvalidClientTokenId", "AWS does not know the credentials, or the region is not enabled for their account"),
        ("InvalidSignatureException", "the secret of the credentials is wrong, or the clock of this machine is"),
        ("MissingAuthenticationTokenException", "there are no credentials"),
        ("KmsException", "AWS answered KmsException: AWS's words"),
        ("ServerException", "AWS answered ServerException: AWS's words"),
    ],
)
def test_what_says_nothing_about_policies_is_unknown(ecr: Stubber, code: str, reason: str) -> None:
    assert answer(ecr, code) == Probed("ecr:BatchGetImage", "unknown", None, code, "AWS's words", reason)


def test_throttling_that_does_not_end_is_unknown() -> None:
    client = boto3.client("ecr", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="s")
    with Stubber(client) as stub:
        stub.add_client_error("get_authorization_token", "ThrottlingException", "Rate exceeded", http_status_code=400)
        (found,) = probe(client, PRIMARY, "", "login")
    assert (found.outcome, found.reason) == ("unknown", "AWS takes no more requests for the moment")


def test_no_credentials_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (found,) = probe(boto3.session.Session().client("ecr", region_name="eu-west-1"), PRIMARY, "", "login")
    assert (found.outcome, found.code, found.reason) == ("unknown", "NoCredentialsError", "there are no credentials")


@pytest.mark.parametrize(
    ("outcomes", "together"),
    [
        (["allowed", "allowed"], "allowed"),
        (["allowed", "unknown"], "unknown"),
        (["unknown", "denied", "allowed"], "denied"),
    ],
)
def test_several_answers_together(outcomes: list[Any], together: str) -> None:
    assert outcome_of(Probed("ecr:X", outcome) for outcome in outcomes) == together


# -- whose credentials -------------------------------------------------------------------------------------------------


class Sessions:
    """The sessions of one account, whose credentials STS says are ``own``; ``refusal`` is what AssumeRole answers."""

    def __init__(self, own: str | None, refusal: ServiceError | None = None) -> None:
        self.own = own
        self.refusal = refusal
        self.asked: list[Any] = []
        self.session = SimpleNamespace(acting_as=self._acting_as)

    def _acting_as(self, role: Any) -> str:
        self.asked.append(role)
        if self.refusal:
            raise self.refusal
        return "a session of the role"

    def of(self, account: str) -> Any:
        assert account == SECONDARY
        return self.session if self.own else None

    def caller_of(self, _account: str) -> str | None:
        return self.own

    def act_as(self, arn: str) -> Any:
        sessions: Any = self
        return consumer_session(sessions, arn)


SESSION = f"arn:aws:sts::{SECONDARY}:assumed-role/puller/build"


@pytest.mark.parametrize(("own", "arn"), [(USER, USER), (SESSION, ROLE), (SESSION, SESSION)])
def test_credentials_that_are_the_principal_are_used(own: str, arn: str) -> None:
    sessions = Sessions(own)
    assert sessions.act_as(arn) is sessions.session
    assert sessions.asked == []


@pytest.mark.parametrize("own", [USER, SESSION.replace("puller", "admin"), f"arn:aws:iam::{SECONDARY}:root"])
def test_other_credentials_assume_the_role(own: str) -> None:
    sessions = Sessions(own)
    assert sessions.act_as(ROLE) == "a session of the role"
    assert sessions.asked == [{"role_arn": ROLE, "session_name": "crossaccount-registry"}]


def refused(sessions: Sessions, arn: str) -> str:
    with pytest.raises(RegistryError) as raised:
        sessions.act_as(arn)
    return str(raised.value)


def test_an_account_without_credentials() -> None:
    assert refused(Sessions(None), ROLE) == (
        f"there are no credentials of account {SECONDARY}, so nobody can act as {ROLE}; add the account to 'accounts'"
    )


def test_nobody_assumes_a_user() -> None:
    assert refused(Sessions(SESSION), USER) == (
        f"nobody can assume a user, and the credentials of account {SECONDARY} are {SESSION}; to act as {USER}, give an access key of "
        "it in 'accounts'"
    )


def test_nobody_assumes_a_session() -> None:
    assert refused(Sessions(USER), SESSION) == (
        f"the credentials of account {SECONDARY} are {USER}, not those of the session {SESSION}; give those in 'accounts'"
    )


def denial(why: str = "") -> ServiceError:
    text = f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {ROLE}{why}"
    return ServiceError("AssumeRole", "AccessDenied", text, "r")


TRUST = f"the trust policy of the role must allow sts:AssumeRole to {USER}"
IDENTITY = f"an identity policy of {USER} must allow sts:AssumeRole on {ROLE}"


@pytest.mark.parametrize(
    ("why", "lack"),
    [
        ("", f"{TRUST}, or to its account, and then {IDENTITY}"),
        (" because no role trust policy allows the sts:AssumeRole action", TRUST),
        (" because no resource-based policy allows the sts:AssumeRole action", TRUST),
        (" because no identity-based policy allows the sts:AssumeRole action", IDENTITY),
        (" because no permissions boundary allows the sts:AssumeRole action", "no policy (boundary) allows sts:AssumeRole"),
        (" with an explicit deny in the role trust policy", "the trust policy of the role denies sts:AssumeRole"),
        (" with an explicit deny in an identity-based policy", f"an identity policy of {USER} denies sts:AssumeRole"),
        (" with an explicit deny in a service control policy", "a policy (organization) denies sts:AssumeRole"),
        (" with an explicit deny", "a policy denies sts:AssumeRole"),
    ],
)
def test_a_refused_assume_role_says_which_policy_lacks_what(why: str, lack: str) -> None:
    error = denial(why)
    assert refused(Sessions(USER, error), ROLE) == f"{USER} may not assume {ROLE}, so its access cannot be tried: {lack} ({error})"


def test_the_role_behind_a_session_is_named() -> None:
    text = refused(Sessions(SESSION.replace("puller", "admin"), denial()), ROLE)
    assert f"must allow sts:AssumeRole to the role admin of account {SECONDARY}, or to its account" in text


def test_other_trouble_with_assume_role_is_told() -> None:
    error = ServiceError("AssumeRole", "ExpiredToken", "too late")
    assert refused(Sessions(USER, error), ROLE) == f"{ROLE} cannot be assumed by {USER}: AssumeRole: ExpiredToken: too late"
