# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Principals of resource policies, as AWS stores them: roles and users by unique id, accounts by their root.

AWS keeps the unique id of a role or user, so a role of the same name that is created again is somebody else, and a deleted one
reads back as AROA... or AIDA... (IAM user guide, "Principal" element).
"""

from __future__ import annotations

import re
import typing as t

from . import consistency, iam_view
from .service_principals import is_service

UNIQUE_ID = re.compile(r"(AROA|AIDA)[A-Z0-9]{12,}")
ROOT = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):root")
ENTITY = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):(role|user)/((?:[\x21-\x7e]+/)?)([\w+=,.@-]+)")
SESSION = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([\w+=,.@-]+)/([\w+=,.@-]{2,64})")
FEDERATED_USER = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):federated-user/[\w+=,.@-]{2,32}")
PROVIDER = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):(saml-provider|oidc-provider)/.+")
WEB_PROVIDERS = {"cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"}

# Accounts that do not exist, by `PUT /lab/accounts/missing`; every other account exists when it is used.
MISSING_ACCOUNTS: set[str] = set()


class BadPrincipal(Exception):
    """A principal that no policy may have."""

    def __init__(self, kind: str, value: t.Any) -> None:
        super().__init__(f'"{kind}":"{value}"')
        self.kind = kind
        self.value = value


class MalformedPrincipal(BadPrincipal):
    """It has no form that a principal can have here."""


class UnknownPrincipal(BadPrincipal):
    """It has the right form, but nobody is there (yet)."""


def bind(kind: str, value: t.Any, partition: str, federated: bool = False) -> str:
    """What AWS stores for a principal: "*", a root ARN, a unique id, a session ARN, a service or provider."""
    if not isinstance(value, str):
        raise MalformedPrincipal(kind, value)
    if kind == "Service":
        if not is_service(value):
            raise MalformedPrincipal(kind, value)
        return value
    if kind == "Federated":
        match = PROVIDER.fullmatch(value)
        if not federated or not (value in WEB_PROVIDERS or (match and match[1] == partition)):
            raise MalformedPrincipal(kind, value)
        return value
    if kind not in ("AWS", "*"):
        raise MalformedPrincipal(kind, value)
    return _bind_aws(value, partition)


def _bind_aws(value: str, partition: str) -> str:
    if value == "*":
        return value
    if UNIQUE_ID.fullmatch(value):
        raise UnknownPrincipal("AWS", value)  # also when it exists: documents name principals, not ids
    account = value if re.fullmatch(r"\d{12}", value) else ""
    root = ROOT.fullmatch(value)
    if root and root[1] == partition:
        account = root[2]
    if account:
        if account in MISSING_ACCOUNTS:
            raise UnknownPrincipal("AWS", value)
        return f"arn:{partition}:iam::{account}:root"
    entity = ENTITY.fullmatch(value)
    if entity and entity[1] == partition:
        found = None if entity[2] in MISSING_ACCOUNTS else iam_view.by_arn(value)
        if found is None or not consistency.is_visible(found.id):
            raise UnknownPrincipal("AWS", value)
        return str(found.id)
    session = SESSION.fullmatch(value)
    if session and session[1] == partition:
        role = iam_view.role_named(session[2], partition, session[3])
        if role is None or not consistency.is_visible(role.id):
            raise UnknownPrincipal("AWS", value)
        return value
    federated_user = FEDERATED_USER.fullmatch(value)
    if federated_user and federated_user[1] == partition:
        return value
    raise MalformedPrincipal("AWS", value)


def spell(bound: str) -> str:
    """How AWS shows a stored principal: the ARN while the role or user is there, the unique id after that."""
    if UNIQUE_ID.fullmatch(bound):
        found = iam_view.by_unique_id(bound)
        return str(found.arn) if found is not None else bound
    return bound
