#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rhacs_image_scan
version_added: 1.0.0
short_description: Have Red Hat Advanced Cluster Security scan one image, as a proof that it gets at it
description:
  - Has Central fetch and scan an image now, and fails when it cannot. This proves an integration from end to end, also one whose test
    fails because only policies of repositories let Central in.
  - Vulnerabilities do not make the task fail.
options:
  image:
    description: The image with its registry, and a tag or a digest.
    type: str
    required: true
  force:
    description: Fetch the image and scan it again although Central has a scan of it already. Otherwise nothing is proven.
    type: bool
    default: true
  cluster:
    description: The name or the id of a secured cluster whose sensor scans the image instead of Central.
    type: str
notes:
  - Central needs to be asked by somebody who has the permission C(Image) with write access.
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.rhacs_ecr_integration
extends_documentation_fragment:
  - crossaccount.registry._rhacs
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details:
      - Is skipped in check mode, because Central keeps the scan.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
    details:
      - There is nothing to compare.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
    details:
      - Never reports a change.
"""

EXAMPLES = r"""
- name: Prove that Central gets at an image of another account
  crossaccount.registry.rhacs_image_scan:
    central_endpoint: "{{ rox_endpoint }}"
    api_token: "{{ rox_api_token }}"
    ca_path: "{{ rox_ca_cert_file }}"
    image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/payments/api:1.0
"""

RETURN = r"""
image:
  description: The full name of the image.
  returned: success, not in check mode
  type: str
  sample: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/payments/api:1.0
digest:
  description: The digest of the image. V(null) where Central does not know it.
  returned: success, not in check mode
  type: str
  sample: sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
integration:
  description: The integration through which Central got at the image. V(null) where it does not tell.
  returned: success, not in check mode
  type: str
  sample: base
layers:
  description: How many layers the image has.
  returned: success, not in check mode
  type: int
  sample: 1
is_scanned:
  description: Whether there is a scan. Otherwise Central got at the image, but its scanner did not.
  returned: success, not in check mode
  type: bool
  sample: true
components:
  description: How many components the scanner has found.
  returned: success, not in check mode
  type: int
  sample: 87
vulnerabilities:
  description: How many different vulnerabilities the scanner has found.
  returned: success, not in check mode
  type: int
  sample: 12
notes:
  description: What Central has noted on the image.
  returned: success, not in check mode
  type: list
  elements: str
  sample: []
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.image_scan import scan_image
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.module import central_of, rhacs_module, run


def scan(module: AnsibleModule) -> dict[str, Any]:
    if module.check_mode:
        return {"skipped": True, "msg": "an image is not scanned in check mode"}
    params = module.params
    return scan_image(central_of(module), params["image"], params["force"], params["cluster"])


def main() -> None:
    module = rhacs_module(
        argument_spec={
            "image": {"type": "str", "required": True},
            "force": {"type": "bool", "default": True},
            "cluster": {"type": "str"},
        }
    )
    run(module, lambda: scan(module))


if __name__ == "__main__":
    main()
