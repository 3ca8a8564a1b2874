# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter and the test in templates, with variables as Ansible keeps them."""

from __future__ import annotations

from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Ansible

PLAYBOOK = f"""
- name: Both sides
  ansible.builtin.debug:
    msg:
      registry: "{{{{ declared | crossaccount.registry.registry_grant_statements(region='{REGION}', repository='payments/api') }}}}"
      other: "{{{{ declared | crossaccount.registry.registry_grant_statements('{REGION}', 'web') }}}}"
      identity: "{{{{ declared | crossaccount.registry.registry_grant_statements(account='{SECONDARY}', role='app') }}}}"
  vars: &declared
    team: payments
    name_of_role: app
    declared:
      - name: runtime
        registry: {{account: "{PRIMARY}", regions: ["{{{{ region }}}}"]}}
        repositories: ["{{{{ team }}}}/*"]
        access: pull
        to: [{{account: "{SECONDARY}", roles: ["{{{{ name_of_role }}}}"]}}]
    region: {REGION}
- name: Given to a module
  crossaccount.registry.ecr_repository_policy:
    repositories: [payments/api]
    region: {REGION}
    statements: "{{{{ declared | crossaccount.registry.registry_grant_statements(region='{REGION}') }}}}"
  vars: *declared
- name: The same as the grants
  crossaccount.registry.ecr_repository_policy:
    grants: "{{{{ declared }}}}"
  vars: *declared
- name: Compared
  ansible.builtin.debug:
    msg:
      - "{{{{ stored is crossaccount.registry.policy_equivalent(expected) }}}}"
      - "{{{{ stored is crossaccount.registry.policy_equivalent({{'Statement': expected.Statement[:0]}}) }}}}"
      - "{{{{ [stored] | select('crossaccount.registry.policy_equivalent', expected) | length }}}}"
      - "{{{{ ram is crossaccount.registry.policy_equivalent(ram | to_json, dialect='ram') }}}}"
  vars:
    stored: '{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{SECONDARY}"}}, "Action": "ecr:BatchGetImage"}}}}'
    expected:
      Statement:
        - Effect: Allow
          Principal: {{AWS: ["arn:aws:iam::{SECONDARY}:root"]}}
          Action: ["ecr:{{{{ 'BatchGetImage' }}}}"]
    ram: {{Version: "1", Statement: [{{Effect: Allow, Action: "sts:AssumeRole", Principal: {{RAM: ["acs:ram::1234567890123456:root"]}}}}]}}
- name: No declaration
  ansible.builtin.debug:
    msg: "{{{{ [{{'name': 'a'}}] | crossaccount.registry.registry_grant_statements('{REGION}') }}}}"
  ignore_errors: true
- name: No policy
  ansible.builtin.debug:
    msg: "{{{{ '{{' is crossaccount.registry.policy_equivalent('') }}}}"
  ignore_errors: true
- name: Nothing there
  ansible.builtin.debug:
    msg: "{{{{ nowhere | crossaccount.registry.registry_grant_statements('{REGION}') }}}}"
  ignore_errors: true
"""


def test_filter_and_test(ansible: Ansible, primary: Account, secondary: Account) -> None:
    primary.create_repositories("payments/api")
    secondary.create_role("app")
    run = ansible(PLAYBOOK).succeeded()
    said = run["Both sides"]["msg"]
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    statement = {"Sid": "CrossaccountRegistryRuntimePull", "Effect": "Allow"}
    assert said["registry"] == [{**statement, "Principal": {"AWS": [f"arn:aws:iam::{SECONDARY}:role/app"]}, "Action": pull}]
    assert said["other"] == []
    assert said["identity"][1] == {**statement, "Action": pull, "Resource": [f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/payments/*"]}
    assert run["Given to a module"].changed
    assert not run["The same as the grants"].changed
    assert run["Compared"]["msg"] == [True, False, 1, True]
    assert "registry_grant_statements: grant 'a': registry is missing" in run["No declaration"].msg
    assert "policy_equivalent: " in run["No policy"].msg
    assert "'nowhere' is undefined" in run["Nothing there"].msg
