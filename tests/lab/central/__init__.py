# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for Central of Red Hat Advanced Cluster Security, on loopback in a thread; `lab.start_central()` starts one."""

from __future__ import annotations

from .central import Central, Request

__all__ = ["Central", "Request"]
