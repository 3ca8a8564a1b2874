# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What names of clusters, and of things in them, look like."""

from __future__ import annotations

import re

#: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html, name
CLUSTER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
#: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/: a DNS label, and a DNS subdomain.
NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
SERVICE_ACCOUNT = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
