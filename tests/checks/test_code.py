# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Style, likely bugs and types of the code."""

from __future__ import annotations

from pathlib import Path

from .conftest import Passes


def test_ruff(passes: Passes) -> None:
    """The rules in pyproject.toml."""
    passes("ruff", "check", "--output-format", "concise", ".")


def test_format(passes: Passes) -> None:
    """One way to lay out code; `./run exec ruff format` applies it."""
    passes("ruff", "format", "--check", ".")


def test_types(passes: Passes) -> None:
    """Strict mypy on the collection's own library."""
    passes("mypy")


def test_shell(shipped: list[Path], root: Path, passes: Passes) -> None:
    """Every shell script, whatever its name."""
    scripts = [file for file in shipped if (root / file).read_bytes().startswith((b"#!/usr/bin/env bash", b"#!/bin/bash", b"#!/bin/sh"))]
    assert Path("run") in scripts
    passes("shellcheck", *scripts)
