# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # Options of every module that manages policy documents.
    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) adds or replaces the given statements and leaves all others alone.
      - V(absent) removes the given statements and leaves all others alone. A document without statements is deleted.
      - V(exact) makes the document just the given statements. All others are removed.
    type: str
    choices: [present, absent, exact]
    default: present
  policy:
    description:
      - A whole policy document, as a mapping or as JSON text.
      - With O(state=present) and O(state=absent) only its statements count.
    type: json
  statements:
    description:
      - A list of policy statements, in the spelling of AWS (V(Sid), V(Effect), V(Principal), V(Action), ...).
      - A statement with a V(Sid) is found by it, one without by equal meaning, however it is spelled.
    type: list
    elements: dict
  sids:
    description: With O(state=absent), the Sids of the statements to remove.
    type: list
    elements: str
  sid_prefix:
    description:
      - Statements whose Sid begins with this are yours. Those that are not given (any more) are removed.
      - Use a prefix that nobody else uses by accident.
    type: str
  orphan_principals:
    description:
      - What to do with principals that are the unique ids (V(AROA...), V(AIDA...)) of deleted roles and users.
      - V(keep) leaves them. AWS refuses to take a document back that has them, so a change of such a document fails.
      - V(drop) removes them, and statements that name nobody else. That takes no access from anybody.
      - V(fail) fails before anything is written.
    type: str
    choices: [keep, drop, fail]
    default: keep
  on_error:
    description:
      - V(stop) writes nothing when one of the documents cannot be read, planned or accepted, and begins no further write after
        one that failed.
      - V(continue) does what it can and fails at the end.
    type: str
    choices: [stop, continue]
    default: stop
  wait_timeout:
    description:
      - How many seconds to wait, for each document, until AWS knows a new principal and shows what was written.
    type: int
    default: 60
  workers:
    description: How many documents are worked on at once. Where AWS throttles, the module slows down by itself.
    type: int
    default: 32
"""

    # Options where the document names principals.
    RESOURCE_POLICY = r"""
options:
  allow_public:
    description: Allow statements that let everyone in without a condition that names accounts, an organization or a network.
    type: bool
    default: false
  allowed_accounts:
    description:
      - If given, statements that allow principals of any other account are refused. The owner's own account is always allowed.
      - Account ids are written in quotes.
    type: list
    elements: raw
  allowed_organizations:
    description: If given, statements that allow any other organization, or accounts outside of O(allowed_accounts), are refused.
    type: list
    elements: str
"""
