# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # Options of every module for definitions that have revisions.
    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) registers a revision when the definition differs from the latest active one.
      - V(absent) deregisters all active revisions.
    type: str
    choices: [present, absent]
    default: present
  keep_revisions:
    description:
      - How many revisions stay active, at least 1. The oldest ones beyond that are deregistered, never the one that was just registered.
      - Without it, all stay active. What runs with a revision that is deregistered goes on running.
    type: int
  tags:
    description:
      - The tags of the definition. A tag that differs is a reason for another revision.
      - Without it, another revision gets the tags of the latest one. V({}) takes all of them away.
    type: dict
    aliases: [resource_tags]
  api_parameters:
    description:
      - All other parameters, by their names in the API of AWS. The suboptions of this name are for the part of the definition that they
        stand in.
      - They are compared with the model of the installed botocore before any call. What is unknown, missing or of the wrong type is
        refused with its path.
      - What has an option of its own can be given either way, but not both ways.
    type: dict
  account_id:
    description:
      - The account that it must be. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
  wait_timeout:
    description: How many seconds to wait until AWS knows a role that is new, answers again, or shows what was registered.
    type: int
    default: 60
"""
