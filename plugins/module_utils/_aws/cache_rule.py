# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""A pull-through cache rule of a registry: how it is read, written, deleted and validated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .._prefixes import ROOT
from .._settings_flow import Settings
from .._upstreams import ECR, ecr_home, kind_of
from .errors import translated

if TYPE_CHECKING:
    from .settings_module import Registry

#: The settings of a rule, and what ECR calls them.
_NAMES = {
    "upstream_registry": "upstreamRegistry",
    "upstream_registry_url": "upstreamRegistryUrl",
    "upstream_repository_prefix": "upstreamRepositoryPrefix",
    "credential_arn": "credentialArn",
    "custom_role_arn": "customRoleArn",
}
SETTINGS = tuple(_NAMES)
#: UpdatePullThroughCacheRule has no others, and can only replace them by others.
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UpdatePullThroughCacheRule.html
_CHANGEABLE = ("credential_arn", "custom_role_arn")
#: What to do about a secret that ECR cannot use.
#: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html
_SECRETS = {
    "SecretNotFoundException": "there is no secret 'credential_arn'; create it, or correct the ARN",
    "UnableToDecryptSecretValueException": "ECR reads only secrets with the key aws/secretsmanager, and 'credential_arn' has another; "
    "create the secret without a key of your own",
}


def rule_settings(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a rule as ECR describes it; None for what it does not have. One for an ECR registry always has a prefix there."""
    found = {name: answer.get(theirs) for name, theirs in _NAMES.items()}
    kind = found["upstream_registry"] or kind_of(str(found["upstream_registry_url"]))
    prefix = found["upstream_repository_prefix"] or (ROOT if kind == ECR else None)
    return {**found, "upstream_registry": kind, "upstream_repository_prefix": prefix}


class CacheRuleStore:
    """One rule, found by its prefix."""

    kind = "pull-through cache rule"

    def __init__(self, registry: Registry, prefix: str) -> None:
        self._reader = registry.reader
        self._writer = registry.writer
        self.account: str | None = registry.account
        self.region: str | None = registry.region
        self.resource = prefix

    def read(self) -> Settings | None:
        try:
            with translated():
                answer = self._reader.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[self.resource])
        except ServiceError as error:
            if error.code == "PullThroughCacheRuleNotFoundException":
                return None
            raise
        return next(map(rule_settings, answer["pullThroughCacheRules"]), None)

    def same(self, setting: str, current: Any, desired: Any) -> bool:
        if setting == "upstream_registry_url" and current and desired:
            return str(current).lower() == str(desired).lower()
        return bool(current == desired)

    def can_change(self, setting: str, value: Any) -> bool:
        return setting in _CHANGEABLE and value is not None

    def create(self, settings: Settings) -> None:
        try:
            with _explained():
                self._writer.create_pull_through_cache_rule(ecrRepositoryPrefix=self.resource, **_request(settings, SETTINGS))
        except ServiceError as error:
            home = ecr_home(str(settings["upstream_registry_url"]))
            if error.code == "UnsupportedUpstreamRegistryException" and home:
                text = f"ECR knows no registry of account {home[0]} in '{home[1]}'; correct the account or the region of the upstream"
                raise RegistryError(f"{text}; {error}") from error
            if error.code != "LimitExceededException":
                raise
            # https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
            text = "the registry is full: it has 50 rules, which AWS does not raise; remove one that is not used"
            raise RegistryError(f"{text}; {error}") from error

    def update(self, settings: Settings, changed: Sequence[str]) -> None:
        with _explained():
            self._writer.update_pull_through_cache_rule(ecrRepositoryPrefix=self.resource, **_request(settings, changed))

    def delete(self) -> None:
        try:
            with translated():
                self._writer.delete_pull_through_cache_rule(ecrRepositoryPrefix=self.resource)
        except ServiceError as error:
            if error.code != "PullThroughCacheRuleNotFoundException":
                raise

    def waits_for(self, error: ServiceError) -> str | None:
        """The first rule of an account makes ECR create the role that reads secrets, which takes effect after some seconds."""
        return "ECR may not read the secret (yet)" if error.code == "UnableToAccessSecretException" else None

    def validate(self) -> str | None:
        """Has ECR try to reach the upstream with the rule's credentials; returns why it could not, None when it could.

        Raises ServiceError.
        """
        with translated():
            answer = self._reader.validate_pull_through_cache_rule(ecrRepositoryPrefix=self.resource)
        return None if answer["isValid"] else str(answer.get("failure") or "ECR does not say why")


@contextmanager
def _explained() -> Iterator[None]:
    """Raises ServiceError as translated() does, and RegistryError with what to do about a secret that ECR cannot use."""
    try:
        with translated():
            yield
    except ServiceError as error:
        if error.code not in _SECRETS:
            raise
        raise RegistryError(f"{_SECRETS[error.code]}; {error}") from error


def _request(settings: Settings, names: Sequence[str]) -> dict[str, Any]:
    return {_NAMES[name]: settings[name] for name in names if settings.get(name) is not None}
