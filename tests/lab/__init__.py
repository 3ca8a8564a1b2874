# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab: an embedded stand-in for AWS on loopback. `with start_lab() as lab:` starts one; README.md says what it does."""

from __future__ import annotations

from .handle import Lab, start_lab

__all__ = ["Lab", "start_lab"]
