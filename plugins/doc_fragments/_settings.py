# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # Options of every module that manages settings of registries.
    DOCUMENTATION = r"""
options:
  regions:
    description:
      - The regions to work in. V(all) means all regions that are enabled for the account, which needs C(ec2:DescribeRegions).
      - Without any, the O(region) is used.
    type: list
    elements: str
  account_id:
    description:
      - The account whose registry it must be. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
  on_error:
    description:
      - V(stop) writes nothing when one of the things cannot be read or planned, and begins no further write after one that failed.
      - V(continue) does what it can and fails at the end.
    type: str
    choices: [stop, continue]
    default: stop
  wait_timeout:
    description: How many seconds to wait, for each thing, until AWS knows what it refers to and shows what was written.
    type: int
    default: 60
  workers:
    description: How many things are worked on at once. Where AWS throttles, the module slows down by itself.
    type: int
    default: 32
"""
