# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # How Central of Red Hat Advanced Cluster Security is reached.
    DOCUMENTATION = r"""
options:
  central_endpoint:
    description:
      - The address of Central as a host with or without port, or as a URL that begins with C(https://). The port is 443 if not given.
      - If not given, E(ROX_ENDPOINT).
    type: str
  api_token:
    description:
      - An API token of Central. If neither this nor O(api_token_file), O(username) or O(password) is given, E(ROX_API_TOKEN), else the
        content of the file that E(ROX_API_TOKEN_FILE) names, else O(username) and E(ROX_ADMIN_PASSWORD).
    type: str
  api_token_file:
    description: A file, on the host that runs the task, that has the API token.
    type: path
  username:
    description: The user of O(password). If not given, C(admin).
    type: str
  password:
    description: A password instead of a token. If only O(username) is given, E(ROX_ADMIN_PASSWORD).
    type: str
  ca_path:
    description:
      - A file with the certificate of the authority that has signed Central's. Central has an authority of its own unless it was given
        another certificate.
      - If not given, E(ROX_CA_CERT_FILE), else the authorities that the host trusts.
    type: path
  validate_certs:
    description:
      - Whether Central's certificate must be valid. If not given, it must, unless E(ROX_INSECURE_CLIENT_SKIP_TLS_VERIFY) is true.
      - Without it, anybody on the way can read the token.
    type: bool
  timeout:
    description: How many seconds to wait for each answer of Central, which may wait for AWS itself.
    type: int
    default: 90
requirements:
  - python >= 3.11
notes:
  - Reads are repeated for up to a minute while Central is in trouble or restarts. A change is never repeated blindly, but only after
    looking whether it was made.
  - Redirects are not followed, and C(.netrc) is not read.
attributes:
  action_group:
    description: Use C(group/crossaccount.registry.rhacs) in C(module_defaults) to say once how Central is reached.
    support: full
    membership:
      - crossaccount.registry.rhacs
"""
