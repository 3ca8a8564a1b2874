# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Where Secrets Manager keeps the policy of a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import RegistryError, ServiceError
from .._policy.document import Policy
from .._policy.limits import SECRET_POLICY
from .._readers import READ, SECRET_ARN, readers_elsewhere
from .errors import translated
from .secret_keys import MANAGED_KEY, SecretKeys
from .secret_store import SecretStore

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .registry_secret import Secret


class SecretPolicyStore:
    """The policy of one secret, named by its name or its ARN.

    ``writer`` makes each call once, see AwsSession.client. ``desired`` are the statements that shall be there, None when some shall go;
    then a secret that is not there, or is scheduled for deletion, has no policy. ``block_public`` lets Secrets Manager refuse a policy
    that lets everybody in. ``expected``: the secret need not be there yet.
    """

    kind = SECRET_POLICY
    subject = ""

    def __init__(
        self,
        reader: BaseClient,
        writer: BaseClient,
        keys: SecretKeys,
        name: str,
        account: str,
        region: str,
        desired: Policy | None,
        block_public: bool,
        expected: bool = False,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._keys = keys
        self._desired = desired
        self._block_public = block_public
        self._expected = expected
        self._secret: Secret | None = None
        arn = SECRET_ARN.fullmatch(name)
        self.resource = name
        self.account: str | None = arn["account"] if arn else account
        self.owner: str | None = self.account
        self.region: str | None = region

    def read(self) -> str | None:
        """The policy. Refuses, before anything is written, secrets whose policy cannot be changed or cannot have the effect."""
        self._secret = self._secret or self._find()
        if self._secret is None:
            return None
        with translated():
            answer = self._reader.get_resource_policy(SecretId=self._arn)
        text: str | None = answer.get("ResourcePolicy")
        return text

    def write(self, policy: Policy) -> None:
        try:
            with translated():
                self._writer.put_resource_policy(SecretId=self._arn, ResourcePolicy=policy.text(), BlockPublicPolicy=self._block_public)
        except ServiceError as error:
            if error.code != "PublicPolicyException":
                raise
            raise RegistryError(
                "Secrets Manager finds that the policy, with all that is in it, gives broad access to the secret; name the principals, "
                f"or give 'block_public_policy: false'; {error}"
            ) from error

    def delete(self) -> None:
        with translated():
            self._writer.delete_resource_policy(SecretId=self._arn)

    def waits_for(self, error: ServiceError) -> str | None:
        """Secrets Manager learns of a new role after some seconds.

        https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/secretsmanager/secret_policy.go
        """
        if error.code == "MalformedPolicyDocumentException" and "unsupported principal" in error.message:
            return "Secrets Manager does not know a principal of the policy (yet)"
        return None

    @property
    def _arn(self) -> str:
        if self._secret is None or self._secret.arn is None:
            raise ValueError("a policy is read before it is written")
        return self._secret.arn

    def _find(self) -> Secret | None:
        secret = SecretStore(self._reader).find(self.resource)
        if secret is None or secret.scheduled:
            if self._desired is None or self._expected:
                return None
            raise RegistryError(
                "it is scheduled for deletion, and until it is restored nobody can read or change its policy; restore it first"
                if secret
                else "there is no such secret; create it first, for example with secretsmanager_registry_credential, or correct the name"
            )
        self.resource = secret.name
        if secret.primary_region not in ("", self.region):
            raise RegistryError(
                f"it is the replica of a secret in {secret.primary_region}, whose policy Secrets Manager copies here; "
                f"give the region {secret.primary_region} instead"
            )
        self._check_key(secret)
        return secret

    def _check_key(self, secret: Secret) -> None:
        """https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html"""
        elsewhere = readers_elsewhere(self._desired, self.owner) if self._desired else []
        if elsewhere and self._keys.same(MANAGED_KEY, secret.kms_key_id, secret.home):
            raise RegistryError(
                f"it is encrypted with the key that AWS manages ({MANAGED_KEY}), which never decrypts for another account, so allowing "
                f"{READ} to {', '.join(elsewhere)} would have no effect; encrypt it with a customer managed key first ('kms_key_id' of "
                "secretsmanager_registry_credential), and let the readers decrypt with that key (kms_key_policy)"
            )
