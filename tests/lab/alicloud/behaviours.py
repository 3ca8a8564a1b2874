# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All operations: imports every file that registers some."""

from __future__ import annotations

from . import cr_endpoints, cr_instances, cr_vpc, eci_caches, eci_groups, ram_attachments, ram_policies, ram_roles, ram_tags, ram_users, sts
from .operations import OPERATIONS

__all__ = ["OPERATIONS"]
_FILES = (cr_endpoints, cr_instances, cr_vpc, eci_caches, eci_groups, ram_attachments, ram_policies, ram_roles, ram_tags, ram_users, sts)
