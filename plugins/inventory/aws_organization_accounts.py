# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: aws_organization_accounts
version_added: 1.0.0
short_description: Accounts of an AWS organization as hosts
description:
  - Makes a host of each account of an organization, with the variables by which the roles and playbooks of this collection reach it.
  - The name of the inventory file ends with C(aws_organization_accounts.yml) or C(aws_organization_accounts.yaml).
  - All hosts are in the group C(aws_accounts), whose variables let modules run on the controller, with its Python. Files in C(group_vars)
    can change that.
  - Each host has the variables C(aws_account_id) (a text), C(aws_account_name), C(aws_account_state), C(aws_organization_id),
    C(aws_organization_path) (as C(paths) of C(registry_grants) have it, without the V(*) at the end), C(aws_organizational_units) (their
    names, from the root down), and C(aws_management_account_id); with O(role_name) C(aws_assume_role_arn), with O(role_external_id)
    C(aws_assume_role_external_id), with O(profile) C(aws_profile), with O(tags) C(aws_account_tags), and with O(email)
    C(aws_account_email).
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [crossaccount.registry.aws_organization_accounts]
  assume_role:
    description:
      - Act as this role to read the organization, such as one in the management account. The other credential options, or the environment,
        are used to assume it.
      - Has C(role_arn), and may have C(external_id), C(session_name), C(duration_seconds), and C(policy).
      - Plays do not use it. They reach the accounts with the same credentials that assume it here.
    type: dict
  role_name:
    description:
      - The name of the role by which plays act in each account, with its path if it has one, such as V(OrganizationAccountAccessRole).
      - Also a template of host variables. Where it is empty, no role is assumed.
      - The account whose credentials are used is reached without a role. The management account has no V(OrganizationAccountAccessRole)
        unless somebody made one.
    type: str
  role_external_id:
    description: The external ID that the trust policies of these roles ask for.
    type: str
  hostname:
    description:
      - What a host is called. V(name) is the name of its account, V(id) its id. Anything else is a template of host variables.
      - Characters that mean something to Ansible become V(-). Accounts that would have the same name all have their id added, and a
        warning names them.
    type: str
    default: name
  states:
    description: Only accounts in one of these states become hosts.
    type: list
    elements: str
    choices: [PENDING_ACTIVATION, ACTIVE, SUSPENDED, PENDING_CLOSURE, CLOSED]
    default: [ACTIVE]
  include_filters:
    description:
      - Only accounts that match at least one of these entries become hosts. Without it all do.
      - An entry matches an account when all that it has matches. Each takes one value or a list of them.
    type: list
    elements: dict
    default: []
    suboptions:
      ids:
        description: Ids of accounts, in quotes.
        type: list
        elements: str
      names:
        description: Names of accounts. V(*) stands for any text.
        type: list
        elements: str
      organizational_units:
        description:
          - Organizational units, with all that is below them. Each is given by its id, by its path of ids, or by names from the root down,
            such as V(Workloads/Production). The id of the root means all accounts.
          - One that is not there is an error.
        type: list
        elements: str
      tags:
        description: Tags of accounts and the values that they may have. V(*) stands for any text.
        type: dict
  exclude_filters:
    description: Accounts that match at least one of these entries do not become hosts. They are like those of O(include_filters).
    type: list
    elements: dict
    default: []
  primary_accounts:
    description:
      - Hosts in the group C(primary_accounts).
      - They match at least one of these entries, which are like those of O(include_filters).
    type: list
    elements: dict
    default: []
  secondary_accounts:
    description:
      - Hosts in the group C(secondary_accounts).
      - They match at least one of these entries, which are like those of O(include_filters).
    type: list
    elements: dict
    default: []
  group_by:
    description:
      - V(organizational_unit) makes a group for each organizational unit, inside of that of the one above it. It is called C(ou_) and the
        names from the root down, such as C(ou_Workloads_Production). Units that would have the same name all have their id added.
      - V(state) makes a group for each state, such as C(state_active).
      - For tags use O(keyed_groups).
    type: list
    elements: str
    choices: [organizational_unit, state]
    default: [organizational_unit, state]
  tags:
    description:
      - Read the tags of the accounts, with one call for each.
      - Without it they are read only if a filter or a template of this file needs them.
    type: bool
    default: false
  email:
    description: Give the hosts the variable C(aws_account_email).
    type: bool
    default: false
author:
  - crossaccount.registry contributors (@crossaccount)
notes:
  - Only the management account and delegated administrators may read an organization. They need C(organizations:ListRoots),
    C(organizations:ListOrganizationalUnitsForParent) and C(organizations:ListAccountsForParent), and C(organizations:ListTagsForResource)
    for tags, on all resources (V(*)).
  - It takes two calls for each organizational unit, more for many accounts. Turn O(cache) on for large organizations. The cache holds for
    these options and this access key or profile; with temporary credentials in the environment it does not notice that they are those of
    another organization.
  - Keys that are given here are not passed on to plays.
  - Ansible goes on without hosts when an inventory fails, unless C(ANSIBLE_INVENTORY_UNPARSED_FAILED) or
    C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) is set.
seealso:
  - module: amazon.aws.sts_assume_role
  - name: ListAccountsForParent
    description: The API reference.
    link: https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html
extends_documentation_fragment:
  - constructed
  - inventory_cache
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - crossaccount.registry._boto3
"""

EXAMPLES = r"""
# All active accounts, with the role that AWS makes in accounts that an organization creates.
plugin: crossaccount.registry.aws_organization_accounts
role_name: OrganizationAccountAccessRole

---
# Who owns registries and who uses them, from a delegated administrator. Other accounts are left out.
plugin: crossaccount.registry.aws_organization_accounts
role_name: platform-admin
role_external_id: registry-automation
primary_accounts:
  - ids: "111122223333"
  - tags: {registry: primary}
secondary_accounts:
  - organizational_units: [Workloads/Production, ou-ab12-33333333]
exclude_filters:
  - names: ["sandbox-*", "*-test"]
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible-inventory
cache_timeout: 3600

---
# Groups such as tag_stage_prod, names in lower case, and a role that depends on a tag. The management account is read by a role in it.
plugin: crossaccount.registry.aws_organization_accounts
assume_role:
  role_arn: arn:aws:iam::111122223333:role/organization-reader
  external_id: registry-automation
role_name: "{{ aws_account_tags.admin_role | default('platform-admin') }}"
hostname: "{{ aws_account_name | lower }}"
keyed_groups:
  - key: aws_account_tags
    prefix: tag
compose:
  stage: aws_account_tags.stage | default('none')
strict: true
"""

import difflib
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.amazon.aws.plugins.plugin_utils.base import AWSPluginBase
from ansible_collections.amazon.aws.plugins.plugin_utils.botocore import get_aws_connection_info

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import prefer_explicit
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.organization import organization_of
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.session import AwsSession
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._organization.hosts import Planned, planned_inventory, read_settings
from ansible_collections.crossaccount.registry.plugins.module_utils._organization.model import from_plain, to_plain
from ansible_collections.crossaccount.registry.plugins.module_utils._organization.names import ALL_GROUP
from ansible_collections.crossaccount.registry.plugins.plugin_utils._plain import plain
from ansible_collections.crossaccount.registry.plugins.plugin_utils._session import USER_AGENT, assume_role
from ansible_collections.crossaccount.registry.plugins.plugin_utils._trust import never_rendered, trust_as_template

SUFFIXES = ("aws_organization_accounts.yml", "aws_organization_accounts.yaml")
#: Options with templates for each host, or expressions; all others are rendered once.
PER_HOST = ("hostname", "role_name", "compose", "groups", "keyed_groups")
SECRETS = ("secret_key", "session_token")
#: Accounts are no machines: modules run where Ansible does.
HERE = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
#: Raised when what the cache holds has another form.
CACHE_FORM = 1


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable, AWSPluginBase):
    NAME = "crossaccount.registry.aws_organization_accounts"

    def verify_file(self, path: str) -> bool:
        """Whether the file is for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(SUFFIXES)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Adds hosts and groups to the inventory. Raises AnsibleParserError."""
        super().parse(inventory, loader, path, cache)
        self.require_aws_sdk()
        given = self._read_config_data(path)
        options = self.get_options()
        try:
            check_names(given, self.option_definitions)
            planned = self._planned(options, path, cache)
        except RegistryError as error:
            # Without the cause, which the text has: ansible-core 2.19 would say it again.
            raise AnsibleParserError(f"aws_organization_accounts: {error}") from None
        for warning in planned.warnings:
            self.warn(f"{path}: {warning}")
        self._populate(planned, options)

    def get_options(self, hostvars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The options, rendered; a profile that is given wins over keys in the environment, as it does in modules."""
        found = dict(super().get_options(hostvars))
        found |= {name: self.templar.template(value) for name, value in found.items() if name not in PER_HOST}
        prefer_explicit(found, os.environ)
        return found

    def _planned(self, options: Mapping[str, Any], path: str, cache: bool) -> Planned:
        # Templates stay as they are: without what Ansible keeps with them, it does not render them.
        settings = read_settings({**plain(options), **{name: options[name] for name in PER_HOST}})
        key = f"{self.get_cache_key(path)}_{fingerprint(options)}"
        try:
            organization = from_plain(self._cache[key]) if cache and options["cache"] else None
        except KeyError:
            organization = None
        if organization is None:
            region, endpoint_url, connection = get_aws_connection_info(self)
            session = AwsSession(connection, endpoint_url, region, user_agent=USER_AGENT)
            organization = organization_of(session, assume_role(options["assume_role"]), settings)
            if options["cache"]:
                self._cache[key] = to_plain(organization)
        return planned_inventory(organization, settings, self._render)

    def _render(self, text: str, variables: Mapping[str, Any]) -> str:
        self.templar.available_variables = never_rendered(dict(variables))
        try:
            value = self.templar.template(text)
        except AnsibleError as error:
            raise RegistryError(f"the template '{text}' for account {variables['aws_account_id']}: {error}") from error
        return "" if value is None else str(plain(value))

    def _populate(self, planned: Planned, options: Mapping[str, Any]) -> None:
        for name, variables in planned.hosts.items():
            self.inventory.add_host(name)
            for key, value in variables.items():
                self.inventory.set_variable(name, key, never_rendered(value))
        for group, hosts in planned.groups.items():
            self.inventory.add_group(group)
            for name in hosts:
                self.inventory.add_host(name, group)
        for group, children in planned.children.items():
            for child in children:
                self.inventory.add_child(group, child)
        for key, value in HERE.items():
            self.inventory.set_variable(ALL_GROUP, key, trust_as_template(value))
        for name, variables in planned.hosts.items():
            given = never_rendered(variables)
            self._set_composite_vars(options["compose"], given, name, strict=options["strict"])
            self._add_host_to_composed_groups(options["groups"], given, name, strict=options["strict"])
            self._add_host_to_keyed_groups(options["keyed_groups"], given, name, strict=options["strict"])


def check_names(given: Mapping[str, Any], options: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises RegistryError for names that are no option. Ansible ignores them, and a misspelt filter would let all accounts in."""
    known = {*options, *(alias for option in options.values() for alias in option.get("aliases", ()))}
    unknown = sorted(map(str, set(given) - known))
    if unknown:
        near = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the options are {', '.join(sorted(options))}"
        raise RegistryError(f"there is no option {', '.join(unknown)}; {hint}")


def fingerprint(options: Mapping[str, Any]) -> str:
    """Tells cached organizations apart by all options but secrets, those of the cache itself, and keys that change for each session."""
    left_out = {*SECRETS, *(["access_key"] if options.get("session_token") else [])}
    kept = {name: value for name, value in options.items() if name not in left_out and not name.startswith("cache")}
    text = json.dumps([CACHE_FORM, plain(kept)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
