# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Turns errors of botocore into errors that a user can act on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from .._errors import RegistryError, ServiceError

with suppress(ImportError):  # amazon.aws reports the missing library
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as AwsConnectionError

#: Codes by which services of AWS say "not so fast", and HTTP statuses of trouble on their side.
#: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_THROTTLING = ("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "TooManyRequestsException", "SlowDown")
_TROUBLE = (500, 502, 503, 504)
#: What to do about what botocore finds out by itself.
_ADVICE = {
    "EndpointConnectionError": "check the name of the region, 'endpoint_url', and the way there (network, proxy, VPC endpoint)",
    "NoCredentialsError": "give 'profile' (of a host: aws_profile), keys, or credentials in the environment",
    "ProfileNotFound": "correct the name, or add the profile to the configuration of AWS on the machine where the task runs",
}


@contextmanager
def translated(operation: str = "AWS") -> Iterator[None]:
    """Raises ServiceError for every error that botocore raises inside; code, message and request id are AWS's own.

    ``operation`` is used where botocore failed before there was one, such as for missing credentials.
    """
    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        metadata = error.response.get("ResponseMetadata", {})
        code = details.get("Code", "Unknown")
        passing = _passing(code, metadata.get("HTTPStatusCode"))
        raise ServiceError(error.operation_name, code, details.get("Message", ""), metadata.get("RequestId"), passing) from error
    except (AwsConnectionError, HTTPClientError) as error:
        raise ServiceError(operation, type(error).__name__, _advised(error), passing="AWS did not answer") from error
    except BotoCoreError as error:
        raise ServiceError(operation, type(error).__name__, _advised(error)) from error


def in_turn(calls: Iterable[Callable[[], object]]) -> None:
    """Makes the calls of one write. Raises ServiceError, which is ``partly`` where one of them took effect before it."""
    made = False
    for call in calls:
        try:
            with translated():
                call()
        except ServiceError as error:
            error.partly = made
            raise
        made = True


@contextmanager
def connection_settings() -> Iterator[None]:
    """Raises RegistryError where botocore finds fault with how it is to connect: it does so with errors that are not its own."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise RegistryError(f"AWS cannot be reached as asked for: {error}; correct 'endpoint_url' (https://...) or 'aws_config'") from error


def _advised(error: Exception) -> str:
    return "; ".join(filter(None, (str(error), _ADVICE.get(type(error).__name__))))


def _passing(code: str, status: int | None) -> str | None:
    if code in _THROTTLING:
        return "AWS takes no more requests for the moment"
    return "AWS has trouble of its own" if status in _TROUBLE else None
