# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets like no other text, and where they must not be: in anything that a run prints, keeps, or has on disk while it runs."""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, quote_plus


def canary() -> str:
    """A secret like no other text, with all that JSON, YAML, shells and URLs escape."""
    return f"k{secrets.token_hex(6)}\"'\\/<&+ %\u00f6\u20ac\U0001f600{secrets.token_hex(6)}"


def spellings(secret: str) -> set[str]:
    """A secret as it could be printed: plain, JSON-escaped once and twice, as Python shows it, base64 at any offset, URL, hex."""
    once = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    twice = {json.dumps(one)[1:-1] for one in once} | {json.dumps(one, ensure_ascii=False)[1:-1] for one in once}
    shown = {repr(one)[1:-1] for one in (secret, *once)}
    shifted = {base64.b64encode(b"x" * shift + text.encode()).decode()[shift + 2 : -4] for text in (secret, *once) for shift in range(3)}
    plain = {secret, secret.encode().hex(), quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return {*plain, *shown, *once, *twice, *shifted}


def found_in(text: str, canaries: Mapping[str, str]) -> dict[str, str]:
    """Which canaries are in a text, and in which spelling."""
    return {name: spelling for name, one in canaries.items() for spelling in spellings(one) if spelling in text}


def text_of(folders: Iterable[Path]) -> str:
    """All that is in the files of folders."""
    return "\n".join(map(_text, (file for folder in folders for file in folder.rglob("*"))))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # a folder, or it is gone already


class Watch:
    """Looks into folders for temporary files, and at the arguments of all processes, again and again while something runs."""

    def __init__(self, canaries: Mapping[str, str], *folders: Path) -> None:
        self._words = {name: spellings(one) for name, one in canaries.items()}
        self._folders = folders
        self._end = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._looking: Future[None] | None = None
        #: Where a canary was seen.
        self.seen: set[str] = set()
        #: How many temporary files there were to look into.
        self.files: set[str] = set()

    def __enter__(self) -> Watch:
        self._looking = self._pool.submit(self._look)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._end.set()
        self._pool.shutdown()
        if self._looking:
            self._looking.result()  # a watch that broke has seen nothing

    def _look(self) -> None:
        while not self._end.wait(0.05):
            for folder in self._folders:
                for place, _folders, names in os.walk(folder):
                    for name in names:
                        self._look_into_new(Path(place, name))
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                self._look_into(file)

    def _look_into_new(self, file: Path) -> None:
        """A file that was not there before, or has grown."""
        try:
            status = file.stat()
        except OSError:
            return  # it is gone already
        signature = f"{file} {status.st_size}"
        if stat.S_ISREG(status.st_mode) and signature not in self.files:
            self.files.add(signature)
            self._look_into(file)

    def _look_into(self, file: Path) -> None:
        text = _text(file)
        self.seen |= {f"{one} in {file}" for one, words in self._words.items() if any(word in text for word in words)}
