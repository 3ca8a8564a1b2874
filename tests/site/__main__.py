# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation as a web site: ``./run docs``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

COLLECTION = "crossaccount.registry"
HERE = Path(__file__).resolve().parent
SITE = HERE.parents[1] / ".cache" / "docs"

# References to the documentation of others are plain text: nothing is asked of a network.
SETTINGS = f"""
import sys

sys.path.insert(0, {str(HERE.parents[1])!r})
extensions.remove("sphinx.ext.intersphinx")
extensions.remove("sphinx.ext.autodoc")
extensions.append("tests.site.extension")
nitpicky = False
html_theme = "theme"
html_theme_path = [{str(HERE)!r}]
html_theme_options = {{}}
del pygments_style
antsibull_ext_color_scheme = "default-autodark"
"""


def quietly(*command: str) -> None:
    """Run a command in the site's folder; what it prints matters only if it fails."""
    done = subprocess.run(command, cwd=SITE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\nended with code {done.returncode}:\n{done.stdout}{done.stderr}")


def main() -> None:
    """Make the pages anew and say where they begin."""
    shutil.rmtree(SITE, ignore_errors=True)
    SITE.mkdir(parents=True)
    here = ("--use-current", "--squash-hierarchy", "--fail-on-error")
    quietly(
        "antsibull-docs", "sphinx-init", *here, "--lenient", "--project", COLLECTION, "--title", COLLECTION, "--dest-dir", ".", COLLECTION
    )
    with (SITE / "conf.py").open("a") as conf:
        conf.write(SETTINGS)
    (SITE / "rst").chmod(0o700)
    quietly("antsibull-docs", "--config-file", "antsibull-docs.cfg", "collection", *here, "--dest-dir", "rst", COLLECTION)
    quietly("sphinx-build", "-M", "html", "rst", "build", "-c", ".", "-q")
    print(SITE / "build" / "html" / "index.html")


if __name__ == "__main__":
    main()
