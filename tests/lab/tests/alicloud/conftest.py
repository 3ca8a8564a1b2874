# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One stand-in for all tests of it; every test finds it empty."""

from __future__ import annotations

import typing as t

import pytest

from tests.lab.alicloud import AlibabaCloud, start_alicloud


@pytest.fixture(scope="session")
def running_cloud() -> t.Iterator[AlibabaCloud]:
    with start_alicloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: AlibabaCloud) -> AlibabaCloud:
    running_cloud.reset()
    return running_cloud
