# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for Alibaba Cloud: RAM, STS, ACR (CR) and ECI behind one URL. `with start_alicloud() as cloud:` starts one."""

from __future__ import annotations

from .errors import Refused
from .handle import AlibabaCloud, start_alicloud

__all__ = ["AlibabaCloud", "Refused", "start_alicloud"]
