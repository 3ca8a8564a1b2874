# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One lab for all tests of the lab; every test finds it empty."""

from __future__ import annotations

import typing as t

import pytest

from tests.lab import Lab, start_lab

from .helpers import Accounts


@pytest.fixture(scope="session")
def running_lab() -> t.Iterator[Lab]:
    with start_lab() as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    running_lab.reset()
    return running_lab


@pytest.fixture
def accounts(lab: Lab) -> Accounts:
    return Accounts(lab)
