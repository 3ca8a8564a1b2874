# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificate authority of the registries: made when it is first asked for."""

from __future__ import annotations

import functools
import ssl
import threading

from .authority import Authority

_LOCK = threading.Lock()


@functools.lru_cache(maxsize=1)
def _made() -> Authority:
    return Authority("The lab of crossaccount.registry")


def _authority() -> Authority:
    with _LOCK:  # the cache would make two of them, when two ask at once
        return _made()


def authority_pem() -> str:
    """The certificate that clients have to trust."""
    return _authority().pem


def context_for(host: str) -> ssl.SSLContext:
    """What a TLS server needs to be this host."""
    return _authority().context_for(host)
