# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules of Alibaba Cloud share, by the smallest of them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud import library
from ansible_collections.crossaccount.registry.plugins.modules import alicloud_caller_info
from tests.lab.alicloud import AlibabaCloud
from tests.unit.plugins.conftest import UID_A, UID_B, RunModule


def test_the_caller(cloud: AlibabaCloud, run_alicloud: RunModule) -> None:
    assert run_alicloud(alicloud_caller_info, account_id=UID_A)["caller"] == {
        "account_id": UID_A,
        "arn": f"acs:ram::{UID_A}:user/admin",
        "identity_type": "RAMUser",
        "principal_id": "200000000000000001",
        "user_id": "200000000000000001",
        "role_id": None,
    }
    root = cloud.account(UID_A).root_key
    found = run_alicloud(alicloud_caller_info, access_key_id=root.id, access_key_secret=root.secret)["caller"]
    assert (found["identity_type"], found["arn"]) == ("Account", f"acs:ram::{UID_A}:root")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another account": ({"account_id": UID_B}, f"the credentials are those of account {UID_A}, but 'account_id' is {UID_B}"),
    "a number": ({"account_id": 1298452580000001}, "'account_id' is 1298452580000001; an Alibaba Cloud account id has 10 to 20 digits"),
    "no time": ({"read_timeout": 0}, "'connect_timeout', 'read_timeout' and 'max_attempts' must be at least 1"),
    "no place": ({"endpoint_url": "ftp://x"}, "'endpoint_url' is 'ftp://x'"),
    "a token alone": (
        {"access_key_id": None, "access_key_secret": None, "security_token": "CAIStoken"},
        "'security_token' belongs to an access key; give 'access_key_id' and 'access_key_secret' with it",
    ),
    "half a key": ({"access_key_secret": None}, "the options have only one of the access key's id and its secret"),
}


@pytest.mark.parametrize(("options", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(run_alicloud: RunModule, options: dict[str, Any], problem: str) -> None:
    assert run_alicloud(alicloud_caller_info, **options)["msg"].startswith(problem)


def test_a_refusal_keeps_its_code_and_request_id(cloud: AlibabaCloud, run_alicloud: RunModule) -> None:
    role = {"role_arn": f"acs:ram::{UID_A}:role/nobody"}
    result = run_alicloud(alicloud_caller_info, assume_role=role)
    (entry,) = cloud.journal(operation="AssumeRole")
    assert result["error"]["operation"] == "AssumeRole"
    assert result["error"]["code"] == entry["error"]
    assert result["error"]["request_id"] == entry["request_id"]


def test_a_root_key_cannot_assume_roles(cloud: AlibabaCloud, run_alicloud: RunModule) -> None:
    root = cloud.account(UID_A).root_key
    role = {"role_arn": f"acs:ram::{UID_A}:role/nobody"}
    result = run_alicloud(alicloud_caller_info, access_key_id=root.id, access_key_secret=root.secret, assume_role=role)
    assert result["error"]["operation"] == "AssumeRole"
    assert "the key of an account itself can assume no role, use that of a RAM user" in result["msg"]


def test_without_the_library(run_alicloud: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "PROBLEM", "ImportError")
    message = run_alicloud(alicloud_caller_info)["msg"]
    assert message.startswith("Failed to import the required Python library (alibabacloud-tea-openapi) on ")


WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, *_rest):
        if name.split(".")[0] in ("alibabacloud_tea_openapi", "alibabacloud_credentials", "alibabacloud_tea_util", "Tea", "requests"):
            raise ImportError(name)
sys.meta_path.insert(0, Missing())
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud import library, module
print(library.PROBLEM.splitlines()[0])
"""
LOADED = """
import sys
from ansible_collections.crossaccount.registry.plugins.modules import ecr_repository_policy, iam_role_trust_policy
print([name for name in sys.modules if name.startswith(("alibabacloud", "Tea", "darabonba"))])
"""


@pytest.mark.parametrize(("program", "printed"), [(WITHOUT, "Traceback (most recent call last):"), (LOADED, "[]")], ids=["missing", "aws"])
def test_it_is_loaded_only_where_it_is_needed(program: str, printed: str) -> None:
    path = json.dumps([*sys.path])
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path[:] = {path}\nfrom ansible.utils.collection_loader import _collection_finder as f\n"
            f"f._AnsibleCollectionFinder(paths=[p for p in sys.path])._install()\n{program}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == printed
