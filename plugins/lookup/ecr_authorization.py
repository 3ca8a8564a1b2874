# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ecr_authorization
version_added: 1.0.0
short_description: User name and password for registries of Amazon ECR
description:
  - Gets what container clients need to log in to registries of Amazon ECR, also to those of other accounts.
  - What a login may do is what the policies of its principal allow, and those of the repositories. One password is good for all
    registries of a region, so that several registries cost one call for each region.
  - The values are secrets. Set C(no_log) on tasks that would show them, and do not store them in facts. The modules
    M(crossaccount.registry.registry_login) and C(community.docker.docker_login) do not show them.
options:
  _terms:
    description:
      - The registries. Each is a host name (also of a FIPS or dual-stack endpoint), an account id in quotes, or a mapping of C(account)
        and C(region).
      - If none is given, it is the registry of the caller's own account in O(region).
    type: list
    elements: raw
  assume_role:
    description:
      - Act as this role. The other credential options, or the environment, are used to assume it.
      - Has C(role_arn), and may have C(external_id), C(session_name), C(duration_seconds), and C(policy).
    type: dict
author:
  - crossaccount.registry contributors (@crossaccount)
notes:
  - Options that are empty count as not given.
  - The caller needs the permission C(ecr:GetAuthorizationToken), which only an identity policy can give, on resource C(*).
seealso:
  - module: crossaccount.registry.registry_login
  - name: GetAuthorizationToken
    description: The API reference.
    link: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - crossaccount.registry._boto3
"""

EXAMPLES = r"""
- name: Log docker in to the registry of another account
  crossaccount.registry.registry_login:
    client: docker
    logins: "{{ query('crossaccount.registry.ecr_authorization', '111122223333.dkr.ecr.eu-west-1.amazonaws.com') }}"

- name: See until when a new password for two registries is valid
  ansible.builtin.debug:
    msg: "{{ query('crossaccount.registry.ecr_authorization', '111122223333', '444455556666', region='eu-west-1')
      | map(attribute='expires_at') }}"

- name: Use the password of a role for our own registry
  ansible.builtin.debug:
    msg: "{{ lookup('crossaccount.registry.ecr_authorization', region='eu-west-1', assume_role=role).registry }}"
  vars:
    role:
      role_arn: arn:aws:iam::111122223333:role/registry-admin
      external_id: registry-automation
"""

RETURN = r"""
_raw:
  description: One item for each registry, in the given order. They contain secrets.
  type: list
  elements: dict
  contains:
    registry:
      description: The host name.
      type: str
      sample: 111122223333.dkr.ecr.eu-west-1.amazonaws.com
    username:
      description: The user name.
      type: str
      sample: AWS
    password:
      description: The password, a secret. Over 2,000 characters.
      type: str
      sample: eyJwYXlsb2FkIjoi...
    expires_at:
      description: When the password expires, in UTC. That is 12 hours from now.
      type: str
      sample: "2026-11-21T21:46:32Z"
    account:
      description: The account that owns the registry.
      type: str
      sample: "111122223333"
    region:
      description: The region of the registry.
      type: str
      sample: eu-west-1
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible_collections.amazon.aws.plugins.plugin_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.plugin_utils.lookup import AWSLookupBase

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.authorization import authorizations
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import prefer_explicit
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.session import AwsSession
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.hosts import registry_of
from ansible_collections.crossaccount.registry.plugins.plugin_utils._session import USER_AGENT, assume_role


class LookupModule(AWSLookupBase):
    def run(self, terms: list[Any], variables: Mapping[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
        """See RETURN. Raises AnsibleLookupError."""
        super().run(terms, variables, **{name: value for name, value in options.items() if value})
        region, endpoint_url, connection = get_aws_connection_info(self)
        try:
            registries = [registry_of(term, region) for term in terms]
            role = assume_role(self.get_option("assume_role"))
            session = AwsSession(connection, endpoint_url, region, role, user_agent=USER_AGENT)
            return authorizations(session, registries, region)
        except RegistryError as error:
            # Without the cause, which the text has: ansible-core 2.19 would say it again.
            raise AnsibleLookupError(f"ecr_authorization: {error}") from None

    def get_options(self, hostvars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The options; a profile that is given wins over keys in the environment, as it does in modules."""
        found = dict(super().get_options(hostvars))
        prefer_explicit(found, os.environ)
        return found
