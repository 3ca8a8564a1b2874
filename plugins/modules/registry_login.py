#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_login
version_added: 1.0.0
short_description: Log container clients in to registries, and out
description:
  - Logs docker, podman or skopeo in with the user names and passwords that it is given, such as those that the lookup
    P(crossaccount.registry.ecr_authorization#lookup) gets from Amazon ECR. Or merges the logins into an auth file without any client.
  - Other logins, and everything else in the file, stay as they are. With O(client=auth_file) also its layout stays.
  - Runs where the client is, and needs nothing but Python there, and the client, unless O(client=auth_file).
  - Does nothing for a registry whose login is the wanted one already, or whose login the credential helper C(ecr-login) gets by itself.
    With P(crossaccount.registry.ecr_authorization#lookup) the password is a new one each time; the role
    P(crossaccount.registry.registry_login#role) logs in only when the present login is about to expire.
  - The password is written to the client's standard input, never to a command line, and is never returned, shown in a diff, or quoted
    in an error.
options:
  state:
    description:
      - V(present) logs in to the registries of O(logins).
      - V(absent) logs out of those of O(registries).
    type: str
    choices: [present, absent]
    default: present
  logins:
    description: With O(state=present), the logins. What the lookup P(crossaccount.registry.ecr_authorization#lookup) returns fits.
    type: list
    elements: dict
    suboptions:
      registry:
        description: The host name of the registry.
        type: str
        required: true
      username:
        description: The user name, which is always V(AWS) for Amazon ECR.
        type: str
        default: AWS
      password:
        description: The password.
        type: str
        required: true
      expires_at:
        description: When the password expires. Ignored, since the password itself says it.
        type: str
      account:
        description: The account that owns the registry. Ignored.
        type: str
      region:
        description: The region of the registry. Ignored.
        type: str
  registries:
    description:
      - With O(state=absent), the registries to log out of. Each is a host name, or a mapping of C(account) and C(region) for one of
        Amazon ECR.
    type: list
    elements: raw
notes:
  - The files of docker, podman and skopeo hold passwords in clear text, unless a credential helper keeps them. Only their owner can
    read them after a login.
  - The debug mode of Ansible, E(ANSIBLE_DEBUG), shows the arguments of all modules, passwords included. No verbosity does.
  - Tasks of this module at the same time do not lose each other's logins. They wait for a lock on a file beside the auth file, whose
    name begins with a dot and ends with C(.lock).
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.registry_login_info
  - plugin: crossaccount.registry.ecr_authorization
    plugin_type: lookup
extends_documentation_fragment:
  - crossaccount.registry._registry_login
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details:
      - Does not try the password.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: full
    details:
      - Shows the user names and expiries, never a password.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
"""

EXAMPLES = r"""
- name: Log docker in to the registry of another account
  crossaccount.registry.registry_login:
    client: docker
    logins: "{{ query('crossaccount.registry.ecr_authorization', '111122223333.dkr.ecr.eu-west-1.amazonaws.com') }}"

- name: Write logins for two registries into a file, for a build system to use
  crossaccount.registry.registry_login:
    auth_file: ~/build/auth.json
    logins: "{{ query('crossaccount.registry.ecr_authorization', '111122223333', '444455556666', region='eu-west-1') }}"

- name: Log docker in to a registry of another kind
  crossaccount.registry.registry_login:
    client: docker
    logins:
      - registry: quay.example.com
        username: payments+puller
        password: "{{ registry_password }}"

- name: Log docker out
  crossaccount.registry.registry_login:
    client: docker
    state: absent
    registries:
      - 111122223333.dkr.ecr.eu-west-1.amazonaws.com
"""

RETURN = r"""
auth_file:
  description: The file in which the client keeps its logins.
  returned: success
  type: str
  sample: /var/lib/ci/.docker/config.json
actions:
  description: One item for each registry, in the given order, each once.
  returned: success
  type: list
  elements: dict
  contains:
    registry:
      description: The host name.
      type: str
      sample: 111122223333.dkr.ecr.eu-west-1.amazonaws.com
    action:
      description: What was done, or would be done in check mode. V(logged_in), V(logged_out), V(unchanged) or V(failed).
      type: str
      sample: logged_in
    expires_at:
      description: When the login expires, in UTC. V(null) when there is none, or when that cannot be read.
      type: str
      sample: "2026-11-21T21:46:32Z"
    helper:
      description:
        - The credential helper that keeps the login. V(null) when the file does.
        - Where it is V(ecr-login) nothing was done, because it logs in by itself.
      type: str
      sample: null
    error:
      description: What the client said, when it failed.
      type: str
      sample: null
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.auth_file import Login
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.hosts import host_of
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.login import Wanted
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.module import ARGUMENTS, client_of, run

IGNORED = ("expires_at", "account", "region")


def manage(module: AnsibleModule) -> dict[str, Any]:
    """The result of the module. Raises RegistryError."""
    if module.params["state"] == "absent":
        wanted = [Wanted(host_of(value), None) for value in module.params["registries"]]
    else:
        wanted = [Wanted(host_of(one["registry"]), Login(one["username"], one["password"])) for one in module.params["logins"]]
    return client_of(module).make(wanted, module.check_mode)


def main() -> None:
    login = {
        "registry": {"type": "str", "required": True},
        "username": {"type": "str", "default": "AWS"},
        "password": {"type": "str", "required": True, "no_log": True},
        **{name: {"type": "str"} for name in IGNORED},
    }
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "logins": {"type": "list", "elements": "dict", "options": login},
            "registries": {"type": "list", "elements": "raw"},
            **ARGUMENTS,
        },
        required_if=[("state", "present", ["logins"]), ("state", "absent", ["registries"])],
        supports_check_mode=True,
    )
    run(module, lambda: manage(module))


if __name__ == "__main__":
    main()
