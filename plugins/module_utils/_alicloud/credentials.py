# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Where the keys of a task come from.

https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-python-access-credentials
"""

from __future__ import annotations

import configparser
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .._errors import RegistryError, ServiceError
from . import library
from .wire import json_text

if TYPE_CHECKING:
    from .client import AlicloudClient

#: Seconds before they expire when temporary keys are renewed. A session lasts 900 at least.
_RENEW = 300
#: Where instances learn their role's keys. No proxy leads there.
_METADATA = "http://100.100.100.200/"
_STS = "https://sts.aliyuncs.com/"
#: The code in an answer of STS.
_CODE = re.compile(r'"Code"\s*:\s*"([A-Za-z.]+)"')
#: What reading a file or an answer raises that is not as it should be.
_BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError, configparser.Error)


@dataclass(frozen=True)
class Keys:
    """What calls are signed with; ``expires`` is a time in seconds since 1970. Printed without its secrets."""

    id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expires: float | None = None


#: Gives keys that are valid now. Raises RegistryError.
KeySource: TypeAlias = Callable[[], Keys]
#: What messages call it, what makes one of the library's providers, and the URL that it asks.
_Provider: TypeAlias = tuple[str, Callable[[], Any], str]


class Renewed:
    """Temporary keys that are fetched anew before they expire. ``fetch`` raises RegistryError; ``now`` can be replaced in tests."""

    def __init__(self, fetch: KeySource, now: Callable[[], float] = time.time) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: Keys | None = None

    def __call__(self) -> Keys:
        if self._keys is None or (self._keys.expires is not None and self._keys.expires - self._now() < _RENEW):
            self._keys = self._fetch()
        return self._keys


def key_source(options: Mapping[str, Any], anonymous: AlicloudClient, environment: Mapping[str, str]) -> KeySource:
    """Where a task's keys come from: the first of its options, a profile, the environment, OIDC, the default profile, and the machine's
    RAM role that is there.

    ``options`` are C(access_key_id), C(access_key_secret), C(security_token) and C(profile). ``anonymous`` makes calls without keys.

    Raises RegistryError for keys that are incomplete.
    """
    if options["access_key_id"] or options["access_key_secret"]:
        return _fixed(options["access_key_id"], options["access_key_secret"], options["security_token"], "the options")
    if options["security_token"]:
        raise RegistryError("'security_token' belongs to an access key; give 'access_key_id' and 'access_key_secret' with it")
    if options["profile"]:
        return _profile(options["profile"])
    for prefix, names in (
        ("ALIBABA_CLOUD_", ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")),
        ("ALICLOUD_", ("ACCESS_KEY", "SECRET_KEY", "SECURITY_TOKEN")),
    ):
        key_id, secret, token = (environment.get(prefix + name) for name in names)
        if key_id or secret:
            return _fixed(key_id, secret, token, f"the variables {prefix}*")
    named = environment.get("ALIBABA_CLOUD_PROFILE") or environment.get("ALICLOUD_PROFILE")
    if named:
        return _profile(named)
    role, provider, token_file = (environment.get(f"ALIBABA_CLOUD_{name}") for name in ("ROLE_ARN", "OIDC_PROVIDER_ARN", "OIDC_TOKEN_FILE"))
    if role and provider and token_file:
        session = environment.get("ALIBABA_CLOUD_ROLE_SESSION_NAME") or "crossaccount-registry"
        return Renewed(lambda: _by_oidc(anonymous, role, provider, token_file, session))
    return _FirstThatWorks(
        _defaults(environment),
        "no keys for Alibaba Cloud were found: give 'access_key_id' and 'access_key_secret', or 'profile', or set "
        "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    )


def assumed(client: AlicloudClient, role: Mapping[str, Any]) -> KeySource:
    """The keys of a role that ``client`` assumes, renewed when they expire. ``role`` is as the option C(assume_role)."""

    def fetch() -> Keys:
        policy = role.get("policy")
        answer = client.call(
            "sts",
            "AssumeRole",
            {
                "RoleArn": role["role_arn"],
                "RoleSessionName": role["session_name"],
                "DurationSeconds": role["duration_seconds"],
                "ExternalId": role.get("external_id"),
                "Policy": policy if policy is None or isinstance(policy, str) else json_text(policy),
            },
        )
        return _session_keys(answer)

    return Renewed(fetch)


def _by_oidc(anonymous: AlicloudClient, role_arn: str, provider_arn: str, token_file: str, session: str) -> Keys:
    """https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerolewithoidc"""
    try:
        token = Path(token_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise RegistryError(f"ALIBABA_CLOUD_OIDC_TOKEN_FILE cannot be read: {error}") from error
    asked = {"RoleArn": role_arn, "OIDCProviderArn": provider_arn, "OIDCToken": token, "RoleSessionName": session}
    try:
        return _session_keys(anonymous.call("sts", "AssumeRoleWithOIDC", asked))
    except ServiceError as error:
        error.args = (str(error).replace(token, "********"),)
        raise


def _session_keys(answer: Mapping[str, Any]) -> Keys:
    got = answer["Credentials"]
    expires = datetime.strptime(got["Expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    return Keys(got["AccessKeyId"], got["AccessKeySecret"], got["SecurityToken"], expires)


def _fixed(key_id: str | None, secret: str | None, token: str | None, where: str) -> KeySource:
    if not key_id or not secret:
        raise RegistryError(f"{where} have only one of the access key's id and its secret; give both")
    keys = Keys(key_id, secret, token or None)
    return lambda: keys


def _profile(name: str) -> KeySource:
    """A profile by its name: of the command line tool C(aliyun), or of the SDKs' file."""
    places = [
        ("~/.aliyun/config.json", lambda: library.CLIProfileCredentialsProvider(profile_name=name), _STS),
        ("~/.alibabacloud/credentials.ini", lambda: library.ProfileCredentialsProvider(profile_name=name), _STS),
    ]
    return _FirstThatWorks(places, f"the profile '{name}' gives no keys")


def _defaults(environment: Mapping[str, str]) -> Iterator[_Provider]:
    if environment.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() != "true":
        yield "~/.aliyun/config.json", library.CLIProfileCredentialsProvider, _STS
    yield "~/.alibabacloud/credentials.ini", library.ProfileCredentialsProvider, _STS
    if environment.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() != "true":
        role = environment.get("ALIBABA_CLOUD_ECS_METADATA")
        # Without a thread that renews the keys in the background.
        yield (
            "RAM role of the machine",
            lambda: library.EcsRamRoleCredentialsProvider(role_name=role, async_update_enabled=False),
            _METADATA,
        )
    uri = environment.get("ALIBABA_CLOUD_CREDENTIALS_URI")
    if uri:
        yield "ALIBABA_CLOUD_CREDENTIALS_URI", lambda: library.URLCredentialsProvider(uri=uri), uri


class _FirstThatWorks:
    """The keys of the first of the library's providers that has some; it is asked again for later ones, and renews them itself."""

    def __init__(self, providers: Iterable[_Provider], problem: str) -> None:
        self._providers = list(providers)
        self._problem = problem
        self._found: tuple[Any, str] | None = None

    def __call__(self) -> Keys:
        if self._found:
            return _keys_of(*self._found)
        problems = []
        for name, make, url in self._providers:
            try:
                with _explained(url):
                    provider = make()
                keys = _keys_of(provider, url)
            except RegistryError as error:
                problems.append(f"{name}: {error}")
            else:
                self._found = provider, url
                return keys
        raise RegistryError(f"{self._problem} ({'; '.join(problems)})")


def _keys_of(provider: Any, url: str) -> Keys:
    library.silence_loggers()
    with _explained(url), library.proxies_for(url):
        got = provider.get_credentials()
    return Keys(got.get_access_key_id(), got.get_access_key_secret(), got.get_security_token() or None)


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Raises RegistryError for whatever the library raises; its texts repeat requests and answers, which have keys in them."""
    try:
        yield
    except library.CredentialException as error:
        text, separator, answer = str(error.message).partition("result:")
        code = _CODE.search(answer)
        raise RegistryError(f"{text.rstrip(', ')}{f': {code[1]}' if code else ''}" if separator else text) from None
    except (library.TeaException, library.RetryError) as error:
        raise RegistryError(f"{url} does not answer ({type(error).__name__})") from None
    except _BROKEN as error:
        raise RegistryError(f"it cannot be used ({type(error).__name__})") from None
