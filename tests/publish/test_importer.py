# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Galaxy and Automation Hub do with an uploaded artifact: galaxy-importer, in an environment of its own."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.checks.conftest import Passes
from tests.run import environment_beside

# ansible-test sanity runs elsewhere: the importer can only do it in a container.
SETTINGS = """\
[galaxy-importer]
CHECK_REQUIRED_TAGS = True
REQUIRE_V1_OR_GREATER = True
RUN_ANSIBLE_TEST = False
"""


def test_nothing_to_complain_about(artifact: Path, installed: Path, tmp_path: Path, passes: Passes) -> None:
    """Metadata, checksums, required tags, changelog, execution environment, documentation, ansible-lint: it only warns of most."""
    programs = environment_beside("importer")
    settings = tmp_path / "galaxy-importer.cfg"
    settings.write_text(SETTINGS)
    env = os.environ | {
        "GALAXY_IMPORTER_CONFIG": str(settings),
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        # It names a folder that has only the artifact to ansible-doc and a wrong one to ansible-lint. Here they find the rest: the
        # fragments of documentation that come from amazon.aws, and the playbooks that import one of ours by its full name.
        "PYTHONPATH": str(installed),
    }
    printed = passes(programs / "python", "-m", "galaxy_importer.main", artifact, cwd=tmp_path, env=env)
    assert "Importer processing completed successfully" in printed, printed
    assert not re.findall("(?m)^.*(?:WARNING|ERROR).*$", printed), printed
