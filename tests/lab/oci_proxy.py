# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the proxy leads: to registries and to the buckets of their layers, by their real names, and nowhere else."""

from __future__ import annotations

import ssl
import typing as t

from . import oci_certificates, oci_registry
from .control import layer
from .front import STATE
from .oci_hosts import RegistryHost, is_layer_host, registry_host
from .wire import Answer

PORT = ":443"


class Tunnel(t.NamedTuple):
    """One host that a connection leads to. `registry` is None for a bucket of layers."""

    registry: RegistryHost | None
    context: ssl.SSLContext

    def handle(self, environ: dict[str, t.Any], body: bytes) -> Answer:
        """Answer a request for the host; raises DropConnection when there is to be no answer."""
        path = str(environ["PATH_INFO"])
        if self.registry is None:
            return layer(path, STATE)
        if path != "/v2" and not path.startswith("/v2/"):
            return 404, [("Content-Type", "text/plain")], b"404 page not found\n"
        return oci_registry.handle(self.registry, environ, body)


def tunnel_to(target: str) -> Tunnel | None:
    """The way to `host:port`; None when the proxy does not lead there."""
    name = target.lower().removesuffix(PORT)
    registry = registry_host(name)
    if not target.endswith(PORT) or (registry is None and not is_layer_host(name)):
        return None
    return Tunnel(registry, oci_certificates.context_for(name))


def refusal(target: str) -> Answer:
    text = f"The lab leads to registries of Amazon ECR at port 443 only, not to {target}\n"
    return 403, [("Content-Type", "text/plain"), ("Connection", "close")], text.encode()
