# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The one library that is needed, loaded only where somebody works with Alibaba Cloud, and kept quiet."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from .._errors import RegistryError

try:
    from alibabacloud_credentials.exceptions import CredentialException
    from alibabacloud_credentials.provider import (
        CLIProfileCredentialsProvider,
        EcsRamRoleCredentialsProvider,
        ProfileCredentialsProvider,
        URLCredentialsProvider,
    )
    from alibabacloud_tea_openapi.client import Client
    from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
    from alibabacloud_tea_util.models import RuntimeOptions
    from requests.utils import should_bypass_proxies
    from Tea.exceptions import RetryError, TeaException, UnretryableException
except ImportError:
    PROBLEM: str | None = traceback.format_exc()
else:
    PROBLEM = None

#: What to install.
NAME = "alibabacloud-tea-openapi"

__all__ = [
    "NAME",
    "PROBLEM",
    "CLIProfileCredentialsProvider",
    "Client",
    "Config",
    "CredentialException",
    "EcsRamRoleCredentialsProvider",
    "OpenApiRequest",
    "Params",
    "ProfileCredentialsProvider",
    "RetryError",
    "RuntimeOptions",
    "TeaException",
    "URLCredentialsProvider",
    "UnretryableException",
    "proxies_for",
    "silence_loggers",
]

#: They write requests, with access keys and tokens in them, to stderr: for errors, and with DEBUG=sdk for everything.
_LOGGERS = ("credentials", "darabonba-core", "alibabacloud-tea")
_PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy")


def silence_loggers() -> None:
    """Keeps the library's loggers from writing anything."""
    for name in _LOGGERS:
        logging.getLogger(name).disabled = True


@contextmanager
def proxies_for(url: str) -> Iterator[None]:
    """Inside, the library goes to this URL as the environment says.

    It takes HTTP_PROXY and HTTPS_PROXY from the environment itself, and does not look at NO_PROXY: where that exempts the host, the
    variables are hidden from it. A task makes one call after the other.
    """
    try:
        exempt = should_bypass_proxies(url, no_proxy=None)
    except ValueError as error:
        raise RegistryError(f"NO_PROXY cannot be read: {error}") from error
    hidden = {name: os.environ.pop(name) for name in _PROXIES if name in os.environ} if exempt else {}
    try:
        yield
    finally:
        os.environ.update(hidden)
