# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Turns errors of botocore into errors that a user can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .._errors import ServiceError

with suppress(ImportError):  # amazon.aws reports the missing library
    from botocore.exceptions import BotoCoreError, ClientError


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
        raise ServiceError(
            error.operation_name, details.get("Code", "Unknown"), details.get("Message", ""), metadata.get("RequestId")
        ) from error
    except BotoCoreError as error:
        raise ServiceError(operation, type(error).__name__, str(error)) from error
