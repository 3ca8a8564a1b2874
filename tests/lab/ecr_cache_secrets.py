# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secret with the credentials for an upstream registry, read as ECR reads it: by its service-linked role."""

from __future__ import annotations

import json

from . import ecr_service_roles
from .call import AwsError
from .ecr_service_roles import CACHE
from .secrets_store import Version, find_secret, resource_side

# The sentences of the API reference.
NOT_FOUND = (
    "The ARN of the secret specified in the pull through cache rule was not found. "
    "Update the pull through cache rule with a valid secret ARN and try again."
)
NO_ACCESS = "The secret is unable to be accessed. Verify the resource permissions for the secret and try again."
NO_KEY = "The secret is accessible but is unable to be decrypted. Verify the resource permisisons and try again."  # AWS's spelling
# The lab's own: AWS says only that validation verifies the syntax.
BAD_SYNTAX = "The secret does not have the expected syntax. It must be a JSON object with the keys username and accessToken."


def readable_version(account: str, region: str, partition: str, arn: str) -> Version | None:
    """The current version of the secret, None when it has no value yet; raises AwsError when ECR cannot read the secret.

    It is a secret of the registry's region, that the service-linked role may read, encrypted with the key aws/secretsmanager (ECR user
    guide, "Storing your upstream repository credentials"). The role's managed policy ends at its own account.
    """
    place = arn.split(":")[3:5]
    secret = find_secret(place[1], place[0], arn) if place[0] == region else None
    if place[1] == account and (secret is None or secret.deleted):
        raise AwsError("SecretNotFoundException", NOT_FOUND)
    try:
        caller = ecr_service_roles.acting(CACHE, account, region, partition, None)
    except AwsError:
        raise AwsError("UnableToAccessSecretException", NO_ACCESS) from None
    statements, more = resource_side(place[1], place[0], arn)
    read = "secretsmanager:GetSecretValue"
    resource = secret.arn if secret else arn
    if not ecr_service_roles.decision_about(caller, read, resource, (place[1], place[0]), statements, more).allowed:
        raise AwsError("UnableToAccessSecretException", NO_ACCESS)
    if secret is None:
        raise AwsError("SecretNotFoundException", NOT_FOUND)
    version = secret.with_stage("AWSCURRENT")
    if secret.key is not None or (version is not None and version.key is not None):
        raise AwsError("UnableToDecryptSecretValueException", NO_KEY)
    return version


def is_well_formed(version: Version | None) -> bool:
    """Whether the value is a JSON object with a user name and an access token."""
    try:
        value = json.loads(version.text or "") if version is not None else None
    except ValueError:
        return False
    return isinstance(value, dict) and all(isinstance(value.get(key), str) and value[key] for key in ("username", "accessToken"))
