# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules run in this process, against a service that answers as it is told, and in the shapes of its service model only."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from ansible.module_utils.testing import patch_module_args
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule

ACCOUNT, REGION = "111122223333", "eu-west-1"
#: What may be asked twice.
REPEATABLE = ("describe", "get", "list", "validate", "deregister")

#: Runs a module with options against a service, by default ECR, that is asked exactly these calls: operation, parameters, and answer
#: or (code, message).
Stubbed = Callable[..., dict[str, Any]]


class _Client:
    """A client that makes each call once, unless it can be repeated."""

    def __init__(self, client: Any, repeats: bool) -> None:
        self._client, self._repeats = client, repeats
        self.meta = client.meta

    def __getattr__(self, operation: str) -> Any:
        assert operation.startswith(REPEATABLE) or not self._repeats, f"botocore must not repeat {operation}"
        return getattr(self._client, operation)


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Stubbed]:
    """Runs a module; returns its result."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)

    def run(
        module: ModuleType,
        *calls: tuple[str, Any, Any],
        service: str = "ecr",
        check: bool = False,
        diff: bool = False,
        **options: Any,
    ) -> dict[str, Any]:
        client = boto3.client(service, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="s")
        stub = Stubber(client)
        for operation, parameters, answer in calls:
            if isinstance(answer, tuple):
                stub.add_client_error(operation, *answer, expected_params=parameters)
            else:
                stub.add_response(operation, answer, parameters)

        def aws_client(_self: Any, name: str, _region: str | None = None, repeats: bool = True) -> Any:
            identity = {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}
            return SimpleNamespace(get_caller_identity=lambda: identity) if name == "sts" else _Client(client, repeats)

        monkeypatch.setattr(RegistryAWSModule, "aws_client", aws_client)
        common = {"region": REGION, **({"workers": 1} if service == "ecr" else {})}
        arguments = {**common, **options, "_ansible_check_mode": check, "_ansible_diff": diff}
        with stub, patch_module_args(arguments), pytest.raises(SystemExit) as ended:
            module.main()
        stub.assert_no_pending_responses()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert ended.value.code == (1 if result.get("failed") else 0)
        return result

    yield run
    logging.getLogger("botocore.endpoint").handlers.clear()
