# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which organization an account belongs to, for aws:PrincipalOrgID and aws:PrincipalOrgPaths. Set by `PUT /lab/organization`."""

from __future__ import annotations

import typing as t

from .call import Call
from .operations import on_reset, own

# account -> (organization id, path "o-x/r-y/ou-z/")
_MEMBERS: dict[str, tuple[str, str]] = {}


@on_reset
def forget() -> None:
    _MEMBERS.clear()


def declare(organization: str, accounts: t.Mapping[str, str]) -> None:
    """Make accounts members; a path without its end slash gets one, as AWS writes it."""
    for account, path in accounts.items():
        place = path or f"{organization}/r-root/"
        _MEMBERS[account] = (organization, place if place.endswith("/") else place + "/")


def remove(accounts: t.Iterable[str]) -> None:
    for account in accounts:
        _MEMBERS.pop(account, None)


def membership(account: str) -> tuple[str, str] | None:
    return _MEMBERS.get(account)


def members() -> dict[str, dict[str, str]]:
    return {account: {"id": place[0], "path": place[1]} for account, place in sorted(_MEMBERS.items())}


@own("organizations", "DescribeOrganization")
def describe_organization(call: Call) -> dict[str, t.Any]:
    """What a member may always see of its organization; one that was made with moto, or none, is moto's to tell."""
    place = membership(call.account)
    if place:
        return {"Organization": {"Id": place[0], "FeatureSet": "ALL"}}
    from moto.organizations.models import organizations_backends  # loaded when it is used

    return t.cast("dict[str, t.Any]", organizations_backends[call.account][call.partition].describe_organization())
