# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.crossaccount.registry.plugins.plugin_utils._progress import ProgressActionModule


class ActionModule(ProgressActionModule):
    """Runs the module of the same name and shows its progress meanwhile."""

    module_name = "crossaccount.registry.alicloud_eci_image_cache"
