# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of iam_oidc_provider."""

from __future__ import annotations

from typing import Any

from ansible_collections.crossaccount.registry.plugins.modules import iam_oidc_provider as module

from .conftest import ACCOUNT, Stubbed

URL = "https://oidc.example.com/id/1"
ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com/id/1"
OF = {"OpenIDConnectProviderArn": ARN}
NONE = ("get_open_id_connect_provider", OF, ("NoSuchEntity", "none"))


def there(*client_ids: str, **tags: str) -> tuple[str, Any, Any]:
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    answer = {"Url": URL, "ClientIDList": list(client_ids), "ThumbprintList": ["a" * 40], "Tags": pairs}
    return ("get_open_id_connect_provider", OF, answer)


def run(stubbed: Stubbed, *calls: Any, **options: Any) -> dict[str, Any]:
    return stubbed(module, *calls, service="iam", diff=True, **{"url": URL, **options})


def test_the_calls_of_a_first_and_of_a_second_run(stubbed: Stubbed) -> None:
    create = ("create_open_id_connect_provider", {"Url": URL, "ClientIDList": ["sts.amazonaws.com"]}, OF)
    first = run(stubbed, NONE, create, there("sts.amazonaws.com"))
    assert (first["arn"], first["summary"]["created"]) == (ARN, 1)
    check = run(stubbed, NONE, check=True)
    assert {**check, "invocation": None} == {**first, "invocation": None}
    assert not run(stubbed, there("sts.amazonaws.com"))["changed"]


def test_only_what_differs_is_sent(stubbed: Stubbed) -> None:
    old = there("a", "b", team="x", old="1")
    result = run(
        stubbed,
        old,
        old,
        ("add_client_id_to_open_id_connect_provider", {**OF, "ClientID": "c"}, {}),
        ("remove_client_id_from_open_id_connect_provider", {**OF, "ClientID": "a"}, {}),
        ("tag_open_id_connect_provider", {**OF, "Tags": [{"Key": "team", "Value": "y"}]}, {}),
        ("untag_open_id_connect_provider", {**OF, "TagKeys": ["old"]}, {}),
        there("b", "c", team="y"),
        client_ids=["b", "c"],
        purge_client_ids=True,
        tags={"team": "y"},
    )
    assert result["actions"][0]["settings_changed"] == ["client_ids", "tags"]
    kept = run(stubbed, there("a", "b", team="x"), client_ids=["b"], tags={"team": "x"})
    assert not kept["changed"]


def test_an_empty_template_is_no_provider(stubbed: Stubbed) -> None:
    assert "give 'url' or 'eks_cluster'" in stubbed(module, service="iam", eks_cluster=None)["msg"]


def test_what_was_written_before_a_refusal_is_told(stubbed: Stubbed) -> None:
    old = there("a", team="x")
    add = ("add_client_id_to_open_id_connect_provider", {**OF, "ClientID": "b"}, {})
    tag = ("tag_open_id_connect_provider", {**OF, "Tags": [{"Key": "team", "Value": "y"}]}, ("AccessDenied", "no"))
    result = run(stubbed, old, old, add, tag, client_ids=["b"], tags={"team": "y"})
    assert result["failed"] and result["changed"]
    assert "Written nevertheless: 1 of those that failed" in result["msg"]


def test_somebody_else_creates_it_at_the_same_moment(stubbed: Stubbed) -> None:
    create = ("create_open_id_connect_provider", {"Url": URL, "ClientIDList": ["b"]}, ("EntityAlreadyExists", "exists"))
    add = ("add_client_id_to_open_id_connect_provider", {**OF, "ClientID": "b"}, {})
    assert run(stubbed, NONE, create, there("a"), there("a"), there("a"), add, there("a", "b"), client_ids=["b"])["changed"]


def test_who_trusts_it_is_looked_for_before_it_goes(stubbed: Stubbed) -> None:
    gone = ("delete_open_id_connect_provider", OF, {})
    assert run(stubbed, there("a"), ("list_roles", {}, {"Roles": []}), gone, NONE, state="absent")["changed"]
    assert run(stubbed, there("a"), gone, NONE, state="absent", force=True)["changed"]
    assert not run(stubbed, NONE, state="absent")["changed"]
