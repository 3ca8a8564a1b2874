# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The promise that the bench measures, without a clock: how often ecr_repository_policy calls what."""

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
