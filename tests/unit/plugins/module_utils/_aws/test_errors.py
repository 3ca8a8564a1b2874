# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS says, as the collection's own errors."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    ReadTimeoutError,
)

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.errors import translated
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import ServiceError

URL = "https://api.ecr.eu-west-1.amazonaws.com/"


def refusal(code: str, status: int = 400) -> ClientError:
    """An answer of AWS."""
    answer: Any = {
        "Error": {"Code": code, "Message": "the words"},
        "ResponseMetadata": {"RequestId": "request-1", "HTTPStatusCode": status},
    }
    return ClientError(answer, "SetRepositoryPolicy")


def said(error: Exception) -> ServiceError:
    """What becomes of an error."""
    with pytest.raises(ServiceError) as translation, translated("AssumeRole"):
        raise error
    assert translation.value.__cause__ is error
    return translation.value


def test_code_message_and_request_id_are_kept() -> None:
    error = said(refusal("InvalidParameterException"))
    assert (error.operation, error.code, error.message, error.request_id) == (
        "SetRepositoryPolicy",
        "InvalidParameterException",
        "the words",
        "request-1",
    )
    assert str(error) == "SetRepositoryPolicy: InvalidParameterException: the words (request id request-1)"


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        pytest.param(refusal("ThrottlingException"), "AWS takes no more requests for the moment", id="throttling"),
        pytest.param(refusal("Throttling"), "AWS takes no more requests for the moment", id="throttling of IAM"),
        pytest.param(refusal("TooManyRequestsException"), "AWS takes no more requests for the moment", id="too many requests"),
        pytest.param(refusal("ServerException", 500), "AWS has trouble of its own", id="500"),
        pytest.param(refusal("ServiceUnavailable", 503), "AWS has trouble of its own", id="503"),
        pytest.param(ConnectionClosedError(endpoint_url=URL), "AWS did not answer", id="connection closed"),
        pytest.param(EndpointConnectionError(endpoint_url=URL), "AWS did not answer", id="no connection"),
        pytest.param(ReadTimeoutError(endpoint_url=URL), "AWS did not answer", id="time out"),
        pytest.param(refusal("AccessDeniedException"), None, id="access denied"),
        pytest.param(refusal("InvalidParameterException"), None, id="invalid"),
        pytest.param(refusal("LimitExceededException"), None, id="a limit, which no waiting moves"),
        pytest.param(NoCredentialsError(), None, id="no credentials"),
        pytest.param(NoRegionError(), None, id="no region"),
        pytest.param(ProfileNotFound(profile="nobody"), None, id="no such profile"),
    ],
)
def test_what_may_pass(error: Exception, passing: str | None) -> None:
    assert said(error).passing == passing


def test_what_botocore_says_by_itself_names_the_operation() -> None:
    error = said(NoCredentialsError())
    assert (error.operation, error.code, error.request_id) == ("AssumeRole", "NoCredentialsError", None)
    assert "Unable to locate credentials; give 'profile'" in str(error)


def test_what_botocore_says_comes_with_what_to_do() -> None:
    assert str(said(ProfileNotFound(profile="nobody"))).endswith(
        "The config profile (nobody) could not be found; correct the name, or add the "
        "profile to the configuration of AWS on the machine where the task runs"
    )
    assert "the name of the region, 'endpoint_url', and the way there" in str(said(EndpointConnectionError(endpoint_url=URL)))
    assert str(said(NoRegionError())) == "AssumeRole: NoRegionError: You must specify a region."


def test_other_errors_pass_through() -> None:
    with pytest.raises(KeyError), translated():
        raise KeyError("ours")
