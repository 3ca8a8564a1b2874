# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of one task become what each integration is to be."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.integration_options import read_wanted
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.plan import Keys, Wanted

from .service import ACCOUNT, ENTRY, OPTIONS, OTHER

PAIR = {"access_key": "AKIA1", "secret_key": "s1"}


def read(*entries: dict[str, Any], **options: Any) -> list[Wanted]:
    listed = [{**ENTRY, **entry} for entry in entries]
    return read_wanted({**OPTIONS, **({"integrations": listed} if entries else {}), **options})


def test_one_integration_with_its_usual_name() -> None:
    (one,) = read(registry_id=ACCOUNT, regions=["eu-west-1"])
    assert one == Wanted(name=f"ecr-{ACCOUNT}-eu-west-1", registry_id=ACCOUNT, region="eu-west-1")


def test_registries_and_regions_of_one_list() -> None:
    found = read(
        {"registry_id": ACCOUNT, "regions": ["eu-west-1", "eu-central-1"]},
        {"registry_id": OTHER, "name": "payments", "assume_role": {"role": "own", "external_id": None}},
        {"registry_id": OTHER, "name": "old", "new_name": "new", "regions": ["eu-west-3"]},
        regions=["us-east-1"],
        assume_role={"role": "reader", "external_id": "acme"},
        skip_test=True,
    )
    assert [(one.name, one.new_name, one.registry_id, one.region, one.role, one.external_id, one.skip_test) for one in found] == [
        (f"ecr-{ACCOUNT}-eu-west-1", None, ACCOUNT, "eu-west-1", "reader", "acme", True),
        (f"ecr-{ACCOUNT}-eu-central-1", None, ACCOUNT, "eu-central-1", "reader", "acme", True),
        ("payments", None, OTHER, "us-east-1", "own", "acme", True),
        ("old", "new", OTHER, "eu-west-3", "reader", "acme", True),
    ]


def test_whose_keys() -> None:
    found = read(
        {"name": "a"},
        {"name": "b", "credentials": "container_iam"},
        {"name": "c", "access_key": "AKIA2", "secret_key": "s2"},
        **PAIR,
    )
    assert [one.keys for one in found] == [Keys("AKIA1", "s1"), None, Keys("AKIA2", "s2")]
    (own,) = read({"name": "c", **PAIR}, credentials="container_iam")
    assert (own.credentials, own.keys) == (None, Keys("AKIA1", "s1"))


def test_nothing_to_do() -> None:
    assert read(integrations=[]) == []


def test_keys_never_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_URL"):
        monkeypatch.setenv(name, "from-the-environment")
    (one,) = read(name="a", registry_id=ACCOUNT)
    assert one == Wanted(name="a", registry_id=ACCOUNT)


@pytest.mark.parametrize(
    ("entries", "options", "message"),
    [
        (
            [],
            {"registry_id": 111122223333, "regions": ["eu-west-1"]},
            "the integration: the account of a registry is 111122223333;",
        ),
        ([], {"registry_id": "1", "name": "a"}, "is '1'; it has 12 digits"),
        ([], {"registry_id": ACCOUNT}, "has no 'name'; give it, or 'registry_id' and 'regions', and it is ecr-REGISTRY_ID-REGION"),
        ([], {"registry_id": ACCOUNT, "regions": []}, "has an empty list of 'regions'"),
        ([], {"registry_id": ACCOUNT, "regions": ["eu-west-1", "eu-west-3"], "name": "a"}, "has a 'name' and several 'regions'"),
        ([], {"registry_id": ACCOUNT, "regions": ["Ireland"]}, "give one such as 'eu-west-1'"),
        ([], {"name": "a", "access_key": "AKIA1"}, "the integration has 'access_key' without 'secret_key'"),
        ([], {"name": "a", **PAIR, "credentials": "container_iam"}, "has keys and 'credentials: container_iam'"),
        ([], {"name": "a", "access_key": "", "secret_key": ""}, r"the integration \(a\): 'access_key' is empty"),
        ([], {"name": "a", "access_key": "AKIA1", "secret_key": "******"}, "'secret_key' is what Central shows instead of a key"),
        ([], {"name": "a", "new_name": "b", "state": "absent"}, "'new_name', which makes no sense with 'state: absent'"),
        ([], {"name": "a\n"}, r"the integration: 'name' is 'a\\n'; take the space or the line break around it away"),
        ([], {"name": "a", "new_name": " "}, "the integration: 'new_name' is ' '; take"),
        ([{"name": "a"}, {}], {}, r"integrations\[1\] has no 'name'"),
        ([{"name": "a"}, {"name": "a"}], {}, "more than one entry is about the integration a;"),
        ([{"name": "a", "new_name": "b"}, {"name": "b"}], {}, "more than one entry is about the integration b;"),
        ([{"name": "a", "secret_key": "s"}], PAIR, r"integrations\[0\] has 'secret_key' without 'access_key'"),
    ],
)
def test_what_makes_no_sense(entries: list[dict[str, Any]], options: dict[str, Any], message: str) -> None:
    with pytest.raises(RegistryError, match=message):
        read(*entries, **options)
