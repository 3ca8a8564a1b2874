# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The promise that the bench measures, without a clock: how often the modules call what."""

from __future__ import annotations

from pathlib import Path

from .clients import Clients
from .endpoint import start_responder


def test_calls(tmp_path: Path) -> None:
    """A run without changes reads each policy once, lists the repositories, and does nothing else."""
    with start_responder() as endpoint:
        endpoint.reset(20, 0)
        clients = Clients(endpoint, tmp_path)
        run = clients.module(20, changes=True)
        assert 0 < run.seconds < run.whole
        first = endpoint.state()
        assert first.policies == 20
        assert first.calls.keys() == {"DescribeRepositories", "GetRepositoryPolicy", "SetRepositoryPolicy"}
        assert first.calls["DescribeRepositories"] == 1 and first.calls["SetRepositoryPolicy"] == 20
        assert first.calls["GetRepositoryPolicy"] <= 3 * 20
        run = clients.module(20, changes=False, measure_process=True)
        assert endpoint.state().since(first).calls == {"DescribeRepositories": 1, "GetRepositoryPolicy": 20}
        assert 10_000_000 < run.peak_bytes < 200_000_000 and run.cpu_seconds > 0


def test_calls_of_a_look(tmp_path: Path) -> None:
    """ecr_access_info reads each thing once, and the script that it is compared with reads the same."""
    with start_responder() as endpoint:
        endpoint.reset(20, 0, with_policies=True)
        clients = Clients(endpoint, tmp_path)
        run = clients.info(20, measure_process=True)
        assert 10_000_000 < run.peak_bytes < 200_000_000
        first = endpoint.state()
        once = ("DescribePullThroughCacheRules", "DescribeRepositories", "DescribeRepositoryCreationTemplates", "GetAccountSetting")
        assert first.calls == dict.fromkeys((*once, "GetRegistryPolicy", "GetCallerIdentity"), 1) | {"GetRepositoryPolicy": 20}
        clients.reads(20)
        assert endpoint.state().since(first).calls == first.calls
