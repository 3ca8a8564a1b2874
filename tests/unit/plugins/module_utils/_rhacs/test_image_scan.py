# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scan of one image: what is said when it does not work."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.client import CentralError
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.image_scan import scan_image

IMAGE = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/team/app:1"
START = f"image enrichment error: error getting metadata for image: {IMAGE} error: "


class Refusing:
    """A client that gets this answer to everything."""

    def __init__(self, message: str) -> None:
        self._message = message

    def ask(self, path: str, _body: Any) -> Any:
        raise CentralError(f"POST {path}", 500, "Internal", self._message)


@pytest.mark.parametrize(
    ("image", "message", "told"),
    [
        (IMAGE, f"{START}no matching image registries found", f"Central cannot get at {IMAGE}: image enrichment error"),
        (
            IMAGE,
            f"{START}operation error STS: AssumeRole, api error AccessDenied: no",
            f"cannot get at {IMAGE}, it fails at assume_role: image",
        ),
        (IMAGE, "Database operation failed", "POST /v1/images/scan: HTTP 500 Internal: Database operation failed"),
        (" ", "", "'image' is empty; give an image with its registry"),
    ],
)
def test_an_image_that_central_does_not_get_at(image: str, message: str, told: str) -> None:
    with pytest.raises(RegistryError) as caught:
        scan_image(Refusing(message), image, force=True, cluster=None)  # type: ignore[arg-type]
    assert told in str(caught.value)
