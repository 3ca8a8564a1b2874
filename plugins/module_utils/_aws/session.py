# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""An AWS session, optionally with the credentials of a role that it assumes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .errors import connection_settings, translated

if TYPE_CHECKING:
    from botocore.client import BaseClient

with suppress(ImportError):  # amazon.aws reports the missing library
    import boto3.session
    import botocore.session
    from botocore.config import Config
    from botocore.credentials import AssumeRoleCredentialFetcher, CredentialResolver, RefreshableCredentials
    from botocore.exceptions import NoCredentialsError

#: Attempts for one call. The adaptive mode of botocore slows down by itself when AWS throttles.
_RETRIES = {"mode": "adaptive", "total_max_attempts": 8}

#: Seconds before they expire when the credentials of a role are renewed: by one thread, and at last by all. STS gives them for 900
#: seconds at least; botocore's own 900 would renew such short ones at each call.
_RENEW, _RENEW_AT_LAST = 300, 60


class AwsSession:
    """Clients for one set of credentials.

    ``connection`` are the keyword arguments that amazon.aws works out from a module's options (C(aws_access_key_id), ...,
    C(profile_name), C(verify), C(aws_config)), ``assume_role`` is the option of that name or None, ``user_agent`` names the
    collection. ``connections`` is how many calls run at once.

    Raises ServiceError when the profile is not there, or the role cannot be assumed, RegistryError when its policy is no JSON.
    """

    def __init__(
        self,
        connection: Mapping[str, Any],
        endpoint_url: str | None,
        region: str | None,
        assume_role: Mapping[str, Any] | None = None,
        user_agent: str = "",
        connections: int = 10,
    ) -> None:
        credentials = {key: connection.get(key) for key in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")}
        self._endpoint_url = endpoint_url
        self._region = region
        self._verify = connection.get("verify")
        self._profile = connection.get("profile_name")
        self._config = Config(user_agent=user_agent, retries=_RETRIES, max_pool_connections=connections)
        if connection.get("aws_config"):
            self._config = self._config.merge(connection["aws_config"])
        self._once = self._config.merge(Config(retries={**_RETRIES, "total_max_attempts": 1}))
        self._clients: dict[tuple[str, str | None, bool], BaseClient] = {}
        with translated():
            core = botocore.session.Session(profile=self._profile)
            # Reading the models of services is most of what a client costs; sessions that come from one another share what was read.
            self._models = core.get_component("data_loader")
            self._session = boto3.session.Session(botocore_session=core, region_name=region, **credentials)
        if assume_role:
            with translated("AssumeRole"):
                self._session = self._assume(assume_role)
        # What there is so far has the credentials that the role was assumed with.
        self._clients = {}

    def acting_as(self, role: Mapping[str, Any]) -> AwsSession:
        """Another session like this one, with the credentials of a role that this one's assume.

        ``role`` is as the option C(assume_role). Raises ServiceError when the role cannot be assumed.
        """
        other = copy(self)
        with translated("AssumeRole"):
            other._session = self._assume(role)
        other._clients = {}
        return other

    def client(self, service: str, region: str | None = None, repeats: bool = True) -> BaseClient:
        """The client for a service in a region (the session's own by default); made once.

        Without ``repeats`` it makes each call once. That is for writes of whole documents: repeated blindly after a lost answer they
        would overwrite what somebody else wrote meanwhile.

        Raises RegistryError when botocore cannot connect in the way that it is asked to.
        """
        key = (service, region or self._region, repeats)
        if key not in self._clients:
            with connection_settings(), translated():
                self._clients[key] = self._session.client(
                    service,
                    region_name=key[1],
                    endpoint_url=self._endpoint_url,
                    verify=self._verify,
                    config=self._config if repeats else self._once,
                )
        return self._clients[key]

    @property
    def home_region(self) -> str:
        """A region for services that are the same in all of them."""
        return self._region or "us-east-1"

    def available_regions(self, service: str, partition: str) -> list[str]:
        """The regions of a partition that the service is in, as far as the installed botocore knows."""
        return list(self._session.get_available_regions(service, partition_name=partition))

    def _assume(self, role: Mapping[str, Any]) -> boto3.session.Session:
        """A session with the role's credentials, which botocore renews by itself when a long task needs it."""
        arguments = {
            "RoleSessionName": role.get("session_name"),
            "DurationSeconds": role.get("duration_seconds"),
            "ExternalId": role.get("external_id"),
            "Policy": _minified(role["policy"]) if role.get("policy") else None,
        }

        # The global endpoint of old is gone: without a region any regional one does.
        sts = self.client("sts", self.home_region)
        source = self._session.get_credentials()
        if source is None:
            raise NoCredentialsError
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=lambda _service, **_credentials: sts,
            source_credentials=source,
            role_arn=role["role_arn"],
            extra_args={key: value for key, value in arguments.items() if value is not None},
        )
        # Asked for now, so that a refusal comes before anything else happens.
        credentials = RefreshableCredentials.create_from_metadata(
            fetcher.fetch_credentials(),
            refresh_using=fetcher.fetch_credentials,
            method="assume-role",
            advisory_timeout=_RENEW,
            mandatory_timeout=_RENEW_AT_LAST,
        )
        # The profile says more than whose credentials these were: endpoints, FIPS, the authority that is trusted.
        assumed = botocore.session.Session(profile=self._profile)
        assumed.register_component("data_loader", self._models)
        assumed.register_component("credential_provider", CredentialResolver([_Fixed(credentials)]))
        return boto3.session.Session(botocore_session=assumed, region_name=self._region)


class _Fixed:
    """A botocore credential provider for credentials that are there already."""

    METHOD = "assume-role"
    CANONICAL_NAME = None

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load(self) -> Any:
        return self._credentials


def _minified(policy: Any) -> str:
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError as error:
        raise RegistryError(f"'assume_role': its policy is not valid JSON: {error}") from error
    return json.dumps(document, separators=(",", ":"))
