# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alibaba Cloud for unit tests: the stand-in in this process, real clients of it, and modules that run here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.client import AlicloudClient, Connection
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.credentials import Keys
from tests.lab.alicloud import AlibabaCloud, start_alicloud

#: The account that runs container instances, and the one that owns the registry.
UID_A, UID_B = "1609982529000001", "1298452580000001"


@pytest.fixture(scope="session")
def _cloud() -> Iterator[AlibabaCloud]:
    with start_alicloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(_cloud: AlibabaCloud, monkeypatch: pytest.MonkeyPatch) -> AlibabaCloud:
    """An empty stand-in; nothing of the environment leads elsewhere."""
    for name in [name for name in os.environ if name.startswith(("ALIBABA_CLOUD_", "ALICLOUD_")) or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    _cloud.reset()
    return _cloud


@pytest.fixture
def pauses() -> list[float]:
    """The pauses of the clients, in seconds; none is really made."""
    return []


@pytest.fixture
def client(cloud: AlibabaCloud, pauses: list[float]) -> AlicloudClient:
    """A client with the keys of the administrator of account A."""
    key = cloud.account(UID_A).key
    return AlicloudClient(Connection("cn-hangzhou", cloud.endpoint), lambda: Keys(key.id, key.secret), pauses.append)


#: Runs a module with options, as the administrator of account A, and returns its result.
RunModule = Callable[..., dict[str, Any]]


@pytest.fixture
def run_alicloud(cloud: AlibabaCloud, capsys: pytest.CaptureFixture[str]) -> RunModule:
    """Runs a module in this process."""

    def run(module: ModuleType, check: bool = False, diff: bool = False, uid: str = UID_A, **options: Any) -> dict[str, Any]:
        key = cloud.account(uid).key
        common = {"access_key_id": key.id, "access_key_secret": key.secret, "endpoint_url": cloud.endpoint}
        with (
            patch_module_args({**common, **options, "_ansible_check_mode": check, "_ansible_diff": diff}),
            pytest.raises(SystemExit) as ended,
        ):
            module.main()
        printed = capsys.readouterr()
        assert key.secret not in json.dumps({**json.loads(printed.out), "invocation": None}) + printed.err
        result: dict[str, Any] = json.loads(printed.out)
        assert ended.value.code == (1 if result.get("failed") else 0)
        return result

    return run
