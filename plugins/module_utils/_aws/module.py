# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The base of all modules that talk to AWS."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, NoReturn

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from .._errors import RegistryError, error_details
from .._policy.document import PolicyError
from .errors import connection_settings, translated
from .session import AwsSession

if TYPE_CHECKING:
    from botocore.client import BaseClient

#: The option to act as another role, the same in every module.
ASSUME_ROLE_SPEC: dict[str, Any] = {
    "type": "dict",
    "options": {
        "role_arn": {"type": "str", "required": True},
        "external_id": {"type": "str"},
        "session_name": {"type": "str", "default": "crossaccount-registry"},
        "duration_seconds": {"type": "int", "default": 3600},
        "policy": {"type": "json"},
    },
}
#: What get_aws_connection_info tells of credentials.
_CREDENTIALS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "profile_name")


class RegistryAWSModule(AnsibleAWSModule):
    """AnsibleAWSModule with one session for the task, C(assume_role), and errors that keep AWS's code and request id."""

    def __init__(self, argument_spec: Mapping[str, Any], **settings: Any) -> None:
        super().__init__(argument_spec={"assume_role": ASSUME_ROLE_SPEC, **argument_spec}, supports_check_mode=True, **settings)
        self._session: AwsSession | None = None

    @property
    def session(self) -> AwsSession:
        """The session of this task; made when it is first needed. Raises RegistryError."""
        if self._session is None:
            self._session = self.session_with(assume_role=self.params["assume_role"])
        return self._session

    def session_with(self, credentials: Mapping[str, Any] | None = None, assume_role: Mapping[str, Any] | None = None) -> AwsSession:
        """A session of its own: with these credentials (C(aws_access_key_id), C(profile_name), ...) instead of the task's, or with those
        of a role that they assume. Everything else is as in the task's session. Raises RegistryError.
        """
        prefer_explicit(self.params, os.environ)
        with connection_settings():
            region, endpoint_url, connection = get_aws_connection_info(self)
        if credentials is not None:
            connection = {**connection, **dict.fromkeys(_CREDENTIALS), **credentials}
        return AwsSession(
            connection,
            endpoint_url,
            region,
            assume_role=assume_role,
            user_agent="APN/1.0 Ansible crossaccount.registry",
            connections=max(10, self.params.get("workers") or 0),
        )

    def aws_client(self, service: str, region: str | None = None, repeats: bool = True) -> BaseClient:
        """The client for a service in a region, the task's own by default; see AwsSession.client. Raises ServiceError."""
        return self.session.client(service, region, repeats)

    def warn(self, warning: str) -> None:
        """Warns the user. Without the copy that AnsibleAWSModule keeps and returns, which ansible-core 2.19 and later complains about."""
        self._module.warn(warning)

    def run(self, work: Callable[[], dict[str, Any]]) -> NoReturn:
        """Ends the module with what ``work`` returns, or with the message of the error that it raises.

        A result that has C(msg) and a true C(failed) ends the module as failed.
        """
        try:
            with translated():
                result = work()
        except (RegistryError, PolicyError) as error:
            self.fail_json(msg=str(error), **error_details(error))
        if result.get("failed"):
            self.fail_json(**result)
        self.exit_json(**result)


def prefer_explicit(params: MutableMapping[str, Any], environment: Mapping[str, str]) -> None:
    """Drops keys or a profile that come from the environment where the other one was given, as the AWS CLI does.

    Without it, a profile in the inventory could not be used in a shell that has keys in its environment.
    """
    if not (params.get("profile") and params.get("access_key")):
        return
    if params["profile"] == environment.get("AWS_PROFILE"):
        params["profile"] = None
    elif params["access_key"] == environment.get("AWS_ACCESS_KEY_ID"):
        params.update(access_key=None, secret_key=None, session_token=None)
