# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM's providers of OpenID Connect, in IAM's words."""

from __future__ import annotations

import typing as t

import pytest

from .helpers import ONCE, PRIMARY, SECONDARY, Accounts, allow_identity, document, refused

URL = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
ARN = f"arn:aws:iam::{PRIMARY}:oidc-provider/{URL.removeprefix('https://')}"
OF_PROVIDER = {"OpenIDConnectProviderArn": ARN}
TAGS = [{"Key": "team", "Value": "security"}]


@pytest.fixture
def iam(accounts: Accounts) -> t.Any:
    """IAM with a provider."""
    client = accounts.client("iam")
    made = client.create_open_id_connect_provider(Url=URL, ClientIDList=["sts.amazonaws.com"], Tags=TAGS)
    assert (made["OpenIDConnectProviderArn"], made["Tags"]) == (ARN, TAGS)
    return client


def test_no_thumbprint_is_needed(iam: t.Any) -> None:
    found = iam.get_open_id_connect_provider(**OF_PROVIDER)
    assert (found["Url"], found["ClientIDList"], found["Tags"]) == (URL.removeprefix("https://"), ["sts.amazonaws.com"], TAGS)
    assert len(found["ThumbprintList"]) == 1  # IAM gets it by itself
    iam.update_open_id_connect_provider_thumbprint(**OF_PROVIDER, ThumbprintList=["a" * 40])
    assert iam.get_open_id_connect_provider(**OF_PROVIDER)["ThumbprintList"] == ["a" * 40]


def test_what_may_be_repeated(iam: t.Any) -> None:
    for _time in range(2):
        iam.add_client_id_to_open_id_connect_provider(**OF_PROVIDER, ClientID="openshift")
    assert iam.get_open_id_connect_provider(**OF_PROVIDER)["ClientIDList"] == ["sts.amazonaws.com", "openshift"]
    for _time in range(2):
        iam.remove_client_id_from_open_id_connect_provider(**OF_PROVIDER, ClientID="sts.amazonaws.com")
    assert iam.get_open_id_connect_provider(**OF_PROVIDER)["ClientIDList"] == ["openshift"]
    for _time in range(2):
        iam.delete_open_id_connect_provider(**OF_PROVIDER)
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def test_a_slash_at_the_end_makes_another_issuer(iam: t.Any) -> None:
    assert iam.create_open_id_connect_provider(Url=f"{URL}/")["OpenIDConnectProviderArn"] == f"{ARN}/"
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=f"{ARN}/")["ClientIDList"] == []
    assert len(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]) == 2


def test_tags(iam: t.Any) -> None:
    iam.tag_open_id_connect_provider(**OF_PROVIDER, Tags=[{"Key": "a", "Value": "b"}])
    iam.untag_open_id_connect_provider(**OF_PROVIDER, TagKeys=["team"])
    assert iam.list_open_id_connect_provider_tags(**OF_PROVIDER)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_what_is_refused(accounts: Accounts, iam: t.Any) -> None:
    assert refused(iam.create_open_id_connect_provider, Url=URL) == ("EntityAlreadyExists", f"Provider with url {URL} already exists.", 409)
    for url in ("http://example.com", "example.com/id", "https://example.com:8443/id", "https://example.com/id?a=b"):
        assert refused(iam.create_open_id_connect_provider, Url=url)[:2] == ("ValidationError", "Invalid Open ID Connect Provider URL")
    assert refused(iam.create_open_id_connect_provider, Url="https://a.org", ThumbprintList=["a"]).code == "ValidationError"
    assert refused(iam.create_open_id_connect_provider, Url="https://a.org", ThumbprintList=["a" * 40] * 6).code == "InvalidInput"
    many = [f"id-{number}" for number in range(101)]
    assert refused(iam.create_open_id_connect_provider, Url="https://a.org", ClientIDList=many)[:2] == (
        "LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
    )  # fmt: skip
    absent = ARN.replace("EXAMPLED", "OTHER")
    unknown = ("NoSuchEntity", f"OpenIDConnect Provider not found for arn {absent}", 404)
    assert refused(iam.get_open_id_connect_provider, OpenIDConnectProviderArn=absent) == unknown
    assert refused(iam.add_client_id_to_open_id_connect_provider, OpenIDConnectProviderArn=absent, ClientID="a") == unknown
    elsewhere = accounts.client("iam", SECONDARY)
    assert refused(elsewhere.tag_open_id_connect_provider, **OF_PROVIDER, Tags=TAGS).code == "NoSuchEntity"
    assert refused(elsewhere.get_open_id_connect_provider, **OF_PROVIDER).code == "NoSuchEntity"


def test_who_may(accounts: Accounts) -> None:
    user = accounts.user("robot", PRIMARY).client("iam", config=ONCE)
    refusal = refused(user.create_open_id_connect_provider, Url=URL, Tags=TAGS)
    assert refusal.code == "AccessDenied"
    assert f"iam:CreateOpenIDConnectProvider on resource: {ARN}" in refusal.message
    accounts.client("iam").put_user_policy(
        UserName="robot", PolicyName="p", PolicyDocument=document(allow_identity("iam:CreateOpenIDConnectProvider", ARN))
    )
    assert "iam:TagOpenIDConnectProvider" in refused(user.create_open_id_connect_provider, Url=URL, Tags=TAGS).message
    user.create_open_id_connect_provider(Url=URL)


def test_late_for_readers(accounts: Accounts) -> None:
    iam = accounts.client("iam")
    accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 60})
    iam.create_open_id_connect_provider(Url=URL)
    assert refused(iam.get_open_id_connect_provider, **OF_PROVIDER).code == "NoSuchEntity"
    accounts.lab.set_faults()
    assert iam.get_open_id_connect_provider(**OF_PROVIDER)["ClientIDList"] == []
