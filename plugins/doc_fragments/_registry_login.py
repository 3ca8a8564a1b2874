# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # The client that logs in, and its file.
    DOCUMENTATION = r"""
options:
  client:
    description:
      - The container client, which tries the password with the registry when it logs in.
      - V(auth_file) is none. The logins are written into O(auth_file), no registry is asked, and no client has to be installed.
    type: str
    choices: [docker, podman, skopeo, auth_file]
    default: auth_file
  auth_file:
    description:
      - The file in which the client keeps its logins. Must be given when O(client=auth_file), and be a C(config.json) when
        O(client=docker).
      - If not given, it is the file that the client itself takes. For docker C(config.json) in E(DOCKER_CONFIG) or C(~/.docker). For
        podman and skopeo E(REGISTRY_AUTH_FILE), else C(containers/auth.json) in E(XDG_RUNTIME_DIR), else
        C(/run/containers/UID/auth.json); on macOS C(~/.config/containers/auth.json).
      - E(XDG_RUNTIME_DIR) is often not set in tasks, although it is for the same user in a shell. Give the file then.
    type: path
requirements:
  - python >= 3.11
"""
