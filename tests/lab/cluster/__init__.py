# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for a Kubernetes cluster on EKS or OpenShift, on loopback in a thread; `lab.start_cluster()` starts one."""

from __future__ import annotations

from .cluster import Cluster, Request

__all__ = ["Cluster", "Request"]
