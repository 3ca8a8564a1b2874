# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations that there are: `@operation` registers one with the action and the resource that its caller needs."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .call import Call

VERSIONS = {"2015-05-01": "ram", "2015-04-01": "sts", "2018-12-01": "cr", "2018-08-08": "eci"}

Handler = t.Callable[["Call"], "dict[str, t.Any]"]
Resource = t.Callable[["Call"], str]


class Operation(t.NamedTuple):
    handler: Handler
    #: None: nobody needs a permission for it.
    action: str | None
    resource: Resource
    writes: bool


OPERATIONS: dict[tuple[str, str], Operation] = {}


def _everything(_call: Call) -> str:
    return "*"


def operation(
    product: str, name: str, resource: Resource = _everything, writes: bool = False, action: str | None = ""
) -> t.Callable[[Handler], Handler]:
    """Register a function as the answer to an operation; `action` is the operation's own unless it is given."""

    def register(handler: Handler) -> Handler:
        needed = f"{product}:{name}" if action == "" else action
        OPERATIONS[product, name] = Operation(handler, needed, resource, writes)
        return handler

    return register
