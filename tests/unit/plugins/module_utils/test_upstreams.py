# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which registries ECR can cache from."""

from __future__ import annotations

import botocore.session
import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._upstreams import (
    UPSTREAMS,
    ecr_home,
    ecr_url,
    kind_of,
    known_upstreams,
)


def test_every_kind_of_the_service_model_is_known() -> None:
    model = botocore.session.get_session().get_service_model("ecr")
    assert set(UPSTREAMS) == set(model.shape_for("UpstreamRegistry").enum)
    assert all(kind in known_upstreams() for kind in UPSTREAMS)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        *((upstream.host, kind) for kind, upstream in UPSTREAMS.items() if upstream.host),
        ("name.azurecr.io", "azure-container-registry"),
        ("azurecr.io", None),
        ("444455556666.dkr.ecr.eu-west-1.amazonaws.com", "ecr"),
        ("444455556666.dkr.ecr.cn-north-1.amazonaws.com.cn", "ecr"),
        ("44445555666.dkr.ecr.eu-west-1.amazonaws.com", None),
        ("https://quay.io", None),
        ("quay.io/", None),
        ("docker.io", None),
    ],
)
def test_a_url_tells_the_kind(url: str, kind: str | None) -> None:
    assert kind_of(url) == kind


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-north-1"])
def test_the_url_of_a_private_registry_and_back(region: str) -> None:
    assert ecr_home(ecr_url("444455556666", region)) == ("444455556666", region)
    assert ecr_url("444455556666", region).endswith(".cn") == region.startswith("cn-")


def test_other_urls_have_no_account() -> None:
    assert ecr_home("quay.io") is None
