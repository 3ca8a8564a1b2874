# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for AWX, on loopback in a thread: its API for what a team sets up, and how it prepares the jobs that are launched."""

from __future__ import annotations

from .awx import Awx, Request
from .launch import Job

__all__ = ["Awx", "Job", "Request"]
