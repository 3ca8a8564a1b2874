# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What community.aws gets wrong about secrets and definitions, and the tests that show that this collection does not.

secretsmanager_secret, ecs_taskdefinition and batch_job_definition were run against a stand-in, in their newest releases.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
SECRET = "integration/test_secretsmanager_registry_credential.py"
ACCESS = "integration/test_secret_access.py"
JOBS = "unit/plugins/modules/test_batch_job_definition.py"
DEFINITIONS = "integration/test_definitions.py"

#: What others do -> the tests of what is right, by their files.
FAULTS: dict[str, list[tuple[str, str]]] = {
    "the order of keys and the spacing of a value, or another spelling of a policy, is a change": [
        (SECRET, "test_other_spellings_are_no_change"),
        (ACCESS, "test_statements_by_state"),
    ],
    "a policy that is not given is deleted": [(SECRET, "test_settings_without_the_value_and_the_policy_of_the_secret_stays")],
    "a value that is not given is an error, and without a key nothing is ever unchanged": [
        (SECRET, "test_created_once_and_changed_only_by_another_value"),
        (SECRET, "test_a_key_is_the_same_under_all_of_its_names"),
    ],
    "check mode tells nothing but that something would change": [(SECRET, "test_check_mode_says_what_the_run_does_and_writes_nothing")],
    "another execution role, environment, command or network mode is no change, and any old revision will do": [
        (DEFINITIONS, "test_what_community_aws_does_not_see_is_a_new_revision"),
        (DEFINITIONS, "test_many_revisions"),
    ],
    "every run registers a job definition, booleans are refused, an inactive revision counts, and no permission means absent": [
        (DEFINITIONS, "test_a_revision_when_it_is_needed_and_only_then"),
        (DEFINITIONS, "test_what_community_aws_does_not_see_is_a_new_revision"),
        (DEFINITIONS, "test_many_revisions"),
        (JOBS, "test_a_denied_read_is_not_taken_for_absence"),
    ],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_right_behaviour_is_shown(fault: str) -> None:
    """The tests are there; what they show is in them."""
    for file, name in FAULTS[fault]:
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{file} has no {name}"
