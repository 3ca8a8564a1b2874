# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # The option with the credentials of several accounts.
    DOCUMENTATION = r"""
options:
  accounts:
    description:
      - The credentials of further accounts, one entry for each, to read what has a say there.
      - The account of the task's own credentials is known without an entry. Nothing is guessed about an account that is not here.
      - Each entry has O(accounts[].profile) or O(accounts[].access_key), or O(accounts[].assume_role), or a role and what it is assumed
        with. Its credentials must belong to its account, which is checked.
    type: list
    elements: dict
    suboptions:
      account_id:
        description: The account, 12 digits in quotes.
        type: raw
        required: true
      profile:
        description: The name of a profile of the AWS configuration.
        type: str
      access_key:
        description: The id of an access key.
        type: str
      secret_key:
        description: The secret of O(accounts[].access_key).
        type: str
      session_token:
        description: The session token that belongs to O(accounts[].access_key), if it is a temporary one.
        type: str
      assume_role:
        description:
          - A role of the account. It is assumed with the entry's profile or key, or else with the credentials that the task has before it
            assumes the role of O(assume_role).
        type: dict
        suboptions:
          role_arn:
            description: The ARN of the role.
            type: str
            required: true
          external_id:
            description: The external ID that the role's trust policy asks for.
            type: str
          session_name:
            description: The name of the session, as it shows in CloudTrail.
            type: str
            default: crossaccount-registry
          duration_seconds:
            description: How long the credentials are valid, in seconds. They are renewed when the task takes longer.
            type: int
            default: 3600
          policy:
            description: A session policy that narrows down what the role may do in this task.
            type: json
"""
