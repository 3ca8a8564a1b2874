# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles in somebody else's playbook."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.accounts import attached, policies
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.meaning import statements
from tests.integration.playbooks import PlaybookRun

PROFILES = "\n".join(f"[{account}]\naws_access_key_id={account}\naws_secret_access_key=any\n" for account in (PRIMARY, SECONDARY))


@pytest.fixture
def elsewhere(tmp_path: Any) -> dict[str, Any]:
    """How these playbooks run: with profiles that are called after the accounts, and no other credentials."""
    file = tmp_path / "credentials"
    file.write_text(PROFILES)
    return {"environment": {"AWS_SHARED_CREDENTIALS_FILE": str(file)}, "credentials": None, "region": None}


def actions(run: PlaybookRun, task: str) -> list[list[dict[str, Any]]]:
    """What each run of a role's task did."""
    return [
        next(one["actions"] for one in result.result.get("results", [result.result]) if "actions" in one)
        for result in run.results
        if result.task.endswith(f": {task}") and (result.status != "skipped")
    ]


PLAYBOOK = f"""
- hosts: localhost
  gather_facts: false
  vars:
    team_grants:
      - &runtime
        name: runtime
        registry: {{account: "{PRIMARY}", regions: [{REGION}]}}
        repositories: ["payments/*"]
        access: pull
        to: [{{account: "{SECONDARY}", roles: [app]}}]
      - <<: *runtime
        name: delivery
        access: push
    team_scanner:
      - role: scanner
        trusted:
          - sid: Central
            account: "{SECONDARY}"
            roles: [central]
            external_id: 6f1c2f9e-registry
    team_names_before: "{{{{ lookup('ansible.builtin.varnames', '.+', wantlist=true) }}}}"
  tasks:
    - ansible.builtin.set_fact:
        team_known: "{{{{ team_names_before }}}}"
    - ansible.builtin.include_role:
        name: crossaccount.registry.secondary_account
      vars: &secondary
        secondary_account_grants: "{{{{ team_grants }}}}"
        secondary_account_id: "{SECONDARY}"
        secondary_account_profile: "{SECONDARY}"
        secondary_account_workers: 2
    - ansible.builtin.include_role:
        name: crossaccount.registry.primary_account
      vars: &primary
        primary_account_grants: "{{{{ team_grants }}}}"
        primary_account_id: "{PRIMARY}"
        primary_account_regions: [{REGION}]
        primary_account_profile: "{PRIMARY}"
        primary_account_assumable_roles: "{{{{ team_scanner }}}}"
        primary_account_allowed_accounts: ["{SECONDARY}"]
    - name: What is there now
      ansible.builtin.debug:
        msg:
          facts: "{{{{ ansible_facts }}}}"
          names: "{{{{ team_names_before | difference(team_known) | sort }}}}"
          summaries:
            - "{{{{ secondary_account_registry_policies.summary }}}}"
            - "{{{{ primary_account_repository_policies.summary }}}}"
            - "{{{{ primary_account_registry_policies.summary }}}}"
            - "{{{{ primary_account_trust_policies.results[0].summary }}}}"
    - name: Refused
      block:
        - ansible.builtin.include_role:
            name: crossaccount.registry.primary_account
          vars:
            <<: *primary
            primary_account_allowed_accounts: ["{OTHER}"]
      rescue:
        - name: The refusal
          ansible.builtin.debug:
            msg: "{{{{ ansible_failed_result.msg }}}}"
    - ansible.builtin.include_role:
        name: crossaccount.registry.secondary_account
      vars:
        <<: *secondary
        secondary_account_state: absent
        secondary_account_grants: "{{{{ team_grants[:1] }}}}"
    - ansible.builtin.include_role:
        name: crossaccount.registry.primary_account
      vars:
        <<: *primary
        primary_account_state: absent
        primary_account_grants: "{{{{ team_grants[:1] }}}}"
"""


def test_included_with_other_variables(ansible: Ansible, elsewhere: dict[str, Any], primary: Account, secondary: Account) -> None:
    """They do what their variables say, leave nothing behind but their registered results, and absent takes only what it is given."""
    primary.create_repositories("payments/api")
    primary.create_role("scanner")
    for role in ("app", "central"):
        secondary.create_role(role)
    run = ansible(PLAYBOOK, **elsewhere).succeeded()
    said = run["What is there now"]["msg"]
    assert said["facts"] == {}
    assert said["names"] == [
        "primary_account_registry_policies",
        "primary_account_repository_policies",
        "primary_account_trust_policies",
        "secondary_account_registry_policies",
        "team_known",
    ]
    zero = dict.fromkeys(("created", "updated", "deleted", "unchanged", "skipped", "failed"), 0)
    assert said["summaries"] == [zero | {"created": 1}, zero | {"created": 1}, zero | {"unchanged": 1}, zero | {"updated": 1}]
    assert f"allows {SECONDARY}, outside of 'allowed_accounts' ({PRIMARY}, {OTHER})" in run["The refusal"]["msg"]

    both = {"statements_added": ["CrossaccountRegistryRuntimePull", "CrossaccountRegistryDeliveryPush"], "statements_removed": []}
    one = {"statements_added": [], "statements_removed": ["CrossaccountRegistryRuntimePull"]}
    for task, done in (("Write the policies of the repositories", [both, one]), ("Let others assume roles of this account", None)):
        found = [action for (action,) in actions(run, task) if action["action"] not in ("failed", "skipped")]
        done = done or [
            {"statements_added": ["Central"], "statements_removed": []},
            {"statements_added": [], "statements_removed": ["Central"]},
        ]
        assert [{key: action[key] for key in done[0]} for action in found] == done
    assert primary.sids("payments/api") == ["CrossaccountRegistryDeliveryPush"]
    (statement,) = statements(primary.client("iam").get_role(RoleName="scanner")["Role"]["AssumeRolePolicyDocument"])
    assert statement["Principal"] == {"AWS": [PRIMARY]}
    (document,) = policies(secondary).values()
    assert [one.get("Sid") for one in statements(document)] == ["CrossaccountRegistryLogin", "CrossaccountRegistryDeliveryPush"]
    assert attached(secondary, "app") == ["crossaccount-registry-role-app"]


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_variables_of_the_wrong_kind_are_refused_before_any_call(ansible: Ansible, journal: Journal, side: str) -> None:
    wrong = {
        "state": '"gone"',
        "grants": '"payments"',
        "workers": '"many"',
        "orphan_principals": '"forget"',
        "id": PRIMARY[:-1],
    }
    tasks = "".join(
        f"""
    - block:
        - ansible.builtin.include_role:
            name: crossaccount.registry.{side}_account
          vars:
            {side}_account_{name}: {value}
      rescue:
        - name: {name}
          ansible.builtin.debug:
            msg: "{{{{ ansible_failed_result.msg }}}}"
"""
        for name, value in wrong.items()
    )
    variables = f'{{aws_account_id: "{PRIMARY}", registry_grants: [], aws_regions: [{REGION}]}}'
    play = f"- hosts: localhost\n  gather_facts: false\n  vars: {variables}\n  tasks:"
    journal.clear()
    run = ansible(play + tasks).succeeded()
    for name in list(wrong)[:-1]:
        assert f"{side}_account_{name}" in run[name].msg
    assert "an account id has 12 digits and is written in quotes" in run["id"].msg
    assert journal.writes() == []
    assert {one["operation"] for one in journal.calls()} <= {"GetCallerIdentity", "DescribeRepositories"}
