# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Why Central's test of an integration failed: which layer between Central and the registry said no, and what to look at there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .client import CentralError
from .rules import KEYS

#: What Central's answer begins with when a registry does not let it in. Its own rules come first, so they are no failed test.
_TESTED, _REFUSED = "registry integration: ", "ECR Validation"
_TAIL = re.compile(r"(?:: invalid arguments)+$")
#: Layers by what Central's SDK for AWS says there, and whether it can go away by itself after a change in IAM. The first that fits counts:
#: a layer quotes the errors of those that come before it.
_LAYERS = (
    ("central_identity", re.compile(r"no EC2 IMDS role found|(?i:no valid providers in chain)|role ARN is not set"), False),
    ("central_identity", re.compile(r"failed to load credentials|AssumeRoleForPodIdentity|failed to retrieve jwt"), True),
    ("central_identity", re.compile(r"operation error STS: AssumeRole, .*(?:InvalidClientTokenId|SignatureDoesNotMatch)"), True),
    ("network", re.compile(r"no such host|connection refused|i/o timeout|deadline exceeded|connection reset|\bEOF\b"), False),
    ("web_identity", re.compile(r"AssumeRoleWithWebIdentity"), True),
    ("assume_role", re.compile(r"operation error STS: AssumeRole\b"), True),
    ("authorization_token", re.compile(r"failed to get authorization token"), True),
    ("registry", re.compile(r"status=40[13]\b"), True),
)


@dataclass(frozen=True)
class Failure:
    """A failed test. ``layer`` is where it failed, ``text`` is what Central says; ``may_pass``: waiting for AWS can help."""

    layer: str
    text: str
    may_pass: bool


def failure_in(error: CentralError) -> Failure | None:
    """The failed test that an error tells of; None when it is another error."""
    if error.status != 400 or not error.message.startswith(_TESTED) or _REFUSED in error.message:
        return None
    return failure_of(_TAIL.sub("", error.message.removeprefix(_TESTED)))


def failure_of(text: str) -> Failure:
    """The layer that a text of Central about a registry tells of."""
    found = ((layer, may_pass) for layer, pattern, may_pass in _LAYERS if pattern.search(text))
    layer, may_pass = next(found, ("other", False))
    return Failure(layer, text, may_pass)


class FailedTest(CentralError):
    """Central could not get into the registry with an integration."""

    def __init__(self, error: CentralError, failure: Failure, settings: Mapping[str, Any]) -> None:
        super().__init__(error.operation, error.status, error.code, error.message)
        self.failure = failure
        self.args = (f"Central cannot get into the registry, it fails at {failure.layer}: {failure.text}. {_look_at(failure, settings)}",)


def _look_at(failure: Failure, settings: Mapping[str, Any]) -> str:
    """What to look at, by layer."""
    registry, region = settings["registry_id"], settings["region"]
    role = settings["assume_role"]
    if failure.layer == "web_identity":
        return (
            "Look at the trust policy of Central's own role: it must trust the cluster's OIDC provider, with the subject of Central's "
            "service account; and at the annotation of the service account"
        )
    if failure.layer == "assume_role" and role:
        condition = f" with the external ID '{role['external_id']}'" if role["external_id"] else " without an external ID"
        return (
            f"Look at the role arn:aws:iam::{registry}:role/{role['role']}: it must be there and trust Central's identity{condition}, "
            "and that identity must be allowed to sts:AssumeRole it"
        )
    if failure.layer == "central_identity" and settings.get("credentials") == KEYS:
        return "AWS does not know the key that Central has: give the right one, with 'update_credentials: always'"
    if failure.layer == "central_identity":
        return (
            "Central has no identity at AWS: look at the annotation of its service account or its Pod Identity association, "
            "and whether its pod was restarted since; or give 'credentials: keys'"
        )
    if failure.layer == "authorization_token":
        return (
            "Look at the identity that Central uses: its key must be valid, and it must be allowed to do ecr:GetAuthorizationToken "
            f"in {region}"
        )
    if failure.layer == "registry":
        return (
            f"Its login works, but account {registry} does not let it list repositories: allow ecr:DescribeRepositories; where only "
            "policies of repositories let it in, give 'skip_test: true' and prove it by scanning an image"
        )
    if failure.layer == "network":
        return f"Look at 'registry_id', 'regions' and 'endpoint', and whether Central's network reaches them (here {registry} in {region})"
    return "Central's log may say more"
